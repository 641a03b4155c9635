/**
 * Super-resolution frames of K2 and K3 cameras that SerialEM saves with two 4-bit pixels in a byte. Nothing in the file has
 * to say so: it claims to be an 8-bit image of half the width.
 */

/** Super-resolution frames of K2 (trimmed and whole) and K3 as the camera gives them, px. */
const FRAMES = [
  [7676, 7420],
  [7680, 7424],
  [11_520, 8184],
] as const;

/** Cameras trim a pixel or two. */
const TOLERANCE = 2;

/**
 * Whether an 8-bit image has the size of such a frame with one side halved, as it comes or turned by 90 degrees. The sizes
 * are those of IMOD (libiimod/mrcfiles.c) and RELION (src/rwTIFF.h); no camera gives 8-bit images of these sizes.
 */
export function hasSizeOfPackedFrame(width: number, height: number): boolean {
  const near = (side: number, expected: number): boolean => Math.abs(side - expected) <= TOLERANCE;
  return FRAMES.flatMap(([a, b]) => [
    [a / 2, b],
    [a, b / 2],
    [b / 2, a],
    [b, a / 2],
  ]).some(([w, h]) => near(width, w!) && near(height, h!));
}

/** Whether the lines that SerialEM's camera plugin wrote say so; lines of other programs behind them mean that it was unpacked. */
export function saysPacked(description: readonly string[]): boolean {
  const at = description.findIndex((line) => /SerialEMCCD/.test(line) && /4 bits packed/.test(line));
  return at >= 0 && !description.slice(at + 1).some((line) => /^[^ ]*:/.test(line));
}
