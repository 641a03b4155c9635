/**
 * Despike, method `leginon`, with double sums: exactly what the definition gives (mean and population deviation of the
 * size * size - 1 neighbours, in raster order, in place), but fast. Three questions, each dearer and rarer:
 *
 *     limits      may a pixel of this tile be a spike at all?      two comparisons a pixel
 *     verdict     is this pixel one, in single precision?          one pixel in a hundred
 *     definition  where single precision cannot tell, and for      spikes
 *                 the mean that takes the spike's place
 *
 * Limits. Neighbouring pixels share most of their windows. A tile of `tall` rows and two columns shares a core of
 * 2 * tall rows and size - 1 columns, and what scatters in the core scatters in every window around it. So with mean m
 * and scatter q (sum of squared deviations) of the b pixels of the core, the pixel x itself among them, no x with
 *
 *     (x - m)^2 <= share * q,    share = K / (n (b / e)^2 + K b / e),    K = threshold^2 - (n - e) / e,    e = b - 1
 *
 * is farther than `threshold` deviations from the mean of its n neighbours, whatever the pixels outside the core are: at
 * worst their mean lies where it helps x most (minimise over it, then take x out of the core's own sums). Size 11 and
 * threshold 3.5: 2.6 deviations of white noise.
 */

import { hasBit, setBit } from './bits';
import { beginLimits, nextTile, openLimits, renew } from './leginon/limits';
import { DespikeState } from './leginon/state';
import { clear, isSpike, roundedMean, SMALL } from './leginon/window';
import { RowLayout } from './rows';

export { despikeBytes } from './leginon/limits';

/** Four pixels within their limits, or clear in `small` windows; not so where a limit is NaN. */
@inline
function within(state: DespikeState, x: usize, at: usize, low: usize, high: usize, small: bool): v128 {
  if (small) return clear(state, x + at);
  const pixels = v128.load(x + at);
  return v128.and(f32x4.ge(pixels, v128.load(low + at)), f32x4.le(pixels, v128.load(high + at)));
}

/**
 * Sets a bit in `doubtful` for each pixel that is not within its limits: of the `count` pixels of a row that are tested,
 * the first at `x`, those from `from` to `to` and some more to fill sixteen; `from` is a multiple of sixteen.
 */
function compare(state: DespikeState, x: usize, count: i32, from: i32, to: i32): void {
  const bits = state.doubtful;
  const low = state.lower;
  const high = state.upper;
  const small = state.size === SMALL;
  const end = (<usize>to) << 2;
  for (let at = (<usize>from) << 2; at < end; at += 64) {
    const a = within(state, x, at, low, high, small);
    const b = within(state, x, at + 16, low, high, small);
    const c = within(state, x, at + 32, low, high, small);
    const d = within(state, x, at + 48, low, high, small);
    const clears = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    store<u16>(bits + (at >> 5), ~i8x16.bitmask(clears));
  }
  const last = bits + ((<usize>(count >> 6)) << 3);
  store<u64>(last, load<u64>(last) & (((<u64>1) << (count & 63)) - 1));
}

@inline
function doubtNext(doubtful: usize, tested: i32, count: i32): void {
  if (tested + 1 === count) return;
  const at = doubtful + (<usize>(tested + 1) >> 3);
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>(tested + 1) & 7)));
}

/** Replaces the spikes among the `count` pixels of a row that are tested; returns how many. */
function despikeRow(state: DespikeState, row: usize, count: i32, core: usize): i32 {
  const half = state.half;
  const flags = state.flags;
  const bits = state.doubtful;
  const x = row + ((<usize>half) << 2);
  compare(state, x, count, 0, count);
  let replaced = 0;
  for (let word = 0; word < count; word += 64) {
    let left = load<u64>(bits + (<usize>word >> 3));
    while (left !== 0) {
      const lane = ctz(left);
      left &= left - 1;
      const tested = word + <i32>lane;
      const col = half + tested;
      const centre = x + ((<usize>tested) << 2);
      if (hasBit(row, flags, col) || !isSpike(state, centre)) continue;
      store<f32>(centre, roundedMean(state, centre));
      setBit(row, state.marks, col);
      replaced++;
      // What saw it is judged anew, as far as its turn is still to come; in a small window that is its neighbour.
      if (state.size === SMALL) doubtNext(bits, tested, count);
      else {
        renew(state, core, col);
        compare(state, x, count, tested & ~15, min<i32>(count, tested + half + 2));
      }
      left = load<u64>(bits + (<usize>word >> 3)) & ((<u64>-2) << lane);
    }
  }
  return replaced;
}

/**
 * Opens the state (`despikeBytes` of memory, 16-byte aligned) for rows as `layout` has them, at least `size` px wide. A
 * window has `size` x `size` px, odd and at least 3; `threshold`: deviations; `saturatedToo`: saturated pixels may be
 * spikes as well. `despike` and `despikeFloat32` work with it.
 */
export function openDespike(
  state: DespikeState,
  layout: RowLayout,
  size: i32,
  threshold: f64,
  saturatedToo: bool,
): void {
  state.width = layout.width;
  state.stride = layout.stride;
  state.flags = saturatedToo ? 0 : layout.flags;
  state.marks = layout.marks;
  state.size = size;
  state.half = size >> 1;
  state.threshold = threshold;
  openLimits(state);
}

/**
 * Despikes `rows` rows in place, the first of them at `row`; (size - 1) / 2 rows on both sides must be there. Sets the
 * marks of pixels replaced. Returns how many there are.
 */
export function despike(state: DespikeState, row: usize, rows: i32): i32 {
  const tall = state.tall;
  const stride = state.stride;
  const count = state.width - 2 * state.half;
  let core = beginLimits(state, row);
  let replaced = 0;
  for (let done = 0; done < rows; done += tall, core += <usize>tall * stride) {
    if (state.size !== SMALL) nextTile(state, core);
    const stop = min<i32>(done + tall, rows);
    for (let i = done; i < stop; i++, row += stride) replaced += despikeRow(state, row, count, core);
  }
  return replaced;
}
