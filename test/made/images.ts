/** Seeded images for tests: the same call gives the same pixels. */

import { noise } from '../../src/tools/simulate/noise.ts';
import type { Image } from '../oracle/image.ts';

interface Size {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
}

/** Gaussian noise around `mean`, counts that are no whole numbers. */
export function noisy({
  width,
  height,
  seed,
  mean = 500,
  deviation = 20,
}: Size & { mean?: number; deviation?: number }): Image {
  const { gaussian } = noise(seed, 101);
  return { width, height, pixels: Float32Array.from({ length: width * height }, () => mean + deviation * gaussian()) };
}

/** Poisson counts, whole numbers as a camera saves them. */
export function counted({ width, height, seed, mean = 500 }: Size & { mean?: number }): Image {
  const { poisson } = noise(seed, 102);
  return { width, height, pixels: Float32Array.from({ length: width * height }, () => poisson(mean)) };
}

/** A copy with `count` single pixels raised by `by` counts, and where they are: 1 in `mask`. */
export function withSpikes(
  image: Image,
  { count, by, seed }: { count: number; by: number; seed: number },
): { image: Image; mask: Uint8Array } {
  const { uniform } = noise(seed, 103);
  const pixels = Float32Array.from(image.pixels);
  const mask = new Uint8Array(pixels.length);
  for (const i of places(pixels.length, count, uniform)) {
    pixels[i]! += by;
    mask[i] = 1;
  }
  return { image: { ...image, pixels }, mask };
}

/** A 0/1 map with `single` bad pixels and whole bad rows and columns. */
export function badMap({
  width,
  height,
  seed,
  single = 0,
  rows = [],
  cols = [],
}: Size & { single?: number; rows?: readonly number[]; cols?: readonly number[] }): Image<Uint8Array> {
  const pixels = new Uint8Array(width * height);
  for (const i of places(pixels.length, single, noise(seed, 104).uniform)) pixels[i] = 1;
  for (const row of rows) pixels.fill(1, row * width, (row + 1) * width);
  for (const col of cols) {
    for (let row = 0; row < height; row++) pixels[row * width + col] = 1;
  }
  return { width, height, pixels };
}

/** `count` different whole numbers below `length`. */
function places(length: number, count: number, uniform: () => number): Set<number> {
  const found = new Set<number>();
  while (found.size < Math.min(count, length)) found.add(Math.floor(length * uniform()));
  return found;
}
