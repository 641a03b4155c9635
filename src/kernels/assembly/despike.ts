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
import { beginLimits, doubtful, lower, nextTile, renew, tall, upper } from './leginon/limits';
import { clear, half, isSpike, roundedMean, SMALL, setWindow, size } from './leginon/window';

export { despikeScratch } from './leginon/limits';

/** Four pixels within their limits, or clear in `small` windows; not so where a limit is NaN. */
@inline
function within(x: usize, at: usize, low: usize, high: usize, small: bool): v128 {
  if (small) return clear(x + at);
  const pixels = v128.load(x + at);
  return v128.and(f32x4.ge(pixels, v128.load(low + at)), f32x4.le(pixels, v128.load(high + at)));
}

/**
 * Sets a bit in `doubtful` for each pixel that is not within its limits: of the `count` pixels of a row that are tested,
 * the first at `x`, those from `from` to `to` and some more to fill sixteen; `from` is a multiple of sixteen.
 */
function compare(x: usize, count: i32, from: i32, to: i32): void {
  const bits = doubtful;
  const low = lower;
  const high = upper;
  const small = size == SMALL;
  const end = <usize>to << 2;
  for (let at = <usize>from << 2; at < end; at += 64) {
    const first = i16x8.narrow_i32x4_s(within(x, at, low, high, small), within(x, at + 16, low, high, small));
    const second = i16x8.narrow_i32x4_s(within(x, at + 32, low, high, small), within(x, at + 48, low, high, small));
    store<u16>(bits + (at >> 5), ~i8x16.bitmask(i8x16.narrow_i16x8_s(first, second)));
  }
  const last = bits + (<usize>(count >> 6) << 3);
  store<u64>(last, load<u64>(last) & ((<u64>1 << (count & 63)) - 1));
}

@inline
function doubtNext(tested: i32, count: i32): void {
  if (tested + 1 == count) return;
  const at = doubtful + (<usize>(tested + 1) >> 3);
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>(tested + 1) & 7)));
}

/** Replaces the spikes among the `count` pixels of a row that are tested; returns how many. */
function despikeRow(row: usize, count: i32, core: usize, flags: usize, marks: usize): i32 {
  const x = row + (<usize>half << 2);
  compare(x, count, 0, count);
  const bits = doubtful;
  let replaced = 0;
  for (let word = 0; word < count; word += 64) {
    let left = load<u64>(bits + (<usize>word >> 3));
    while (left != 0) {
      const lane = ctz(left);
      left &= left - 1;
      const tested = word + <i32>lane;
      const col = half + tested;
      const centre = x + (<usize>tested << 2);
      if (hasBit(row, flags, col) || !isSpike(centre)) continue;
      store<f32>(centre, roundedMean(centre));
      setBit(row, marks, col);
      replaced++;
      // What saw it is judged anew, as far as its turn is still to come; in a small window that is its neighbour.
      if (size == SMALL) doubtNext(tested, count);
      else {
        renew(core, col);
        compare(x, count, tested & ~15, min<i32>(count, tested + half + 2));
      }
      left = load<u64>(bits + (<usize>word >> 3)) & (<u64>-2 << lane);
    }
  }
  return replaced;
}

/**
 * Despikes `rows` rows in place. `row`: address of the first of them in a stretch of memory where rows stand `bytes`
 * bytes apart; (side - 1) / 2 rows on both sides must be there. `flags`: bytes from a row's address to its saturation
 * bits, 0 to despike saturated pixels too. `marks`: bytes to its bits of replaced pixels, where they are set; 0: not
 * wanted. Returns the number of pixels replaced.
 */
export function despike(row: usize, bytes: usize, rows: i32, width: i32, side: i32, deviations: f64, flags: usize, marks: usize, scratch: usize): i32 {
  setWindow(bytes, side, deviations);
  const count = width - 2 * half;
  let core = beginLimits(row, width, scratch);
  let replaced = 0;
  for (let done = 0; done < rows; done += tall, core += <usize>tall * bytes) {
    if (size != SMALL) nextTile(core);
    const stop = min<i32>(done + tall, rows);
    for (let i = done; i < stop; i++, row += bytes) replaced += despikeRow(row, count, core, flags, marks);
  }
  return replaced;
}
