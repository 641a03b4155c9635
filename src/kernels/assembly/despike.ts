/**
 * Despike, method `leginon`, with double sums: exactly what the definition gives (mean and population deviation of the
 * size * size - 1 neighbours, in raster order, in place), but fast.
 *
 *     column sums of `size` rows (S of x, Q of x * x)         one addition and one subtraction a row
 *       -> window sums, two columns at once                   one addition and one subtraction of pairs (S2, Q2) a step
 *         -> candidates: a test with slack for all rounding    few pixels in a thousand
 *           -> the definition itself, two passes over the window, decides and gives the mean
 *
 * Since the definition decides, the result owes nothing to how the sums were rounded: the same bits for any height of
 * bands. A replacement changes the sums of the next columns: they are tested one by one, then SIMD takes over again.
 */

import { hasBit, setBit } from './bits';

/** Columns that go through the stages together, even: their sums stay in the first-level cache. */
const CHUNK: i32 = 512;

/** Column sums are made anew every so many rows, counted from row 0, which bounds what additions may have rounded. */
const FRESH: i32 = 64;

/** Doubles behind each array that SIMD may read past the end. */
const MARGIN: i32 = 8;

/** Bytes of `scratch` for a width. */
export function despikeScratch(width: i32, size: i32): i32 {
  return 8 * (width / CHUNK + 2) + 16 * (width + MARGIN) + 16 * (CHUNK + size + MARGIN) + 4 * (CHUNK + 2) + 64;
}

/** The definition's mean, handed from `isSpike` to its caller. */
let mean: f64 = 0;

/** The definition: is the pixel at `centre` farther from the mean of its neighbours than `threshold` deviations? */
function isSpike(centre: usize, stride: usize, size: i32, threshold: f64): bool {
  const half = size >> 1;
  const corner = centre - <usize>half * stride - (<usize>half << 2);
  const neighbours = <f64>(size * size - 1);
  const x = <f64>load<f32>(centre);
  let sum: f64 = 0;
  for (let row = 0; row < size; row++) {
    const from = corner + <usize>row * stride;
    for (let col = 0; col < size; col++) {
      if (row != half || col != half) sum += <f64>load<f32>(from + (<usize>col << 2));
    }
  }
  mean = sum / neighbours;
  let squares: f64 = 0;
  for (let row = 0; row < size; row++) {
    const from = corner + <usize>row * stride;
    for (let col = 0; col < size; col++) {
      if (row == half && col == half) continue;
      const deviation = <f64>load<f32>(from + (<usize>col << 2)) - mean;
      squares += deviation * deviation;
    }
  }
  return Math.abs(x - mean) > threshold * Math.sqrt(squares / neighbours);
}

/** S and Q of the columns `from..to-1` over the `size` rows from `top` on, from nothing. Returns the largest Q. */
function freshSums(top: usize, stride: usize, size: i32, from: i32, to: i32, S: usize, Q: usize): f64 {
  let largest = f64x2.splat(0);
  for (let col = from; col < to; col += 2) {
    let s = f64x2.splat(0);
    let q = f64x2.splat(0);
    let at = top + (<usize>col << 2);
    for (let row = 0; row < size; row++) {
      const x = f64x2.promote_low_f32x4(v128.load64_zero(at));
      s = f64x2.add(s, x);
      q = f64x2.add(q, f64x2.mul(x, x));
      at += stride;
    }
    v128.store(S + (<usize>col << 3), s);
    v128.store(Q + (<usize>col << 3), q);
    largest = f64x2.pmax(largest, q);
  }
  return Math.max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
}

/** S and Q of the columns `from..to-1` move down by one row. Returns the largest Q. */
function slideSums(leaving: usize, entering: usize, from: i32, to: i32, S: usize, Q: usize): f64 {
  let largest = f64x2.splat(0);
  for (let col = from; col < to; col += 2) {
    const out = f64x2.promote_low_f32x4(v128.load64_zero(leaving + (<usize>col << 2)));
    const into = f64x2.promote_low_f32x4(v128.load64_zero(entering + (<usize>col << 2)));
    const at = <usize>col << 3;
    v128.store(S + at, f64x2.add(v128.load(S + at), f64x2.sub(into, out)));
    const q = f64x2.add(v128.load(Q + at), f64x2.sub(f64x2.mul(into, into), f64x2.mul(out, out)));
    v128.store(Q + at, q);
    largest = f64x2.pmax(largest, q);
  }
  return Math.max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
}

/**
 * With N = n + 1 pixels in the window, sum s and sum of squares q, the centre x among them:
 *
 *     |x - mean| > t * deviation   <=>   (N x - s)^2 > c (N q - s^2),   c = t^2 n / (N + t^2)
 *
 * `slack` covers what rounding may have done to the right side.
 */
@inline
function far(distance: v128, s: v128, q: v128, N: v128, c: v128, slack: v128): v128 {
  const spread = f64x2.sub(f64x2.mul(N, q), f64x2.mul(s, s));
  return f64x2.gt(f64x2.add(f64x2.mul(distance, distance), slack), f64x2.mul(c, spread));
}

/** Drops constant surroundings, where both sides of the test are 0: the smallest step of a float32 is larger by far. */
@inline
function apart(distance: v128, s: v128): v128 {
  return f64x2.gt(f64x2.abs(distance), f64x2.mul(f64x2.abs(s), f64x2.splat(TINY)));
}

const TINY: f64 = 1.0 / <f64>(1 << 30) / 16;

/** The sums of `size` values and of the `size` values one further on. */
@inline
function windowPair(from: usize, size: i32): v128 {
  let sum = v128.load(from);
  for (let i = 1; i < size; i++) sum = f64x2.add(sum, v128.load(from + (<usize>i << 3)));
  return sum;
}

/** The test for one column, from the column sums as they stand now. */
function maybeOne(centre: usize, S: usize, Q: usize, size: i32, N: f64, c: f64, slack: f64): bool {
  const s = windowPair(S, size);
  const q = windowPair(Q, size);
  const distance = f64x2.sub(f64x2.splat(N * <f64>load<f32>(centre)), s);
  const hits = v128.and(far(distance, s, q, f64x2.splat(N), f64x2.splat(c), f64x2.splat(slack)), apart(distance, s));
  return (i64x2.bitmask(hits) & 1) != 0;
}

/**
 * Writes the numbers of the columns in `first..last-1` that may be spikes to `list`; returns how many. `pairs`: room for
 * S2 and Q2, the sums of two neighbouring columns.
 */
function candidates(row: usize, first: i32, last: i32, size: i32, N: f64, c: f64, slack: f64, S: usize, Q: usize, pairs: usize, list: usize): i32 {
  const half = size >> 1;
  const S2 = pairs;
  const Q2 = pairs + (<usize>(CHUNK + size + MARGIN) << 3);
  const from = <usize>(first - half) << 3;
  const width = <usize>size << 3;
  const span = (<usize>(last - first) << 3) + width;
  for (let at: usize = 0; at < span; at += 16) {
    const s = S + from + at;
    const q = Q + from + at;
    v128.store(S2 + at, f64x2.add(v128.load(s), v128.load(s, 8)));
    v128.store(Q2 + at, f64x2.add(v128.load(q), v128.load(q, 8)));
  }
  const Ns = f64x2.splat(N);
  const cs = f64x2.splat(c);
  const slacks = f64x2.splat(slack);
  let s = windowPair(S + from, size);
  let q = windowPair(Q + from, size);
  let found = 0;
  let at: usize = 0;
  for (let col = first; col < last; col += 2) {
    const x = f64x2.promote_low_f32x4(v128.load64_zero(row + (<usize>col << 2)));
    const distance = f64x2.sub(f64x2.mul(Ns, x), s);
    const hits = far(distance, s, q, Ns, cs, slacks);
    if (v128.any_true(hits)) {
      const bits = i64x2.bitmask(v128.and(hits, apart(distance, s)));
      // Both are stored, and the count decides which stay.
      store<i32>(list + (<usize>found << 2), col);
      found += bits & 1;
      store<i32>(list + (<usize>found << 2), col + 1);
      found += col + 1 < last ? bits >> 1 : 0;
    }
    s = f64x2.add(s, f64x2.sub(v128.load(S2 + at + width), v128.load(S2 + at)));
    q = f64x2.add(q, f64x2.sub(v128.load(Q2 + at + width), v128.load(Q2 + at)));
    at += 16;
  }
  return found;
}

/**
 * Despikes `rows` rows in place. `row`: address of the first of them, which is row `rowIndex` of the image, in a stretch
 * of memory where rows stand `stride` bytes apart; (size - 1) / 2 rows on both sides, and one more above, must be there.
 * `flags`: bytes from a row's address to its saturation bits, 0 to despike saturated pixels too. `marks`: bytes to its
 * bits of replaced pixels, where they are set; 0: not wanted. `scratch`: kept from call to call within a frame. Returns
 * the number of pixels replaced.
 */
export function despike(row: usize, stride: usize, rowIndex: i32, rows: i32, width: i32, size: i32, threshold: f64, flags: usize, marks: usize, scratch: usize): i32 {
  const half = size >> 1;
  const N = <f64>(size * size);
  const t2 = threshold * threshold;
  const c = (t2 * (N - 1)) / (N + t2);
  // What rounding leaves in a column: 2 * FRESH + size times 2^-53 of its largest Q; in a window, which adds `size` of
  // them and slides over a chunk: CHUNK more. With s^2 <= size * size * Q that makes less than 2^-40 of the terms here.
  const rounding = ((c + 1) * N * <f64>size) / <f64>(<i64>1 << 40);
  // The largest Q in each chunk since its sums were fresh: what was rounded then is still in them.
  const largest = scratch;
  const S = (scratch + (<usize>(width / CHUNK + 2) << 3) + 15) & ~15;
  const Q = S + (<usize>((width + MARGIN) & ~1) << 3);
  const pairs = Q + (<usize>((width + MARGIN) & ~1) << 3);
  const list = pairs + (<usize>(CHUNK + size + MARGIN) << 4);
  const end = width - half;
  let replaced = 0;

  for (let i = 0; i < rows; i++, row += stride) {
    const index = rowIndex + i;
    const above = row - <usize>half * stride;
    const fresh = index == half || index % FRESH == 0;
    let before: f64 = 0; // the largest Q of the chunk to the left, which shares columns with this one
    let chunk = largest;

    for (let first = half; first < end; first += CHUNK, chunk += 8) {
      const last = min<i32>(first + CHUNK, end);
      const from = first == half ? 0 : first + half;
      let most = fresh
        ? freshSums(above, stride, size, from, last + half, S, Q)
        : slideSums(above - stride, row + <usize>half * stride, from, last + half, S, Q);
      if (!fresh) most = Math.max(most, load<f64>(chunk));
      store<f64>(chunk, most);
      const slack = rounding * Math.max(most, before);
      before = most;

      const found = candidates(row, first, last, size, N, c, slack, S, Q, pairs, list);
      let until = 0; // columns before this one saw a replacement: their candidates are stale
      for (let k = 0; k < found; k++) {
        let col = load<i32>(list + (<usize>k << 2));
        if (col < until) continue;
        let stale = false;
        do {
          const centre = row + (<usize>col << 2);
          const sums = <usize>(col - half) << 3;
          if (
            (!stale || maybeOne(centre, S + sums, Q + sums, size, N, c, slack)) &&
            !hasBit(row, flags, col) &&
            isSpike(centre, stride, size, threshold)
          ) {
            const was = <f64>load<f32>(centre);
            const now = <f64>(<f32>mean);
            store<f32>(centre, <f32>mean);
            setBit(row, marks, col);
            const at = <usize>col << 3;
            store<f64>(S + at, load<f64>(S + at) + (now - was));
            store<f64>(Q + at, load<f64>(Q + at) + (now * now - was * was));
            replaced++;
            until = col + half + 1;
          }
          col++;
          stale = true;
        } while (col < until && col < last);
      }
    }
  }
  return replaced;
}
