/** Decides on a candidate: whether it is the peak of a spike, and which pixels belong to it. They go into the mask. */

import { hasBit } from '../bits';
import { isSpot, ring, riseAt } from './spot';
import { mostOf, RobustState, reachOf } from './state';
import { rises, risesWithin } from './surroundings';
import { isCommon } from './wide';

/** Deviations, as a part of the threshold, above which a neighbour belongs to the patch. */
const GROWTH: f64 = 0.6;
/** A patch is measured at this part of its rise, or at the level of growth where that is higher: its skirts do not count. */
const CORE: f64 = 0.15;
/** It may have a third more pixels if no more than two thirds stand above this part: so do wide clouds of charge, but not beads. */
const UPPER: f64 = 0.35;
/** Clouds of charge are at most so many px wide. */
const CLOUD: i32 = 4;
/** Around a peak on a bright area the pixels rise to so many deviations on average at most: an edge goes on falling. */
const PLAIN: f64 = 2;

/** So many spots, and peaks that are too large, are kept by their places. */
export const PLACES: i32 = 512;

/** Values in the mask: the pixel will be replaced; it is in the list of the patch that grows. */
const SPIKE: u8 = 1;
const LISTED: u8 = 2;

/** Bytes of the list of a patch: it may hold eight more before it is known to be too large. */
export function listBytes(largest: i32): i32 {
  return 8 * (mostOf(largest) + 9);
}

/** Marks the patch around a candidate, which no neighbour exceeds, if it is a spike. */
export function decide(state: RobustState, row: i32, col: i32, sign: f32): void {
  if (!rises(state, row, col, sign)) return;
  const level = growthLevel(state);
  let fits = grow(state, row, col, sign, level);
  if (fits === TOO_LARGE) {
    unlist(state, false);
    fits = FEATURE;
    // It may stand on something that is as bright.
    if (risesWithin(state, row, col, sign, level)) {
      fits = grow(state, row, col, sign, growthLevel(state));
      if (fits === SPIKE_FITS && ring(state, sign) > PLAIN * state.deviation) fits = FEATURE;
    }
    if (fits !== SPIKE_FITS) leave(state, row, col);
  }
  let isSpike = fits === SPIKE_FITS;
  if (isSpike) {
    isSpike = !isCommon(state, row, col, sign);
    if (isSpike) isSpike = !count(state, row, col, sign) || !state.diffraction;
  }
  unlist(state, isSpike);
}

/** Counts a peak that is too large; with its place, unless it is drawn. */
function leave(state: RobustState, row: i32, col: i32): void {
  state.leftAlone++;
  if (!isUnlike(state, row, col)) return;
  if (state.large < PLACES) {
    const place = state.largePlaces + ((<usize>state.large) << 3);
    store<i32>(place, row);
    store<i32>(place, col, 4);
  }
  state.large++;
}

/** No neighbour is equal, as those in drawn things are. */
function isUnlike(state: RobustState, row: i32, col: i32): bool {
  const x = state.pixel(row, col, 1);
  const lastRow = min<i32>(row + 1, state.height - 1);
  const lastCol = min<i32>(col + 1, state.width - 1);
  let equal = 0;
  for (let r = max<i32>(row - 1, 0); r <= lastRow; r++) {
    for (let c = max<i32>(col - 1, 0); c <= lastCol; c++) if (state.pixel(r, c, 1) === x) equal++;
  }
  return equal === 1;
}

/** Counts the patch in the population; returns whether it is a spot. */
function count(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const spot = isSpot(state, row, col, sign);
  // Of equal peaks one counts. At a border profiles are cut.
  if (row === 0 || col === 0 || row === state.height - 1 || col === state.width - 1) return spot;
  if (!isFirst(state, row, col, sign)) return spot;
  state.patches++;
  if (state.found === 1) state.singles++;
  if (!spot) return false;
  if (state.spots < PLACES) {
    const place = state.places + ((<usize>state.spots) << 3);
    store<i32>(place, row);
    store<i32>(place, col, 4);
  }
  state.spots++;
  const squares = state.rise * state.rise;
  const rows = riseAt(state, row - 1, col, sign) * riseAt(state, row + 1, col, sign);
  const cols = riseAt(state, row, col - 1, sign) * riseAt(state, row, col + 1, sign);
  state.widths += <i32>((1024 * (rows + cols)) / (2 * squares));
  // The octave of the height.
  let octave = 0;
  for (let height = state.rise / state.deviation; height >= 2 && octave < 15; height /= 2) octave++;
  const bin = state.octaves + ((<usize>octave) << 2);
  store<i32>(bin, load<i32>(bin) + 1);
  return true;
}

/** Takes the patch off the list; marks it, if it is a spike. */
function unlist(state: RobustState, isSpike: bool): void {
  for (let i = 0; i < state.found; i++) {
    const at = state.list + ((<usize>i) << 3);
    const mask = state.maskAt(load<i32>(at)) + <usize>load<i32>(at, 4);
    store<u8>(mask, (load<u8>(mask) & ~LISTED) | (isSpike ? SPIKE : 0));
  }
  state.found = 0;
}

@inline
function growthLevel(state: RobustState): f64 {
  return state.median + GROWTH * state.threshold * state.deviation;
}

/** What growth comes to. */
const SPIKE_FITS: i32 = 0;
const TOO_LARGE: i32 = 1;
const FEATURE: i32 = 2;

/** No neighbour that comes before it is as high. */
function isFirst(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const x = state.pixel(row, col, sign);
  if (state.pixel(row, col - 1, sign) === x) return false;
  for (let c = col - 1; c <= col + 1; c++) if (state.pixel(row - 1, c, sign) === x) return false;
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
  if (state.isRepaired(row, col)) state.repaired++;
}

/** Puts the patch around a pixel into `list`, as far as it matters. */
function grow(state: RobustState, row: i32, col: i32, sign: f32, level: f64): i32 {
  state.found = 0;
  state.repaired = 0;
  enlist(state, row, col);
  const core = Math.max(level, state.median + CORE * state.rise);
  if (core === level) return spread(state, row, col, sign, level, state.patch);
  const patch = spread(state, row, col, sign, core, state.patch + state.patch / 3);
  if (patch !== SPIKE_FITS) return patch;
  if (state.found - state.repaired > state.patch && countAbove(state, sign) > (2 * state.patch) / 3) return TOO_LARGE;
  return spreadSkirts(state, row, col, sign, level);
}

/** How many of the pixels on the list stand above UPPER. */
function countAbove(state: RobustState, sign: f32): i32 {
  const level = state.median + UPPER * state.rise;
  let above = 0;
  for (let i = 0; i < state.found; i++) {
    const at = state.list + ((<usize>i) << 3);
    if (<f64>state.pixel(load<i32>(at), load<i32>(at, 4), sign) > level) above++;
  }
  return above;
}

/** Adds to the list what hangs together with it above `level`, until there are more than `most` good pixels. */
function spread(state: RobustState, row: i32, col: i32, sign: f32, level: f64, most: i32): i32 {
  const list = state.list;
  const reach = reachOf(state.patch);
  for (let i = 0; i < state.found; i++) {
    const fromRow = load<i32>(list + ((<usize>i) << 3));
    const fromCol = load<i32>(list + ((<usize>i) << 3), 4);
    if (state.keepSaturated && hasBit(state.rowAt(fromRow), state.flags, fromCol)) return FEATURE;
    const lastRow = min<i32>(fromRow + 1, state.height - 1);
    const lastCol = min<i32>(fromCol + 1, state.width - 1);
    for (let r = max<i32>(fromRow - 1, 0); r <= lastRow; r++) {
      for (let c = max<i32>(fromCol - 1, 0); c <= lastCol; c++) {
        if (!belongs(state, r, c, sign, level)) continue;
        if (abs<i32>(r - row) > reach || abs<i32>(c - col) > reach) return TOO_LARGE;
        enlist(state, r, c);
      }
    }
    if (state.found - state.repaired > most || state.found > mostOf(state.patch)) return TOO_LARGE;
  }
  return SPIKE_FITS;
}

/** Above the level, and not on the list yet. */
@inline
function belongs(state: RobustState, row: i32, col: i32, sign: f32, level: f64): bool {
  return <f64>state.pixel(row, col, sign) > level && (load<u8>(state.maskAt(row) + <usize>col) & LISTED) === 0;
}

/**
 * Adds the skirts of a patch: what falls from it on both sides. What rises again, or has nothing above the level opposite
 * of it (across the middle of the patch, or across its peak where that is next to the middle), is something else that the patch touches.
 */
function spreadSkirts(state: RobustState, row: i32, col: i32, sign: f32, level: f64): i32 {
  const list = state.list;
  const reach = reachOf(state.patch);
  let rows = 0;
  let cols = 0;
  let top = state.height;
  let first = state.width;
  for (let i = 0; i < state.found; i++) {
    const r = load<i32>(list + ((<usize>i) << 3));
    const c = load<i32>(list + ((<usize>i) << 3), 4);
    top = min<i32>(top, r);
    rows = max<i32>(rows, r);
    first = min<i32>(first, c);
    cols = max<i32>(cols, c);
  }
  // Tracks have no skirts, and reach across edges.
  if (rows - top >= CLOUD || cols - first >= CLOUD) return SPIKE_FITS;
  rows += top;
  cols += first;
  const central = abs<i32>(2 * row - rows) <= 1 && abs<i32>(2 * col - cols) <= 1;
  for (let i = 0; i < state.found; i++) {
    const fromRow = load<i32>(list + ((<usize>i) << 3));
    const fromCol = load<i32>(list + ((<usize>i) << 3), 4);
    const from = state.pixel(fromRow, fromCol, sign);
    const lastRow = min<i32>(fromRow + 1, state.height - 1);
    const lastCol = min<i32>(fromCol + 1, state.width - 1);
    for (let r = max<i32>(fromRow - 1, 0); r <= lastRow; r++) {
      for (let c = max<i32>(fromCol - 1, 0); c <= lastCol; c++) {
        if (!belongs(state, r, c, sign, level) || state.pixel(r, c, sign) > from) continue;
        if (
          !risesAt(state, rows - r, cols - c, sign, level) &&
          !(central && risesAt(state, 2 * row - r, 2 * col - c, sign, level))
        ) {
          continue;
        }
        if (abs<i32>(r - row) > reach || abs<i32>(c - col) > reach) return TOO_LARGE;
        enlist(state, r, c);
      }
    }
    if (state.found > mostOf(state.patch)) return TOO_LARGE;
  }
  return SPIKE_FITS;
}

/** Is that pixel above the level, or outside the image? */
@inline
function risesAt(state: RobustState, row: i32, col: i32, sign: f32, level: f64): bool {
  if (row < 0 || row >= state.height || col < 0 || col >= state.width) return true;
  return <f64>state.pixel(row, col, sign) > level;
}
