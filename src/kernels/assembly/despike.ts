/**
 * Despike, method `leginon`, with double sums: exactly what the definition gives (mean and population deviation of the
 * size * size - 1 neighbours, in raster order, in place), but fast. Three questions, each dearer and rarer:
 *
 *     limits      may a pixel of this tile be a spike at all?      two comparisons a pixel
 *     `verdict`   is this pixel one, in single precision?          one pixel in a hundred
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
 *
 * The core's mean and scatter come from means and scatters of ever larger parts: columns of `tall` rows, pairs of columns,
 * two blocks of these, all pairs of the core. Only distances within a part are squared, so single precision does, at any
 * level of counts. A replacement makes what saw it anew; nothing is ever subtracted from a sum, nothing drifts.
 */

import { hasBit, setBit } from './bits';

/** Floats behind each array that SIMD may read or write past the end. */
const MARGIN: i32 = 16;

/** Rows of a tile: two blocks of them fit the window of each pixel of the tile. */
@inline
function tallOf(size: i32): i32 {
  return (size + 1) / 3;
}

/** Bytes of `scratch` for a width. */
export function despikeScratch(width: i32, _size: i32): i32 {
  return 8 * (width + 2 * MARGIN) + 8 * (width + MARGIN) + 64;
}

// What a call works on; an instance of the module belongs to one thread.
let stride: usize = 0;
let size: i32 = 0;
let half: i32 = 0;
let tall: i32 = 0;
let threshold: f64 = 0;
/** Mean and scatter by pairs of columns, (1, 2), (3, 4) ...: of the newest block of rows, and of the core's two blocks. */
let blockMean: usize = 0;
let blockScatter: usize = 0;
let coreMean: usize = 0;
let coreScatter: usize = 0;
/** By columns, from the first that is tested on: pixels from `lower` to `upper` are no spikes. NaN: any may be one. */
let lower: usize = 0;
let upper: usize = 0;
let share: f32 = 0;
let rounded: f32 = 0;

/** One unit in the last place of a float32, as part of it. */
const ULP: f64 = 1.0 / <f64>(1 << 23);

/**
 * Sets `share`; NaN when the core is too small to tell. Scatters were rounded by less than (tall^2 + half^2) ulps, the
 * parts' means by a few: `rounded`, the part of the mean by which the limits draw closer.
 */
function setShare(): void {
  const n = <f64>(size * size - 1);
  const b = <f64>(2 * tall * (size - 1));
  const e = b - 1;
  const K = threshold * threshold - (n - e) / e;
  const whole = b / e;
  const certain = 1 - 2 * ULP * <f64>((tall + 8) * (tall + 8) + (half + 8) * (half + 8));
  share = K > 0 ? <f32>(((K * certain) / (n * whole * whole + K * whole))) : NaN;
  rounded = <f32>(ULP * 4 * (1 + threshold));
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
function nextBlock(top: usize, from: i32, to: i32): void {
  const step = stride;
  const rows = tall;
  const part = f32x4.splat(<f32>(1.0 / <f64>rows));
  const pairWeight = f32x4.splat(<f32>0.5 * <f32>rows);
  const blockWeight = f32x4.splat(<f32>rows);
  const middle = f32x4.splat(0.5);
  const means = blockMean;
  const scatters = blockScatter;
  const cores = coreMean;
  const coreScatters = coreScatter;
  for (let pair = from; pair < to; pair += 4) {
    let at = top + 4 + (<usize>pair << 3);
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
    const to = <usize>pair << 2;
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
function limits(from: i32, to: i32): void {
  const pairs = half;
  const means = coreMean;
  const scatters = coreScatter;
  const lows = lower;
  const highs = upper;
  const shares = f32x4.splat(share);
  const closer = f32x4.splat(rounded);
  const part = f32x4.splat(<f32>(1.0 / <f64>pairs));
  const weight = f32x4.splat(<f32>4 * <f32>tall);
  for (let group = from; group < to; group += 4) {
    const mean0 = means + (<usize>group << 2);
    const scatter0 = scatters + (<usize>group << 2);
    const first = v128.load(mean0);
    let scatter = v128.load(scatter0);
    let s = f32x4.splat(0);
    let q = f32x4.splat(0);
    for (let pair = 1; pair < pairs; pair++) {
      const on = <usize>pair << 2;
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
    const at = <usize>group << 3;
    v128.store(lows + at, i8x16.shuffle(low, low, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7));
    v128.store(lows + at, i8x16.shuffle(low, low, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15), 16);
    v128.store(highs + at, i8x16.shuffle(high, high, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7));
    v128.store(highs + at, i8x16.shuffle(high, high, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15), 16);
  }
}

/** After a replacement in column `col`: the blocks of its pair of columns and the limits of the groups they are in. */
function renew(core: usize, col: i32, groups: i32): void {
  const pair = (col - 1) >> 1;
  nextBlock(core, pair, pair + 1);
  nextBlock(core + <usize>tall * stride, pair, pair + 1);
  limits(max<i32>(0, pair - half + 1), min<i32>(pair + 1, groups));
}

const NO: i32 = 0;
const YES: i32 = 1;
const UNSURE: i32 = 2;

/** Address of the window's first pixel. */
@inline
function cornerOf(centre: usize): usize {
  return centre - <usize>half * stride - (<usize>half << 2);
}

/** The lanes of the last four columns of a window that belong to it. */
@inline
function lastLanes(): v128 {
  return i32x4.gt_s(i32x4.splat(size & 3), i32x4(0, 1, 2, 3));
}

@inline
function total(lanes: v128): f32 {
  return f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1) + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
}

/** Are more than n / (1 + t^2) neighbours equal to x? Then no others can make it a spike: see `verdict`. */
function alike(centre: usize, x: f32): bool {
  const enough = <i32>(<f64>(size * size - 1) / (1 + threshold * threshold)) + 2;
  let from = cornerOf(centre);
  let seen = 0;
  for (let row = 0; row < size && seen < enough; row++, from += stride) {
    for (let col = 0; col < size; col++) if (load<f32>(from + (<usize>col << 2)) != x) return false;
    seen += size;
  }
  return seen >= enough;
}

/**
 * Is the pixel a spike? With the sum s and the sum of squares q of the n neighbours' distances from it:
 *
 *     |x - mean| > t * deviation   <=>   (1 + t^2) s^2 > t^2 n q
 *
 * Distances are what is to be judged, so single precision loses little, and says where it may be wrong.
 */
function verdict(centre: usize): i32 {
  const pixel = load<f32>(centre);
  const x = f32x4.splat(pixel);
  if (load<f32>(centre, 4) == pixel && alike(centre, pixel)) return NO;
  const last = lastLanes();
  const step = stride;
  const pairs = half;
  const bytes = <usize>(size & ~3) << 2;
  let from = cornerOf(centre);
  // The first row by itself, the others by twos: two chains of additions.
  let d = v128.and(f32x4.sub(v128.load(from + bytes), x), last);
  let s0 = d;
  let q0 = f32x4.mul(d, d);
  let s1 = f32x4.splat(0);
  let q1 = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    d = f32x4.sub(v128.load(from + at), x);
    s1 = f32x4.add(s1, d);
    q1 = f32x4.add(q1, f32x4.mul(d, d));
  }
  from += step;
  for (let row = 0; row < pairs; row++) {
    const next = from + step;
    for (let at: usize = 0; at < bytes; at += 16) {
      const d0 = f32x4.sub(v128.load(from + at), x);
      const d1 = f32x4.sub(v128.load(next + at), x);
      s0 = f32x4.add(s0, d0);
      s1 = f32x4.add(s1, d1);
      q0 = f32x4.add(q0, f32x4.mul(d0, d0));
      q1 = f32x4.add(q1, f32x4.mul(d1, d1));
    }
    const d0 = v128.and(f32x4.sub(v128.load(from + bytes), x), last);
    const d1 = v128.and(f32x4.sub(v128.load(next + bytes), x), last);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    q0 = f32x4.add(q0, f32x4.mul(d0, d0));
    q1 = f32x4.add(q1, f32x4.mul(d1, d1));
    from = next + step;
  }
  const sum = <f64>total(f32x4.add(s0, s1));
  const squares = <f64>total(f32x4.add(q0, q1));
  // Single precision may have run out of its range.
  if (!(squares < 1e36 && squares > 1e-24)) return UNSURE;
  const n = <f64>(size * size - 1);
  const t2 = threshold * threshold;
  const spread = n * squares;
  const apart = (1 + t2) * sum * sum - t2 * spread;
  // Each lane made size * size / 4 additions, each wrong by at most half an ulp of what lies between.
  const doubt = ULP * (<f64>(size * (size + 3)) / 2 + 16) * (1 + t2) * spread;
  return apart > doubt ? YES : apart < -doubt ? NO : UNSURE;
}

/** The definition's mean of the neighbours of the pixel at `centre`, in raster order. */
function meanAround(centre: usize): f64 {
  const corner = cornerOf(centre);
  let sum: f64 = 0;
  for (let row = 0; row < size; row++) {
    const from = corner + <usize>row * stride;
    for (let col = 0; col < size; col++) {
      if (row != half || col != half) sum += <f64>load<f32>(from + (<usize>col << 2));
    }
  }
  return sum / <f64>(size * size - 1);
}

/** The definition: is the pixel at `centre` farther from the mean of its neighbours than `threshold` deviations? */
function isSpike(centre: usize): bool {
  const mean = meanAround(centre);
  const corner = cornerOf(centre);
  let squares: f64 = 0;
  for (let row = 0; row < size; row++) {
    const from = corner + <usize>row * stride;
    for (let col = 0; col < size; col++) {
      if (row == half && col == half) continue;
      const deviation = <f64>load<f32>(from + (<usize>col << 2)) - mean;
      squares += deviation * deviation;
    }
  }
  return Math.abs(<f64>load<f32>(centre) - mean) > threshold * Math.sqrt(squares / <f64>(size * size - 1));
}

/** `meanAround` rounded to float32: added up in any order, and in raster order only where that might round otherwise. */
function roundedMean(centre: usize): f32 {
  const last = lastLanes();
  const bytes = <usize>(size & ~3) << 2;
  const n = <f64>(size * size - 1);
  const pixel = load<f32>(centre);
  store<f32>(centre, 0);
  let from = cornerOf(centre);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let most = f32x4.splat(0);
  for (let row = 0; row < size; row++, from += stride) {
    for (let at: usize = 0; at <= bytes; at += 16) {
      let x = v128.load(from + at);
      if (at == bytes) x = v128.and(x, last);
      low = f64x2.add(low, f64x2.promote_low_f32x4(x));
      high = f64x2.add(high, f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)));
      most = f32x4.max(most, f32x4.abs(x));
    }
  }
  store<f32>(centre, pixel);
  const lanes = f64x2.add(low, high);
  const sum = f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
  const largest = f32x4.max(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const bound = <f64>max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  // n additions in either order, each wrong by at most 2^-53 of what it has so far, which is at most n * bound.
  const doubt = (n * n * bound) / <f64>(<i64>1 << 51);
  const least = <f32>((sum - doubt) / n);
  return least == <f32>((sum + doubt) / n) && least != 0 ? least : <f32>meanAround(centre);
}

/** Four pixels within their limits; not so where a limit is NaN. */
@inline
function within(x: usize, low: usize, high: usize): v128 {
  const pixels = v128.load(x);
  return v128.and(f32x4.ge(pixels, v128.load(low)), f32x4.le(pixels, v128.load(high)));
}

/** One bit for each of eight pixels that is not within its limits. */
@inline
function outside(tested: usize, at: usize): i32 {
  const x = tested + at;
  const low = lower + at;
  const high = upper + at;
  return 255 & ~(i32x4.bitmask(within(x, low, high)) | (i32x4.bitmask(within(x + 16, low + 16, high + 16)) << 4));
}

/** Replaces the spikes among eight pixels, `at` bytes behind the first that is tested; returns how many. */
function replace(row: usize, core: usize, at: usize, end: i32, groups: i32, flags: usize, marks: usize): i32 {
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
    if (hasBit(row, flags, col)) continue;
    const found = verdict(centre);
    if (found == NO || (found == UNSURE && !isSpike(centre))) continue;
    store<f32>(centre, roundedMean(centre));
    setBit(row, marks, col);
    replaced++;
    renew(core, col, groups);
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
  stride = bytes;
  size = side;
  half = side >> 1;
  tall = tallOf(side);
  threshold = deviations;
  setShare();
  const array = <usize>((width >> 1) + MARGIN) << 2;
  blockMean = (scratch + 15) & ~15;
  blockScatter = blockMean + array;
  coreMean = blockScatter + array;
  coreScatter = coreMean + array;
  lower = coreScatter + array;
  upper = lower + (<usize>(width + MARGIN) << 2);
  const pairs = (width - 1) >> 1;
  const end = width - half;
  const groups = (end - half + 1) >> 1;
  const tested = <usize>(end - half) << 2;
  // The core of the first tile: as far up as the window of its last row reaches.
  let core = row - <usize>(half - tall + 1) * stride;
  nextBlock(core, 0, pairs);
  let replaced = 0;
  for (let done = 0; done < rows; done += tall, core += <usize>tall * stride) {
    nextBlock(core + <usize>tall * stride, 0, pairs);
    limits(0, groups);
    const stop = min<i32>(done + tall, rows);
    for (let i = done; i < stop; i++, row += stride) {
      const x = row + (<usize>half << 2);
      const low = lower;
      const high = upper;
      for (let at: usize = 0; at < tested; at += 32) {
        const first = within(x + at, low + at, high + at);
        const second = within(x + at + 16, low + at + 16, high + at + 16);
        if (i32x4.all_true(v128.and(first, second))) continue;
        replaced += replace(row, core, at, end, groups, flags, marks);
      }
    }
  }
  return replaced;
}
