/** What surrounds a pixel. The border mirrors: beyond the first row stands the second. */

/** Row-major pixels. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
}

/** The mean of the eight neighbours of each pixel, at least 2 x 2 px. */
export function neighbours({ width, height, pixels }: Plane): Float32Array {
  const out = new Float32Array(width * height);
  // Sums of three columns, of the rows above, at and below the one that is worked on.
  const three = [new Float64Array(width), new Float64Array(width), new Float64Array(width)] as const;
  const add = (row: number): void => {
    const sums = three[row % 3]!;
    const at = row * width;
    const last = width - 1;
    for (let col = 1; col < last; col++) sums[col] = pixels[at + col - 1]! + pixels[at + col]! + pixels[at + col + 1]!;
    sums[0] = pixels[at]! + 2 * pixels[at + 1]!;
    sums[last] = pixels[at + last]! + 2 * pixels[at + last - 1]!;
  };
  add(0);
  for (let row = 0; row < height; row++) {
    if (row + 1 < height) add(row + 1);
    const here = three[row % 3]!;
    const above = row > 0 ? three[(row - 1) % 3]! : three[1]!;
    const below = row + 1 < height ? three[(row + 1) % 3]! : three[(row - 1) % 3]!;
    const at = row * width;
    for (let col = 0; col < width; col++) {
      out[at + col] = (above[col]! + here[col]! + below[col]! - pixels[at + col]!) / 8;
    }
  }
  return out;
}

/** Marks `bad` pixels and all that touch them. */
export function around(bad: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(bad.length);
  for (let at = bad.indexOf(1); at >= 0; at = bad.indexOf(1, at + 1)) {
    const [row, col] = [Math.floor(at / width), at % width];
    for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
      out.fill(1, r * width + Math.max(0, col - 1), r * width + Math.min(width, col + 2));
    }
  }
  return out;
}
