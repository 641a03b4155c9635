/**
 * From the bytes of a row to float32 counts. `raw`: packed little-endian pixels, of any alignment; `out`: float32, room
 * for `count` rounded up to 8; `flags`: one bit per pixel in whole bytes, set where raw >= saturation, 0 behind the last
 * pixel. Saturated and non-finite pixels are counted in `tally`; a non-finite pixel becomes 0.
 */

import { half } from './half';
import { add, NON_FINITE, SATURATED } from './tally';

/** Eight pixels at once: stored, compared with the saturation, returns how many are saturated. */
@inline
function keep(low: v128, high: v128, out: usize, flags: usize, saturation: v128): i32 {
  v128.store(out, low);
  v128.store(out, high, 16);
  const marks = i32x4.bitmask(f32x4.ge(low, saturation)) | (i32x4.bitmask(f32x4.ge(high, saturation)) << 4);
  store<u8>(flags, marks);
  return popcnt(marks);
}

/** The last pixels of a row that do not fill eight: `values` waits behind the row's end. */
@inline
function keepOne(value: f32, i: i32, out: usize, flags: usize, saturation: f32): i32 {
  store<f32>(out + ((<usize>i) << 2), value);
  if (!(value >= saturation)) return 0;
  const at = flags + (<usize>i >> 3);
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>i & 7)));
  return 1;
}

// Counts of 16 bits are positive numbers of 32: converted as signed ones, which is one instruction instead of seven.

export function unpackUint16(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  const limit = f32x4.splat(saturation);
  const whole = count & ~7;
  let saturated = 0;
  for (let i = 0; i < whole; i += 8) {
    const pixels = v128.load(raw + ((<usize>i) << 1));
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(pixels));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(pixels));
    saturated += keep(low, high, out + ((<usize>i) << 2), flags + (<usize>i >> 3), limit);
  }
  if (whole < count) store<u8>(flags + (<usize>whole >> 3), 0);
  for (let i = whole; i < count; i++) {
    saturated += keepOne(<f32>load<u16>(raw + ((<usize>i) << 1)), i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
}

export function unpackInt16(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  const limit = f32x4.splat(saturation);
  const whole = count & ~7;
  let saturated = 0;
  for (let i = 0; i < whole; i += 8) {
    const pixels = v128.load(raw + ((<usize>i) << 1));
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(pixels));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(pixels));
    saturated += keep(low, high, out + ((<usize>i) << 2), flags + (<usize>i >> 3), limit);
  }
  if (whole < count) store<u8>(flags + (<usize>whole >> 3), 0);
  for (let i = whole; i < count; i++) {
    saturated += keepOne(<f32>load<i16>(raw + ((<usize>i) << 1)), i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
}

export function unpackUint8(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  const limit = f32x4.splat(saturation);
  const whole = count & ~7;
  let saturated = 0;
  for (let i = 0; i < whole; i += 8) {
    const pixels = v128.load8x8_u(raw + <usize>i);
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(pixels));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(pixels));
    saturated += keep(low, high, out + ((<usize>i) << 2), flags + (<usize>i >> 3), limit);
  }
  if (whole < count) store<u8>(flags + (<usize>whole >> 3), 0);
  for (let i = whole; i < count; i++) {
    saturated += keepOne(<f32>load<u8>(raw + <usize>i), i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
}

export function unpackInt8(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  const limit = f32x4.splat(saturation);
  const whole = count & ~7;
  let saturated = 0;
  for (let i = 0; i < whole; i += 8) {
    const pixels = v128.load8x8_s(raw + <usize>i);
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(pixels));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(pixels));
    saturated += keep(low, high, out + ((<usize>i) << 2), flags + (<usize>i >> 3), limit);
  }
  if (whole < count) store<u8>(flags + (<usize>whole >> 3), 0);
  for (let i = whole; i < count; i++) {
    saturated += keepOne(<f32>load<i8>(raw + <usize>i), i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
}

export function unpackFloat16(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  let saturated = 0;
  let nonFinite = 0;
  for (let i = 0; i < count; i++) {
    if ((i & 7) === 0) store<u8>(flags + (<usize>i >> 3), 0);
    let value = half(load<u16>(raw + ((<usize>i) << 1)));
    if (value - value !== 0) {
      value = 0;
      nonFinite++;
    }
    saturated += keepOne(value, i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
  add(tally + NON_FINITE, nonFinite);
}

/** Non-finite pixels among four; x - x is 0 for finite numbers only. */
@inline
function lost(pixels: v128): v128 {
  return f32x4.ne(f32x4.sub(pixels, pixels), f32x4.splat(0));
}

export function unpackFloat32(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  const limit = f32x4.splat(saturation);
  const whole = count & ~7;
  let saturated = 0;
  let nonFinite = 0;
  for (let i = 0; i < whole; i += 8) {
    const at = raw + ((<usize>i) << 2);
    let low = v128.load(at);
    let high = v128.load(at, 16);
    const lowLost = lost(low);
    const highLost = lost(high);
    if (v128.any_true(v128.or(lowLost, highLost))) {
      low = v128.andnot(low, lowLost);
      high = v128.andnot(high, highLost);
      nonFinite += popcnt(i32x4.bitmask(lowLost)) + popcnt(i32x4.bitmask(highLost));
    }
    saturated += keep(low, high, out + ((<usize>i) << 2), flags + (<usize>i >> 3), limit);
  }
  if (whole < count) store<u8>(flags + (<usize>whole >> 3), 0);
  for (let i = whole; i < count; i++) {
    let value = load<f32>(raw + ((<usize>i) << 2));
    if (value - value !== 0) {
      value = 0;
      nonFinite++;
    }
    saturated += keepOne(value, i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
  add(tally + NON_FINITE, nonFinite);
}

// Whole numbers beyond 2^24 are rounded half to even.

export function unpackInt32(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  const limit = f32x4.splat(saturation);
  const whole = count & ~7;
  let saturated = 0;
  for (let i = 0; i < whole; i += 8) {
    const at = raw + ((<usize>i) << 2);
    const low = f32x4.convert_i32x4_s(v128.load(at));
    const high = f32x4.convert_i32x4_s(v128.load(at, 16));
    saturated += keep(low, high, out + ((<usize>i) << 2), flags + (<usize>i >> 3), limit);
  }
  if (whole < count) store<u8>(flags + (<usize>whole >> 3), 0);
  for (let i = whole; i < count; i++) {
    saturated += keepOne(<f32>load<i32>(raw + ((<usize>i) << 2)), i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
}

export function unpackUint32(raw: usize, out: usize, count: i32, saturation: f32, flags: usize, tally: usize): void {
  const limit = f32x4.splat(saturation);
  const whole = count & ~7;
  let saturated = 0;
  for (let i = 0; i < whole; i += 8) {
    const at = raw + ((<usize>i) << 2);
    const low = f32x4.convert_i32x4_u(v128.load(at));
    const high = f32x4.convert_i32x4_u(v128.load(at, 16));
    saturated += keep(low, high, out + ((<usize>i) << 2), flags + (<usize>i >> 3), limit);
  }
  if (whole < count) store<u8>(flags + (<usize>whole >> 3), 0);
  for (let i = whole; i < count; i++) {
    saturated += keepOne(<f32>load<u32>(raw + ((<usize>i) << 2)), i, out, flags, saturation);
  }
  add(tally + SATURATED, saturated);
}
