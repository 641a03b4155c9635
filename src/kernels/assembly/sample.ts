/** What the page's thumbnails are made of, row by row while the row is in the cache. */

/** Adds every `box` neighbours of the row to the next cell (float64) behind `cells`; the last box may be narrower. */
export function boxes(row: usize, count: i32, box: i32, cells: usize): void {
  for (let at = 0; at < count; at += box) {
    const end = min(at + box, count);
    let four = f32x4.splat(0);
    let i = at;
    for (; i + 4 <= end; i += 4) four = f32x4.add(four, v128.load(row + (<usize>i << 2)));
    let sum =
      <f64>f32x4.extract_lane(four, 0) +
      <f64>f32x4.extract_lane(four, 1) +
      <f64>f32x4.extract_lane(four, 2) +
      <f64>f32x4.extract_lane(four, 3);
    for (; i < end; i++) sum += <f64>load<f32>(row + (<usize>i << 2));
    store<f64>(cells, load<f64>(cells) + sum);
    cells += 8;
  }
}

/** The largest value of the row. */
export function peak(row: usize, count: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  // Four at a time hide the time that one comparison takes.
  for (; i + 16 <= count; i += 16) {
    const at = row + (<usize>i << 2);
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, 16));
    c = f32x4.pmax(c, v128.load(at, 32));
    d = f32x4.pmax(d, v128.load(at, 48));
  }
  a = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  let top = max(
    max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)),
    max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
  );
  for (; i < count; i++) top = max(top, load<f32>(row + (<usize>i << 2)));
  return top;
}
