/** Definition of the statistics of the pixels as written. */

import type { Statistics } from '../../src/model/exposure.ts';
import type { WrittenPixels } from './convert.ts';
import type { Image } from './image.ts';

/** min, max, mean and population standard deviation of all frames. */
export function statistics(frames: readonly Image<WrittenPixels>[]): Statistics {
  const floats = frames[0]!.pixels instanceof Float32Array;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { pixels } of frames) {
    for (const value of pixels) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return { min, max, ...(floats ? ofFloats(frames) : ofIntegers(frames)) };
}

/** Exact up to the last division and root. */
function ofIntegers(frames: readonly Image<WrittenPixels>[]): { mean: number; deviation: number } {
  let n = 0n;
  let sum = 0n;
  let squares = 0n;
  for (const { pixels } of frames) {
    for (const value of pixels) {
      const exact = BigInt(value);
      n += 1n;
      sum += exact;
      squares += exact * exact;
    }
  }
  const mean = Number(sum) / Number(n);
  return { mean, deviation: Math.sqrt(Number(n * squares - sum * sum)) / Number(n) };
}

/**
 * In double, in a fixed order, so that bands and threads change no bit: in each row the columns apart by column mod 4, as
 * two SIMD registers of two doubles hold them, joined as (0 + 2) + (1 + 3); rows added in order, frame after frame.
 */
function ofFloats(frames: readonly Image<WrittenPixels>[]): { mean: number; deviation: number } {
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (const { width, height, pixels } of frames) {
    for (let row = 0; row < height; row++) {
      const s: [number, number, number, number] = [0, 0, 0, 0];
      const q: [number, number, number, number] = [0, 0, 0, 0];
      for (let col = 0; col < width; col++) {
        const value = pixels[row * width + col]!;
        const lane = (col % 4) as 0 | 1 | 2 | 3;
        s[lane] += value;
        q[lane] += value * value;
      }
      sum += s[0] + s[2] + (s[1] + s[3]);
      squares += q[0] + q[2] + (q[1] + q[3]);
    }
    n += width * height;
  }
  const mean = sum / n;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / n - mean * mean)) };
}
