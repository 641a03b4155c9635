/** The median of the 11 x 11 px around a pixel, and whether the pixel rises above it by so many of their deviations. */

import { behindOf, cut, keysOf, NOTHING, numberOf, sortLanes } from './lanes';
import { HALF, RobustState, reflected } from './state';

const SIDE: i32 = 2 * HALF + 1;
const WINDOW: i32 = SIDE * SIDE;
const BYTES: usize = WINDOW << 2;
/** Rows of four keys that hold a window: a power of 2. */
const ROWS: i32 = 32;
/** From the median absolute residual, and from the mean one, to the deviation of Gaussian noise. */
const MEDIAN_TO_DEVIATION: f64 = 1.4826;
const MEAN_TO_DEVIATION: f64 = 1.25;
/** Residuals count in the mean with at most so many times the one that three quarters stay below. */
const OUTSIDE: f64 = 2;
/** Where more than half of the pixels are equal: the deviation, as a part of the mean residual of the others. */
const SPARSE: f64 = 0.75;
/** Where all but so few are equal that they may be one spike: counts. */
const QUIET: f64 = 5;

/** Bytes of `window` and of `windowKeys` together. */
export const SURROUNDINGS_BYTES: i32 = 512 + 16 + 512 + 16;

/** Lays out both from `address` on, with a row's room before the keys and behind them. */
export function openSurroundings(state: RobustState, address: usize): void {
  state.window = address;
  state.windowKeys = address + 512 + 16;
}

/** Whether a pixel rises by more than the threshold; leaves the median, deviation and rise in the state. */
export function rises(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const window = state.window;
  const keys = state.windowKeys;
  const threshold = state.threshold;
  const lowest = gather(state, row, col, sign);
  const x = <f64>state.pixel(row, col, sign);
  // In sparse counts most are 0, and nothing has to be sorted.
  if (countOf(window, lowest) > WINDOW >> 1) {
    state.median = <f64>lowest;
    state.rise = x - <f64>lowest;
    return risesAbove(state, sparse(state, row, col, lowest));
  }
  const middle = medianOf(window, keys);
  const rise = x - <f64>middle;
  state.median = <f64>middle;
  state.rise = rise;
  residuals(window, keys, middle);
  if (countOf(window, 0) > WINDOW >> 1) return risesAbove(state, sparse(state, row, col, 0));
  // Beside edges most are decided without another sort: more than half of the residuals are too large.
  const large = rise / (threshold * MEDIAN_TO_DEVIATION);
  if (countAbove(window, <f32>(large * (1 + 1e-6))) > WINDOW >> 1) return false;
  sortLanes(keys, ROWS);
  const least = MEDIAN_TO_DEVIATION * ranked(keys, WINDOW >> 1);
  if (!risesAbove(state, least)) return false;
  const most = OUTSIDE * ranked(keys, (3 * WINDOW) >> 2);
  let sum: f64 = 0;
  for (let i: usize = 0; i < BYTES; i += 4) sum += Math.min(<f64>load<f32>(window + i), most);
  return risesAbove(state, Math.max(least, MEAN_TO_DEVIATION * (sum / <f64>WINDOW)));
}

@inline
function risesAbove(state: RobustState, measured: f64): bool {
  state.deviation = measured;
  return state.rise > state.threshold * measured;
}

/** Puts the window around a pixel into its place, NaN behind it, which counts nowhere; returns the lowest. */
function gather(state: RobustState, row: i32, col: i32, sign: f32): f32 {
  const width = state.width;
  const height = state.height;
  const window = state.window;
  const signs = f32x4.splat(sign);
  let lowest = f32x4.splat(f32.MAX_VALUE);
  let to = window;
  for (let dr = -HALF; dr <= HALF; dr++) {
    const from = state.rowAt(reflected(row + dr, height));
    let at = from + ((<usize>(col - HALF)) << 2);
    if (col < HALF || col >= width - HALF) {
      at = state.windowKeys;
      for (let dc = -HALF; dc <= HALF; dc++) {
        store<f32>(at + ((<usize>(dc + HALF)) << 2), load<f32>(from + ((<usize>reflected(col + dc, width)) << 2)));
      }
    }
    // Eleven pixels as 4 + 4 + 4, one of them twice.
    const first = f32x4.mul(signs, v128.load(at));
    const second = f32x4.mul(signs, v128.load(at, 16));
    const third = f32x4.mul(signs, v128.load(at, 28));
    v128.store(to, first);
    v128.store(to, second, 16);
    v128.store(to, third, 28);
    lowest = f32x4.pmin(lowest, f32x4.pmin(first, f32x4.pmin(second, third)));
    to += SIDE << 2;
  }
  v128.store(window + BYTES, f32x4.splat(NaN));
  return lowestOf(lowest);
}

/** How many of the window equal `value`. */
function countOf(window: usize, value: f32): i32 {
  const all = f32x4.splat(value);
  let equal = i32x4.splat(0);
  for (let i: usize = 0; i < BYTES; i += 16) equal = i32x4.sub(equal, f32x4.eq(v128.load(window + i), all));
  return total(equal);
}

/** How many of the window are larger than `value`. */
function countAbove(window: usize, value: f32): i32 {
  const all = f32x4.splat(value);
  let above = i32x4.splat(0);
  for (let i: usize = 0; i < BYTES; i += 16) above = i32x4.sub(above, f32x4.gt(v128.load(window + i), all));
  return total(above);
}

/** What stands behind the keys of the window up to a whole row. */
@inline
function closeKeys(keys: usize): void {
  v128.store(keys + BYTES, i32x4.splat(NOTHING));
  v128.store(keys + BYTES + 12, i32x4.splat(NOTHING));
}

function medianOf(window: usize, keys: usize): f32 {
  for (let i: usize = 0; i < BYTES; i += 16) v128.store(keys + i, keysOf(v128.load(window + i)));
  closeKeys(keys);
  sortLanes(keys, ROWS);
  return <f32>ranked(keys, WINDOW >> 1);
}

/** The number of rank `rank`, from 0, among the sorted keys. */
function ranked(keys: usize, rank: i32): f64 {
  return <f64>numberOf(behindOf(cut(keys, ROWS, rank)));
}

/** The window as distances from its median, which are keys as they stand. */
function residuals(window: usize, keys: usize, middle: f32): void {
  const medians = f32x4.splat(middle);
  for (let i: usize = 0; i < BYTES; i += 16) {
    const residual = f32x4.abs(f32x4.sub(v128.load(window + i), medians));
    v128.store(window + i, residual);
    v128.store(keys + i, residual);
  }
  closeKeys(keys);
}

/**
 * The deviation where most of the window equals `middle`: of the other pixels, but for those that may be the spike. It may
 * return less where the pixel does not even rise above that.
 */
function sparse(state: RobustState, row: i32, col: i32, middle: f32): f64 {
  const window = state.window;
  const rise = state.rise;
  const patch = state.patch;
  const half = rise / 2;
  // Pixels of the image only: its mirror would make many of a few.
  const top = max<i32>(0, HALF - row);
  const bottom = min<i32>(SIDE - 1, state.height - 1 - row + HALF);
  const left = max<i32>(0, HALF - col);
  const right = min<i32>(SIDE - 1, state.width - 1 - col + HALF);
  if (bottom - top + right - left === 2 * (SIDE - 1)) {
    const least = leastSparse(window, middle, half, patch);
    if (!(rise > state.threshold * least)) return least;
  }
  let others = 0;
  let sum: f64 = 0;
  for (let r = top; r <= bottom; r++) {
    for (let c = left; c <= right; c++) {
      const residual = <f64>abs<f32>(load<f32>(window + ((<usize>(r * SIDE + c)) << 2)) - middle);
      if (!(residual > 0) || residual > half) continue;
      sum += residual;
      others++;
    }
  }
  return others > patch ? (SPARSE * sum) / <f64>others : QUIET;
}

/** What `sparse` cannot be less than: the mean of the others is not below the smallest. */
function leastSparse(window: usize, middle: f32, half: f64, patch: i32): f64 {
  const middles = f32x4.splat(middle);
  const halves = f32x4.splat(notAbove(half));
  let counts = i32x4.splat(0);
  let smallests = halves;
  for (let i: usize = 0; i < BYTES; i += 16) {
    const residual = f32x4.abs(f32x4.sub(v128.load(window + i), middles));
    const other = v128.and(f32x4.gt(residual, f32x4.splat(0)), f32x4.le(residual, halves));
    counts = i32x4.sub(counts, other);
    smallests = f32x4.pmin(smallests, v128.bitselect(residual, halves, other));
  }
  if (total(counts) <= patch) return QUIET;
  // A sum of so many is rounded by less than that.
  return SPARSE * <f64>lowestOf(smallests) * (1 - 1e-12);
}

/** The largest float32 that is not above `value`, where that is positive. */
function notAbove(value: f64): f32 {
  const near = <f32>value;
  return <f64>near > value && near > 0 ? reinterpret<f32>(reinterpret<i32>(near) - 1) : near;
}

@inline
function total(counts: v128): i32 {
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}

@inline
function lowestOf(numbers: v128): f32 {
  return min<f32>(
    min<f32>(f32x4.extract_lane(numbers, 0), f32x4.extract_lane(numbers, 1)),
    min<f32>(f32x4.extract_lane(numbers, 2), f32x4.extract_lane(numbers, 3)),
  );
}
