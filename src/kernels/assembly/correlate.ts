/**
 * Adds sum(u excess) to the double at `sums` and sum(u^2 level) to the next one. Float32 addresses need no alignment;
 * `count` at most some thousands: within a call sums are kept in float32.
 */
export function correlate(u: usize, excess: usize, level: usize, count: i32, sums: usize): void {
  let product = f32x4.splat(0);
  let power = f32x4.splat(0);
  const bytes = (<usize>count) << 2;
  const whole = bytes & ~15;
  for (let at: usize = 0; at < whole; at += 16) {
    const x = v128.load(u + at);
    product = f32x4.add(product, f32x4.mul(x, v128.load(excess + at)));
    power = f32x4.add(power, f32x4.mul(f32x4.mul(x, x), v128.load(level + at)));
  }
  let products = sumOf(product);
  let powers = sumOf(power);
  for (let at = whole; at < bytes; at += 4) {
    const x = load<f32>(u + at);
    products += <f64>(x * load<f32>(excess + at));
    powers += <f64>(x * x * load<f32>(level + at));
  }
  store<f64>(sums, load<f64>(sums) + products);
  store<f64>(sums, load<f64>(sums, 8) + powers, 8);
}

/** Of the four lanes. */
function sumOf(lanes: v128): f64 {
  const low = <f64>f32x4.extract_lane(lanes, 0) + <f64>f32x4.extract_lane(lanes, 1);
  return low + <f64>f32x4.extract_lane(lanes, 2) + <f64>f32x4.extract_lane(lanes, 3);
}
