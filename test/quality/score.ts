/** How right a despike is: what it found of what stands out, and what it took for a spike that is none. */

import type { Image } from '../oracle/image.ts';
import type { Case } from './cases.ts';

export interface Score {
  /**
   * Pixels of spikes of 1 to 9 px (touching ones are one spike) at least 12 local deviations above the local median,
   * and the part of them that was replaced.
   */
  readonly targets: number;
  readonly recall: number;
  /** The same for the pixels of larger spikes; NaN where there are none. */
  readonly largerRecall: number;
  /** Part of the replaced pixels that are spikes; bad pixels not counted. */
  readonly precision: number;
  /** Clean pixels changed. */
  readonly ppm: number;
  /** Replaced spike pixels against the exposure without spikes, in local deviations; NaN when nobody knows that one. */
  readonly rmse: number;
}

const STANDS_OUT = 12;
const LARGEST = 9;

export function score({ image, planted, bad, clean, anySize = false }: Case, out: Image): Score {
  const count = { targets: 0, found: 0, larger: 0, largerFound: 0, right: 0, wrong: 0, good: 0 };
  const sizes = patchSizes(image, planted);
  let squares = 0;
  for (let i = 0; i < planted.length; i++) {
    if (bad[i]) continue;
    const changed = out.pixels[i] !== image.pixels[i];
    if (!planted[i]) {
      count.good++;
      if (changed) count.wrong++;
      continue;
    }
    const { median, deviation } = around(image, i, (j) => !planted[j] && !bad[j]);
    if (image.pixels[i]! - median >= STANDS_OUT * deviation) {
      const fits = anySize || sizes[i]! <= LARGEST;
      count[fits ? 'targets' : 'larger']++;
      if (changed) count[fits ? 'found' : 'largerFound']++;
    }
    if (!changed) continue;
    count.right++;
    squares += clean ? ((out.pixels[i]! - clean.pixels[i]!) / deviation) ** 2 : Number.NaN;
  }
  return {
    targets: count.targets,
    recall: count.found / count.targets,
    largerRecall: count.largerFound / count.larger,
    precision: count.right / (count.right + count.wrong),
    ppm: (1e6 * count.wrong) / count.good,
    rmse: Math.sqrt(squares / count.right),
  };
}

/** At each planted pixel, how many planted pixels hang together with it, corners included. */
function patchSizes({ width, height }: Image, planted: ArrayLike<number>): Uint16Array {
  const sizes = new Uint16Array(planted.length);
  for (let i = 0; i < planted.length; i++) {
    if (!planted[i] || sizes[i]) continue;
    const patch = [i];
    sizes[i] = 1;
    for (const from of patch) {
      const col = from % width;
      for (const step of [-width, 0, width]) {
        for (const side of [-1, 0, 1]) {
          const to = from + step + side;
          if (to < 0 || to >= width * height || col + side < 0 || col + side >= width) continue;
          if (!planted[to] || sizes[to]) continue;
          sizes[to] = 1;
          patch.push(to);
        }
      }
    }
    for (const at of patch) sizes[at] = patch.length;
  }
  return sizes;
}

/** Median and 1.4826 MAD of the good pixels in 11 x 11. */
function around(
  { width, height, pixels }: Image,
  i: number,
  good: (i: number) => boolean,
): { median: number; deviation: number } {
  const row = Math.floor(i / width);
  const col = i % width;
  const values: number[] = [];
  for (let r = Math.max(0, row - 5); r <= Math.min(height - 1, row + 5); r++) {
    for (let c = Math.max(0, col - 5); c <= Math.min(width - 1, col + 5); c++) {
      if (good(r * width + c)) values.push(pixels[r * width + c]!);
    }
  }
  const median = middle(values);
  return { median, deviation: 1.4826 * middle(values.map((x) => Math.abs(x - median))) };
}

const middle = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};
