/** The spikes of a row, from the bits by which despike marked the pixels that it replaced. */

import { half } from './half';

/** One raw pixel as counts; `type`: its place among the types of the host. */
@inline
function pixelAt(raw: usize, type: i32, col: i32): f32 {
  if (type == 2) return <f32>load<u16>(raw + (<usize>col << 1));
  if (type == 3) return <f32>load<i16>(raw + (<usize>col << 1));
  if (type == 0) return <f32>load<u8>(raw + <usize>col);
  if (type == 1) return <f32>load<i8>(raw + <usize>col);
  return type == 4 ? half(load<u16>(raw + (<usize>col << 1))) : load<f32>(raw + (<usize>col << 2));
}

/**
 * Lists the marked pixels of row `index` as index * width + col (uint32) behind `list`, `room` at most, and returns how
 * many there are. At `highest`, float32: the largest rise above what it became of one that rises above `least`, and its
 * column, -1 where there is none; a rise is (raw - dark) * norm - corrected, both references 0 where there are none. `marks`: the row's bits, whole 16 bytes.
 */
export function listSpikes(
  marks: usize,
  width: i32,
  index: i32,
  raw: usize,
  type: i32,
  dark: usize,
  norm: usize,
  corrected: usize,
  list: usize,
  room: i32,
  least: f32,
  highest: usize,
): i32 {
  let found = 0;
  let most = least;
  let place = -1;
  for (let first = 0; first < width; first += 64) {
    for (let bits = load<u64>(marks + (<usize>first >> 3)); bits != 0; bits &= bits - 1) {
      const col = first + <i32>ctz(bits);
      if (found < room) store<u32>(list + (<usize>found << 2), index * width + col);
      found++;
      const at = <usize>col << 2;
      const after = load<f32>(corrected + at);
      let before = pixelAt(raw, type, col);
      // The references have left the cache: few are worth a look. No spike needs a norm above 2 to be among the highest.
      if (before + before - after <= most) continue;
      if (dark) before -= load<f32>(dark + at);
      if (norm) before *= load<f32>(norm + at);
      const rise = before - after;
      if (rise > most) {
        most = rise;
        place = col;
      }
    }
  }
  store<f32>(highest, most);
  store<f32>(highest, <f32>place, 4);
  return found;
}
