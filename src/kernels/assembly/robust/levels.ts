/**
 * Candidates: pixels that may be spikes, found fast.
 *
 *     levels of blocks of 8 x 8 px: mean + a multiple of the mean difference between pixels 4 px apart     SIMD
 *       -> pixels above the second lowest level of the 3 x 3 blocks around them, and no neighbour is higher    SIMD
 *         -> those above the levels of three at least of eight areas of 3 x 3 px around them                a few in a thousand
 *
 * Two blocks and three areas without an edge or a spike are enough: with fewer areas, much of what is bright beside
 * something dark would have to be looked at. The blocks at the right and at the bottom lie within the image, over
 * their neighbours where it does not end at a multiple of 8 px.
 */

import { decide } from './decide';
import { RobustState, reflected } from './state';

const BLOCK: i32 = 8;
const BLOCK_PIXELS: f32 = 64;
const BLOCK_DIFFERENCES: f32 = 32;
/** The multiple, but for low thresholds, where it is a part of those. Of Gaussian noise the mean difference is 1.13 deviations. */
const HIGHEST: f32 = 5;
const PART: f64 = 0.625;
/** Rows of block levels that are kept: a power of 2. */
const KEPT: i32 = 4;

/** Weight of the differences to the four neighbours in the level of a pixel. */
const DIFFERENCES: f32 = 1.5;
const AREA_PIXELS: f32 = 9;
/** How far the middles of the areas are away; how many there are, and how many of their levels must be exceeded. */
const AWAY: i32 = 4;
const AREAS: i32 = 8;
const ENOUGH: i32 = 3;

/** Rows below a pixel that tell whether it is a candidate. */
export const BELOW: i32 = 2 * BLOCK - 1;

@inline
function blocksIn(length: i32): i32 {
  return (length + BLOCK - 1) / BLOCK;
}

/** Bytes of a row of block levels, a block more at both ends, and room for SIMD behind them. */
@inline
function pitchFor(columns: i32): usize {
  return (<usize>((blocksIn(columns) + 9) & ~3)) << 2;
}

/** Bytes of the levels that are kept from call to call. */
export function levelsBytes(columns: i32): i32 {
  return (<i32>pitchFor(columns) * (KEPT + 1) + 15) & ~15;
}

/** Where the levels of a row of blocks stand; -1 and the one behind the last are as the outermost. */
@inline
function levelRow(state: RobustState, kept: usize, blockRow: i32): usize {
  return kept + <usize>(blockRow & (KEPT - 1)) * pitchFor(state.width) + 4;
}

/** Levels of a row of blocks, with the outermost ones again at both ends. */
function blockLevels(state: RobustState, kept: usize, blockRow: i32, sign: f32): void {
  const width = state.width;
  const blocks = blocksIn(width);
  const to = levelRow(state, kept, blockRow);
  const stride = state.stride;
  const top = state.rowAt(min<i32>(blockRow * BLOCK, state.height - BLOCK));
  const multiple = min<f32>(HIGHEST, <f32>(PART * state.threshold)) / BLOCK_DIFFERENCES;
  const magnitude = i32x4.splat(i32.MAX_VALUE);
  for (let block = 0; block < blocks; block++) {
    let at = top + ((<usize>min<i32>(block * BLOCK, width - BLOCK)) << 2);
    let sum = f32x4.splat(0);
    let differences = f32x4.splat(0);
    for (let row = 0; row < BLOCK; row++) {
      const left = v128.load(at);
      const right = v128.load(at, 16);
      sum = f32x4.add(sum, f32x4.add(left, right));
      differences = f32x4.add(differences, v128.and(f32x4.sub(left, right), magnitude));
      at += stride;
    }
    store<f32>(to + ((<usize>block) << 2), (sign * lanes(sum)) / BLOCK_PIXELS + multiple * lanes(differences));
  }
  store<f32>(to - 4, load<f32>(to));
  store<f32>(to + ((<usize>blocks) << 2), load<f32>(to + ((<usize>(blocks - 1)) << 2)));
}

@inline
function lanes(sums: v128): f32 {
  return (
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}

/**
 * The second lowest of the nine levels around each block of a row of blocks, to `second`: the lowest alone may be that of
 * the darkest noise there is. Four blocks at once: the lowest and the middle one of each column of three, then among
 * three columns.
 */
function secondAround(state: RobustState, kept: usize, blockRow: i32, second: usize): void {
  const last = blocksIn(state.height) - 1;
  const above = levelRow(state, kept, max<i32>(blockRow - 1, 0)) - 4;
  const own = levelRow(state, kept, blockRow) - 4;
  const below = levelRow(state, kept, min<i32>(blockRow + 1, last)) - 4;
  const end = (<usize>blocksIn(state.width)) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const low = lowOf(above, own, below, at);
    const next = lowOf(above, own, below, at + 4);
    const further = lowOf(above, own, below, at + 8);
    const middle = f32x4.min(
      middleOf(above, own, below, at),
      f32x4.min(middleOf(above, own, below, at + 4), middleOf(above, own, below, at + 8)),
    );
    v128.store(second + at, f32x4.min(middleOfThree(low, next, further), middle));
  }
}

@inline
function lowOf(above: usize, own: usize, below: usize, at: usize): v128 {
  return f32x4.min(v128.load(above + at), f32x4.min(v128.load(own + at), v128.load(below + at)));
}

@inline
function middleOf(above: usize, own: usize, below: usize, at: usize): v128 {
  return middleOfThree(v128.load(above + at), v128.load(own + at), v128.load(below + at));
}

@inline
function middleOfThree(a: v128, b: v128, c: v128): v128 {
  return f32x4.max(f32x4.min(a, b), f32x4.min(f32x4.max(a, b), c));
}

/** Decides on the candidates of rows `from..to-1`, of which BELOW more must be there. `kept`: `levelsBytes`, 16-byte aligned. */
export function candidates(state: RobustState, from: i32, to: i32, sign: f32, kept: usize): void {
  const width = state.width;
  const blocks = blocksIn(width);
  const lastBlockRow = blocksIn(state.height) - 1;
  const levels = kept + <usize>KEPT * pitchFor(width);
  const signs = f32x4.splat(sign);
  for (let row = from; row < to; row++) {
    const blockRow = row / BLOCK;
    if (row === from || row % BLOCK === 0) {
      // Row 0 is the first to ask; each further row of blocks needs one more.
      if (row === 0) blockLevels(state, kept, 0, sign);
      if (row % BLOCK === 0 && blockRow < lastBlockRow) blockLevels(state, kept, blockRow + 1, sign);
      secondAround(state, kept, blockRow, levels);
    }
    const x = state.rowAt(row);
    // Where all have eight neighbours.
    const inRows = row > 0 && row < state.height - 1;
    for (let block = 0; block < blocks; block++) {
      const at = x + ((<usize>block) << 5);
      const level = v128.load32_splat(levels + ((<usize>block) << 2));
      // Rows are padded to whole blocks: what lies behind a row's end is cut off.
      const left = f32x4.gt(f32x4.mul(signs, v128.load(at)), level);
      const right = f32x4.gt(f32x4.mul(signs, v128.load(at, 16)), level);
      if (!v128.any_true(v128.or(left, right))) continue;
      const first = block * BLOCK;
      if (inRows && block > 0 && first + BLOCK < width) {
        let bits = v128.any_true(left) ? i32x4.bitmask(v128.and(left, highest(at, state.stride, signs))) : 0;
        if (v128.any_true(right)) {
          bits |= i32x4.bitmask(v128.and(right, highest(at + 16, state.stride, signs))) << 4;
        }
        for (; bits !== 0; bits &= bits - 1) {
          const col = first + ctz(bits);
          if (standsOut(state, row, col, sign)) decide(state, row, col, sign);
        }
        continue;
      }
      for (let bits = i32x4.bitmask(left) | (i32x4.bitmask(right) << 4); bits !== 0; bits &= bits - 1) {
        const col = first + ctz(bits);
        if (col < width && isHighest(state, row, col, sign) && standsOut(state, row, col, sign)) {
          decide(state, row, col, sign);
        }
      }
    }
  }
}

/** Of four pixels those that none of their eight neighbours exceeds. */
@inline
function highest(at: usize, stride: usize, signs: v128): v128 {
  const above = threeOf(at - stride, signs);
  const beside = f32x4.max(f32x4.mul(signs, v128.load(at - 4)), f32x4.mul(signs, v128.load(at, 4)));
  const below = threeOf(at + stride, signs);
  return f32x4.ge(f32x4.mul(signs, v128.load(at)), f32x4.max(beside, f32x4.max(above, below)));
}

@inline
function threeOf(at: usize, signs: v128): v128 {
  const beside = f32x4.max(f32x4.mul(signs, v128.load(at - 4)), f32x4.mul(signs, v128.load(at, 4)));
  return f32x4.max(f32x4.mul(signs, v128.load(at)), beside);
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

/** Is the pixel above the mean levels of so many of the areas around it? */
function standsOut(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const x = AREA_PIXELS * state.pixel(row, col, sign);
  const reach = AWAY + 2;
  const inside = row >= reach && col >= reach && row < state.height - reach && col < state.width - reach;
  let exceeded = 0;
  let left = AREAS;
  for (let dr = -AWAY; dr <= AWAY; dr += AWAY) {
    for (let dc = -AWAY; dc <= AWAY; dc += AWAY) {
      if (dr === 0 && dc === 0) continue;
      const level = inside
        ? areaInside(state, row + dr, col + dc, sign)
        : areaAtBorder(state, row + dr, col + dc, sign);
      if (x > level && ++exceeded === ENOUGH) return true;
      if (exceeded + --left < ENOUGH) return false;
    }
  }
  return false;
}

/** Sum of the levels of 3 x 3 px, all of them and their neighbours within the image: three columns at once, and one too many. */
function areaInside(state: RobustState, row: i32, col: i32, sign: f32): f32 {
  const top = levelsOfRow(state, row - 1, col - 1, sign);
  const middle = levelsOfRow(state, row, col - 1, sign);
  const bottom = levelsOfRow(state, row + 1, col - 1, sign);
  const columns = f32x4.add(f32x4.add(top, bottom), middle);
  return f32x4.extract_lane(columns, 0) + f32x4.extract_lane(columns, 2) + f32x4.extract_lane(columns, 1);
}

@inline
function levelsOfRow(state: RobustState, row: i32, col: i32, sign: f32): v128 {
  const at = state.rowAt(row) + ((<usize>col) << 2);
  const value = v128.load(at);
  const left = f32x4.abs(f32x4.sub(value, v128.load(at - 4)));
  const right = f32x4.abs(f32x4.sub(value, v128.load(at, 4)));
  const above = f32x4.abs(f32x4.sub(value, v128.load(at - state.stride)));
  const below = f32x4.abs(f32x4.sub(value, v128.load(at + state.stride)));
  const differences = f32x4.add(f32x4.add(left, right), f32x4.add(above, below));
  return f32x4.add(f32x4.mul(f32x4.splat(sign), value), f32x4.mul(f32x4.splat(DIFFERENCES), differences));
}

function areaAtBorder(state: RobustState, row: i32, col: i32, sign: f32): f32 {
  const left = columnAtBorder(state, row, col - 1, sign);
  const middle = columnAtBorder(state, row, col, sign);
  return left + columnAtBorder(state, row, col + 1, sign) + middle;
}

function columnAtBorder(state: RobustState, row: i32, col: i32, sign: f32): f32 {
  const middle = levelAtBorder(state, row, col, sign);
  return levelAtBorder(state, row - 1, col, sign) + levelAtBorder(state, row + 1, col, sign) + middle;
}

/** Level of one pixel, which may lie beyond the border: it is that of its mirror image. */
function levelAtBorder(state: RobustState, row: i32, col: i32, sign: f32): f32 {
  const height = state.height;
  const width = state.width;
  const r = reflected(row, height);
  const c = reflected(col, width);
  const value = state.pixel(r, c, 1);
  const left = abs<f32>(value - state.pixel(r, reflected(c - 1, width), 1));
  const right = abs<f32>(value - state.pixel(r, reflected(c + 1, width), 1));
  const above = abs<f32>(value - state.pixel(reflected(r - 1, height), c, 1));
  const below = abs<f32>(value - state.pixel(reflected(r + 1, height), c, 1));
  return sign * value + DIFFERENCES * (left + right + (above + below));
}
