/**
 * Limits of despike `leginon`: between which values pixels are certainly no spikes, by tiles of pixels that share most of
 * their windows. Formulas stand in `../despike.ts`.
 *
 * The core's mean and scatter come from means and scatters of ever larger parts: columns of `tall` rows, pairs of columns,
 * two blocks of these, all pairs of the core. Only distances within a part are squared, so single precision does, at any
 * level of counts. A replacement makes what saw it anew; nothing is ever subtracted from a sum, nothing drifts.
 */

import { DespikeState } from './state';
import { ULP } from './window';

/** Floats behind each array that SIMD may read or write past the end. */
const MARGIN: i32 = 16;

/** Where the arrays begin. */
@inline
function arraysOf(state: usize): usize {
  return (state + offsetof<DespikeState>() + 15) & ~15;
}

/** Bytes of a `DespikeState` with its arrays, for rows of `width` px. */
export function despikeBytes(width: i32): usize {
  return arraysOf(0) + <usize>(8 * (width + 2 * MARGIN) + 8 * (width + MARGIN) + (width >> 3) + 64);
}

/** Lays out the arrays of a state whose window and rows are known. */
export function openLimits(state: DespikeState): void {
  const width = state.width;
  state.tall = (state.size + 1) / 3;
  setShare(state);
  const array = (<usize>((width >> 1) + MARGIN)) << 2;
  const byColumns = (<usize>(width + MARGIN)) << 2;
  state.blockMean = arraysOf(changetype<usize>(state));
  state.blockScatter = state.blockMean + array;
  state.coreMean = state.blockScatter + array;
  state.coreScatter = state.coreMean + array;
  state.lower = state.coreScatter + array;
  state.upper = state.lower + byColumns;
  state.doubtful = state.upper + byColumns;
  state.pairs = (width - 1) >> 1;
  state.groups = (width - 2 * state.half + 1) >> 1;
}

/**
 * Begins with the tile whose first row is at `row`. Returns the address of its core: as far up as the window of the
 * tile's last row reaches.
 */
export function beginLimits(state: DespikeState, row: usize): usize {
  const core = row - <usize>(state.half - state.tall + 1) * state.stride;
  nextBlock(state, core, 0, state.pairs);
  return core;
}

/** The limits of the tile whose core is `core`: the one below the last. */
export function nextTile(state: DespikeState, core: usize): void {
  nextBlock(state, core + <usize>state.tall * state.stride, 0, state.pairs);
  limits(state, 0, state.groups);
}

/** After a replacement in column `col`: the blocks of its pair of columns and the limits of the groups they are in. */
export function renew(state: DespikeState, core: usize, col: i32): void {
  const pair = (col - 1) >> 1;
  nextBlock(state, core, pair, pair + 1);
  nextBlock(state, core + <usize>state.tall * state.stride, pair, pair + 1);
  limits(state, max<i32>(0, pair - state.half + 1), min<i32>(pair + 1, state.groups));
}

/**
 * Sets `share`; NaN when the core is too small to tell. Scatters were rounded by less than (tall^2 + half^2) ulps, the
 * parts' means by a few: `rounded`, the part of the mean by which the limits draw closer.
 */
function setShare(state: DespikeState): void {
  const size = state.size;
  const half = state.half;
  const tall = state.tall;
  const threshold = state.threshold;
  const n = <f64>(size * size - 1);
  const b = <f64>(2 * tall * (size - 1));
  const e = b - 1;
  const K = threshold * threshold - (n - e) / e;
  const whole = b / e;
  const certain = 1 - 2 * ULP * <f64>((tall + 8) * (tall + 8) + (half + 8) * (half + 8));
  state.share = K > 0 ? <f32>((K * certain) / (n * whole * whole + K * whole)) : NaN;
  state.rounded = <f32>(ULP * 4 * (1 + threshold));
}

@inline
function evens(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

@inline
function odds(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/** The block of `tall` rows from `top` on, for pairs `from..to-1` and some more to fill four; with the one before, the core. */
function nextBlock(state: DespikeState, top: usize, from: i32, to: i32): void {
  const step = state.stride;
  const rows = state.tall;
  const part = f32x4.splat(<f32>(1.0 / <f64>rows));
  const pairWeight = f32x4.splat(<f32>0.5 * <f32>rows);
  const blockWeight = f32x4.splat(<f32>rows);
  const middle = f32x4.splat(0.5);
  const means = state.blockMean;
  const scatters = state.blockScatter;
  const cores = state.coreMean;
  const coreScatters = state.coreScatter;
  for (let pair = from; pair < to; pair += 4) {
    let at = top + 4 + ((<usize>pair) << 3);
    const first0 = v128.load(at);
    const first1 = v128.load(at, 16);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let q0 = f32x4.splat(0);
    let q1 = f32x4.splat(0);
    for (let row = 1; row < rows; row++) {
      at += step;
      const d0 = f32x4.sub(v128.load(at), first0);
      const d1 = f32x4.sub(v128.load(at, 16), first1);
      s0 = f32x4.add(s0, d0);
      s1 = f32x4.add(s1, d1);
      q0 = f32x4.add(q0, f32x4.mul(d0, d0));
      q1 = f32x4.add(q1, f32x4.mul(d1, d1));
    }
    const on0 = f32x4.mul(s0, part);
    const on1 = f32x4.mul(s1, part);
    const m0 = f32x4.add(first0, on0);
    const m1 = f32x4.add(first1, on1);
    q0 = f32x4.sub(q0, f32x4.mul(s0, on0));
    q1 = f32x4.sub(q1, f32x4.mul(s1, on1));
    const left = evens(m0, m1);
    const across = f32x4.sub(odds(m0, m1), left);
    const mean = f32x4.add(left, f32x4.mul(across, middle));
    const scatter = f32x4.add(f32x4.add(evens(q0, q1), odds(q0, q1)), f32x4.mul(f32x4.mul(across, across), pairWeight));
    const to = (<usize>pair) << 2;
    const above = v128.load(means + to);
    const down = f32x4.sub(mean, above);
    v128.store(cores + to, f32x4.add(above, f32x4.mul(down, middle)));
    v128.store(
      coreScatters + to,
      f32x4.add(f32x4.add(v128.load(scatters + to), scatter), f32x4.mul(f32x4.mul(down, down), blockWeight)),
    );
    v128.store(means + to, mean);
    v128.store(scatters + to, scatter);
  }
}

/** The limits of the groups of two columns `from..to-1`, and of some more to fill four. */
function limits(state: DespikeState, from: i32, to: i32): void {
  const pairs = state.half;
  const means = state.coreMean;
  const scatters = state.coreScatter;
  const lows = state.lower;
  const highs = state.upper;
  const shares = f32x4.splat(state.share);
  const closer = f32x4.splat(state.rounded);
  const part = f32x4.splat(<f32>(1.0 / <f64>pairs));
  const weight = f32x4.splat(<f32>4 * <f32>state.tall);
  for (let group = from; group < to; group += 4) {
    const mean0 = means + ((<usize>group) << 2);
    const scatter0 = scatters + ((<usize>group) << 2);
    const first = v128.load(mean0);
    let scatter = v128.load(scatter0);
    let s = f32x4.splat(0);
    let q = f32x4.splat(0);
    for (let pair = 1; pair < pairs; pair++) {
      const on = (<usize>pair) << 2;
      const d = f32x4.sub(v128.load(mean0 + on), first);
      s = f32x4.add(s, d);
      q = f32x4.add(q, f32x4.mul(d, d));
      scatter = f32x4.add(scatter, v128.load(scatter0 + on));
    }
    const on = f32x4.mul(s, part);
    const mean = f32x4.add(first, on);
    scatter = f32x4.add(scatter, f32x4.mul(f32x4.sub(q, f32x4.mul(s, on)), weight));
    // What is beyond single precision is taken as less: too large is limited, too small gives NaN.
    scatter = f32x4.sub(f32x4.pmin(scatter, f32x4.splat(1e30)), f32x4.splat(1e-30));
    const reach = f32x4.sub(f32x4.sqrt(f32x4.mul(scatter, shares)), f32x4.mul(f32x4.abs(mean), closer));
    const low = f32x4.sub(mean, reach);
    const high = f32x4.add(mean, reach);
    const at = (<usize>group) << 3;
    v128.store(lows + at, i8x16.shuffle(low, low, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7));
    v128.store(lows + at, i8x16.shuffle(low, low, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15), 16);
    v128.store(highs + at, i8x16.shuffle(high, high, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7));
    v128.store(highs + at, i8x16.shuffle(high, high, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15), 16);
  }
}
