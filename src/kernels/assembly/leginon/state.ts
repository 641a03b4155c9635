/** What despike `leginon` keeps while it works on a frame. */

/**
 * Opened by `openDespike`. Behind the record stand the arrays that its addresses point to, 16-byte aligned, by columns
 * from the first that is tested on.
 */
@unmanaged
export class DespikeState {
  width: i32;
  /** Bytes from a row to the next, and from a row's address to its bits; flags 0: saturated pixels are despiked too. */
  stride: usize;
  flags: usize;
  marks: usize;
  /** A window has `size` x `size` px; `half` of them, rounded down, on each side of its middle. */
  size: i32;
  half: i32;
  /** Deviations. */
  threshold: f64;

  /** Rows of a tile: two blocks of them fit the window of each pixel of the tile. */
  tall: i32;
  /** Pairs of columns there are, and groups of two columns that are tested. */
  pairs: i32;
  groups: i32;
  /** Of the formula in `../despike.ts`; NaN when the core is too small to tell. */
  share: f32;
  /** The part of the mean by which limits draw closer for the sake of rounding. */
  rounded: f32;
  /** float32: pixels from `lower` to `upper` are no spikes. NaN: any may be one. */
  lower: usize;
  upper: usize;
  /** Bits of the pixels of a row that limits do not clear. */
  doubtful: usize;
  /** float32, mean and scatter by pairs of columns, (1, 2), (3, 4) ...: of the newest block of rows, and of the core's two blocks. */
  blockMean: usize;
  blockScatter: usize;
  coreMean: usize;
  coreScatter: usize;
}
