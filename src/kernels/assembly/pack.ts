/**
 * From float32 counts to the bytes that are written: y = x * scale + offset in double, rounded half to even and limited
 * for 16 bits, rounded once for float32. In the same pass the statistics of the pixels as written go into `tally`:
 * integers exactly; float32 in double, with columns apart by their number modulo 4, added (0+2)+(1+3) at the row's end.
 */

import { add, MAX, MIN, OUT_OF_RANGE, SUM, SUM_OF_SQUARES } from './tally';

/** Four pixels as x * scale + offset, in double; whole numbers when `round` is set. */
@inline
function scaled(pixels: v128, scale: v128, offset: v128, round: bool): v128 {
  const upper = i8x16.shuffle(pixels, pixels, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  let low = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(pixels), scale), offset);
  let high = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(upper), scale), offset);
  if (round) {
    low = f64x2.nearest(low);
    high = f64x2.nearest(high);
  }
  const lows = f32x4.demote_f64x2_zero(low);
  const highs = f32x4.demote_f64x2_zero(high);
  return i8x16.shuffle(lows, highs, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** The lanes moved down by 4, 2 or 1, so that lane 0 meets all others in three rounds. */
@inline
function rotate(lanes: v128, by: i32): v128 {
  if (by == 4) return i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  if (by == 2) return i8x16.shuffle(lanes, lanes, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  return i8x16.shuffle(lanes, lanes, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

/** The lowest of eight signed lanes, or with `most` the highest. */
function extreme(lanes: v128, most: bool): i64 {
  for (let step = 4; step >= 1; step >>= 1) {
    const others = rotate(lanes, step);
    lanes = most ? i16x8.max_s(lanes, others) : i16x8.min_s(lanes, others);
  }
  return <i64>i16x8.extract_lane_s(lanes, 0);
}

/**
 * A row of 16-bit numbers, eight at a time. Statistics are of the numbers as signed: uint16 with its highest bit turned
 * over (`bias`), which takes 32 768 away.
 */
@inline
function pack16(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize, low: f64, high: f64, bias: i16): void {
  const plain = scale == 1 && offset == 0;
  const scales = f64x2.splat(scale);
  const offsets = f64x2.splat(offset);
  const floor = f32x4.splat(<f32>low);
  const roof = f32x4.splat(<f32>high);
  const flip = i16x8.splat(bias);
  let lowest = i16x8.splat(i16.MAX_VALUE);
  let highest = i16x8.splat(i16.MIN_VALUE);
  let sums = i32x4.splat(0);
  let squares = i64x2.splat(0);
  let outside = 0;
  const full = count & ~7;
  for (let i = 0; i < full; i += 8) {
    const at = row + (<usize>i << 2);
    let first = v128.load(at);
    let second = v128.load(at, 16);
    first = plain ? f32x4.nearest(first) : scaled(first, scales, offsets, true);
    second = plain ? f32x4.nearest(second) : scaled(second, scales, offsets, true);
    const under = v128.or(f32x4.lt(first, floor), f32x4.gt(first, roof));
    const over = v128.or(f32x4.lt(second, floor), f32x4.gt(second, roof));
    if (v128.any_true(v128.or(under, over))) outside += popcnt(i32x4.bitmask(under)) + popcnt(i32x4.bitmask(over));
    // Both conversions limit: to 32 bits, then to 16.
    const wholes = i32x4.trunc_sat_f32x4_s(first);
    const others = i32x4.trunc_sat_f32x4_s(second);
    const pixels = bias ? i16x8.narrow_i32x4_u(wholes, others) : i16x8.narrow_i32x4_s(wholes, others);
    v128.store(out + (<usize>i << 1), pixels);
    const signed = v128.xor(pixels, flip);
    lowest = i16x8.min_s(lowest, signed);
    highest = i16x8.max_s(highest, signed);
    // At most 65 536 / 8 additions of 2 * 32 768 a lane: 2^29.
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(signed));
    // Two squares of -32 768 make 2^31: read as unsigned.
    const two = i32x4.dot_i16x8_s(signed, signed);
    squares = i64x2.add(squares, i64x2.extend_low_i32x4_u(two));
    squares = i64x2.add(squares, i64x2.extend_high_i32x4_u(two));
  }
  let sum: i64 =
    <i64>i32x4.extract_lane(sums, 0) +
    <i64>i32x4.extract_lane(sums, 1) +
    <i64>i32x4.extract_lane(sums, 2) +
    <i64>i32x4.extract_lane(sums, 3);
  let square: i64 = i64x2.extract_lane(squares, 0) + i64x2.extract_lane(squares, 1);
  let min = load<i64>(tally + MIN);
  let max = load<i64>(tally + MAX);
  if (full > 0) {
    const least = extreme(lowest, false);
    const most = extreme(highest, true);
    if (least < min) min = least;
    if (most > max) max = most;
  }
  for (let i = full; i < count; i++) {
    const rounded = nearest<f64>(<f64>load<f32>(row + (<usize>i << 2)) * scale + offset);
    if (rounded < low || rounded > high) outside++;
    const limited = <i32>Math.min(Math.max(rounded, low), high);
    store<i16>(out + (<usize>i << 1), <i16>limited);
    const pixel = <i64>(<i16>(limited ^ <i32>bias));
    if (pixel < min) min = pixel;
    if (pixel > max) max = pixel;
    sum += pixel;
    square += pixel * pixel;
  }
  store<i64>(tally + MIN, min);
  store<i64>(tally + MAX, max);
  add(tally + SUM, sum);
  add(tally + SUM_OF_SQUARES, square);
  add(tally + OUT_OF_RANGE, outside);
}

export function packUint16(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  pack16(row, out, count, scale, offset, tally, 0, 65535, i16.MIN_VALUE);
}

export function packInt16(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  pack16(row, out, count, scale, offset, tally, -32768, 32767, 0);
}

export function packFloat32(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  const plain = scale == 1 && offset == 0;
  const scales = f64x2.splat(scale);
  const offsets = f64x2.splat(offset);
  let evenSums = f64x2.splat(0); // columns 0 and 1 modulo 4
  let oddSums = f64x2.splat(0); // columns 2 and 3
  let evenSquares = f64x2.splat(0);
  let oddSquares = f64x2.splat(0);
  let min = load<f64>(tally + MIN);
  let max = load<f64>(tally + MAX);
  let lowest = f32x4.splat(Infinity);
  let highest = f32x4.splat(-Infinity);
  const full = count & ~3;
  for (let i = 0; i < full; i += 4) {
    let pixels = v128.load(row + (<usize>i << 2));
    if (!plain) pixels = scaled(pixels, scales, offsets, false);
    v128.store(out + (<usize>i << 2), pixels);
    lowest = f32x4.min(lowest, pixels);
    highest = f32x4.max(highest, pixels);
    const first = f64x2.promote_low_f32x4(pixels);
    const second = f64x2.promote_low_f32x4(
      i8x16.shuffle(pixels, pixels, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
    );
    evenSums = f64x2.add(evenSums, first);
    oddSums = f64x2.add(oddSums, second);
    evenSquares = f64x2.add(evenSquares, f64x2.mul(first, first));
    oddSquares = f64x2.add(oddSquares, f64x2.mul(second, second));
  }
  for (let i = full; i < count; i++) {
    const given = load<f32>(row + (<usize>i << 2));
    const pixel = plain ? given : <f32>(<f64>given * scale + offset);
    store<f32>(out + (<usize>i << 2), pixel);
    const value = <f64>pixel;
    const only = f64x2.replace_lane(f64x2.splat(0), 0, value);
    const other = f64x2.replace_lane(f64x2.splat(0), 1, value);
    if (i - full == 2) {
      oddSums = f64x2.add(oddSums, only);
      oddSquares = f64x2.add(oddSquares, f64x2.mul(only, only));
    } else {
      const one = i == full ? only : other;
      evenSums = f64x2.add(evenSums, one);
      evenSquares = f64x2.add(evenSquares, f64x2.mul(one, one));
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  for (let lane = 0; lane < 4; lane++) {
    const low = <f64>pick(lowest, lane);
    const high = <f64>pick(highest, lane);
    if (low < min) min = low;
    if (high > max) max = high;
  }
  store<f64>(tally + MIN, min);
  store<f64>(tally + MAX, max);
  store<f64>(tally + SUM, load<f64>(tally + SUM) + across(evenSums, oddSums));
  store<f64>(tally + SUM_OF_SQUARES, load<f64>(tally + SUM_OF_SQUARES) + across(evenSquares, oddSquares));
}

@inline
function across(even: v128, odd: v128): f64 {
  const pairs = f64x2.add(even, odd);
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

@inline
function pick(lanes: v128, lane: i32): f32 {
  if (lane == 0) return f32x4.extract_lane(lanes, 0);
  if (lane == 1) return f32x4.extract_lane(lanes, 1);
  if (lane == 2) return f32x4.extract_lane(lanes, 2);
  return f32x4.extract_lane(lanes, 3);
}
