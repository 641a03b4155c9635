/** Decides on a candidate: whether it is the peak of a spike, and which pixels belong to it. They go into the mask. */

import { hasBit } from '../bits';
import { flags, height, maskAt, pixel, rowAt, width } from './frame';
import { deviation, median, rise, rises } from './surroundings';

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

let threshold: f64 = 0;
let patch: i32 = 0;
let diffraction: bool = false;
/** Rows and columns of the patch that grows, and how many there are. */
let list: usize = 0;
let found: i32 = 0;
/** Peaks that rose as spikes do, but whose patch was too large. */
export let leftAlone: i32 = 0;

/** Bytes of the list of a patch: it may hold eight more before it is known to be too large. */
export function listBytes(largest: i32): i32 {
  return 8 * (largest + 9);
}

export function setDecision(deviations: f64, largest: i32, spotsStay: bool, leftBefore: i32, address: usize): void {
  threshold = deviations;
  patch = largest;
  diffraction = spotsStay;
  leftAlone = leftBefore;
  list = address;
}

/** Marks the patch around a candidate, if it is a spike. */
export function decide(row: i32, col: i32, sign: f32): void {
  if (!isHighest(row, col, sign) || !rises(row, col, sign, threshold, patch)) return;
  found = 0;
  const isSpike = grow(row, col, sign, GROWTH * threshold * deviation) && !(diffraction && isSpot(row, col, sign));
  for (let i = 0; i < found; i++) {
    const at = list + (<usize>i << 3);
    const mask = maskAt(load<i32>(at)) + <usize>load<i32>(at, 4);
    store<u8>(mask, (load<u8>(mask) & ~LISTED) | (isSpike ? SPIKE : 0));
  }
}

function isHighest(row: i32, col: i32, sign: f32): bool {
  const x = pixel(row, col, sign);
  const lastRow = min<i32>(row + 1, height - 1);
  const lastCol = min<i32>(col + 1, width - 1);
  for (let r = max<i32>(row - 1, 0); r <= lastRow; r++) {
    for (let c = max<i32>(col - 1, 0); c <= lastCol; c++) if (pixel(r, c, sign) > x) return false;
  }
  return true;
}

@inline
function enlist(row: i32, col: i32): void {
  const at = list + (<usize>found << 3);
  store<i32>(at, row);
  store<i32>(at, col, 4);
  const mask = maskAt(row) + <usize>col;
  store<u8>(mask, load<u8>(mask) | LISTED);
  found++;
}

/** Puts the patch around a pixel into `list`, as far as it matters; returns whether it may be replaced. */
function grow(row: i32, col: i32, sign: f32, level: f64): bool {
  enlist(row, col);
  for (let i = 0; i < found; i++) {
    const fromRow = load<i32>(list + (<usize>i << 3));
    const fromCol = load<i32>(list + (<usize>i << 3), 4);
    if (hasBit(rowAt(fromRow), flags, fromCol)) return false;
    const lastRow = min<i32>(fromRow + 1, height - 1);
    const lastCol = min<i32>(fromCol + 1, width - 1);
    for (let r = max<i32>(fromRow - 1, 0); r <= lastRow; r++) {
      const mask = maskAt(r);
      for (let c = max<i32>(fromCol - 1, 0); c <= lastCol; c++) {
        if (<f64>pixel(r, c, sign) - median > level && !(load<u8>(mask + <usize>c) & LISTED)) enlist(r, c);
      }
    }
    if (found > patch) {
      leftAlone++;
      return false;
    }
  }
  return true;
}

/** Does the patch fall off on all sides, as spots do that a lens has blurred? */
function isSpot(row: i32, col: i32, sign: f32): bool {
  if (row == 0 || col == 0 || row == height - 1 || col == width - 1) return false;
  const least = SPOT * rise - SPOT_NOISE * deviation;
  const above = <f64>pixel(row - 1, col, sign) - median;
  const below = <f64>pixel(row + 1, col, sign) - median;
  const left = <f64>pixel(row, col - 1, sign) - median;
  const right = <f64>pixel(row, col + 1, sign) - median;
  if (above < least || below < least || left < least || right < least) return false;
  return above + below + (left + right) >= SPOT_SUM * rise;
}
