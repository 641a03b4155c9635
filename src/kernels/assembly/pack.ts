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

/** Adds min, max, sum and sum of squares of `count` signed 16-bit numbers, each XOR `bias`, to the tally. */
function count16(out: usize, count: i32, bias: i16, tally: usize): void {
  const flip = i16x8.splat(bias);
  let lowest = i16x8.splat(i16.MAX_VALUE);
  let highest = i16x8.splat(i16.MIN_VALUE);
  let sums = i32x4.splat(0);
  let squares = i64x2.splat(0);
  const full = count & ~7;
  for (let i = 0; i < full; i += 8) {
    const pixels = v128.xor(v128.load(out + (<usize>i << 1)), flip);
    lowest = i16x8.min_s(lowest, pixels);
    highest = i16x8.max_s(highest, pixels);
    // At most 65 536 / 8 additions of 2 * 32 768 a lane: 2^29.
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pixels));
    // Two squares of -32 768 make 2^31: read as unsigned.
    const pairs = i32x4.dot_i16x8_s(pixels, pixels);
    squares = i64x2.add(squares, i64x2.extend_low_i32x4_u(pairs));
    squares = i64x2.add(squares, i64x2.extend_high_i32x4_u(pairs));
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
    for (let step = 4; step >= 1; step >>= 1) {
      lowest = i16x8.min_s(lowest, rotate(lowest, step));
      highest = i16x8.max_s(highest, rotate(highest, step));
    }
    const low = <i64>i16x8.extract_lane_s(lowest, 0);
    const high = <i64>i16x8.extract_lane_s(highest, 0);
    if (low < min) min = low;
    if (high > max) max = high;
  }
  for (let i = full; i < count; i++) {
    const pixel = <i64>(<i16>(load<i16>(out + (<usize>i << 1)) ^ bias));
    if (pixel < min) min = pixel;
    if (pixel > max) max = pixel;
    sum += pixel;
    square += pixel * pixel;
  }
  store<i64>(tally + MIN, min);
  store<i64>(tally + MAX, max);
  add(tally + SUM, sum);
  add(tally + SUM_OF_SQUARES, square);
}

/** The lanes moved down by 4, 2 or 1, so that lane 0 meets all others in three rounds. */
@inline
function rotate(lanes: v128, by: i32): v128 {
  if (by == 4) return i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  if (by == 2) return i8x16.shuffle(lanes, lanes, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  return i8x16.shuffle(lanes, lanes, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

/** Writes 4 pixels at a time as 16-bit numbers between `low` and `high`; returns how many the limits changed. */
@inline
function limit16(row: usize, out: usize, count: i32, scale: f64, offset: f64, low: f32, high: f32): i32 {
  const plain = scale == 1 && offset == 0;
  const scales = f64x2.splat(scale);
  const offsets = f64x2.splat(offset);
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  let outside = 0;
  for (let i = 0; i < count; i += 4) {
    const pixels = v128.load(row + (<usize>i << 2));
    const rounded = plain ? f32x4.nearest(pixels) : scaled(pixels, scales, offsets, true);
    const beyond = v128.or(f32x4.lt(rounded, lows), f32x4.gt(rounded, highs));
    const limited = i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(rounded, lows), highs));
    // The low halves of four 32-bit lanes: right for uint16 and for int16.
    const halves = i8x16.shuffle(limited, limited, 0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13);
    const left = count - i;
    const at = out + (<usize>i << 1);
    if (left >= 4) {
      store<u64>(at, i64x2.extract_lane(halves, 0));
      if (v128.any_true(beyond)) outside += popcnt(i32x4.bitmask(beyond));
    } else {
      // The row ends inside these four; what follows in `out` belongs to the next row.
      outside += popcnt(i32x4.bitmask(beyond) & ((1 << left) - 1));
      store<u16>(at, i16x8.extract_lane_u(halves, 0));
      if (left > 1) store<u16>(at, i16x8.extract_lane_u(halves, 1), 2);
      if (left > 2) store<u16>(at, i16x8.extract_lane_u(halves, 2), 4);
    }
  }
  return outside;
}

export function packUint16(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  add(tally + OUT_OF_RANGE, limit16(row, out, count, scale, offset, 0, 65535));
  count16(out, count, i16.MIN_VALUE, tally);
}

export function packInt16(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  add(tally + OUT_OF_RANGE, limit16(row, out, count, scale, offset, -32768, 32767));
  count16(out, count, 0, tally);
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
