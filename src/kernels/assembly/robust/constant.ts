/**
 * Constant areas in a window: borders that a program filled, labels, masks. Their pixels are no measurement, so they do not
 * count in the median and the deviation of what lies beside them.
 */

import { HALF, RobustState } from './state';

const SIDE: i32 = 2 * HALF + 1;
const WINDOW: i32 = SIDE * SIDE;
const BYTES: usize = WINDOW << 2;
/** So many pixels must be left (a spike in a corner has nearly as many with its mirror images), and less than one in so many of them may have a constant area's value: else it is sparse counts. */
const LEFT: i32 = 36;
const SAME: i32 = 8;

/** One bit for each of the 121 pixels, in four words; equal to the pixel `step` px further on. */
function equalTo(window: usize, step: i32, bits: usize): bool {
  let some: u32 = 0;
  for (let word = 0; word < 4; word++) {
    let found: u32 = 0;
    for (let i = 0; i < 32; i += 4) {
      const at = window + ((<usize>(32 * word + i)) << 2);
      found |= (<u32>i32x4.bitmask(f32x4.eq(v128.load(at), v128.load(at + ((<usize>step) << 2))))) << i;
    }
    store<u32>(bits + ((<usize>word) << 2), found);
    some |= found;
  }
  return some !== 0;
}

/** Are there three equal pixels, one after the other? */
@inline
function hasThree(bits: usize): bool {
  const first = load<u64>(bits);
  const second = load<u64>(bits, 8);
  return ((first & ((first >> 1) | (second << 63))) | (second & (second >> 1))) !== 0;
}

/** The bits of a row of the window. */
@inline
function rowOf(bits: usize, row: i32): u32 {
  const at = SIDE * row;
  return <u32>(load<u64>(bits + <usize>(at >> 3)) >> (at & 7)) & 0x7ff;
}

/**
 * Leaves out the pixels of the window that lie in 3 x 3 px of one value, unless that is the value of the pixel itself: NaN
 * in their place. `x`: the pixel in the middle. There is room for 128 values, and for twelve more. Sets `counting`.
 */
export function leaveOutConstants(state: RobustState, x: f32): void {
  const window = state.window;
  state.counting = WINDOW;
  const beside = state.equalBits;
  const below = beside + 24;
  if (!equalTo(window, 1, beside) || !hasThree(beside) || !equalTo(window, SIDE, below)) return;
  // Where 3 x 3 equal ones begin, and all pixels of these.
  const blocks = state.blockBits;
  memory.fill(blocks, 0, SIDE << 2);
  let low = NaN as f32;
  let high = NaN as f32;
  let some = false;
  for (let r = 0; r < SIDE - 2; r++) {
    const top = rowOf(beside, r);
    const middle = rowOf(beside, r + 1);
    const bottom = rowOf(beside, r + 2);
    const equal = top & (top >> 1) & middle & (middle >> 1) & bottom & (bottom >> 1);
    // The last two columns have no third one in their row.
    let begins = equal & rowOf(below, r) & rowOf(below, r + 1) & 0x1ff;
    for (let bits = begins; bits !== 0; bits &= bits - 1) {
      const value = load<f32>(window + ((<usize>(r * SIDE + <i32>ctz(bits))) << 2));
      if (value === x) {
        begins &= ~(bits & -bits);
        continue;
      }
      some = true;
      if (!(value >= low)) low = value;
      if (!(value <= high)) high = value;
    }
    const covered = begins | (begins << 1) | (begins << 2);
    for (let at = blocks + ((<usize>r) << 2), end = at + 8; at <= end; at += 4) store<u32>(at, load<u32>(at) | covered);
  }
  if (!some) return;
  let constants = 0;
  for (let r = 0; r < SIDE; r++) {
    let covered = load<u32>(blocks + ((<usize>r) << 2));
    for (let bits = covered; bits !== 0; bits &= bits - 1) {
      const value = load<f32>(window + ((<usize>(r * SIDE + <i32>ctz(bits))) << 2));
      if (value !== low && value !== high) covered &= ~(bits & -bits);
    }
    store<u32>(blocks + ((<usize>r) << 2), covered);
    constants += popcnt(covered);
  }
  const left = WINDOW - constants;
  if (left < LEFT) return;
  let same = countOf(window, low) - constants;
  if (low !== high) same += countOf(window, high);
  if (SAME * same >= left) return;
  for (let r = 0; r < SIDE; r++) {
    for (let bits = load<u32>(blocks + ((<usize>r) << 2)); bits !== 0; bits &= bits - 1) {
      store<f32>(window + ((<usize>(r * SIDE + <i32>ctz(bits))) << 2), NaN);
    }
  }
  state.counting = left;
}

/** How many of the window equal `value`. */
export function countOf(window: usize, value: f32): i32 {
  const all = f32x4.splat(value);
  let equal = i32x4.splat(0);
  for (let i: usize = 0; i < BYTES; i += 16) equal = i32x4.sub(equal, f32x4.eq(v128.load(window + i), all));
  return total(equal);
}

@inline
export function total(counts: v128): i32 {
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}
