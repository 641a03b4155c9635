/** What the page's thumbnails and profiles are made of: sums over columns first, of boxes and of whole columns later. */

/** Adds a row to the sums of its columns (float32). Both have room for `count` rounded up to 8, at any address. */
export function addRow(row: usize, sums: usize, count: i32): void {
  const end = row + ((<usize>(count + 7) & ~7) << 2);
  for (; row < end; row += 32, sums += 32) {
    v128.store(sums, f32x4.add(v128.load(sums), v128.load(row)));
    v128.store(sums, f32x4.add(v128.load(sums, 16), v128.load(row, 16)), 16);
  }
}

/** The sums over every `box` neighbours (float64) behind `boxes`; the last box may be narrower. */
export function sumBoxes(sums: usize, count: i32, box: i32, boxes: usize): void {
  for (let at = 0; at < count; at += box, boxes += 8) {
    const end = min(at + box, count);
    let pairs = f64x2.splat(0);
    let i = at;
    for (; i + 4 <= end; i += 4) {
      const four = v128.load(sums + ((<usize>i) << 2));
      const others = i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
      pairs = f64x2.add(pairs, f64x2.add(f64x2.promote_low_f32x4(four), f64x2.promote_low_f32x4(others)));
    }
    let sum = f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
    for (; i < end; i++) sum += <f64>load<f32>(sums + ((<usize>i) << 2));
    store<f64>(boxes, sum);
  }
}

/** Copies every `step`th pixel of a row, from the first on, to `to` (float32). */
export function pickPixels(row: usize, count: i32, step: i32, to: usize): void {
  for (let col = 0; col < count; col += step, to += 4) store<f32>(to, load<f32>(row + ((<usize>col) << 2)));
}
