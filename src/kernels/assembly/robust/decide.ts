/** Decides on a candidate: whether it is the peak of a spike, and which pixels belong to it. They go into the mask. */

import { hasBit } from '../bits';
import { RobustState } from './state';
import { rises } from './surroundings';

/** Deviations, as a part of the threshold, above which a neighbour belongs to the patch. */
const GROWTH: f64 = 0.6;
/**
 * In a spot the pixels above, below, left and right of the highest rise to this part of it, give or take so many
 * deviations, and all four together to this. A Gaussian of sigma 0.7 px: 0.13 to 1, together 1.44 at least.
 */
const SPOT: f64 = 0.1;
const SPOT_NOISE: f64 = 2;
const SPOT_SUM: f64 = 1;

/** Values in the mask: the pixel will be replaced; it is in the list of the patch that grows. */
const SPIKE: u8 = 1;
const LISTED: u8 = 2;

/** Bytes of the list of a patch: it may hold eight more before it is known to be too large. */
export function listBytes(largest: i32): i32 {
  return 8 * (largest + 9);
}

/** Marks the patch around a candidate, if it is a spike. */
export function decide(state: RobustState, row: i32, col: i32, sign: f32): void {
  if (!isHighest(state, row, col, sign) || !rises(state, row, col, sign)) return;
  state.found = 0;
  const level = GROWTH * state.threshold * state.deviation;
  const isSpike = grow(state, row, col, sign, level) && !(state.diffraction && isSpot(state, row, col, sign));
  for (let i = 0; i < state.found; i++) {
    const at = state.list + ((<usize>i) << 3);
    const mask = state.maskAt(load<i32>(at)) + <usize>load<i32>(at, 4);
    store<u8>(mask, (load<u8>(mask) & ~LISTED) | (isSpike ? SPIKE : 0));
  }
}

function isHighest(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const x = state.pixel(row, col, sign);
  const lastRow = min<i32>(row + 1, state.height - 1);
  const lastCol = min<i32>(col + 1, state.width - 1);
  for (let r = max<i32>(row - 1, 0); r <= lastRow; r++) {
    for (let c = max<i32>(col - 1, 0); c <= lastCol; c++) if (state.pixel(r, c, sign) > x) return false;
  }
  return true;
}

@inline
function enlist(state: RobustState, row: i32, col: i32): void {
  const at = state.list + ((<usize>state.found) << 3);
  store<i32>(at, row);
  store<i32>(at, col, 4);
  const mask = state.maskAt(row) + <usize>col;
  store<u8>(mask, load<u8>(mask) | LISTED);
  state.found++;
}

/** Puts the patch around a pixel into `list`, as far as it matters; returns whether it may be replaced. */
function grow(state: RobustState, row: i32, col: i32, sign: f32, level: f64): bool {
  const list = state.list;
  const median = state.median;
  enlist(state, row, col);
  for (let i = 0; i < state.found; i++) {
    const fromRow = load<i32>(list + ((<usize>i) << 3));
    const fromCol = load<i32>(list + ((<usize>i) << 3), 4);
    if (hasBit(state.rowAt(fromRow), state.flags, fromCol)) return false;
    const lastRow = min<i32>(fromRow + 1, state.height - 1);
    const lastCol = min<i32>(fromCol + 1, state.width - 1);
    for (let r = max<i32>(fromRow - 1, 0); r <= lastRow; r++) {
      const mask = state.maskAt(r);
      for (let c = max<i32>(fromCol - 1, 0); c <= lastCol; c++) {
        if (<f64>state.pixel(r, c, sign) - median > level && !(load<u8>(mask + <usize>c) & LISTED)) enlist(state, r, c);
      }
    }
    if (state.found > state.patch) {
      state.leftAlone++;
      return false;
    }
  }
  return true;
}

/** Does the patch fall off on all sides, as spots do that a lens has blurred? */
function isSpot(state: RobustState, row: i32, col: i32, sign: f32): bool {
  if (row === 0 || col === 0 || row === state.height - 1 || col === state.width - 1) return false;
  const median = state.median;
  const rise = state.rise;
  const least = SPOT * rise - SPOT_NOISE * state.deviation;
  const above = <f64>state.pixel(row - 1, col, sign) - median;
  const below = <f64>state.pixel(row + 1, col, sign) - median;
  const left = <f64>state.pixel(row, col - 1, sign) - median;
  const right = <f64>state.pixel(row, col + 1, sign) - median;
  if (above < least || below < least || left < least || right < least) return false;
  return above + below + (left + right) >= SPOT_SUM * rise;
}
