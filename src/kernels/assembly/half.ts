/** IEEE 754 binary16: the magnitude's bits, moved into a float32, come out too small by 2^112 (subnormals included). */
@inline
export function half(bits: u32): f32 {
  if ((bits & 0x7c00) === 0x7c00) return NaN;
  const magnitude = reinterpret<f32>((bits & 0x7fff) << 13) * reinterpret<f32>(0x77800000);
  return bits & 0x8000 ? -magnitude : magnitude;
}
