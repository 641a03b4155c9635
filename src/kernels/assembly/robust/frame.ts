/**
 * The frame that is despiked: where its rows stand, and the mask of the pixels that will be replaced. Set anew in every
 * call, since kernels keep nothing but their scratch.
 */

/** Half the side of the window, and how far from a pixel those stand that may fill it. */
export const HALF: i32 = 5;

export let width: i32 = 0;
export let height: i32 = 0;
/** Bytes from a row's address to its saturation bits, and to its bits of replaced pixels; 0: none. */
export let flags: usize = 0;
export let marks: usize = 0;

/** Address of row 0 of the image (which need not be there any more), and bytes from a row to the next. */
let origin: usize = 0;
let stride: usize = 0;

let masks: usize = 0;
/** A byte per pixel; 0 behind the row's end, where SIMD looks. */
let maskPitch: usize = 0;
/** Rows that are kept, a power of 2. */
let maskRows: i32 = 0;

export function setFrame(row0: usize, bytes: usize, columns: i32, rows: i32, saturation: usize, replaced: usize): void {
  origin = row0;
  stride = bytes;
  width = columns;
  height = rows;
  flags = saturation;
  marks = replaced;
}

function pitchFor(columns: i32): usize {
  return <usize>((columns + 31) & ~15);
}

function powerFor(rows: i32): i32 {
  let power = 32;
  while (power < rows) power <<= 1;
  return power;
}

/** Bytes of a mask of which `rows` rows at least are kept. */
export function maskBytes(columns: i32, rows: i32): i32 {
  return powerFor(rows) * <i32>pitchFor(columns);
}

export function setMask(address: usize, rows: i32): void {
  masks = address;
  maskPitch = pitchFor(width);
  maskRows = powerFor(rows);
}

@inline
export function rowAt(row: i32): usize {
  return origin + <usize>row * stride;
}

@inline
export function maskAt(row: i32): usize {
  return masks + <usize>(row & (maskRows - 1)) * maskPitch;
}

/** Clears the mask of rows `from..to-1`, in the place of rows long filled. */
export function clearMask(from: i32, to: i32): void {
  for (let row = from; row < to; row++) memory.fill(maskAt(row), 0, maskPitch);
}

/** The image goes on behind its border as in a mirror that lies on its outermost pixels. */
@inline
export function reflected(i: i32, length: i32): i32 {
  return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
}

/** A pixel as the polarity sees it: `sign` is -1 where dark spikes are sought. */
@inline
export function pixel(row: i32, col: i32, sign: f32): f32 {
  return sign * load<f32>(rowAt(row) + (<usize>col << 2));
}
