/** The spikes among rows of a line, from the bits by which despike marked the pixels that it replaced. */

import { half } from './half';

/** What is no finite number is 0, as when it is read. */
@inline
function finite(value: f32): f32 {
  return value - value == 0 ? value : 0;
}

/** One raw pixel as counts; `type`: its place among the types of the host. */
@inline
function pixelAt(raw: usize, type: i32, col: i32): f32 {
  if (type == 2) return <f32>load<u16>(raw + (<usize>col << 1));
  if (type == 3) return <f32>load<i16>(raw + (<usize>col << 1));
  if (type == 0) return <f32>load<u8>(raw + <usize>col);
  if (type == 1) return <f32>load<i8>(raw + <usize>col);
  return finite(type == 4 ? half(load<u16>(raw + (<usize>col << 1))) : load<f32>(raw + (<usize>col << 2)));
}

/**
 * Lists the marked pixels of `rows` rows of `width` pixels behind `list` as numbers index * width + col (uint32), `room` at
 * most, and returns how many there are. It ends early behind a row where one rises above `least`; a rise is (raw - dark)
 * * norm - corrected, both references 0 where there are none. Behind `result`, float32: the rows looked at, the column of
 * the highest such pixel in the last of them, -1 where there is none, and its rise.
 *
 * `row`, `raw`, `dark`, `norm`: addresses of the first row; the next ones stand `stride`, `rawStride` and, for references,
 * `step` bytes apart. `marks`: bytes from a row's address to its bits, whole 16 bytes. `index`: of the first row, the next
 * ones are `turn` (1 or -1) apart.
 */
export function listSpikes(
  row: usize,
  stride: usize,
  marks: usize,
  width: i32,
  rows: i32,
  index: i32,
  turn: i32,
  raw: usize,
  rawStride: usize,
  type: i32,
  dark: usize,
  norm: usize,
  step: i32,
  list: usize,
  room: i32,
  least: f32,
  result: usize,
): i32 {
  let found = 0;
  let most = least;
  let place = -1;
  let done = 0;
  while (done < rows && place < 0) {
    for (let first = 0; first < width; first += 64) {
      // Most of the bits are 0: 128 are looked at together.
      if ((first & 64) == 0 && !v128.any_true(v128.load(row + marks + (<usize>first >> 3)))) {
        first += 64;
        continue;
      }
      for (let bits = load<u64>(row + marks + (<usize>first >> 3)); bits != 0; bits &= bits - 1) {
        const col = first + <i32>ctz(bits);
        if (found < room) store<u32>(list + (<usize>found << 2), index * width + col);
        found++;
        const at = <usize>col << 2;
        let before = pixelAt(raw, type, col);
        // The rest has left the cache: few are worth a look. No spike needs a norm above 2 to be among the highest.
        if (before + before <= most) continue;
        const after = load<f32>(row + at);
        if (dark) before -= load<f32>(dark + at);
        if (norm) before *= load<f32>(norm + at);
        if (before - after > most) {
          most = before - after;
          place = col;
        }
      }
    }
    done++;
    row += stride;
    raw += rawStride;
    index += turn;
    if (dark) dark += step;
    if (norm) norm += step;
  }
  store<f32>(result, <f32>done);
  store<f32>(result, <f32>place, 4);
  store<f32>(result, most, 8);
  return found;
}

/** Copies `count` pixels from column `col` on of a raw row, as counts, and of the same row corrected (both float32). */
export function copyPiece(raw: usize, type: i32, row: usize, col: i32, count: i32, before: usize, after: usize): void {
  for (let i = 0; i < count; i++) {
    store<f32>(before + (<usize>i << 2), pixelAt(raw, type, col + i));
    store<f32>(after + (<usize>i << 2), load<f32>(row + (<usize>(col + i) << 2)));
  }
}
