/**
 * row = (row - dark) * norm, float32, in place, one rounding per operation. Addresses 16-byte aligned; `count` pixels,
 * rounded up to 8 by the kernel (rows have room for it). Returns how many results were not finite and became 0.
 */
export function flatField(row: usize, dark: usize, norm: usize, count: i32): i32 {
  const bytes = (<usize>((count + 7) & ~7)) << 2;
  // 0 times a finite number is 0, and what is not finite stays so through every addition.
  const zero = f32x4.splat(0);
  let lost = zero;
  for (let at: usize = 0; at < bytes; at += 32) {
    const first = f32x4.mul(f32x4.sub(v128.load(row + at), v128.load(dark + at)), v128.load(norm + at));
    const second = f32x4.mul(f32x4.sub(v128.load(row + at, 16), v128.load(dark + at, 16)), v128.load(norm + at, 16));
    v128.store(row + at, first);
    v128.store(row + at, second, 16);
    lost = f32x4.add(lost, f32x4.mul(f32x4.add(first, second), zero));
  }
  return i32x4.all_true(f32x4.eq(lost, zero)) ? 0 : dropNonFinite(row, count);
}

/** Sets pixels that are not finite to 0; returns how many. */
function dropNonFinite(row: usize, count: i32): i32 {
  let found = 0;
  for (let i = 0; i < count; i++) {
    const at = row + ((<usize>i) << 2);
    const pixel = load<f32>(at);
    if (pixel - pixel === 0) continue;
    store<f32>(at, 0);
    found++;
  }
  return found;
}
