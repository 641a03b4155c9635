/** What the page's thumbnails and profiles are made of: sums over columns first, of boxes and of whole columns later. */

/** Adds a row to the sums of its columns (float32). Both have room for `count` rounded up to 8. */
export function addRow(row: usize, sums: usize, count: i32): void {
  const end = row + ((<usize>(count + 7) & ~7) << 2);
  for (; row < end; row += 32, sums += 32) {
    v128.store(sums, f32x4.add(v128.load(sums), v128.load(row)));
    v128.store(sums, f32x4.add(v128.load(sums, 16), v128.load(row, 16)), 16);
  }
}

/**
 * Empties the sums of columns: into `totals` (float32, one per column), and every `box` neighbours together into the next
 * cell (float64) behind `cells`; the last box may be narrower.
 */
export function foldColumns(sums: usize, count: i32, box: i32, cells: usize, totals: usize): void {
  for (let at = 0; at < count; at += box) {
    const end = min(at + box, count);
    let four = f32x4.splat(0);
    let i = at;
    for (; i + 4 <= end; i += 4) {
      const from = <usize>i << 2;
      const values = v128.load(sums + from);
      four = f32x4.add(four, values);
      v128.store(totals + from, f32x4.add(v128.load(totals + from), values));
    }
    let sum =
      <f64>f32x4.extract_lane(four, 0) +
      <f64>f32x4.extract_lane(four, 1) +
      <f64>f32x4.extract_lane(four, 2) +
      <f64>f32x4.extract_lane(four, 3);
    for (; i < end; i++) {
      const from = <usize>i << 2;
      const value = load<f32>(sums + from);
      sum += <f64>value;
      store<f32>(totals + from, load<f32>(totals + from) + value);
    }
    store<f64>(cells, load<f64>(cells) + sum);
    cells += 8;
  }
  memory.fill(sums, 0, <usize>count << 2);
}

/** Copies every `step`th pixel of a row, from the first on, to `to` (float32). */
export function pickPixels(row: usize, count: i32, step: i32, to: usize): void {
  for (let col = 0; col < count; col += step, to += 4) store<f32>(to, load<f32>(row + (<usize>col << 2)));
}
