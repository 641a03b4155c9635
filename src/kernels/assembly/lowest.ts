/** The lowest of `count` float32 pixels, which are numbers; `row` is aligned to 16 bytes. */
export function lowest(row: usize, count: i32): f32 {
  let four = f32x4.splat(f32.MAX_VALUE);
  let i = 0;
  for (; i <= count - 4; i += 4) four = f32x4.pmin(four, v128.load(row + ((<usize>i) << 2)));
  let least = min(
    min(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    min(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  );
  for (; i < count; i++) least = min(least, load<f32>(row + ((<usize>i) << 2)));
  return least;
}
