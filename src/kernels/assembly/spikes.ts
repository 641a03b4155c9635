/** The spikes among rows of a line, from the bits by which despike marked the pixels that it replaced. */

import { half } from './half';
import { RowLayout } from './rows';

/** What is no finite number is 0, as when it is read. */
@inline
function finite(value: f32): f32 {
  return value - value === 0 ? value : 0;
}

/** One raw pixel as counts; `type`: its place among the types of the host. */
@inline
function pixelAt(raw: usize, type: i32, col: i32): f32 {
  if (type === 2) return <f32>load<u16>(raw + ((<usize>col) << 1));
  if (type === 3) return <f32>load<i16>(raw + ((<usize>col) << 1));
  if (type === 0) return <f32>load<u8>(raw + <usize>col);
  if (type === 1) return <f32>load<i8>(raw + <usize>col);
  if (type === 6) return <f32>load<i32>(raw + ((<usize>col) << 2));
  if (type === 7) return <f32>load<u32>(raw + ((<usize>col) << 2));
  return finite(type === 4 ? half(load<u16>(raw + ((<usize>col) << 1))) : load<f32>(raw + ((<usize>col) << 2)));
}

/** Opened by `openSpikes`. */
@unmanaged
class SpikesState {
  width: i32;
  /** Bytes from a row to the next, and from a row's address to its marks. */
  stride: usize;
  marks: usize;
  /** Type of the raw pixels, see `pixelAt`, and bytes from a raw row to the next. */
  type: i32;
  rawStride: usize;

  /** Addresses of the references' rows that belong to row 0, 0 where there are none; `step` bytes to the next. */
  dark: usize;
  norm: usize;
  step: i32;
  /** The row of the references that belongs to row 0; the next ones are `turn` (1 or -1) apart. */
  first: i32;
  turn: i32;

  /** Room for `room` numbers (uint32), and how many spikes there were so far, listed or not. */
  list: usize;
  room: i32;
  found: i32;

  /** In the last row that was looked at: the column of the highest spike above the least, -1: there is none; and its rise. */
  col: i32;
  rise: f32;

  /** Bytes from the raw pixels of a piece to the corrected ones. */
  pieceBytes: usize;
}

/** Bytes of a `SpikesState`. */
export function spikesBytes(): usize {
  return offsetof<SpikesState>();
}

/**
 * Opens the state (`spikesBytes` of memory, aligned to 8) for a frame of rows as `layout` has them, marks in whole 16
 * bytes. `type`: the raw pixels' place among the types of the host, `rawStride` bytes a row. `list`: `room` uint32.
 * `pieceBytes`: from where `copyPiece` puts raw pixels to where it puts the corrected ones.
 */
export function openSpikes(
  state: SpikesState,
  layout: RowLayout,
  type: i32,
  rawStride: usize,
  list: usize,
  room: i32,
  pieceBytes: usize,
): void {
  state.width = layout.width;
  state.stride = layout.stride;
  state.marks = layout.marks;
  state.type = type;
  state.rawStride = rawStride;
  state.list = list;
  state.room = room;
  state.pieceBytes = pieceBytes;
  state.found = 0;
  state.col = -1;
  state.rise = 0;
  referSpikes(state, 0, 0, 0, 0, 1);
}

/** The references by which the frame was corrected, as the fields of `SpikesState` have them: none before this is called. */
export function referSpikes(state: SpikesState, dark: usize, norm: usize, step: i32, first: i32, turn: i32): void {
  state.dark = dark;
  state.norm = norm;
  state.step = step;
  state.first = first;
  state.turn = turn;
}

/**
 * Lists the marked pixels of `rows` rows as numbers row * width + col, with rows counted as the references have them, as
 * far as there is room. `row`, `raw`: addresses of the first row, which is row `rowIndex` of the image, and of its raw
 * pixels. It ends early behind a row where one rises above `least`; a rise is (raw - dark) * norm - corrected. Returns
 * the rows looked at.
 */
export function listSpikes(state: SpikesState, row: usize, rowIndex: i32, rows: i32, raw: usize, least: f32): i32 {
  const width = state.width;
  const stride = state.stride;
  const marks = state.marks;
  const type = state.type;
  const rawStride = state.rawStride;
  const step = state.step;
  const turn = state.turn;
  const list = state.list;
  const room = state.room;
  let dark: usize = state.dark === 0 ? 0 : state.dark + rowIndex * step;
  let norm: usize = state.norm === 0 ? 0 : state.norm + rowIndex * step;
  let index = state.first + rowIndex * turn;
  let found = state.found;
  let most = least;
  let place = -1;
  let done = 0;
  while (done < rows && place < 0) {
    for (let first = 0; first < width; first += 64) {
      // Most of the bits are 0: 128 are looked at together.
      if ((first & 64) === 0 && !v128.any_true(v128.load(row + marks + (<usize>first >> 3)))) {
        first += 64;
        continue;
      }
      for (let bits = load<u64>(row + marks + (<usize>first >> 3)); bits !== 0; bits &= bits - 1) {
        const col = first + <i32>ctz(bits);
        if (found < room) store<u32>(list + ((<usize>found) << 2), index * width + col);
        found++;
        const at = (<usize>col) << 2;
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
  state.found = found;
  state.col = place;
  state.rise = most;
  return done;
}

/** Spikes of the frame so far; with more than there is room for the list is not complete. */
export function spikesFound(state: SpikesState): i32 {
  return state.found;
}

/** Column of the highest spike above `least` in the last row that `listSpikes` looked at; -1: there is none. */
export function spikeCol(state: SpikesState): i32 {
  return state.col;
}

/** How far that spike rises, in counts. */
export function spikeRise(state: SpikesState): f32 {
  return state.rise;
}

/**
 * Copies `count` pixels (float32, counts) from column `col` on: of the raw row at `raw` to `to`, of the same row corrected,
 * at `row`, to `pieceBytes` behind that.
 */
export function copyPiece(state: SpikesState, row: usize, raw: usize, col: i32, count: i32, to: usize): void {
  const type = state.type;
  const corrected = to + state.pieceBytes;
  for (let i = 0; i < count; i++) {
    store<f32>(to + ((<usize>i) << 2), pixelAt(raw, type, col + i));
    store<f32>(corrected + ((<usize>i) << 2), load<f32>(row + ((<usize>(col + i)) << 2)));
  }
}
