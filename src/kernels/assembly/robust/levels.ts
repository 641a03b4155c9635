/**
 * Candidates: pixels above what the levels around them are on average, in one at least of the four quadrants of 5 x 5 px
 * that touch them by a corner.
 *
 *     level of each pixel: x + 1.5 x (the sum of the differences to its four neighbours)
 *       -> sums over 5 px of a row -> sums over 5 rows: the quadrants, by their middle      SIMD, float32
 *         -> x against the lowest of the quadrants whose middles lie 3 px away diagonally
 *
 * All additions have one order that mirrors into itself. The columns are taken in chunks, so that the sums stay in the
 * first-level cache; each chunk makes what it needs of its neighbours' sums itself.
 */

import { decide } from './decide';
import { RobustState, reflected } from './state';

/** Weight of the differences in a level. */
const DIFFERENCES: f32 = 1.5;
const QUADRANT_PIXELS: f32 = 25;

/** Columns of a chunk, and levels beside them at both ends; multiples of 4. */
const CHUNK: i32 = 256;
const MARGIN: i32 = 8;
/** Bytes from a row of levels, sums or quadrants to the next, and rows of each that are kept. */
const PITCH: usize = (CHUNK + 2 * MARGIN + 8) << 2;
const KEPT: i32 = 8;
const KEPT_BYTES: usize = <usize>KEPT * PITCH;
const CHUNK_BYTES: usize = 2 * KEPT_BYTES;

/** Rows below a pixel that tell whether it is a candidate. */
export const BELOW: i32 = 6;

/** Bytes of the sums that are kept from call to call. */
export function levelsBytes(columns: i32): i32 {
  return <i32>PITCH + ((columns + CHUNK - 1) / CHUNK) * <i32>CHUNK_BYTES;
}

@inline
function five(outer: v128, outer2: v128, inner: v128, inner2: v128, centre: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.add(outer, outer2), f32x4.add(inner, inner2)), centre);
}

/** Level of one pixel, with its neighbours at both sides given by their columns. */
@inline
function levelAt(x: usize, up: usize, down: usize, col: i32, left: i32, right: i32, sign: f32): f32 {
  const value = load<f32>(x + ((<usize>col) << 2));
  const sides =
    abs<f32>(value - load<f32>(x + ((<usize>left) << 2))) + abs<f32>(value - load<f32>(x + ((<usize>right) << 2)));
  const ends =
    abs<f32>(value - load<f32>(up + ((<usize>col) << 2))) + abs<f32>(value - load<f32>(down + ((<usize>col) << 2)));
  return sign * value + DIFFERENCES * (sides + ends);
}

/** Levels of the `count` columns from `first` on and of MARGIN at both ends, to `level` (the address of the first). */
function levelRow(state: RobustState, row: i32, first: i32, count: i32, sign: f32, level: usize): void {
  const width = state.width;
  const x = state.rowAt(row);
  const up = state.rowAt(reflected(row - 1, state.height));
  const down = state.rowAt(reflected(row + 1, state.height));
  const signs = f32x4.splat(sign);
  const weight = f32x4.splat(DIFFERENCES);
  // As a constant this is one instruction, where f32x4.abs is three.
  const magnitude = i32x4.splat(i32.MAX_VALUE);
  const to = min<i32>(first + count + MARGIN, width);
  for (let col = max<i32>(first - MARGIN, 0); col < to; col += 4) {
    const at = (<usize>col) << 2;
    const before = x + at - 4;
    const value = v128.load(before, 4);
    const left = v128.and(f32x4.sub(value, v128.load(before)), magnitude);
    const right = v128.and(f32x4.sub(value, v128.load(before, 8)), magnitude);
    const above = v128.and(f32x4.sub(value, v128.load(up + at)), magnitude);
    const below = v128.and(f32x4.sub(value, v128.load(down + at)), magnitude);
    const differences = f32x4.add(f32x4.add(left, right), f32x4.add(above, below));
    v128.store(
      level + ((<usize>(col - first)) << 2),
      f32x4.add(f32x4.mul(signs, value), f32x4.mul(weight, differences)),
    );
  }
  if (first + count + MARGIN > width) {
    const last = level + ((<usize>(width - 1 - first)) << 2);
    store<f32>(last, levelAt(x, up, down, width - 1, width - 2, width - 2, sign));
    for (let step: usize = 4; step < (<usize>MARGIN) << 2; step += 4) store<f32>(last + step, load<f32>(last - step));
  }
  if (first === 0) {
    store<f32>(level, levelAt(x, up, down, 0, 1, 1, sign));
    for (let step: usize = 4; step < (<usize>MARGIN) << 2; step += 4) store<f32>(level - step, load<f32>(level + step));
  }
}

/** Sums of 5 levels of a row, from column -4 of the chunk on. */
function sumRow(level: usize, count: i32, sums: usize): void {
  const bytes = (<isize>(count + 4)) << 2;
  for (let at: isize = -16; at < bytes; at += 16) {
    const from = level + at - 8;
    v128.store(
      sums + at,
      five(v128.load(from), v128.load(from, 16), v128.load(from, 4), v128.load(from, 12), v128.load(from, 8)),
    );
  }
}

@inline
function keptRow(rows: usize, row: i32): usize {
  return rows + <usize>(row & (KEPT - 1)) * PITCH;
}

/** The quadrants whose middles lie in row `row`, which may lie beyond the image of `height` rows. */
function quadrantRow(row: i32, height: i32, count: i32, sums: usize, quadrants: usize): void {
  const a = keptRow(sums, reflected(row - 2, height));
  const b = keptRow(sums, reflected(row - 1, height));
  const c = keptRow(sums, reflected(row, height));
  const d = keptRow(sums, reflected(row + 1, height));
  const e = keptRow(sums, reflected(row + 2, height));
  const to = keptRow(quadrants, row);
  const bytes = (<isize>(count + 4)) << 2;
  for (let at: isize = -16; at < bytes; at += 16) {
    v128.store(
      to + at,
      five(v128.load(a + at), v128.load(e + at), v128.load(b + at), v128.load(d + at), v128.load(c + at)),
    );
  }
}

/** Decides on the candidates of rows `from..to-1`, of which BELOW more must be there. `kept`: `levelsBytes`, 16-byte aligned. */
export function candidates(state: RobustState, from: i32, to: i32, sign: f32, kept: usize): void {
  const width = state.width;
  const height = state.height;
  const weight = f32x4.splat(sign * QUADRANT_PIXELS);
  const level = kept + ((<usize>MARGIN) << 2);
  let sums = level + PITCH;
  for (let first = 0; first < width; first += CHUNK, sums += CHUNK_BYTES) {
    const count = min<i32>(CHUNK, width - first);
    const quadrants = sums + KEPT_BYTES;
    for (let row = from; row < to; row++) {
      // Row 0 is the first to ask; each further row needs one more of both.
      for (let next = row === 0 ? 0 : row + 5; next <= min<i32>(row + 5, height - 1); next++) {
        levelRow(state, next, first, count, sign, level);
        sumRow(level, count, keptRow(sums, next));
      }
      for (let next = row === 0 ? -3 : row + 3; next <= row + 3; next++)
        quadrantRow(next, height, count, sums, quadrants);

      const x = state.rowAt(row) + ((<usize>first) << 2);
      const above = keptRow(quadrants, row - 3) - 12;
      const below = keptRow(quadrants, row + 3) - 12;
      for (let col = 0; col < count; col += 4) {
        const at = (<usize>col) << 2;
        const lowest = f32x4.pmin(
          f32x4.pmin(v128.load(above + at), v128.load(above + at, 24)),
          f32x4.pmin(v128.load(below + at), v128.load(below + at, 24)),
        );
        const hits = f32x4.gt(f32x4.mul(weight, v128.load(x + at)), lowest);
        if (!v128.any_true(hits)) continue;
        for (let bits = i32x4.bitmask(hits); bits !== 0; bits &= bits - 1) {
          const found = col + ctz(bits);
          if (found < count) decide(state, row, first + found, sign);
        }
      }
    }
  }
}
