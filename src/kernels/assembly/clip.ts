/**
 * row = min(max(row, low), high), in place; an end that is off is given as an infinity. Counts the pixels changed at
 * each end in `tally`, but for those that were saturated in the raw (`flags`, one bit per pixel).
 */

import { add, CLIPPED_HIGH, CLIPPED_LOW } from './tally';

export function clip(row: usize, count: i32, low: f32, high: f32, flags: usize, tally: usize): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  let below = 0;
  let above = 0;
  for (let i = 0; i < count; i += 4) {
    const at = row + ((<usize>i) << 2);
    const pixels = v128.load(at);
    const under = f32x4.lt(pixels, lows);
    const over = f32x4.gt(pixels, highs);
    if (!v128.any_true(v128.or(under, over))) continue;
    // The pseudo forms keep a pixel that equals an end: -0 at 0 is not changed, whatever its neighbours are.
    v128.store(at, f32x4.pmin(f32x4.pmax(pixels, lows), highs));
    // Four flags of the byte that holds eight; pixels past the row's end do not count.
    const saturated = <i32>load<u8>(flags + (<usize>i >> 3)) >> (i & 4);
    const wanted = (count - i < 4 ? (1 << (count - i)) - 1 : 15) & ~saturated;
    below += popcnt(i32x4.bitmask(under) & wanted);
    above += popcnt(i32x4.bitmask(over) & wanted);
  }
  add(tally + CLIPPED_LOW, below);
  add(tally + CLIPPED_HIGH, above);
}
