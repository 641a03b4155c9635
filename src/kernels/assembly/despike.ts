/**
 * Despike, method `leginon`, with double sums: exactly what the definition gives (mean and population deviation of the
 * size * size - 1 neighbours, in raster order, in place), but fast.
 *
 *     column sums of `size` rows (S of x, Q of x * x)          one addition and one subtraction a row
 *       -> window sums, SIMD: 11 = 4 + 4 + 2 + 1 columns       L2 = S + S[1], L4 = L2 + L2[2]
 *         -> candidates: a test with slack for all rounding     few pixels in a thousand
 *           -> the definition itself, two passes over the window, decides and gives the mean
 *
 * Since the definition decides, the result owes nothing to how the sums were rounded: the same bits for any height of
 * bands. A replacement changes the sums of the next columns: they are tested one by one, then SIMD takes over again.
 */

/** Columns that go through the stages together: their sums stay in the first-level cache. */
const CHUNK: i32 = 512;

/** Column sums are made anew every so many rows, counted from row 0, which bounds what additions may have rounded. */
const FRESH: i32 = 64;

/** Doubles behind each array that SIMD may read past the end. */
const MARGIN: i32 = 64;

/** Bytes of `scratch` for a width; its layout: largest Q, S, Q, then a chunk's L2 and L4 of both, then candidates. */
export function despikeScratch(width: i32, size: i32): i32 {
  return 16 + 2 * 8 * (width + MARGIN) + 4 * 8 * (CHUNK + size + MARGIN) + 4 * (CHUNK + 2);
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

/** S and Q of the `size` rows from `top` on, added up from nothing. Returns the largest Q. */
function freshSums(top: usize, stride: usize, size: i32, width: i32, S: usize, Q: usize): f64 {
  let largest = f64x2.splat(0);
  for (let col = 0; col < width; col += 2) {
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

/** S and Q move down by one row. Returns the largest Q. */
function slideSums(leaving: usize, entering: usize, width: i32, S: usize, Q: usize): f64 {
  let largest = f64x2.splat(0);
  for (let col = 0; col < width; col += 2) {
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
 * With n neighbours, sum s and sum of squares q: |x - mean| > t * deviation  <=>  (n x - s)^2 > t^2 (n q - s^2).
 * `slack` covers what rounding may have done to the right side; the second condition drops constant surroundings, where
 * both sides are 0: the smallest step of a float32 is larger by far.
 */
@inline
function maybe(x: v128, s: v128, q: v128, n: v128, t2: v128, slack: v128): v128 {
  const sum = f64x2.sub(s, x);
  const squares = f64x2.sub(q, f64x2.mul(x, x));
  const distance = f64x2.sub(f64x2.mul(n, x), sum);
  const spread = f64x2.sub(f64x2.mul(n, squares), f64x2.mul(sum, sum));
  const far = f64x2.gt(f64x2.add(f64x2.mul(distance, distance), slack), f64x2.mul(t2, spread));
  const apart = f64x2.gt(f64x2.abs(distance), f64x2.mul(f64x2.abs(sum), f64x2.splat(TINY)));
  return v128.and(far, apart);
}

const TINY: f64 = 1.0 / <f64>(1 << 30) / 16;

/** The same for one column, from the column sums as they stand now. */
function maybeOne(centre: usize, first: usize, S: usize, Q: usize, size: i32, n: f64, t2: f64, slack: f64): bool {
  let s: f64 = 0;
  let q: f64 = 0;
  for (let i = 0; i < size; i++) {
    s += load<f64>(S + first + (<usize>i << 3));
    q += load<f64>(Q + first + (<usize>i << 3));
  }
  const x = f64x2.splat(<f64>load<f32>(centre));
  const both = maybe(x, f64x2.splat(s), f64x2.splat(q), f64x2.splat(n), f64x2.splat(t2), f64x2.splat(slack));
  return v128.any_true(both);
}

/** Writes the numbers of the columns in `first..last-1` that may be spikes to `list`; returns how many. */
function candidates(row: usize, first: i32, last: i32, size: i32, n: f64, t2: f64, slack: f64, S: usize, Q: usize, work: usize, list: usize): i32 {
  const half = size >> 1;
  const length = <usize>(CHUNK + size + MARGIN) << 3;
  const S2 = work;
  const Q2 = work + length;
  const S4 = work + 2 * length;
  const Q4 = work + 3 * length;
  const from = <usize>(first - half) << 3;
  const span = <usize>(last - first + size) << 3;
  for (let at: usize = 0; at < span + 16; at += 16) {
    const s = S + from + at;
    const q = Q + from + at;
    v128.store(S2 + at, f64x2.add(v128.load(s), v128.load(s, 8)));
    v128.store(Q2 + at, f64x2.add(v128.load(q), v128.load(q, 8)));
  }
  for (let at: usize = 0; at < span; at += 16) {
    v128.store(S4 + at, f64x2.add(v128.load(S2 + at), v128.load(S2 + at, 16)));
    v128.store(Q4 + at, f64x2.add(v128.load(Q2 + at), v128.load(Q2 + at, 16)));
  }
  const fours = size >> 2;
  const two = size & 2;
  const ns = f64x2.splat(n);
  const t2s = f64x2.splat(t2);
  const slacks = f64x2.splat(slack);
  let found = 0;
  for (let col = first; col < last; col += 2) {
    const at = <usize>(col - first) << 3;
    let rest = at + (<usize>fours << 5);
    let s = v128.load(S4 + at);
    let q = v128.load(Q4 + at);
    if (fours == 0) {
      s = f64x2.splat(0);
      q = f64x2.splat(0);
    }
    for (let i: usize = 1; i < <usize>fours; i++) {
      s = f64x2.add(s, v128.load(S4 + at + (i << 5)));
      q = f64x2.add(q, v128.load(Q4 + at + (i << 5)));
    }
    if (two) {
      s = f64x2.add(s, v128.load(S2 + rest));
      q = f64x2.add(q, v128.load(Q2 + rest));
      rest += 16;
    }
    s = f64x2.add(s, v128.load(S + from + rest));
    q = f64x2.add(q, v128.load(Q + from + rest));
    const x = f64x2.promote_low_f32x4(v128.load64_zero(row + (<usize>col << 2)));
    const hits = maybe(x, s, q, ns, t2s, slacks);
    if (v128.any_true(hits)) {
      const bits = i64x2.bitmask(hits);
      // Both are stored, and the count decides which stay.
      store<i32>(list + (<usize>found << 2), col);
      found += bits & 1;
      store<i32>(list + (<usize>found << 2), col + 1);
      found += col + 1 < last ? bits >> 1 : 0;
    }
  }
  return found;
}

@inline
function saturated(row: usize, flags: usize, col: i32): bool {
  return flags != 0 && (load<u8>(row + flags + (<usize>col >> 3)) & ((<u8>1) << (<u8>col & 7))) != 0;
}

/**
 * Despikes `rows` rows in place. `row`: address of the first of them, which is row `rowIndex` of the image, in a stretch
 * of memory where rows stand `stride` bytes apart; (size - 1) / 2 rows on both sides, and one more above, must be there.
 * `flags`: bytes from a row's address to its saturation bits, 0 to despike saturated pixels too. `scratch`: kept from
 * call to call within a frame. Returns the number of pixels replaced.
 */
export function despike(row: usize, stride: usize, rowIndex: i32, rows: i32, width: i32, size: i32, threshold: f64, flags: usize, scratch: usize): i32 {
  const half = size >> 1;
  const n = <f64>(size * size - 1);
  const t2 = threshold * threshold;
  const S = scratch + 16;
  const Q = S + (<usize>(width + MARGIN) << 3);
  const work = Q + (<usize>(width + MARGIN) << 3);
  const list = work + (<usize>(4 * (CHUNK + size + MARGIN)) << 3);
  const end = width - half;
  let replaced = 0;

  for (let i = 0; i < rows; i++, row += stride) {
    const index = rowIndex + i;
    const above = row - <usize>half * stride;
    let largest: f64;
    if (index == half || index % FRESH == 0) {
      largest = freshSums(above, stride, size, width, S, Q);
    } else {
      largest = slideSums(above - stride, row + <usize>half * stride, width, S, Q);
      largest = Math.max(largest, load<f64>(scratch));
    }
    // The largest Q since the sums were fresh: what was rounded then is still in them.
    store<f64>(scratch, largest);
    // At most 2 * FRESH + size roundings of 2^-53 each in a column, times `size` columns; s^2 <= size * size * size * Q.
    const slack = (t2 + 1) * n * <f64>size * largest * (1.0 / <f64>(<i64>1 << 42));

    for (let first = half; first < end; first += CHUNK) {
      const last = min<i32>(first + CHUNK, end);
      const found = candidates(row, first, last, size, n, t2, slack, S, Q, work, list);
      let until = 0; // columns before this one saw a replacement: their candidates are stale
      for (let k = 0; k < found; k++) {
        let col = load<i32>(list + (<usize>k << 2));
        if (col < until) continue;
        let stale = false;
        do {
          const centre = row + (<usize>col << 2);
          const sums = <usize>(col - half) << 3;
          if (
            (!stale || maybeOne(centre, sums, S, Q, size, n, t2, slack)) &&
            !saturated(row, flags, col) &&
            isSpike(centre, stride, size, threshold)
          ) {
            const was = <f64>load<f32>(centre);
            const now = <f64>(<f32>mean);
            store<f32>(centre, <f32>mean);
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
