/** Definition of despike, method `leginon`, in double precision. */

import { copyOf, type Image } from './image.ts';

/** Neighbourhood: side in px, odd, from 3. Threshold: population standard deviations of the neighbours from their mean. */
export interface DespikeOptions {
  readonly size: number;
  readonly threshold: number;
  /** 1 where the raw pixel is saturated: never replaced, but still a neighbour. Absent: none. */
  readonly saturated?: Uint8Array;
}

export interface Despiked {
  readonly image: Image;
  readonly spikes: number;
  /** 1 where a pixel was replaced. */
  readonly replaced: Uint8Array;
}

/**
 * In raster order and in place: a centre further than `threshold` deviations from the mean of its neighbours becomes
 * that mean. Neighbours already replaced count with their new value. The border of (size - 1) / 2 px stays.
 */
export function despike(image: Image, { size, threshold, saturated }: DespikeOptions): Despiked {
  const out = copyOf(image);
  const { width, height, pixels } = out;
  const half = (size - 1) / 2;
  const n = size * size - 1;
  const replaced = new Uint8Array(pixels.length);
  let spikes = 0;

  for (let row = half; row < height - half; row++) {
    for (let col = half; col < width - half; col++) {
      const neighbours: number[] = [];
      for (let r = row - half; r <= row + half; r++) {
        for (let c = col - half; c <= col + half; c++) {
          if (r !== row || c !== col) neighbours.push(pixels[r * width + c]!);
        }
      }
      let sum = 0;
      for (const value of neighbours) sum += value;
      const mean = sum / n;
      let squares = 0;
      for (const value of neighbours) squares += (value - mean) * (value - mean);
      const deviation = Math.sqrt(squares / n);

      const centre = row * width + col;
      if (Math.abs(pixels[centre]! - mean) > threshold * deviation && saturated?.[centre] !== 1) {
        pixels[centre] = Math.fround(mean);
        replaced[centre] = 1;
        spikes++;
      }
    }
  }
  return { image: out, spikes, replaced };
}
