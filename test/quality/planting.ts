/** X-rays planted into clean images: shapes of 1 to 9 px or clouds of charge, apart from each other, many at borders. */

import type { Noise } from '../../src/tools/simulate/noise.ts';
import type { Image } from '../oracle/image.ts';

/** Offsets (row, column) of a spike's pixels from its first one. */
type Shape = readonly (readonly [number, number])[];

const block = (rows: number, cols: number): Shape =>
  Array.from({ length: rows * cols }, (_, i) => [Math.floor(i / cols), i % cols] as const);

const SHAPES: readonly Shape[] = [
  block(1, 1),
  block(1, 1),
  block(1, 2),
  block(2, 1),
  block(2, 2),
  block(3, 3),
  [
    [0, 0],
    [1, 0],
    [1, 1],
  ],
  [
    [0, 1],
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 1],
  ],
];

/** A track of 3 to 9 px: it goes straight on most of the time. */
function track({ uniform }: Noise): Shape {
  const length = 3 + Math.floor(7 * uniform());
  const straight = [
    [0, 1],
    [1, 0],
    [1, 1],
    [1, -1],
  ][Math.floor(4 * uniform())]!;
  const places: [number, number][] = [[0, 0]];
  while (places.length < length) {
    const [row, col] = places.at(-1)!;
    const bend = uniform() < 0.25;
    const side = uniform() < 0.5 ? 1 : -1;
    const [dr, dc] = bend ? (straight[0] === 0 ? [side, 1] : [1, side]) : (straight as [number, number]);
    places.push([row + dr, col + dc]);
  }
  return places;
}

export interface Planting {
  /** How many; 110 unless told. */
  readonly count?: number;
  /** Deviations of the highest pixel above what is around: the least and the most, evenly in their logarithm; 14 to 500 unless told. */
  readonly heights?: readonly [number, number];
  /** Counts instead of deviations. */
  readonly counts?: boolean;
  /** Clouds of charge of this sigma instead of shapes, px. */
  readonly cloud?: number;
  /** Largest value that a pixel can have; those above it are cut to it. */
  readonly full?: number;
  /** Spikes have this value in all their pixels. */
  readonly value?: number;
  /** Values are whole multiples of it; 1 unless told, 0: any. */
  readonly step?: number;
  /** Where spikes may stand. */
  readonly where?: (row: number, col: number) => boolean;
}

export interface Planted {
  readonly image: Image;
  readonly planted: Uint8Array;
}

/** Plants into a copy of an image, no two closer than 3 px; every sixth stands at a border. `deviation`: local, of noise. */
export function plantInto(image: Image, source: Noise, planting: Planting, deviation: (i: number) => number): Planted {
  const { width, height } = image;
  const { count = 110, heights = [14, 500], counts, cloud, full, value, step = 1, where } = planting;
  const pixels = Float32Array.from(image.pixels);
  const planted = new Uint8Array(width * height);
  const taken = new Uint8Array(width * height);
  const pick = (n: number): number => Math.floor(n * source.uniform());
  const free = (shape: Shape): boolean =>
    shape.every(
      ([r, c]) => r >= 0 && c >= 0 && r < height && c < width && !taken[r * width + c] && (where?.(r, c) ?? true),
    );
  const take = (shape: Shape): void => {
    for (const [r, c] of shape) {
      for (let dr = -3; dr <= 3; dr++) {
        for (let dc = -3; dc <= 3; dc++) {
          const [y, x] = [r + dr, c + dc];
          if (y >= 0 && x >= 0 && y < height && x < width) taken[y * width + x] = 1;
        }
      }
    }
  };
  const raise = (at: number, by: number): void => {
    const raised = pixels[at]! + by;
    const whole = step === 0 ? raised : step * Math.round(raised / step);
    pixels[at] = value ?? Math.min(whole, full ?? Number.POSITIVE_INFINITY);
  };
  let tries = 0;
  for (let n = 0; n < count && tries < 100 * count; tries++) {
    const along = n % 6 === 5 ? pick(4) : -1;
    const row = along === 0 ? 0 : along === 1 ? height - 1 : pick(height);
    const col = along === 2 ? 0 : along === 3 ? width - 1 : pick(width);
    const drawn = pick(SHAPES.length + 3);
    const raw = cloud === undefined ? (SHAPES[drawn] ?? track(source)) : block(7, 7);
    // At the far borders a shape stands with its other end at them.
    const [dr, dc] = [
      along === 1 ? -Math.max(...raw.map(([r]) => r)) : 0,
      along === 3 ? -Math.max(...raw.map(([, c]) => c)) : 0,
    ];
    const shape = raw.map(([r, c]) => [row + r + dr, col + c + dc] as const);
    const [low, high] = heights;
    const rise = low * (high / low) ** source.uniform();
    if (!free(shape)) continue;
    n++;
    take(shape);
    const [at, middle] = [shape[0]![0] * width + shape[0]![1], shape[24]];
    const peak = rise * (counts ? 1 : deviation(middle ? middle[0] * width + middle[1] : at));
    if (cloud === undefined) {
      for (const [i, [r, c]] of shape.entries()) {
        raise(r * width + c, i === 0 ? peak : peak * (0.5 + 0.5 * source.uniform()));
        planted[r * width + c] = 1;
      }
      continue;
    }
    const [y, x] = [middle![0] + source.uniform() - 0.5, middle![1] + source.uniform() - 0.5];
    const parts = shape.map(([r, c]) => inPixel(r - y, cloud) * inPixel(c - x, cloud));
    const most = Math.max(...parts);
    const unit = counts ? 1 : deviation(middle![0] * width + middle![1]);
    for (const [i, [r, c]] of shape.entries()) {
      const more = (peak * parts[i]!) / most;
      if (more < 0.2 * unit) continue;
      raise(r * width + c, more);
      // Its skirts drown in the noise: what stands out of it is the spike.
      if (more >= 3 * unit) planted[r * width + c] = 1;
    }
  }
  return { image: { width, height, pixels }, planted };
}

/** What a Gaussian around `x` leaves in a pixel of one px around 0, up to a factor; by Simpson's rule. */
export function inPixel(x: number, sigma: number): number {
  const at = (t: number): number => Math.exp(-(t * t) / (2 * sigma * sigma));
  return (at(x - 0.5) + 4 * at(x - 0.25) + 2 * at(x) + 4 * at(x + 0.25) + at(x + 0.5)) / 12;
}
