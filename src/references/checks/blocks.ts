/** Means of blocks of pixels, without those that are bad. */

import type { Plane } from './neighbours.ts';

/** Whole blocks of `side` x `side` px from the top left corner on. */
export interface Blocked extends Plane {
  /** 1 where more than half of the pixels are bad. */
  readonly bad: Uint8Array;
}

export function blocked({ width, height, pixels }: Plane, bad: Uint8Array, side: number): Blocked {
  const [across, down] = [Math.floor(width / side), Math.floor(height / side)];
  const sums = new Float32Array(across * down);
  const counts = new Uint16Array(across * down);
  for (let row = 0; row < down * side; row++) {
    const to = Math.floor(row / side) * across;
    const from = row * width;
    for (let block = 0; block < across; block++) {
      let [sum, count] = [0, 0];
      for (let col = block * side; col < (block + 1) * side; col++) {
        if (bad[from + col] === 1) continue;
        sum += pixels[from + col]!;
        count++;
      }
      sums[to + block]! += sum;
      counts[to + block]! += count;
    }
  }
  const none = Uint8Array.from(counts, (count) => (2 * count < side * side ? 1 : 0));
  for (let i = 0; i < sums.length; i++) if (counts[i]! > 0) sums[i]! /= counts[i]!;
  return { width: across, height: down, pixels: sums, bad: none };
}
