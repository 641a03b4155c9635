/**
 * Definition of despike as Leginon's own C code computes it, bit for bit: running float32 sums, every operation rounded.
 * The rounding errors are part of it; the golden pair in the data pins their order down.
 */

import type { Despiked, DespikeOptions } from './despike.ts';
import { copyOf, type Image } from './image.ts';

const f = Math.fround;

export function despikeFloat32(image: Image, { size, threshold, saturated }: DespikeOptions): Despiked {
  const out = copyOf(image);
  const { width, height, pixels } = out;
  const half = (size - 1) / 2;
  const n = size * size - 1;
  // The C function takes its threshold as a float.
  const times = f(threshold);
  const replaced = new Uint8Array(pixels.length);
  let spikes = 0;
  let s = 0;
  let q = 0;
  const add = (value: number): void => {
    s = f(s + value);
    q = f(q + f(value * value));
  };
  const subtract = (value: number): void => {
    s = f(s - value);
    q = f(q - f(value * value));
  };

  for (let row = half; row < height - half; row++) {
    // The first window of the row, row-major, then without its centre.
    s = 0;
    q = 0;
    for (let r = row - half; r <= row + half; r++) {
      for (let c = 0; c < size; c++) add(pixels[r * width + c]!);
    }
    subtract(pixels[row * width + half]!);

    for (let col = half; col < width - half; col++) {
      const centre = row * width + col;
      const x = pixels[centre]!;
      const mean = f(s / n);
      // Rounding can make the variance negative; its root is then NaN and nothing is a spike.
      const deviation = f(Math.sqrt(f(f(q / n) - f(mean * mean))));
      if (Math.abs(f(x - mean)) > f(times * deviation) && saturated?.[centre] !== 1) {
        pixels[centre] = mean;
        replaced[centre] = 1;
        spikes++;
      }
      if (col + 1 === width - half) break;

      // One step to the right: the centre, possibly new, is a neighbour again, the next one is not.
      add(pixels[centre]!);
      for (let r = row - half; r <= row + half; r++) {
        subtract(pixels[r * width + col - half]!);
        add(pixels[r * width + col + half + 1]!);
      }
      subtract(pixels[centre + 1]!);
    }
  }
  return { image: out, spikes, replaced };
}
