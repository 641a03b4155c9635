/**
 * From float32 counts to the bytes that are written: y = x * scale + offset in double, rounded half to even and limited
 * for 16 bits, rounded once for float32. In the same pass the statistics of the pixels as written go into `tally`:
 * integers exactly; float32 in double, with columns apart by their number modulo 4, added (0+2)+(1+3) at the row's end.
 *
 * `row`: `count` float32 pixels, finite, at most 65 536; `out`: room for as many pixels of the type written, and no more is
 * touched. Both may have any alignment, and may be the same for float32. `scale` is not 0.
 */

import { add, MAX, MIN, OUT_OF_RANGE, SUM, SUM_OF_SQUARES, widen } from './tally';

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

/**
 * 1.5 * 2^23: what is added to it and smaller than 2^22 ends up in its lowest bits, rounded half to even, since its last
 * place is 1.
 */
const ROUNDER: f32 = 12_582_912;
const ROUNDER_BITS: i32 = 0x4b400000;
const ROUNDED_BELOW: f32 = 4_194_304;

/** Four pixels as 32-bit whole numbers; only right below `ROUNDED_BELOW`. */
@inline
function whole(pixels: v128): v128 {
  return i32x4.sub(f32x4.add(pixels, f32x4.splat(ROUNDER)), i32x4.splat(ROUNDER_BITS));
}

/**
 * A row of 16-bit numbers, eight at a time. Sums are of the numbers as signed: uint16 with its highest bit flipped
 * (`bias`), which takes 32 768 away. `limit`: pixels may be too large for `whole`.
 */
@inline
function pack16(
  row: usize,
  out: usize,
  count: i32,
  scale: f64,
  offset: f64,
  tally: usize,
  low: f32,
  high: f32,
  bias: i16,
): void {
  if (packed16(row, out, count, scale, offset, tally, low, high, bias, false)) return;
  packed16(row, out, count, scale, offset, tally, low, high, bias, true);
}

/** Returns whether all was right; else nothing is counted in the tally. */
@inline
function packed16(
  row: usize,
  out: usize,
  count: i32,
  scale: f64,
  offset: f64,
  tally: usize,
  low: f32,
  high: f32,
  bias: i16,
  limit: bool,
): bool {
  const plain = scale === 1 && offset === 0;
  const scales = f64x2.splat(scale);
  const offsets = f64x2.splat(offset);
  const flip = i16x8.splat(bias);
  let lowest = f32x4.splat(Infinity);
  let highest = f32x4.splat(-Infinity);
  let sums = i32x4.splat(0);
  let squares = i64x2.splat(0);
  const full = count & ~7;
  for (let i = 0; i < full; i += 8) {
    const at = row + ((<usize>i) << 2);
    let first = v128.load(at);
    let second = v128.load(at, 16);
    if (!plain) {
      first = scaled(first, scales, offsets, true);
      second = scaled(second, scales, offsets, true);
    }
    lowest = f32x4.pmin(lowest, f32x4.pmin(first, second));
    highest = f32x4.pmax(highest, f32x4.pmax(first, second));
    if (limit) {
      first = limited(first, low, high);
      second = limited(second, low, high);
    }
    // To narrow is to limit.
    const pixels = bias
      ? i16x8.narrow_i32x4_u(whole(first), whole(second))
      : i16x8.narrow_i32x4_s(whole(first), whole(second));
    v128.store(out + ((<usize>i) << 1), pixels);
    const signed = v128.xor(pixels, flip);
    // At most 65 536 / 8 additions of 2 * 32 768 a lane: 2^29.
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(signed));
    // Two squares of -32 768 make 2^31: read as unsigned.
    const two = i32x4.dot_i16x8_s(signed, signed);
    squares = i64x2.add(squares, i64x2.extend_low_i32x4_u(two));
    squares = i64x2.add(squares, i64x2.extend_high_i32x4_u(two));
  }
  let least = least4(lowest);
  let most = most4(highest);
  if (!limit && (least <= -ROUNDED_BELOW || most >= ROUNDED_BELOW)) return false;
  let outside = 0;
  if (least < low - 0.5 || most >= high + 0.5)
    outside = countOutside(row, full, scales, offsets, plain, low, high, tally);
  let sum: i64 =
    <i64>i32x4.extract_lane(sums, 0) +
    <i64>i32x4.extract_lane(sums, 1) +
    <i64>i32x4.extract_lane(sums, 2) +
    <i64>i32x4.extract_lane(sums, 3);
  let square: i64 = i64x2.extract_lane(squares, 0) + i64x2.extract_lane(squares, 1);
  for (let i = full; i < count; i++) {
    const rounded = nearest<f64>(<f64>load<f32>(row + ((<usize>i) << 2)) * scale + offset);
    if (rounded < <f64>low || rounded > <f64>high) {
      outside++;
      widen(tally, load<f32>(row + ((<usize>i) << 2)));
    }
    const limited = Math.min(Math.max(rounded, <f64>low), <f64>high);
    store<i16>(out + ((<usize>i) << 1), <i16>(<i32>limited));
    least = min<f32>(least, <f32>limited);
    most = max<f32>(most, <f32>limited);
    const pixel = <i64>(<i16>(<i32>limited ^ <i32>bias));
    sum += pixel;
    square += pixel * pixel;
  }
  const shift: i64 = bias ? 32_768 : 0;
  const lowestPixel = <i64>nearest<f32>(min<f32>(max<f32>(least, low), high)) - shift;
  const highestPixel = <i64>nearest<f32>(min<f32>(max<f32>(most, low), high)) - shift;
  if (lowestPixel < load<i64>(tally + MIN)) store<i64>(tally + MIN, lowestPixel);
  if (highestPixel > load<i64>(tally + MAX)) store<i64>(tally + MAX, highestPixel);
  add(tally + SUM, sum);
  add(tally + SUM_OF_SQUARES, square);
  add(tally + OUT_OF_RANGE, outside);
  return true;
}

@inline
function limited(pixels: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.pmax(pixels, f32x4.splat(low)), f32x4.splat(high));
}

/** How many of the first `count` pixels of a row, a multiple of eight, a limit changes. Halves go to the even number. */
function countOutside(
  row: usize,
  count: i32,
  scales: v128,
  offsets: v128,
  plain: bool,
  low: f32,
  high: f32,
  tally: usize,
): i32 {
  const floor = f32x4.splat(low - 0.5);
  const roof = f32x4.splat(high + 0.5);
  let outside = 0;
  for (let i = 0; i < count; i += 4) {
    let pixels = v128.load(row + ((<usize>i) << 2));
    if (!plain) pixels = scaled(pixels, scales, offsets, true);
    const changed = i32x4.bitmask(v128.or(f32x4.lt(pixels, floor), f32x4.ge(pixels, roof)));
    if (changed === 0) continue;
    outside += popcnt(changed);
    for (let lane = 0; lane < 4; lane++) {
      if (changed & (1 << lane)) widen(tally, load<f32>(row + ((<usize>(i + lane)) << 2)));
    }
  }
  return outside;
}

@inline
function least4(lanes: v128): f32 {
  return min<f32>(min<f32>(pick(lanes, 0), pick(lanes, 1)), min<f32>(pick(lanes, 2), pick(lanes, 3)));
}

@inline
function most4(lanes: v128): f32 {
  return max<f32>(max<f32>(pick(lanes, 0), pick(lanes, 1)), max<f32>(pick(lanes, 2), pick(lanes, 3)));
}

export function packUint16(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  pack16(row, out, count, scale, offset, tally, 0, 65535, i16.MIN_VALUE);
}

export function packInt16(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  pack16(row, out, count, scale, offset, tally, -32768, 32767, 0);
}

export function packFloat32(row: usize, out: usize, count: i32, scale: f64, offset: f64, tally: usize): void {
  const plain = scale === 1 && offset === 0;
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
    let pixels = v128.load(row + ((<usize>i) << 2));
    if (!plain) pixels = scaled(pixels, scales, offsets, false);
    v128.store(out + ((<usize>i) << 2), pixels);
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
    const given = load<f32>(row + ((<usize>i) << 2));
    const pixel = plain ? given : <f32>(<f64>given * scale + offset);
    store<f32>(out + ((<usize>i) << 2), pixel);
    const value = <f64>pixel;
    const only = f64x2.replace_lane(f64x2.splat(0), 0, value);
    const other = f64x2.replace_lane(f64x2.splat(0), 1, value);
    if (i - full === 2) {
      oddSums = f64x2.add(oddSums, only);
      oddSquares = f64x2.add(oddSquares, f64x2.mul(only, only));
    } else {
      const one = i === full ? only : other;
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
  if (lane === 0) return f32x4.extract_lane(lanes, 0);
  if (lane === 1) return f32x4.extract_lane(lanes, 1);
  if (lane === 2) return f32x4.extract_lane(lanes, 2);
  return f32x4.extract_lane(lanes, 3);
}
