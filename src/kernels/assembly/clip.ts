/**
 * row = min(max(row, low), high), in place: float32, `count` pixels with room for `count` rounded up to 8. An end that is
 * off is given as an infinity. Counts the pixels changed at each end in `tally`, and keeps what the farthest of them were;
 * not those that were saturated in the raw (`flags`, one bit per pixel in whole bytes).
 */

import { add, CLIPPED_HIGH, CLIPPED_LOW, widen } from './tally';

export function clip(row: usize, count: i32, low: f32, high: f32, flags: usize, tally: usize): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  let below = 0;
  let above = 0;
  for (let i = 0; i < count; i += 16) {
    // Nearly all stretches of sixteen stay as they are; rows have room for eight past their end only.
    const at = row + ((<usize>i) << 2);
    if (i + 16 <= count && inside(at, lows, highs)) continue;
    const end = min<i32>(i + 16, count);
    for (let j = i; j < end; j += 4) {
      const four = row + ((<usize>j) << 2);
      const pixels = v128.load(four);
      const under = f32x4.lt(pixels, lows);
      const over = f32x4.gt(pixels, highs);
      // The pseudo forms keep a pixel that equals an end: -0 at 0 is not changed, whatever its neighbours are.
      v128.store(four, f32x4.pmin(f32x4.pmax(pixels, lows), highs));
      // Four flags of the byte that holds eight; pixels past the row's end do not count.
      const saturated = <i32>load<u8>(flags + (<usize>j >> 3)) >> (j & 4);
      const wanted = (count - j < 4 ? (1 << (count - j)) - 1 : 15) & ~saturated;
      const changed = i32x4.bitmask(v128.or(under, over)) & wanted;
      if (changed === 0) continue;
      below += popcnt(i32x4.bitmask(under) & wanted);
      above += popcnt(i32x4.bitmask(over) & wanted);
      if (changed & 1) widen(tally, f32x4.extract_lane(pixels, 0));
      if (changed & 2) widen(tally, f32x4.extract_lane(pixels, 1));
      if (changed & 4) widen(tally, f32x4.extract_lane(pixels, 2));
      if (changed & 8) widen(tally, f32x4.extract_lane(pixels, 3));
    }
  }
  add(tally + CLIPPED_LOW, below);
  add(tally + CLIPPED_HIGH, above);
}

/** Are sixteen pixels between the ends? */
@inline
function inside(at: usize, lows: v128, highs: v128): bool {
  const a = v128.load(at);
  const b = v128.load(at, 16);
  const c = v128.load(at, 32);
  const d = v128.load(at, 48);
  const least = f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d));
  const most = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  return !v128.any_true(v128.or(f32x4.lt(least, lows), f32x4.gt(most, highs)));
}
