/** The median of the 11 x 11 px around a pixel, and whether the pixel rises above it by so many of their deviations. */

import { countOf, leaveOutConstants, total } from './constant';
import { behindOf, cut, keysOf, NOTHING, numberOf, sortLanes } from './ranks';
import { HALF, RobustState, reflected } from './state';
import { notAbove, OWN, othersAround, sumOf, upperHalf } from './wide';

const SIDE: i32 = 2 * HALF + 1;
const WINDOW: i32 = SIDE * SIDE;
const BYTES: usize = WINDOW << 2;
/** Rows of four keys that hold a window: a power of 2. */
const ROWS: i32 = 32;
/** From the median absolute residual, and from the mean one, to the deviation of Gaussian noise. */
const MEDIAN_TO_DEVIATION: f64 = 1.4826;
const MEAN_TO_DEVIATION: f64 = 1.25;
/** Residuals of more deviations than this belong to something else, and do not count in the mean. */
const OUTSIDE: f64 = 4;
/** Where more than half of the pixels are equal: the deviation, as a part of the mean residual of the others. */
const SPARSE: f64 = 0.7;
/** Where all but a few are equal: counts. */
const QUIET: f64 = 5;
/** A bright area has a deviation of its own from so many pixels on. */
const AREA: i32 = 24;

/** Bytes of `window`, `windowKeys` and the bits for constants together. */
export const SURROUNDINGS_BYTES: i32 = 512 + 16 + 512 + 16 + 48 + 64;

/** Lays them out from `address` on, with a row's room before the keys and behind them. */
export function openSurroundings(state: RobustState, address: usize): void {
  state.window = address;
  state.windowKeys = address + 512 + 16;
  state.equalBits = state.windowKeys + 512 + 16;
  state.blockBits = state.equalBits + 48;
}

/** Whether a pixel rises by more than the threshold; leaves the median, deviation and rise in the state. */
export function rises(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const lowest = gather(state, row, col, sign);
  const x = state.pixel(row, col, sign);
  leaveOutConstants(state, x);
  // In sparse counts most are 0, and nothing has to be sorted.
  if (countOf(state.window, lowest) > state.counting >> 1) {
    state.median = <f64>lowest;
    state.rise = <f64>x - <f64>lowest;
    return risesAbove(state, sparse(state, row, col, sign, lowest));
  }
  const middle = medianOf(state, x);
  if (countOf(state.window, 0) > state.counting >> 1) return risesAbove(state, sparse(state, row, col, sign, middle));
  return risesAboveMost(state);
}

/** The same among the pixels of the window above `level` alone, if they are an area: the pixel may stand on it. */
export function risesWithin(state: RobustState, row: i32, col: i32, sign: f32, level: f64): bool {
  gather(state, row, col, sign);
  const window = state.window;
  let counting = 0;
  for (let i: usize = 0; i < BYTES; i += 4) {
    if (<f64>load<f32>(window + i) > level) counting++;
    else store<f32>(window + i, NaN);
  }
  if (counting < AREA) return false;
  state.counting = counting;
  medianOf(state, state.pixel(row, col, sign));
  return countOf(window, 0) <= counting >> 1 && risesAboveMost(state);
}

/** Leaves the median of the window in the state, and in the window the distances from it; returns it. */
function medianOf(state: RobustState, x: f32): f32 {
  const window = state.window;
  const keys = state.windowKeys;
  for (let i: usize = 0; i < BYTES; i += 16) v128.store(keys + i, keysOf(v128.load(window + i)));
  closeKeys(keys);
  sortLanes(keys, ROWS);
  const middle = <f32>ranked(keys, state.counting >> 1);
  state.median = <f64>middle;
  state.rise = <f64>x - <f64>middle;
  residuals(window, keys, middle);
  return middle;
}

/** Whether the rise exceeds the threshold for the residuals in the window, most of which are not 0. */
function risesAboveMost(state: RobustState): bool {
  const window = state.window;
  const keys = state.windowKeys;
  const half = state.counting >> 1;
  // Beside edges most are decided without another sort: more than half of the residuals are too large.
  const large = state.rise / (state.threshold * MEDIAN_TO_DEVIATION);
  if (countAbove(window, <f32>(large * (1 + 1e-6))) > half) return false;
  sortLanes(keys, ROWS);
  const least = MEDIAN_TO_DEVIATION * ranked(keys, half);
  if (!risesAbove(state, least)) return false;
  const mosts = f32x4.splat(notAbove(OUTSIDE * least));
  let sums = f64x2.splat(0);
  let furtherSums = f64x2.splat(0);
  let counts = i32x4.splat(0);
  for (let i: usize = 0; i < BYTES; i += 16) {
    const found = v128.load(window + i);
    const within = f32x4.le(found, mosts);
    const kept = v128.and(found, within);
    sums = f64x2.add(sums, f64x2.promote_low_f32x4(kept));
    furtherSums = f64x2.add(furtherSums, f64x2.promote_low_f32x4(upperHalf(kept)));
    counts = i32x4.sub(counts, within);
  }
  const sum = sumOf(sums, furtherSums);
  return risesAbove(state, Math.max(least, MEAN_TO_DEVIATION * (sum / <f64>total(counts))));
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

/** The deviation where most of the window equals `middle`; it may be less where the pixel does not even rise above that. */
function sparse(state: RobustState, row: i32, col: i32, sign: f32, middle: f32): f64 {
  // In sparse counts nearly all are told apart by the least that the others can be.
  const least = SPARSE * <f64>leastOther(state, row, col, sign, middle);
  if (!(state.rise > state.threshold * least)) return least;
  const others = othersAround(state, row, col, sign, middle);
  return others > 0 ? Math.max(SPARSE * others, least) : QUIET;
}

/** The least that a pixel of 11 x 11 px that stands alone, not near the peak, differs, if that is half of the rise at most; else 0. */
function leastOther(state: RobustState, row: i32, col: i32, sign: f32, middle: f32): f32 {
  const first = max<i32>(col - HALF, 0);
  const bits = othersBits(state, row, col, middle * sign);
  // Bits of the columns near the peak, and of those that the image has.
  const near: u32 = ((1 << (2 * OWN + 1)) - 1) << (HALF - OWN);
  const inside = (((<u32>1) << (min<i32>(col + HALF, state.width - 1) - first + 1)) - 1) << (first - col + HALF);
  let least = f32.MAX_VALUE;
  for (let dr = -HALF; dr <= HALF; dr++) {
    // A bit of room on both sides: bit 1 is 5 px to the left.
    const own = load<u32>(bits + ((<usize>(dr + HALF + 1)) << 2));
    if (own === 0) continue;
    const above = load<u32>(bits + ((<usize>(dr + HALF)) << 2));
    const below = load<u32>(bits + ((<usize>(dr + HALF + 2)) << 2));
    const others = above | below;
    const crowded = others | (others << 1) | (others >> 1) | (own << 1) | (own >> 1);
    let alone = ((own & ~crowded) >> 1) & inside;
    if (abs<i32>(dr) <= OWN) alone &= ~near;
    for (; alone !== 0; alone &= alone - 1) {
      least = min<f32>(least, abs<f32>(state.pixel(row + dr, col - HALF + ctz(alone), sign) - middle));
    }
  }
  return <f64>least <= state.rise / 2 ? least : 0;
}

/** One bit for each pixel of 13 x 13 px that is not `value`, a word a row; none where there is no image. */
function othersBits(state: RobustState, row: i32, col: i32, value: f32): usize {
  const bits = state.wideBits;
  const width = state.width;
  const values = f32x4.splat(value);
  const reach = HALF + 1;
  const inCols = col >= reach && col + reach < width;
  for (let dr = -reach; dr <= reach; dr++) {
    const r = row + dr;
    let found: u32 = 0;
    if (r >= 0 && r < state.height) {
      const from = state.rowAt(r);
      if (inCols) {
        const at = from + ((<usize>(col - reach)) << 2);
        found =
          <u32>i32x4.bitmask(f32x4.ne(v128.load(at), values)) |
          ((<u32>i32x4.bitmask(f32x4.ne(v128.load(at, 16), values))) << 4) |
          ((<u32>i32x4.bitmask(f32x4.ne(v128.load(at, 32), values))) << 8) |
          ((<u32>(load<f32>(at, 48) !== value)) << 12);
      } else {
        for (let c = max<i32>(col - reach, 0); c <= min<i32>(col + reach, width - 1); c++) {
          if (load<f32>(from + ((<usize>c) << 2)) !== value) found |= (<u32>1) << (c - col + reach);
        }
      }
    }
    store<u32>(bits + ((<usize>(dr + reach)) << 2), found);
  }
  return bits;
}

@inline
function lowestOf(numbers: v128): f32 {
  return min<f32>(
    min<f32>(f32x4.extract_lane(numbers, 0), f32x4.extract_lane(numbers, 1)),
    min<f32>(f32x4.extract_lane(numbers, 2), f32x4.extract_lane(numbers, 3)),
  );
}
