/** The door to fast-png: grey pictures as data URIs, the picture's top row first whatever the file's order was. */

import { encode } from 'fast-png';
import type { FirstRow } from '../exposure.ts';

export function png(bytes: Uint8Array, width: number, height: number, firstRow: FirstRow): string {
  const data = new Uint8Array(bytes.length);
  for (let y = 0; y < height; y++) {
    const from = firstRow === 'top' ? y : height - 1 - y;
    data.set(bytes.subarray(from * width, (from + 1) * width), y * width);
  }
  const file = encode({ width, height, data, channels: 1, depth: 8 });
  return `data:image/png;base64,${Buffer.from(file).toString('base64')}`;
}

/** Counts as bytes from the 0.5 to the 99.5 percentile; returns both in counts. */
export function grey(counts: Float32Array): { bytes: Uint8Array; low: number; high: number } {
  const sorted = counts.toSorted();
  const low = sorted[Math.floor(0.005 * (sorted.length - 1))]!;
  const high = sorted[Math.ceil(0.995 * (sorted.length - 1))]!;
  const scale = high > low ? 255 / (high - low) : 0;
  const bytes = Uint8Array.from(counts, (count) => Math.max(0, Math.min(255, Math.round((count - low) * scale))));
  return { bytes, low, high };
}
