/**
 * One window of despike `leginon`: is the pixel in its middle a spike, and what takes its place? In single precision where
 * that can tell; else by the definition, in double precision and raster order.
 */

import { DespikeState } from './state';

/** One unit in the last place of a float32, as part of it. */
export const ULP: f64 = 1.0 / <f64>(1 << 23);

const NO: i32 = 0;
const YES: i32 = 1;
const UNSURE: i32 = 2;

/** Address of the window's first pixel. */
@inline
function cornerOf(state: DespikeState, centre: usize): usize {
  return centre - <usize>state.half * state.stride - ((<usize>state.half) << 2);
}

/** The lanes of the last four columns of a window that belong to it. */
@inline
function lastLanes(size: i32): v128 {
  return i32x4.gt_s(i32x4.splat(size & 3), i32x4(0, 1, 2, 3));
}

@inline
function total(lanes: v128): f32 {
  return (
    f32x4.extract_lane(lanes, 0) +
    f32x4.extract_lane(lanes, 1) +
    (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
  );
}

/** Are more than n / (1 + t^2) neighbours equal to x? Then no others can make it a spike: see `verdict`. */
function alike(state: DespikeState, centre: usize, x: f32): bool {
  const size = state.size;
  const stride = state.stride;
  const threshold = state.threshold;
  const enough = <i32>(<f64>(size * size - 1) / (1 + threshold * threshold)) + 2;
  let from = cornerOf(state, centre);
  let seen = 0;
  for (let row = 0; row < size && seen < enough; row++, from += stride) {
    for (let col = 0; col < size; col++) if (load<f32>(from + ((<usize>col) << 2)) !== x) return false;
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
function verdict(state: DespikeState, centre: usize): i32 {
  const size = state.size;
  const pixel = load<f32>(centre);
  const x = f32x4.splat(pixel);
  if (load<f32>(centre, 4) === pixel && alike(state, centre, pixel)) return NO;
  const last = lastLanes(size);
  const step = state.stride;
  const pairs = state.half;
  const bytes = (<usize>(size & ~3)) << 2;
  let from = cornerOf(state, centre);
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
  const t2 = state.threshold * state.threshold;
  const spread = n * squares;
  const apart = (1 + t2) * sum * sum - t2 * spread;
  // Each lane made size * size / 4 additions, each wrong by at most half an ulp of what lies between.
  const doubt = ULP * (<f64>(size * (size + 3)) / 2 + 16) * (1 + t2) * spread;
  return apart > doubt ? YES : apart < -doubt ? NO : UNSURE;
}

/** Side of windows so small that to look at all of them costs less than limits would. */
export const SMALL: i32 = 3;

/** `verdict` for four pixels from `x` on at once, for small windows: set where a pixel is certainly no spike. */
export function clear(state: DespikeState, x: usize): v128 {
  const n = <f64>(SMALL * SMALL - 1);
  const t2 = state.threshold * state.threshold;
  const least = f32x4.splat(<f32>((t2 / (1 + t2) - 32 * ULP) * n));
  const pixels = v128.load(x);
  const step = state.stride;
  let from = x - step - 4;
  let s = f32x4.splat(0);
  let q = f32x4.splat(0);
  for (let row = 0; row < SMALL; row++, from += step) {
    const left = f32x4.sub(v128.load(from), pixels);
    const middle = f32x4.sub(v128.load(from, 4), pixels);
    const right = f32x4.sub(v128.load(from, 8), pixels);
    s = f32x4.add(s, f32x4.add(f32x4.add(left, right), middle));
    const outer = f32x4.add(f32x4.mul(left, left), f32x4.mul(right, right));
    q = f32x4.add(q, f32x4.add(outer, f32x4.mul(middle, middle)));
  }
  const held = v128.and(f32x4.lt(q, f32x4.splat(1e30)), f32x4.gt(q, f32x4.splat(1e-24)));
  return v128.and(f32x4.lt(f32x4.mul(s, s), f32x4.mul(q, least)), held);
}

/** The definition's mean of the neighbours of the pixel at `centre`, in raster order. */
function meanAround(state: DespikeState, centre: usize): f64 {
  const size = state.size;
  const half = state.half;
  const stride = state.stride;
  const corner = cornerOf(state, centre);
  let sum: f64 = 0;
  for (let row = 0; row < size; row++) {
    const from = corner + <usize>row * stride;
    for (let col = 0; col < size; col++) {
      if (row !== half || col !== half) sum += <f64>load<f32>(from + ((<usize>col) << 2));
    }
  }
  return sum / <f64>(size * size - 1);
}

/** The definition: is the pixel at `centre` farther from the mean of its neighbours than `threshold` deviations? */
function byDefinition(state: DespikeState, centre: usize): bool {
  const size = state.size;
  const half = state.half;
  const stride = state.stride;
  const mean = meanAround(state, centre);
  const corner = cornerOf(state, centre);
  let squares: f64 = 0;
  for (let row = 0; row < size; row++) {
    const from = corner + <usize>row * stride;
    for (let col = 0; col < size; col++) {
      if (row === half && col === half) continue;
      const deviation = <f64>load<f32>(from + ((<usize>col) << 2)) - mean;
      squares += deviation * deviation;
    }
  }
  return Math.abs(<f64>load<f32>(centre) - mean) > state.threshold * Math.sqrt(squares / <f64>(size * size - 1));
}

/** Is the pixel at `centre` a spike? */
export function isSpike(state: DespikeState, centre: usize): bool {
  const found = verdict(state, centre);
  return found === YES || (found === UNSURE && byDefinition(state, centre));
}

/** `meanAround` rounded to float32: added up in any order, and in raster order only where that might round otherwise. */
export function roundedMean(state: DespikeState, centre: usize): f32 {
  const size = state.size;
  const stride = state.stride;
  const last = lastLanes(size);
  const bytes = (<usize>(size & ~3)) << 2;
  const n = <f64>(size * size - 1);
  const pixel = load<f32>(centre);
  store<f32>(centre, 0);
  let from = cornerOf(state, centre);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let most = f32x4.splat(0);
  for (let row = 0; row < size; row++, from += stride) {
    for (let at: usize = 0; at <= bytes; at += 16) {
      let x = v128.load(from + at);
      if (at === bytes) x = v128.and(x, last);
      low = f64x2.add(low, f64x2.promote_low_f32x4(x));
      high = f64x2.add(
        high,
        f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)),
      );
      most = f32x4.max(most, f32x4.abs(x));
    }
  }
  store<f32>(centre, pixel);
  const lanes = f64x2.add(low, high);
  const sum = f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
  const largest = f32x4.max(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const bound = <f64>max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  // n additions in either order, each wrong by at most 2^-53 of what it has so far, which is at most n * bound.
  const doubt = (n * n * bound) / <f64>((<i64>1) << 51);
  const least = <f32>((sum - doubt) / n);
  return least === <f32>((sum + doubt) / n) && least !== 0 ? least : <f32>meanAround(state, centre);
}
