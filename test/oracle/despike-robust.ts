/** Definition of despike, method `robust`, in the plainest way: patches that stand out from the median around them. */

import type { Despiked } from './despike.ts';
import { copyOf, type Image } from './image.ts';

export interface RobustOptions {
  /** Deviations above the local median at which a patch is a spike. */
  readonly threshold: number;
  /** px; what is larger is a feature. */
  readonly patch: number;
  readonly polarity: 'bright' | 'dark' | 'both';
  readonly fill: 'median' | 'neighbour';
  /** Keep spots that fall off on all sides, as Bragg spots do. */
  readonly diffraction?: boolean;
  /** 1 where the raw pixel is saturated: neither it nor a patch that touches it is ever replaced. */
  readonly saturated?: Uint8Array;
}

/** Half the side of the window; its quadrants are 5 x 5 px. */
const HALF = 5;
/** Deviations, as a part of the threshold, above which a neighbour belongs to the patch. */
const GROWTH = 0.6;
/** From the median absolute residual, and from the mean one, to the deviation of Gaussian noise. */
const MEDIAN_TO_DEVIATION = 1.4826;
const MEAN_TO_DEVIATION = 1.25;
/** Residuals count in the mean with at most so many times the one that three quarters stay below. */
const OUTSIDE = 2;
/** Where more than half of the pixels are equal: the deviation, as a part of the mean residual of the others. */
const SPARSE = 0.75;
/** Where all but so few are equal that they may be one spike: counts. */
const QUIET = 5;
/** In a spot the four pixels beside the highest rise to this part of it, less so many deviations, and together to this. */
const SPOT = 0.1;
const SPOT_NOISE = 2;
const SPOT_SUM = 1;

export interface DespikedRobust extends Despiked {
  /** Peaks that rise as spikes do, but stay, since their patch is too large. */
  readonly leftAlone: number;
}

export function despikeRobust(image: Image, options: RobustOptions): DespikedRobust {
  const { width, height } = image;
  const out = copyOf(image);
  const mask = new Uint8Array(width * height);
  const replaced = new Uint8Array(width * height);
  if (width <= 2 * HALF || height <= 2 * HALF) return { image: out, spikes: 0, replaced, leftAlone: 0 };
  let leftAlone = 0;
  for (const sign of { bright: [1], dark: [-1], both: [1, -1] }[options.polarity]) {
    const signed = { ...image, pixels: image.pixels.map((x) => sign * x) };
    for (const i of outstanding(signed)) {
      const patch = patchAround(signed, i, options);
      if (patch === 'too large') leftAlone++;
      else for (const at of patch) mask[at] = 1;
    }
  }
  let spikes = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const value = filled(image, mask, i, options.fill);
    if (value === null) continue;
    out.pixels[i] = value;
    replaced[i] = 1;
    spikes++;
  }
  return { image: out, spikes, replaced, leftAlone };
}

/** The image goes on behind its border as in a mirror that lies on its outermost pixels. */
function reflected(i: number, length: number): number {
  return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
}

function at({ width, height, pixels }: Image, row: number, col: number): number {
  return pixels[reflected(row, height) * width + reflected(col, width)]!;
}

const f = Math.fround;

/** Pixels above mean + 1.5 times the sum of four mean differences between neighbours, in one of their four quadrants at least. Float32. */
function* outstanding(image: Image): Generator<number> {
  const { width, height, pixels } = image;
  const levels = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const x = at(image, row, col);
      const to = (dr: number, dc: number): number => Math.abs(f(x - at(image, row + dr, col + dc)));
      const differences = f(f(to(0, -1) + to(0, 1)) + f(to(-1, 0) + to(1, 0)));
      levels[row * width + col] = f(x + f(1.5 * differences));
    }
  }
  const level = { width, height, pixels: levels };
  const five = (value: (i: number) => number): number =>
    f(f(f(value(-2) + value(2)) + f(value(-1) + value(1))) + value(0));
  const quadrant = (row: number, col: number): number => five((dr) => five((dc) => at(level, row + dr, col + dc)));
  for (let i = 0; i < pixels.length; i++) {
    const row = Math.floor(i / width);
    const col = i % width;
    const lowest = Math.min(
      quadrant(row - 3, col - 3),
      quadrant(row - 3, col + 3),
      quadrant(row + 3, col - 3),
      quadrant(row + 3, col + 3),
    );
    if (f(25 * pixels[i]!) > lowest) yield i;
  }
}

/** The pixels of the spike whose highest pixel is `i`; none if that is no spike. */
function patchAround(image: Image, i: number, options: RobustOptions): number[] | 'too large' {
  const { width, height, pixels } = image;
  const x = pixels[i]!;
  if (neighbours(i, width, height).some((j) => pixels[j]! > x)) return [];
  const { median, deviation } = surroundings(image, i, options.patch);
  const rise = x - median;
  if (!(rise > options.threshold * deviation)) return [];

  const level = GROWTH * options.threshold * deviation;
  const patch = [i];
  for (const from of patch) {
    if (options.saturated?.[from] === 1) return [];
    for (const j of neighbours(from, width, height)) {
      if (pixels[j]! - median > level && !patch.includes(j)) patch.push(j);
    }
    if (patch.length > options.patch) return 'too large';
  }
  if (options.diffraction && isSpot(image, i, median, deviation)) return [];
  return patch;
}

/** Falls off on all sides, as spots do that a lens has blurred. */
function isSpot({ width, height, pixels }: Image, i: number, median: number, deviation: number): boolean {
  const row = Math.floor(i / width);
  const col = i % width;
  if (row === 0 || col === 0 || row === height - 1 || col === width - 1) return false;
  const rise = pixels[i]! - median;
  const [above, left, right, below] = [-width, -1, 1, width].map((step) => pixels[i + step]! - median) as Four;
  const least = SPOT * rise - SPOT_NOISE * deviation;
  return Math.min(above, left, right, below) >= least && above + below + (left + right) >= SPOT_SUM * rise;
}

type Four = [number, number, number, number];

function neighbours(i: number, width: number, height: number): number[] {
  const row = Math.floor(i / width);
  const col = i % width;
  const found: number[] = [];
  for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
    for (let c = Math.max(0, col - 1); c <= Math.min(width - 1, col + 1); c++) {
      if (r !== row || c !== col) found.push(r * width + c);
    }
  }
  return found;
}

/** Median and deviation of the 11 x 11 px around a pixel, itself among them. */
function surroundings(image: Image, i: number, patch: number): { median: number; deviation: number } {
  const row = Math.floor(i / image.width);
  const col = i % image.width;
  const values: number[] = [];
  for (let dr = -HALF; dr <= HALF; dr++) {
    for (let dc = -HALF; dc <= HALF; dc++) values.push(at(image, row + dr, col + dc));
  }
  const median = ranked(values, 0.5);
  const residuals = values.map((value) => Math.abs(f(value - median)));
  const middle = ranked(residuals, 0.5);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, y) => total + y, 0);
  if (middle > 0) {
    const most = OUTSIDE * ranked(residuals, 0.75);
    const mean = sum(residuals.map((y) => Math.min(y, most))) / residuals.length;
    return { median, deviation: Math.max(MEDIAN_TO_DEVIATION * middle, MEAN_TO_DEVIATION * mean) };
  }
  const half = (image.pixels[i]! - median) / 2;
  const others: number[] = [];
  for (let r = Math.max(0, row - HALF); r <= Math.min(image.height - 1, row + HALF); r++) {
    for (let c = Math.max(0, col - HALF); c <= Math.min(image.width - 1, col + HALF); c++) {
      const residual = Math.abs(f(image.pixels[r * image.width + c]! - median));
      if (residual > 0 && residual <= half) others.push(residual);
    }
  }
  return { median, deviation: others.length > patch ? (SPARSE * sum(others)) / others.length : QUIET };
}

const ranked = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(part * values.length)]!;

/** A value for a pixel from the good ones near it: in 5 x 5, 7 x 7 ... 11 x 11 px, as soon as there are eight. */
function filled(
  { width, height, pixels }: Image,
  mask: Uint8Array,
  i: number,
  fill: 'median' | 'neighbour',
): number | null {
  const row = Math.floor(i / width);
  const col = i % width;
  let good: number[] = [];
  for (let radius = 2; radius <= HALF && good.length < 8; radius++) {
    good = [];
    for (let r = Math.max(0, row - radius); r <= Math.min(height - 1, row + radius); r++) {
      for (let c = Math.max(0, col - radius); c <= Math.min(width - 1, col + radius); c++) {
        if (mask[r * width + c] === 0) good.push(pixels[r * width + c]!);
      }
    }
  }
  if (good.length === 0) return null;
  if (fill === 'neighbour') return good[stirred(row, col) % good.length]!;
  // Plus 0: a median is never -0, whichever zero stands first.
  good = good.map((x) => x + 0).sort((a, b) => a - b);
  const middle = good.length >> 1;
  return good.length % 2 === 1 ? good[middle]! : f((good[middle - 1]! + good[middle]!) / 2);
}

/** Thirty-two bits that look random, the same for the same place: the finisher of splitmix32. */
function stirred(row: number, col: number): number {
  let z = (Math.imul(row, 0x9e3779b9) + col) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
