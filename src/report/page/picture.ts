/** Grey pictures for the page: values as bytes, bytes as data URIs. */

import type { FirstRow } from '../../model/exposure.ts';
import { png } from './png.ts';

/** The picture's top row first whatever the file's order was. */
export function dataUri(bytes: Uint8Array, width: number, height: number, firstRow: FirstRow): string {
  return `data:image/png;base64,${png(firstRow === 'top' ? bytes : turned(bytes, width), width, height).toString('base64')}`;
}

function turned(bytes: Uint8Array, width: number): Uint8Array {
  const rows = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += width) rows.set(bytes.subarray(at, at + width), bytes.length - width - at);
  return rows;
}

/** Values from -range to range as bytes, 0 as a middle grey. */
export function shades(values: Float32Array, range: number): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Math.max(0, Math.min(255, Math.round(127.5 * (1 + values[i]! / range))));
  return bytes;
}

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
