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
import { beginLimits, lower, nextTile, renew, tall, upper } from './leginon/limits';
import { clear, half, isSpike, roundedMean, SMALL, setWindow, size } from './leginon/window';

export { despikeScratch } from './leginon/limits';

/** Four pixels within their limits, or clear in `small` windows; not so where a limit is NaN. */
@inline
function within(x: usize, low: usize, high: usize, small: bool): v128 {
  if (small) return clear(x);
  const pixels = v128.load(x);
  return v128.and(f32x4.ge(pixels, v128.load(low)), f32x4.le(pixels, v128.load(high)));
}

/** One bit for each of eight pixels that is not within its limits. */
@inline
function outside(tested: usize, at: usize): i32 {
  const x = tested + at;
  const low = lower + at;
  const high = upper + at;
  const small = size == SMALL;
  const inside = i32x4.bitmask(within(x, low, high, small)) | (i32x4.bitmask(within(x + 16, low + 16, high + 16, small)) << 4);
  return 255 & ~inside;
}

/** Replaces the spikes among eight pixels, `at` bytes behind the first that is tested; returns how many. */
function replace(row: usize, core: usize, at: usize, end: i32, flags: usize, marks: usize): i32 {
  const tested = row + (<usize>half << 2);
  const first = half + <i32>(at >> 2);
  const wanted = end - first < 8 ? (1 << (end - first)) - 1 : 255;
  let left = outside(tested, at) & wanted;
  let replaced = 0;
  while (left != 0) {
    const lane = ctz(left);
    left &= left - 1;
    const col = first + lane;
    const centre = row + (<usize>col << 2);
    if (hasBit(row, flags, col) || !isSpike(centre)) continue;
    store<f32>(centre, roundedMean(centre));
    setBit(row, marks, col);
    replaced++;
    if (size != SMALL) renew(core, col);
    left = outside(tested, at) & wanted & (-2 << lane);
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
  const small = side == SMALL;
  const end = width - half;
  const tested = <usize>(end - half) << 2;
  let core = beginLimits(row, width, scratch);
  let replaced = 0;
  for (let done = 0; done < rows; done += tall, core += <usize>tall * bytes) {
    if (!small) nextTile(core);
    const stop = min<i32>(done + tall, rows);
    for (let i = done; i < stop; i++, row += bytes) {
      const x = row + (<usize>half << 2);
      const low = lower;
      const high = upper;
      for (let at: usize = 0; at < tested; at += 32) {
        const first = within(x + at, low + at, high + at, small);
        const second = within(x + at + 16, low + at + 16, high + at + 16, small);
        if (i32x4.all_true(v128.and(first, second))) continue;
        replaced += replace(row, core, at, end, flags, marks);
      }
    }
  }
  return replaced;
}
