/** Repair of bad pixels, columns and rows in place. Good pixels are read, bad ones written: the order does not matter. */

import { hasBit } from './bits';

/** The median of `count` values at `values`, which get sorted; an even count gives the mean of the middle two. */
function median(values: usize, count: i32): f32 {
  for (let i = 1; i < count; i++) {
    const value = load<f32>(values + ((<usize>i) << 2));
    let at = i;
    while (at > 0 && load<f32>(values + ((<usize>(at - 1)) << 2)) > value) {
      store<f32>(values + ((<usize>at) << 2), load<f32>(values + ((<usize>(at - 1)) << 2)));
      at--;
    }
    store<f32>(values + ((<usize>at) << 2), value);
  }
  const middle = values + ((<usize>(count >> 1)) << 2);
  if (count & 1) return load<f32>(middle);
  return <f32>((<f64>load<f32>(middle - 4) + <f64>load<f32>(middle)) / 2);
}

/**
 * Copies the good pixels up to `radius` px around column `col` of a row to `values` (float32); returns how many there are.
 * Bad are those with a bit in `mask`, and those with one beside the row (`lost`: bytes from a row to its bits); 0: none.
 */
@inline
function goodAround(
  row: usize,
  stride: usize,
  rowIndex: i32,
  height: i32,
  width: i32,
  col: i32,
  radius: i32,
  mask: usize,
  maskStep: isize,
  lost: usize,
  values: usize,
): i32 {
  const top = -min<i32>(radius, rowIndex);
  const bottom = min<i32>(radius, height - 1 - rowIndex);
  const left = max<i32>(col - radius, 0);
  const right = min<i32>(col + radius, width - 1);
  let good = 0;
  for (let dy = top; dy <= bottom; dy++) {
    const line = row + <usize>(<isize>dy * <isize>stride);
    const bits: usize = mask == 0 ? 0 : mask + <usize>(<isize>dy * maskStep);
    for (let x = left; x <= right; x++) {
      if (hasBit(0, bits, x) || hasBit(line, lost, x)) continue;
      store<f32>(values + ((<usize>good) << 2), load<f32>(line + ((<usize>x) << 2)));
      good++;
    }
  }
  return good;
}

/** Half the side of the largest neighbourhood that a pixel is repaired from. */
const FARTHEST = 9;

/**
 * Gives the bad pixels of one row the median of the good ones around them.
 *
 * `row`, `stride`, `rowIndex`: as in `despike`; `columns`: int32, the bad pixels' columns; `radii`: uint8, how far each
 * has to look (half the side of its neighbourhood) where nothing is lost, 0 when nothing good is in reach; `count` of them.
 * `mask`: address of this row's bits (1: bad), `maskStep` bytes from a row to the next as rows stand in memory. `lost`: bytes
 * from a row to the bits of pixels that are bad in this exposure, 0 where none are near. `scratch`: 361 float32.
 * Returns the number of pixels repaired.
 */
export function repairPixels(
  row: usize,
  stride: usize,
  rowIndex: i32,
  height: i32,
  width: i32,
  columns: usize,
  radii: usize,
  count: i32,
  mask: usize,
  maskStep: isize,
  lost: usize,
  scratch: usize,
): i32 {
  let repaired = 0;
  for (let i = 0; i < count; i++) {
    const col = load<i32>(columns + ((<usize>i) << 2));
    let radius = <i32>load<u8>(radii + <usize>i);
    const farthest = radius == 0 ? 0 : lost == 0 ? radius : FARTHEST;
    let good = 0;
    for (; radius > 0 && radius <= farthest && good == 0; radius++) {
      good = goodAround(row, stride, rowIndex, height, width, col, radius, mask, maskStep, lost, scratch);
    }
    const at = row + ((<usize>col) << 2);
    if (good > 0) {
      store<f32>(at, median(scratch, good));
      repaired++;
    } else if (hasBit(row, lost, col)) {
      store<f32>(at, 0);
    }
  }
  return repaired;
}

/**
 * Gives the lost pixels of one row the median of the good ones around them, 0 where there are none; those with a bit in
 * `mask` (0: no mask) are left to the repair of the map. Arguments as in `repairPixels`. Returns how many became 0.
 */
export function repairLost(
  row: usize,
  stride: usize,
  rowIndex: i32,
  height: i32,
  width: i32,
  mask: usize,
  maskStep: isize,
  lost: usize,
  scratch: usize,
): i32 {
  let unrepaired = 0;
  for (let col = 0; col < width; col++) {
    if (!hasBit(row, lost, col) || hasBit(0, mask, col)) continue;
    let good = 0;
    for (let radius = 1; radius <= FARTHEST && good == 0; radius++) {
      good = goodAround(row, stride, rowIndex, height, width, col, radius, mask, maskStep, lost, scratch);
    }
    store<f32>(row + ((<usize>col) << 2), good > 0 ? median(scratch, good) : 0);
    if (good == 0) unrepaired++;
  }
  return unrepaired;
}

/** Interpolates the bad columns `first..last` of a row between the columns beside them; at a border one is copied. */
export function repairColumns(row: usize, first: i32, last: i32, width: i32): void {
  const hasLeft = first > 0;
  const hasRight = last < width - 1;
  const left = <f64>load<f32>(row + ((<usize>(hasLeft ? first - 1 : last + 1)) << 2));
  const right = <f64>load<f32>(row + ((<usize>(hasRight ? last + 1 : first - 1)) << 2));
  if (!hasLeft || !hasRight) {
    for (let col = first; col <= last; col++) store<f32>(row + ((<usize>col) << 2), <f32>left);
    return;
  }
  for (let col = first; col <= last; col++) {
    const value = left + ((right - left) * <f64>(col - first + 1)) / <f64>(last - first + 2);
    store<f32>(row + ((<usize>col) << 2), <f32>value);
  }
}

/** row = above + (below - above) * part / parts, in double, rounded once; a copy where above and below are the same row. */
export function repairRow(row: usize, above: usize, below: usize, part: i32, parts: i32, width: i32): void {
  if (above == below) {
    memory.copy(row, above, (<usize>width) << 2);
    return;
  }
  for (let col = 0; col < width; col++) {
    const at = (<usize>col) << 2;
    const a = <f64>load<f32>(above + at);
    const b = <f64>load<f32>(below + at);
    store<f32>(row + at, <f32>(a + ((b - a) * <f64>part) / <f64>parts));
  }
}
