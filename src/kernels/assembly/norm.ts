/**
 * From a bright to the norm, row by row; definition: `normFromBright` in `src/references/norm.ts`. Sums go from pixel to
 * pixel in float64, as there, so that a norm is the same to the last bit wherever it is computed.
 */

/** Subtracts a row of the dark from one of the bright, in place; returns `sum` with its pixels added. */
export function subtractDark(bright: usize, dark: usize, count: i32, sum: f64): f64 {
  for (const end = bright + ((<usize>count) << 2); bright < end; bright += 4, dark += 4) {
    const signal = load<f32>(bright) - load<f32>(dark);
    store<f32>(bright, signal);
    sum += <f64>signal;
  }
  return sum;
}

/** `sum` with the pixels of a row added. */
export function sumRow(row: usize, count: i32, sum: f64): f64 {
  for (const end = row + ((<usize>count) << 2); row < end; row += 4) sum += <f64>load<f32>(row);
  return sum;
}

/** Divides `mean` by each pixel of a row, or by `floor` where that is more, in place; returns how many come above `cap`. */
export function divideMean(row: usize, count: i32, mean: f64, floor: f32, cap: f32): i32 {
  let above = 0;
  for (const end = row + ((<usize>count) << 2); row < end; row += 4) {
    const norm = <f32>(mean / <f64>max<f32>(load<f32>(row), floor));
    store<f32>(row, norm);
    above += i32(norm > cap);
  }
  return above;
}
