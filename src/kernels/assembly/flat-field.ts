/**
 * row = (row - dark) * norm, float32, in place, one rounding per operation. Addresses 16-byte aligned; `count` pixels,
 * rounded up to 4 by the kernel (rows have room for it). Returns how many results were not finite and became 0.
 */
export function flatField(row: usize, dark: usize, norm: usize, count: i32): i32 {
  const bytes = (<usize>((count + 3) & ~3)) << 2;
  let nonFinite = 0;
  for (let at: usize = 0; at < bytes; at += 16) {
    const signal = f32x4.sub(v128.load(row + at), v128.load(dark + at));
    let result = f32x4.mul(signal, v128.load(norm + at));
    // x - x is 0 for finite numbers only.
    const finite = f32x4.eq(f32x4.sub(result, result), f32x4.splat(0));
    if (!i32x4.all_true(finite)) {
      result = v128.and(result, finite);
      const pixels = count - <i32>(at >> 2);
      const wanted = pixels < 4 ? (1 << pixels) - 1 : 15;
      nonFinite += popcnt(~i32x4.bitmask(finite) & wanted);
    }
    v128.store(row + at, result);
  }
  return nonFinite;
}
