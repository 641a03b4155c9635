/** Spots: what a lens has blurred falls off on all sides, and goes on falling; an X-ray ends. */

import { RobustState } from './state';

/**
 * In a spot the pixels above, below, left and right of the highest rise to this part of it, give or take so many
 * deviations, and all four together to this. A Gaussian of sigma 0.7 px: 0.13 to 1, together 1.44 at least.
 */
const SPOT: f64 = 0.1;
const SPOT_NOISE: f64 = 2;
const SPOT_SUM: f64 = 1;
/** The four corners, and the pixels two px away, reach these parts of what a Gaussian would have there, give or take so many deviations. */
const CORNERS: f64 = 0.5;
const SKIRTS: f64 = 0.4;
const SUM_NOISE: f64 = 4;
/** Below so many deviations all that drowns in the noise; then what surrounds the patch still rises to so many on average. */
const FAINT: f64 = 25;
const RING: f64 = 0.5;

/** Bit of the mask that says: in the patch that is looked at. */
const LISTED: u8 = 2;

@inline
export function riseAt(state: RobustState, row: i32, col: i32, sign: f32): f64 {
  return <f64>state.pixel(row, col, sign) - state.median;
}

/** Does the patch on the list fall off on all sides, as spots do that a lens has blurred? */
export function isSpot(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const rise = state.rise;
  const least = SPOT * rise - SPOT_NOISE * state.deviation;
  const lastRow = state.height - 1;
  const lastCol = state.width - 1;
  const inRows = row > 0 && row < lastRow;
  const inCols = col > 0 && col < lastCol;
  let sides: f64 = 0;
  let above: f64 = 0;
  let below: f64 = 0;
  let left: f64 = 0;
  let right: f64 = 0;
  if (inRows) {
    above = riseAt(state, row - 1, col, sign);
    below = riseAt(state, row + 1, col, sign);
    if (above < least || below < least) return false;
    sides += above + below;
  }
  if (inCols) {
    left = riseAt(state, row, col - 1, sign);
    right = riseAt(state, row, col + 1, sign);
    if (left < least || right < least) return false;
    sides += left + right;
  }
  // At a border the middle of a spot may lie outside the image: only what is along the border is known.
  if (inRows && inCols) {
    if (sides < SPOT_SUM * rise) return false;
    const corners =
      riseAt(state, row - 1, col - 1, sign) +
      riseAt(state, row - 1, col + 1, sign) +
      (riseAt(state, row + 1, col - 1, sign) + riseAt(state, row + 1, col + 1, sign));
    const expected = ((above + below) * (left + right)) / rise;
    if (corners < CORNERS * expected - SUM_NOISE * state.deviation) return false;
  } else if (sides < (SPOT_SUM / 2) * rise) return false;
  if (row > 1 && row < lastRow - 1 && col > 1 && col < lastCol - 1) {
    const far =
      riseAt(state, row - 2, col, sign) +
      riseAt(state, row + 2, col, sign) +
      (riseAt(state, row, col - 2, sign) + riseAt(state, row, col + 2, sign));
    // Of a Gaussian, wherever its middle is: the third power of one side times the other one.
    const expected =
      (above * below * (above * above + below * below) + left * right * (left * left + right * right)) /
      (rise * rise * rise);
    if (far < SKIRTS * expected - SUM_NOISE * state.deviation) return false;
  }
  return rise >= FAINT * state.deviation || ring(state, sign) >= RING * state.deviation;
}

/** Mean rise of the pixels around the patch on the list. */
export function ring(state: RobustState, sign: f32): f64 {
  let top = state.height;
  let bottom = 0;
  let first = state.width;
  let last = 0;
  for (let i = 0; i < state.found; i++) {
    const at = state.list + ((<usize>i) << 3);
    const row = load<i32>(at);
    const col = load<i32>(at, 4);
    top = min<i32>(top, row);
    bottom = max<i32>(bottom, row);
    first = min<i32>(first, col);
    last = max<i32>(last, col);
  }
  top = max<i32>(top - 1, 0);
  bottom = min<i32>(bottom + 1, state.height - 1);
  first = max<i32>(first - 1, 0);
  last = min<i32>(last + 1, state.width - 1);
  let sum: f64 = 0;
  let count = 0;
  for (let row = top; row <= bottom; row++) {
    for (let col = first; col <= last; col++) {
      if (isListed(state, row, col) || !touchesListed(state, row, col)) continue;
      sum += riseAt(state, row, col, sign);
      count++;
    }
  }
  return count === 0 ? 0 : sum / <f64>count;
}

@inline
function isListed(state: RobustState, row: i32, col: i32): bool {
  return (load<u8>(state.maskAt(row) + <usize>col) & LISTED) !== 0;
}

function touchesListed(state: RobustState, row: i32, col: i32): bool {
  const lastRow = min<i32>(row + 1, state.height - 1);
  const lastCol = min<i32>(col + 1, state.width - 1);
  for (let r = max<i32>(row - 1, 0); r <= lastRow; r++) {
    for (let c = max<i32>(col - 1, 0); c <= lastCol; c++) if (isListed(state, r, c)) return true;
  }
  return false;
}
