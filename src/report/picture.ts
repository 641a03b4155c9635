/** The door to fast-png: grey pictures as data URIs, the picture's top row first whatever the file's order was. */

import { encode } from 'fast-png';
import type { FirstRow } from '../exposure.ts';

/** Pixels below which a picture is stored as it is: deflating a hundred crops took longer than drawing all charts. */
const SMALL = 1024;

export function png(bytes: Uint8Array, width: number, height: number, firstRow: FirstRow): string {
  const data = new Uint8Array(bytes.length);
  for (let y = 0; y < height; y++) {
    const from = firstRow === 'top' ? y : height - 1 - y;
    data.set(bytes.subarray(from * width, (from + 1) * width), y * width);
  }
  const file = encode({ width, height, data, channels: 1, depth: 8 }, { zlib: { level: data.length < SMALL ? 0 : 6 } });
  return `data:image/png;base64,${Buffer.from(file).toString('base64')}`;
}

/** Values from -range to range as bytes, 0 as a middle grey. */
export const shades = (values: Float32Array, range: number): Uint8Array =>
  Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round(127.5 * (1 + value / range)))));

/** Pixels on either side over which a slope is smooth. */
const SMOOTH = 10;

/** What is left of an image when the mean around each pixel is taken away: edges, lines and spots stay, slopes go. */
export function withoutSlopes(image: Float32Array, width: number, height: number): Float32Array {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += image[y * width + x]!;
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row;
    }
  }
  return image.map((value, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const [top, bottom] = [Math.max(0, y - SMOOTH), Math.min(height, y + SMOOTH + 1)];
    const [left, right] = [Math.max(0, x - SMOOTH), Math.min(width, x + SMOOTH + 1)];
    const at = (row: number, col: number): number => sums[row * (width + 1) + col]!;
    const sum = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left);
    return value - sum / ((bottom - top) * (right - left));
  });
}
