/** Repair of bad pixels, columns and rows in place. Good pixels are read, bad ones written: the order does not matter. */

import { hasBit } from './bits';
import { RowLayout } from './rows';

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

/** Half the side of the largest neighbourhood that a pixel is repaired from. */
const FARTHEST = 9;
/** Bytes of the values of such a neighbourhood (float32). */
const VALUES_BYTES: usize = ((2 * FARTHEST + 1) * (2 * FARTHEST + 1)) << 2;

/** Opened by `openRepair`; behind it stand the values of one neighbourhood. */
@unmanaged
class RepairState {
  width: i32;
  height: i32;
  /** Bytes from a row to the next, and from a row's address to its bits of lost pixels; 0: there are none. */
  stride: usize;
  lost: usize;
  /** One bit per pixel of the map, 1: bad, rows `maskStride` bytes apart; 0: no map. */
  mask: usize;
  maskStride: isize;
  /** Where a row's bad pixels begin in the lists (int32, a number more than rows): their columns (int32), and radii (uint8). */
  starts: usize;
  columns: usize;
  radii: usize;
  /** The rows of the map stand in the other order. */
  turned: bool;

  /** The row of the map that belongs to row `row` of the image. */
  @inline
  mapRow(row: i32): i32 {
    return this.turned ? this.height - 1 - row : row;
  }

  /** Address of the bits of that row; 0: no map. */
  @inline
  maskAt(row: i32): usize {
    return this.mask === 0 ? 0 : this.mask + <usize>this.mapRow(row) * <usize>this.maskStride;
  }

  @inline
  get values(): usize {
    return changetype<usize>(this) + offsetof<RepairState>();
  }
}

/** Bytes of a `RepairState` with what stands behind it. */
export function repairBytes(): usize {
  return offsetof<RepairState>() + VALUES_BYTES;
}

/**
 * Opens the state (`repairBytes` of memory, aligned to 8) for rows as `layout` has them. The map, as the fields of
 * `RepairState` have it: `mask` 0 where there is none. `radii`: how far each bad pixel has to look (half the side of its
 * neighbourhood) where nothing is lost, 0 when nothing good is in reach.
 */
export function openRepair(
  state: RepairState,
  layout: RowLayout,
  mask: usize,
  maskStride: i32,
  starts: usize,
  columns: usize,
  radii: usize,
  turned: bool,
): void {
  state.width = layout.width;
  state.height = layout.height;
  state.stride = layout.stride;
  state.lost = layout.lost;
  state.mask = mask;
  state.maskStride = maskStride;
  state.starts = starts;
  state.columns = columns;
  state.radii = radii;
  state.turned = turned;
}

/**
 * Copies the good pixels up to `radius` px around column `col` of a row to the state's values; returns how many there
 * are. Bad are those with a bit in the map, and those with one beside the row (`lost`: bytes from a row to its bits; 0: none).
 */
@inline
function goodAround(state: RepairState, row: usize, rowIndex: i32, col: i32, radius: i32, lost: usize): i32 {
  const stride = <isize>state.stride;
  const values = state.values;
  const mask = state.maskAt(rowIndex);
  const maskStep = state.turned ? -state.maskStride : state.maskStride;
  const top = -min<i32>(radius, rowIndex);
  const bottom = min<i32>(radius, state.height - 1 - rowIndex);
  const left = max<i32>(col - radius, 0);
  const right = min<i32>(col + radius, state.width - 1);
  let good = 0;
  for (let dy = top; dy <= bottom; dy++) {
    const line = row + <usize>(<isize>dy * stride);
    const bits: usize = mask === 0 ? 0 : mask + <usize>(<isize>dy * maskStep);
    for (let x = left; x <= right; x++) {
      if (hasBit(0, bits, x) || hasBit(line, lost, x)) continue;
      store<f32>(values + ((<usize>good) << 2), load<f32>(line + ((<usize>x) << 2)));
      good++;
    }
  }
  return good;
}

/**
 * Gives the bad pixels of the map in one row the median of the good ones around them: the row at `row`, which is row
 * `rowIndex` of the image; as many rows as the largest radius on both sides must be there, 9 with `lostToo`, as far as the
 * image has them. `lostToo`: pixels near by are lost, and bad as well. Returns the number of pixels repaired.
 */
export function repairPixels(state: RepairState, row: usize, rowIndex: i32, lostToo: bool): i32 {
  if (state.mask === 0) return 0;
  const lost: usize = lostToo ? state.lost : 0;
  const columns = state.columns;
  const radii = state.radii;
  const starts = state.starts + ((<usize>state.mapRow(rowIndex)) << 2);
  const end = load<i32>(starts, 4);
  let repaired = 0;
  for (let i = load<i32>(starts); i < end; i++) {
    const col = load<i32>(columns + ((<usize>i) << 2));
    let radius = <i32>load<u8>(radii + <usize>i);
    const farthest = radius === 0 ? 0 : lost === 0 ? radius : FARTHEST;
    let good = 0;
    for (; radius > 0 && radius <= farthest && good === 0; radius++) {
      good = goodAround(state, row, rowIndex, col, radius, lost);
    }
    const at = row + ((<usize>col) << 2);
    if (good > 0) {
      store<f32>(at, median(state.values, good));
      repaired++;
    } else if (hasBit(row, lost, col)) {
      store<f32>(at, 0);
    }
  }
  return repaired;
}

/**
 * Gives the lost pixels of one row the median of the good ones around them, 0 where there are none; those that are bad in
 * the map are left to `repairPixels`. Arguments as there. Returns how many became 0.
 */
export function repairLost(state: RepairState, row: usize, rowIndex: i32): i32 {
  const width = state.width;
  const lost = state.lost;
  const mask = state.maskAt(rowIndex);
  let unrepaired = 0;
  for (let col = 0; col < width; col++) {
    if (!hasBit(row, lost, col) || hasBit(0, mask, col)) continue;
    let good = 0;
    for (let radius = 1; radius <= FARTHEST && good === 0; radius++) {
      good = goodAround(state, row, rowIndex, col, radius, lost);
    }
    store<f32>(row + ((<usize>col) << 2), good > 0 ? median(state.values, good) : 0);
    if (good === 0) unrepaired++;
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
  if (above === below) {
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
