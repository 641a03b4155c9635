import { setBit } from './bits';

/** Whether `count` float32 pixels, a multiple of 8, are numbers that are finite; `row` is aligned to 16 bytes. */
export function allFinite(row: usize, count: i32): bool {
  // x - x is 0 for finite numbers only, otherwise NaN, which a sum never loses.
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  const end = row + ((<usize>count) << 2);
  for (let at = row; at < end; at += 32) {
    const low = v128.load(at);
    const high = v128.load(at, 16);
    even = f32x4.add(even, f32x4.sub(low, low));
    odd = f32x4.add(odd, f32x4.sub(high, high));
  }
  return i32x4.all_true(f32x4.eq(f32x4.add(even, odd), f32x4.splat(0)));
}

/**
 * Sets the bit of each of `count` raw pixels that is no finite number, from `bits` on; `raw`: packed float16 (2 `bytes` a
 * pixel) or float32 (4). Other bits stay.
 */
export function markNonFinite(raw: usize, bytes: i32, count: i32, bits: usize): void {
  for (let i = 0; i < count; i++) {
    // All ones in the exponent: infinite or no number.
    const odd =
      bytes === 2
        ? (load<u16>(raw + ((<usize>i) << 1)) & 0x7c00) === 0x7c00
        : (load<u32>(raw + ((<usize>i) << 2)) & 0x7f800000) === 0x7f800000;
    if (odd) setBit(0, bits, i);
  }
}
