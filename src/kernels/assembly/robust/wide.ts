/**
 * The 31 x 31 px around a peak: a spike is an exception there. Where many separate things are as high, they are features
 * (atoms, dots, electrons, a lattice); where many pixels have its very value, somebody drew it.
 */

import { total } from './constant';
import { RobustState, WIDE } from './state';

const SIDE: i32 = 2 * WIDE + 1;
const AREA: i32 = SIDE * SIDE;
/** Parts of the peak's rise at which things around are counted. Noise may lie at one of them, but not at both. */
const LOWER: f64 = 0.5;
const UPPER: f64 = 0.7;
/** As many things in the whole window, the peak among them, are a crowd. */
const CROWD: i32 = 7;
/** However little of the window lies within the image: so many. */
const CROWD_AT_LEAST: i32 = 5;
/** As many pixels of one value outside the patch are drawn. */
const DRAWN: i32 = 24;
/** How far from a peak its own pixels stand, px. */
export const OWN: i32 = 3;
/** So many others may belong to the peak; of fewer only those that stand alone count, and less than so many tell nothing. */
const MANY: i32 = 18;
const FEW: i32 = 3;

/** Bytes of the bits of the window, with an empty row above and below. */
export const WIDE_BYTES: i32 = (SIDE + 2) * 4;

/** Is the peak no exception: one of many, or drawn? */
export function isCommon(state: RobustState, row: i32, col: i32, sign: f32): bool {
  const upper = <f32>(state.median + UPPER * state.rise);
  const area = bitsAbove(state, row, col, sign, upper);
  // What is drawn is as high as the peak; each of many things has a pixel at least.
  if (state.wideAbove >= DRAWN && isDrawn(state, row, col)) return true;
  if (state.wideAbove * AREA < CROWD * area || !isCrowd(state, area)) return false;
  if (!isCrowd(state, bitsAbove(state, row, col, sign, <f32>(state.median + LOWER * state.rise)))) return false;
  state.common++;
  return true;
}

/** One bit for each pixel above `level` of the window, row by row, with how many there are; returns the pixels of the window. */
function bitsAbove(state: RobustState, row: i32, col: i32, sign: f32, level: f32): i32 {
  const bits = state.wideBits;
  const first = max<i32>(col - WIDE, 0);
  const count = min<i32>(col + WIDE, state.width - 1) - first + 1;
  const top = max<i32>(row - WIDE, 0);
  const bottom = min<i32>(row + WIDE, state.height - 1);
  const keep: u32 = <u32>0xffffffff >> (32 - count);
  const levels = f32x4.splat(level);
  const signs = f32x4.splat(sign);
  let above = 0;
  for (let r = top; r <= bottom; r++) {
    // Rows are padded, and 32 px from the first one may reach into the bits behind a row: they are cut off.
    const from = state.rowAt(r) + ((<usize>first) << 2);
    let found: u32 = 0;
    if (count === SIDE) found = sixteen(from, signs, levels) | (sixteen(from + 64, signs, levels) << 16);
    else {
      for (let i = 0; i < count; i += 4) {
        found |= (<u32>i32x4.bitmask(f32x4.gt(f32x4.mul(signs, v128.load(from + ((<usize>i) << 2))), levels))) << i;
      }
    }
    found &= keep;
    above += popcnt(found);
    store<u32>(bits + ((<usize>(r - top + 1)) << 2), found);
  }
  const rows = bottom - top + 1;
  store<u32>(bits, 0);
  store<u32>(bits + ((<usize>(rows + 1)) << 2), 0);
  state.wideRows = rows;
  state.wideAbove = above;
  return rows * count;
}

/** The bits of sixteen pixels. */
@inline
function sixteen(from: usize, signs: v128, levels: v128): u32 {
  const first = f32x4.gt(f32x4.mul(signs, v128.load(from)), levels);
  const second = f32x4.gt(f32x4.mul(signs, v128.load(from, 16)), levels);
  const third = f32x4.gt(f32x4.mul(signs, v128.load(from, 32)), levels);
  const fourth = f32x4.gt(f32x4.mul(signs, v128.load(from, 48)), levels);
  return <u32>(
    i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(first, second), i16x8.narrow_i32x4_s(third, fourth)))
  );
}

/**
 * Are there many separate things among the bits of a window of `area` px? Things less holes: Euler's number of the picture, corners joining, from its
 * 2 x 2 px: (those with one pixel - those with three - 2 x those with two across) / 4. Gray 1971, IEEE Trans. Comput. 20, 551.
 */
function isCrowd(state: RobustState, area: i32): bool {
  const rows = state.wideRows;
  const bits = state.wideBits;
  let euler = 0;
  let above: u64 = 0;
  for (let r = 1; r <= rows + 1; r++) {
    const own = (<u64>load<u32>(bits + ((<usize>r) << 2))) << 1;
    const a = above;
    const b = above >> 1;
    const c = own;
    const d = own >> 1;
    const odd = a ^ b ^ c ^ d;
    const pairs = (a & b) | (c & d);
    const across = (a & d & ~b & ~c) | (b & c & ~a & ~d);
    euler += <i32>popcnt(odd & ~pairs) - <i32>popcnt(odd & pairs) - 2 * <i32>popcnt(across);
    above = own;
  }
  return euler >= 4 * CROWD_AT_LEAST && euler * AREA >= 4 * CROWD * area;
}

/** Do many pixels outside the patch have the peak's very value? */
function isDrawn(state: RobustState, row: i32, col: i32): bool {
  const first = max<i32>(col - WIDE, 0);
  const last = min<i32>(col + WIDE, state.width - 1);
  const bottom = min<i32>(row + WIDE, state.height - 1);
  const value = state.pixel(row, col, 1);
  const values = f32x4.splat(value);
  let same = 0;
  for (let r = max<i32>(row - WIDE, 0); r <= bottom; r++) {
    const from = state.rowAt(r);
    let c = first;
    for (; c + 3 <= last; c += 4) {
      same += popcnt(i32x4.bitmask(f32x4.eq(v128.load(from + ((<usize>c) << 2)), values)));
    }
    for (; c <= last; c++) if (load<f32>(from + ((<usize>c) << 2)) === value) same++;
  }
  return same - state.found >= DRAWN;
}

/**
 * Mean distance from `middle` of the pixels that differ from it, by half of the rise at most, in the window but for those
 * near the peak; 0: too few differ.
 */
export function othersAround(state: RobustState, row: i32, col: i32, sign: f32, middle: f32): f64 {
  const half = state.rise / 2;
  const bottom = min<i32>(row + WIDE, state.height - 1);
  const last = min<i32>(col + WIDE, state.width - 1);
  const first = max<i32>(col - WIDE, 0);
  const signs = f32x4.splat(sign);
  const middles = f32x4.splat(middle);
  const halves = f32x4.splat(notAbove(half));
  let sums = f64x2.splat(0);
  let furtherSums = f64x2.splat(0);
  let counts = i32x4.splat(0);
  for (let r = max<i32>(row - WIDE, 0); r <= bottom; r++) {
    const near = r >= row - OWN && r <= row + OWN;
    const from = state.rowAt(r);
    for (let c = first; c <= last; c += 4) {
      const value = f32x4.mul(signs, v128.load(from + ((<usize>c) << 2)));
      const residuals = f32x4.abs(f32x4.sub(value, middles));
      let other = v128.and(f32x4.gt(residuals, f32x4.splat(0)), f32x4.le(residuals, halves));
      if (!v128.any_true(other)) continue;
      // Rows are padded by whole 8 px: what lies behind the window does not count.
      const cols = i32x4.add(i32x4.splat(c), i32x4(0, 1, 2, 3));
      other = v128.and(other, i32x4.le_s(cols, i32x4.splat(last)));
      if (near) other = v128.and(other, i32x4.gt_s(i32x4.abs(i32x4.sub(cols, i32x4.splat(col))), i32x4.splat(OWN)));
      const kept = v128.and(residuals, other);
      sums = f64x2.add(sums, f64x2.promote_low_f32x4(kept));
      furtherSums = f64x2.add(furtherSums, f64x2.promote_low_f32x4(upperHalf(kept)));
      counts = i32x4.sub(counts, other);
    }
  }
  const others = total(counts);
  return others > MANY ? sumOf(sums, furtherSums) / <f64>others : aloneAround(state, row, col, sign, middle);
}

/** The two upper ones of four numbers, in the place of the lower ones. */
@inline
export function upperHalf(four: v128): v128 {
  return v128.shuffle<i64>(four, four, 1, 1);
}

/** Four sums together: every fourth number's from the first, the second, the third, the fourth on. */
@inline
export function sumOf(lower: v128, upper: v128): f64 {
  return (
    f64x2.extract_lane(lower, 0) +
    f64x2.extract_lane(lower, 1) +
    (f64x2.extract_lane(upper, 0) + f64x2.extract_lane(upper, 1))
  );
}

/** The same of those that stand alone: no part of a spike does. */
function aloneAround(state: RobustState, row: i32, col: i32, sign: f32, middle: f32): f64 {
  const half = state.rise / 2;
  const bottom = min<i32>(row + WIDE, state.height - 1);
  const last = min<i32>(col + WIDE, state.width - 1);
  let sum: f64 = 0;
  let others = 0;
  for (let r = max<i32>(row - WIDE, 0); r <= bottom; r++) {
    const near = r >= row - OWN && r <= row + OWN;
    for (let c = max<i32>(col - WIDE, 0); c <= last; c++) {
      const residual = <f64>abs<f32>(state.pixel(r, c, sign) - middle);
      if (!(residual > 0) || residual > half) continue;
      if ((near && c >= col - OWN && c <= col + OWN) || !isAlone(state, r, c, sign, middle)) continue;
      sum += residual;
      others++;
    }
  }
  return others < FEW ? 0 : sum / <f64>others;
}

/** Do all neighbours equal `middle`? */
function isAlone(state: RobustState, row: i32, col: i32, sign: f32, middle: f32): bool {
  const lastRow = min<i32>(row + 1, state.height - 1);
  const lastCol = min<i32>(col + 1, state.width - 1);
  for (let r = max<i32>(row - 1, 0); r <= lastRow; r++) {
    for (let c = max<i32>(col - 1, 0); c <= lastCol; c++) {
      if ((r !== row || c !== col) && state.pixel(r, c, sign) !== middle) return false;
    }
  }
  return true;
}

/** The largest float32 that is not above `value`, where that is positive. */
export function notAbove(value: f64): f32 {
  const near = <f32>value;
  return <f64>near > value && near > 0 ? reinterpret<f32>(reinterpret<i32>(near) - 1) : near;
}
