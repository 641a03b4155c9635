/** What despike `robust` keeps while it works on a frame: the rows, the mask of pixels that will be replaced, decisions. */

import { hasBit } from '../bits';

/** Half the side of the window, and how far from a pixel those stand that may fill it. */
export const HALF: i32 = 5;
/** Half the side of the wide window, in which a spike must be an exception. */
export const WIDE: i32 = 15;

/** How far from its peak a patch may reach, rows and columns. */
@inline
export function reachOf(patch: i32): i32 {
  return max<i32>(patch, 4);
}

/** The most pixels that a patch may have with its skirts. */
@inline
export function mostOf(patch: i32): i32 {
  return 4 * patch;
}

/**
 * Opened by `openDespikeRobust`. Behind the record stand the stretches that its addresses point to, 16-byte aligned:
 * the mask, keys and pixels of one window, the list of a patch, and the sums of `levels.ts`.
 */
@unmanaged
export class RobustState {
  width: i32;
  height: i32;
  /** Bytes from a row to the next, and from a row's address to its bits; flags 0: saturated pixels are despiked too. */
  stride: usize;
  flags: usize;
  marks: usize;
  /** Address of row 0 of the image (which need not be there any more); set in every call. */
  origin: usize;

  /** Deviations. */
  threshold: f64;
  /** The largest patch, px. */
  patch: i32;
  /** 1 bright, 2 dark, 3 both. */
  polarity: i32;
  /** Fill with a good neighbour instead of the median. */
  neighbour: bool;
  /** Spots stay. */
  diffraction: bool;

  /** Bits of repaired pixels, `badStride` bytes from a row to the next (as the map of defects has them); 0: none are known. */
  bad: usize;
  badStride: isize;
  /** Saturated pixels stay, and patches with them. */
  keepSaturated: bool;

  /** Rows whose spikes are in the mask. */
  decided: i32;
  /** Peaks that rose as spikes do, but whose patch was too large. */
  leftAlone: i32;
  /** The population of the patches replaced, or kept as spots, but for those at borders: how many, and how many are spots. */
  patches: i32;
  spots: i32;
  /** Patches of a single pixel. */
  singles: i32;
  /** Of the spots: the sum of 1024 exp(-1/sigma squared), and how many there are by the octave of their height (int32). */
  widths: i32;
  octaves: usize;
  /** Rows and columns (int32) of the first spots, and the peaks that are one of many. */
  places: usize;
  /** Peaks that are too large and not drawn: how many, and the places of the first. */
  large: i32;
  largePlaces: usize;
  common: i32;

  /** A byte per pixel, of the last `maskRows` rows, a power of 2; 0 behind a row's end, where SIMD looks. */
  mask: usize;
  maskPitch: usize;
  maskRows: i32;

  /** Pixels of the window around a candidate, row by row, later their residuals (float32); and their keys. */
  window: usize;
  windowKeys: usize;
  /** Of that window: its median, its deviation, and how far the candidate rises above the median. */
  median: f64;
  deviation: f64;
  rise: f64;
  /** Pixels of that window that count: constant areas are left out. */
  counting: i32;

  /**
   * Bits of equal neighbours in the window, a word of bits for each of its rows, and the bits of the wide window:
   * its rows, and how many are set. */
  equalBits: usize;
  blockBits: usize;
  wideBits: usize;
  wideRows: i32;
  wideAbove: i32;

  /** Rows and columns (int32) of the patch that grows, how many there are, and how many of them were repaired. */
  list: usize;
  found: i32;
  repaired: i32;

  /** Keys of the pixels around one that is filled, and how many there are; masked pixels have `NOTHING`. */
  fillKeys: usize;
  gathered: i32;

  /** Sums kept from row to row, for bright spikes and for dark ones. */
  bright: usize;
  dark: usize;

  @inline
  rowAt(row: i32): usize {
    return this.origin + <usize>row * this.stride;
  }

  @inline
  maskAt(row: i32): usize {
    return this.mask + <usize>(row & (this.maskRows - 1)) * this.maskPitch;
  }

  @inline
  isRepaired(row: i32, col: i32): bool {
    return this.bad !== 0 && hasBit(0, <usize>(<isize>this.bad + <isize>row * this.badStride), col);
  }

  /** A pixel as the polarity sees it: `sign` is -1 where dark spikes are sought. */
  @inline
  pixel(row: i32, col: i32, sign: f32): f32 {
    return sign * load<f32>(this.rowAt(row) + ((<usize>col) << 2));
  }

  /** Clears the mask of rows `from..to-1`, in the place of rows long filled. */
  clearMask(from: i32, to: i32): void {
    for (let row = from; row < to; row++) memory.fill(this.maskAt(row), 0, this.maskPitch);
  }
}

/** Bytes of a row of the mask. */
export function maskPitchFor(columns: i32): usize {
  return <usize>((columns + 31) & ~15);
}

/** How many rows the mask keeps so that `rows` are there. */
export function maskRowsFor(rows: i32): i32 {
  let power = 32;
  while (power < rows) power <<= 1;
  return power;
}

/** The image goes on behind its border as in a mirror that lies on its outermost pixels. */
@inline
export function reflected(i: i32, length: i32): i32 {
  return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
}
