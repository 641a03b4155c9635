/** How the rows of an image stand in memory: what every kernel that looks past one row needs to know of them. */

/**
 * Rows of float32 counts, `stride` bytes apart, 16-byte aligned and padded to a multiple of 8 px. Behind a row's pixels
 * stand its bits, one per pixel (`bits.ts`): `flags`, `marks` and `lost` are bytes from a row's address to each of them.
 */
@unmanaged
export class RowLayout {
  /** px */
  width: i32;
  height: i32;
  stride: usize;
  /** Pixels that were saturated in the raw. */
  flags: usize;
  /** Pixels that despike replaced. */
  marks: usize;
  /** Pixels that were no finite numbers in the raw; 0: there are no such bits. */
  lost: usize;
}

/** Bytes of a `RowLayout`. */
export function rowLayoutBytes(): usize {
  return offsetof<RowLayout>();
}

/** Writes a layout; `layout` is aligned to 8. Kernels copy what they need of it when their state is opened. */
export function openRowLayout(
  layout: RowLayout,
  width: i32,
  height: i32,
  stride: usize,
  flags: usize,
  marks: usize,
  lost: usize,
): void {
  layout.width = width;
  layout.height = height;
  layout.stride = stride;
  layout.flags = flags;
  layout.marks = marks;
  layout.lost = lost;
}

/** Clears all bits behind the flags (marks, lost) of `rows` rows, of which the first is at `row`. */
export function clearBits(layout: RowLayout, row: usize, rows: i32): void {
  const stride = layout.stride;
  const marks = layout.marks;
  for (let i = 0; i < rows; i++, row += stride) memory.fill(row + marks, 0, stride - marks);
}
