/** Replaces masked pixels by what the good ones around them are: their median, or one of them by chance. */

import { setBit } from '../bits';
import { beforeOf, behindOf, cut, keyOf, keysOf, NOTHING, numberOf, rowsFor, sortLanes } from './ranks';
import { HALF, RobustState } from './state';

/** A pixel is filled from so many good ones, if there are as many within HALF. */
const ENOUGH: i32 = 8;

/** Bytes of `fillKeys`, with a row's room before and behind. */
export const FILL_BYTES: i32 = 16 + 512 + 16;

/** Replaces the masked pixels of a row; returns how many. */
export function fillRow(state: RobustState, row: i32): i32 {
  const width = state.width;
  const mask = state.maskAt(row);
  const x = state.rowAt(row);
  let replaced = 0;
  for (let col = 0; col < width; col += 16) {
    // The mask is as wide as its pitch, and 0 behind the row's end.
    const marked = v128.load(mask + <usize>col);
    if (!v128.any_true(marked)) continue;
    for (let bits = i8x16.bitmask(i8x16.ne(marked, i8x16.splat(0))); bits !== 0; bits &= bits - 1) {
      const spike = col + ctz(bits);
      let radius = 1;
      let good = 0;
      while (good < ENOUGH && radius < HALF) good = gather(state, row, spike, ++radius);
      if (good === 0) continue;
      const value = state.neighbour
        ? chosen(state, row, spike, radius, stirred(row, spike) % <u32>good)
        : medianOf(state, good);
      store<f32>(x + ((<usize>spike) << 2), value);
      setBit(x, state.marks, spike);
      replaced++;
    }
  }
  return replaced;
}

/** Puts the keys within `radius` in their place; returns how many are of good pixels. */
function gather(state: RobustState, row: i32, col: i32, radius: i32): i32 {
  const width = state.width;
  const height = state.height;
  const keys = state.fillKeys;
  if (radius === 2 && row >= 2 && col >= 2 && row < height - 2 && col < width - 2) return gatherFives(state, row, col);
  const firstCol = max<i32>(col - radius, 0);
  const lastRow = min<i32>(row + radius, height - 1);
  const lastCol = min<i32>(col + radius, width - 1);
  let good = 0;
  let gathered = 0;
  for (let r = max<i32>(row - radius, 0); r <= lastRow; r++) {
    const mask = state.maskAt(r);
    const x = state.rowAt(r);
    for (let c = firstCol; c <= lastCol; c++) {
      const masked = <i32>load<u8>(mask + <usize>c);
      // Plus 0: a median is never -0, whichever zero stands first.
      const key = keyOf(load<f32>(x + ((<usize>c) << 2)) + 0);
      store<i32>(keys + ((<usize>gathered) << 2), masked !== 0 ? NOTHING : key);
      good += 1 - masked;
      gathered++;
    }
  }
  state.gathered = gathered;
  return good;
}

/** The same for 5 x 5 px within the image: nearly always. Four of each row at once, then the fifth. */
function gatherFives(state: RobustState, row: i32, col: i32): i32 {
  const keys = state.fillKeys;
  const nothing = i32x4.splat(NOTHING);
  let good = 25;
  for (let r = 0; r < 5; r++) {
    const mask = state.maskAt(row - 2 + r) + <usize>(col - 2);
    const x = state.rowAt(row - 2 + r) + ((<usize>(col - 2)) << 2);
    const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(mask)));
    const masked = i32x4.ne(four, i32x4.splat(0));
    const plain = keysOf(f32x4.add(v128.load(x), f32x4.splat(0)));
    v128.store(keys + ((<usize>r) << 4), v128.bitselect(nothing, plain, masked));
    const fifth = <i32>load<u8>(mask, 4);
    store<i32>(keys + 80 + ((<usize>r) << 2), fifth !== 0 ? NOTHING : keyOf(load<f32>(x, 16) + 0));
    good -= popcnt(i32x4.bitmask(masked)) + fifth;
  }
  state.gathered = 25;
  return good;
}

/** The median of the keys gathered, `good` of which are of good pixels. */
function medianOf(state: RobustState, good: i32): f32 {
  const keys = state.fillKeys;
  const gathered = state.gathered;
  const rows = rowsFor(gathered);
  for (let i = gathered; i < 4 * rows; i++) store<i32>(keys + ((<usize>i) << 2), NOTHING);
  sortLanes(keys, rows);
  const middle = cut(keys, rows, good >> 1);
  const upper = numberOf(behindOf(middle));
  return good & 1 ? upper : <f32>((<f64>numberOf(beforeOf(middle)) + <f64>upper) / 2);
}

/** The good pixel of number `number` within `radius`, row by row. */
function chosen(state: RobustState, row: i32, col: i32, radius: i32, number: u32): f32 {
  const lastRow = min<i32>(row + radius, state.height - 1);
  const lastCol = min<i32>(col + radius, state.width - 1);
  for (let r = max<i32>(row - radius, 0); r <= lastRow; r++) {
    for (let c = max<i32>(col - radius, 0); c <= lastCol; c++) {
      if (load<u8>(state.maskAt(r) + <usize>c) === 0 && number-- === 0) return state.pixel(r, c, 1);
    }
  }
  return 0;
}

/** Thirty-two bits that look random, the same for the same place: the finisher of splitmix32. */
function stirred(row: i32, col: i32): u32 {
  let z = <u32>row * 0x9e3779b9 + <u32>col;
  z = (z ^ (z >> 16)) * 0x21f0aaad;
  z = (z ^ (z >> 15)) * 0x735a2d97;
  return z ^ (z >> 15);
}
