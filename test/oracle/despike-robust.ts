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
  /** Keep spots that fall off on all sides, as Bragg spots do, and what is saturated. */
  readonly diffraction?: boolean;
  /** 1 where the raw pixel is saturated. */
  readonly saturated?: Uint8Array;
  /** Patches with a saturated pixel stay. */
  readonly keepSaturated?: boolean;
  /** 1 where a pixel was repaired: it does not count towards the size of a patch. */
  readonly repaired?: Uint8Array;
}

/** Half the side of the window. */
const HALF = 5;
/** Half the side of the wide window, in which a spike must be an exception. */
const WIDE = 15;
/** Deviations, as a part of the threshold, above which a neighbour belongs to the patch. */
const GROWTH = 0.6;
/** A patch is measured at this part of its rise, or at the level of growth where that is higher. */
const CORE = 0.15;
/** It may have a third more pixels if no more than two thirds stand above this part. */
const UPPER = 0.35;
/** Clouds of charge are at most so many px wide. */
const CLOUD = 4;
/** Around a peak on a bright area the pixels rise to so many deviations on average at most. */
const PLAIN = 2;
/** With its skirts a patch may have so many times the pixels. */
const SKIRTS = 4;
/** From the median absolute residual, and from the mean one, to the deviation of Gaussian noise. */
const MEDIAN_TO_DEVIATION = 1.4826;
const MEAN_TO_DEVIATION = 1.25;
/** Residuals of more deviations than this do not count in the mean. */
const OUTSIDE = 4;
/** A bright area has a deviation of its own from so many pixels on. */
const AREA = 24;
/** Where more than half of the pixels are equal: the deviation, as a part of the mean residual of at least FEW others. */
const SPARSE = 0.7;
const FEW = 3;
/** So many others may belong to the peak; of fewer only those that stand alone count. */
const MANY = 18;
/** Where all but fewer are equal: counts. */
const QUIET = 5;
/** Constants are left out if so many pixels are left, less than one in SAME of them of a constant's value. */
const LEFT = 36;
const SAME = 8;
/** So many things in the wide window as high as these parts of the peak's rise are a crowd. */
const CROWD = 7;
const CROWD_AT_LEAST = 5;
const HEIGHTS = [0.5, 0.7];
/** So many pixels of one value outside the patch are drawn. */
const DRAWN = 24;
/** How far from a peak its own pixels stand, px. */
const OWN = 3;
/** In a spot the four pixels beside the highest rise to this part of it, less so many deviations, and together to this. */
const SPOT = 0.1;
const SPOT_NOISE = 2;
const SPOT_SUM = 1;
/** Its corners and the pixels two px away reach these parts of what a Gaussian has there, less so many deviations. */
const CORNERS = 0.5;
const FAR = 0.4;
const SUM_NOISE = 4;
/** Around a spot of less than FAINT deviations the pixels still rise to so many on average. */
const FAINT = 25;
const RING = 0.5;

export interface DespikedRobust extends Despiked {
  /** Peaks that rise as spikes do, but stay, since their patch is too large. */
  readonly leftAlone: number;
  /** Patches that are spikes or spots, but for those at borders: how many, how many are spots, and what these are like. */
  readonly population: Population;
}

export interface Population {
  patches: number;
  spots: number;
  /** Patches of one pixel. */
  singles: number;
  /** Sum of 1024 exp(-1 / sigma squared), each rounded towards 0. */
  widths: number;
  /** Peaks that stay, since they are one of many. */
  common: number;
  /** By the octave of their height in deviations. */
  readonly octaves: number[];
}

export function despikeRobust(image: Image, options: RobustOptions): DespikedRobust {
  const { width, height } = image;
  const out = copyOf(image);
  const mask = new Uint8Array(width * height);
  const replaced = new Uint8Array(width * height);
  const population = { patches: 0, spots: 0, singles: 0, widths: 0, common: 0, octaves: new Array<number>(16).fill(0) };
  if (width <= 2 * HALF || height <= 2 * HALF) return { image: out, spikes: 0, replaced, leftAlone: 0, population };
  let leftAlone = 0;
  for (const sign of { bright: [1], dark: [-1], both: [1, -1] }[options.polarity]) {
    const signed = { ...image, pixels: image.pixels.map((x) => sign * x) };
    for (const i of outstanding(signed, options.threshold)) {
      const patch = patchAround(signed, i, options, population);
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
  return { image: out, spikes, replaced, leftAlone, population };
}

/** The image goes on behind its border as in a mirror that lies on its outermost pixels. */
function reflected(i: number, length: number): number {
  return i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;
}

function at({ width, height, pixels }: Image, row: number, col: number): number {
  return pixels[reflected(row, height) * width + reflected(col, width)]!;
}

const f = Math.fround;

/** Side of a block, px, and the multiple of its mean difference that is its level, but for thresholds below 8. */
const BLOCK = 8;
const HIGHEST = 5;
/** How far the middles of the areas are away. */
const AWAY = 4;
/** So many of the nine blocks and of the eight areas must be exceeded. */
const BLOCKS = 2;
const AREAS = 3;

/** Pixels that no neighbour exceeds and that stand out, first from two of the blocks around, then from three of the areas. Float32. */
function* outstanding(image: Image, threshold: number): Generator<number> {
  const { width, height, pixels } = image;
  const [down, across] = [Math.ceil(height / BLOCK), Math.ceil(width / BLOCK)];
  const blocks = Array.from({ length: down }, (_, r) =>
    Array.from({ length: across }, (_, c) => blockLevel(image, r, c, threshold)),
  );
  const near = (i: number, count: number): number[] =>
    [i - 1, i, i + 1].map((j) => Math.max(0, Math.min(count - 1, j)));
  for (let i = 0; i < pixels.length; i++) {
    const [row, col] = [Math.floor(i / width), i % width];
    const rows = near(Math.floor(row / BLOCK), down);
    const cols = near(Math.floor(col / BLOCK), across);
    if (rows.flatMap((r) => cols.filter((c) => pixels[i]! > blocks[r]![c]!)).length < BLOCKS) continue;
    if (neighbours(i, width, height).some((j) => pixels[j]! > pixels[i]!)) continue;
    if (areas(image, row, col).filter((level) => f(9 * pixels[i]!) > level).length >= AREAS) yield i;
  }
}

/** Mean of a block, and so many times the mean difference of its pixels 4 px apart in rows. */
function blockLevel({ width, height, pixels }: Image, blockRow: number, blockCol: number, threshold: number): number {
  const [top, left] = [Math.min(blockRow * BLOCK, height - BLOCK), Math.min(blockCol * BLOCK, width - BLOCK)];
  const sums = new Float32Array(4);
  const differences = new Float32Array(4);
  for (let r = top; r < top + BLOCK; r++) {
    for (let lane = 0; lane < 4; lane++) {
      const one = pixels[r * width + left + lane]!;
      const other = pixels[r * width + left + lane + 4]!;
      sums[lane]! += f(one + other);
      differences[lane]! += Math.abs(f(one - other));
    }
  }
  const lanes = ([a, b, c, d]: Float32Array): number => f(f(a! + b!) + f(c! + d!));
  const multiple = f(Math.min(HIGHEST, f(0.625 * threshold)) / 32);
  return f(f(lanes(sums) / 64) + f(multiple * lanes(differences)));
}

/** Sums over eight areas of 3 x 3 px of x + 1.5 times the sum of its differences to four neighbours. */
function areas(image: Image, row: number, col: number): number[] {
  const level = (r: number, c: number): number => {
    const [y, x] = [reflected(r, image.height), reflected(c, image.width)];
    const value = at(image, y, x);
    const to = (dr: number, dc: number): number => Math.abs(f(value - at(image, y + dr, x + dc)));
    return f(value + f(1.5 * f(f(to(0, -1) + to(0, 1)) + f(to(-1, 0) + to(1, 0)))));
  };
  const three = (value: (i: number) => number): number => f(f(value(-1) + value(1)) + value(0));
  const steps = [-AWAY, 0, AWAY];
  return steps.flatMap((dr) =>
    steps
      .filter((dc) => dr !== 0 || dc !== 0)
      .map((dc) => three((x) => three((y) => level(row + dr + y, col + dc + x)))),
  );
}

/** What is around a peak. */
interface Surroundings {
  readonly median: number;
  readonly deviation: number;
}

/** The pixels of the spike whose highest pixel is `i`; none if that is no spike. */
function patchAround(image: Image, i: number, options: RobustOptions, population: Population): number[] | 'too large' {
  const x = image.pixels[i]!;
  const rises = ({ median, deviation }: Surroundings): boolean => x - median > options.threshold * deviation;
  const levelOf = ({ median, deviation }: Surroundings): number => median + GROWTH * options.threshold * deviation;
  let around = surroundings(image, i);
  if (!rises(around)) return [];
  let patch = grown(image, i, around, levelOf(around), options);
  if (patch === 'too large') {
    // It may stand on something that is as bright.
    const area = within(image, i, levelOf(around));
    if (!area || !rises(area)) return 'too large';
    around = area;
    patch = grown(image, i, around, levelOf(around), options);
    if (patch === 'feature') return 'too large';
    if (patch === 'too large' || ring(image, patch, around) > PLAIN * around.deviation) return 'too large';
  }
  if (patch === 'feature') return [];
  if (isDrawn(image, i, patch.length)) return [];
  if (isCommon(image, i, around.median)) {
    population.common++;
    return [];
  }
  const spot = isSpot(image, i, around, patch);
  if (isFirst(image, i)) count(population, image, i, around, patch.length, spot);
  return options.diffraction && spot ? [] : patch;
}

type Grown = number[] | 'too large' | 'feature';

function grown(image: Image, i: number, around: Surroundings, level: number, options: RobustOptions): Grown {
  const core = Math.max(level, around.median + CORE * (image.pixels[i]! - around.median));
  const patch = [i];
  const largest = options.patch;
  const found = spread(image, patch, core, core > level ? largest + Math.floor(largest / 3) : largest, options);
  if (found !== 'fits') return found;
  if (core === level) return patch;
  const upper = around.median + UPPER * (image.pixels[i]! - around.median);
  const above = patch.filter((j) => image.pixels[j]! > upper).length;
  const good = patch.filter((j) => options.repaired?.[j] !== 1).length;
  if (good > largest && above > Math.floor((2 * largest) / 3)) return 'too large';
  return spreadSkirts(image, patch, level, options) ? patch : 'too large';
}

const place = ({ width }: Image, i: number): [number, number] => [Math.floor(i / width), i % width];

function isWithinReach(image: Image, i: number, j: number, largest: number): boolean {
  const reach = Math.max(largest, 4);
  const [[row, col], [r, c]] = [place(image, i), place(image, j)];
  return Math.abs(r - row) <= reach && Math.abs(c - col) <= reach;
}

/** Adds to a patch what hangs together with it above `level`. */
function spread(
  image: Image,
  patch: number[],
  level: number,
  most: number,
  { patch: largest, diffraction, keepSaturated, saturated, repaired }: RobustOptions,
): 'fits' | 'too large' | 'feature' {
  const { width, height, pixels } = image;
  for (const from of patch) {
    if ((keepSaturated || diffraction) && saturated?.[from] === 1) return 'feature';
    for (const j of neighbours(from, width, height)) {
      const x = pixels[j]!;
      if (!(x > level) || patch.includes(j)) continue;
      if (!isWithinReach(image, patch[0]!, j, largest)) return 'too large';
      patch.push(j);
    }
    const good = patch.filter((j) => repaired?.[j] !== 1).length;
    if (good > most || patch.length > SKIRTS * largest) return 'too large';
  }
  return 'fits';
}

/**
 * Adds the skirts of a patch: what falls from it on both sides. What rises again, or has nothing above the level opposite
 * of it (across the middle of the patch, or across its peak where that is next to the middle), is something else.
 */
function spreadSkirts(image: Image, patch: number[], level: number, { patch: largest }: RobustOptions): boolean {
  const { width, height, pixels } = image;
  const [row, col] = place(image, patch[0]!);
  const ends = (numbers: number[]): number => Math.min(...numbers) + Math.max(...numbers);
  const rows = ends(patch.map((j) => place(image, j)[0]));
  const cols = ends(patch.map((j) => place(image, j)[1]));
  const span = (numbers: number[]): number => Math.max(...numbers) - Math.min(...numbers);
  // Tracks have no skirts, and reach across edges.
  if (span(patch.map((j) => place(image, j)[0])) >= CLOUD || span(patch.map((j) => place(image, j)[1])) >= CLOUD) {
    return true;
  }
  const central = Math.abs(2 * row - rows) <= 1 && Math.abs(2 * col - cols) <= 1;
  const rises = (r: number, c: number): boolean =>
    r < 0 || c < 0 || r >= height || c >= width || pixels[r * width + c]! > level;
  for (const from of patch) {
    for (const j of neighbours(from, width, height)) {
      const x = pixels[j]!;
      if (!(x > level) || x > pixels[from]! || patch.includes(j)) continue;
      const [r, c] = place(image, j);
      if (!rises(rows - r, cols - c) && !(central && rises(2 * row - r, 2 * col - c))) continue;
      if (!isWithinReach(image, patch[0]!, j, largest)) return false;
      patch.push(j);
    }
    if (patch.length > SKIRTS * largest) return false;
  }
  return true;
}

/** Falls off on all sides, and goes on falling, as spots do that a lens has blurred. */
function isSpot(image: Image, i: number, { median, deviation }: Surroundings, patch: number[]): boolean {
  const { width, height } = image;
  const [row, col] = place(image, i);
  const rise = (dr: number, dc: number): number => image.pixels[(row + dr) * width + col + dc]! - median;
  const peak = rise(0, 0);
  const [inRows, inCols] = [row > 0 && row < height - 1, col > 0 && col < width - 1];
  const [above, below] = inRows ? [rise(-1, 0), rise(1, 0)] : [0, 0];
  const [left, right] = inCols ? [rise(0, -1), rise(0, 1)] : [0, 0];
  const least = SPOT * peak - SPOT_NOISE * deviation;
  if (inRows && Math.min(above, below) < least) return false;
  if (inCols && Math.min(left, right) < least) return false;
  const sides = above + below + (left + right);
  if (inRows && inCols) {
    if (sides < SPOT_SUM * peak) return false;
    const corners = rise(-1, -1) + rise(-1, 1) + (rise(1, -1) + rise(1, 1));
    const expected = ((above + below) * (left + right)) / peak;
    if (corners < CORNERS * expected - SUM_NOISE * deviation) return false;
  } else if (sides < (SPOT_SUM / 2) * peak) return false;
  if (row > 1 && row < height - 2 && col > 1 && col < width - 2) {
    const far = rise(-2, 0) + rise(2, 0) + (rise(0, -2) + rise(0, 2));
    const expected =
      (above * below * (above * above + below * below) + left * right * (left * left + right * right)) /
      (peak * peak * peak);
    if (far < FAR * expected - SUM_NOISE * deviation) return false;
  }
  if (peak >= FAINT * deviation) return true;
  return ring(image, patch, { median, deviation }) >= RING * deviation;
}

/** Mean rise of the pixels around a patch. */
function ring({ width, height, pixels }: Image, patch: number[], { median }: Surroundings): number {
  const around = new Set(patch.flatMap((j) => neighbours(j, width, height)).filter((j) => !patch.includes(j)));
  const rises = [...around].sort((a, b) => a - b).map((j) => pixels[j]! - median);
  return rises.length === 0 ? 0 : sum(rises) / rises.length;
}

/** Not at a border, where profiles are cut, and the first of peaks that are equal. */
function isFirst({ width, height, pixels }: Image, i: number): boolean {
  const [row, col] = [Math.floor(i / width), i % width];
  if (row === 0 || col === 0 || row === height - 1 || col === width - 1) return false;
  return [i - width - 1, i - width, i - width + 1, i - 1].every((j) => pixels[j] !== pixels[i]);
}

function count(
  population: Population,
  image: Image,
  i: number,
  around: Surroundings,
  size: number,
  spot: boolean,
): void {
  const { width, pixels } = image;
  population.patches++;
  if (size === 1) population.singles++;
  if (!spot) return;
  population.spots++;
  const rise = (j: number): number => pixels[j]! - around.median;
  const squares = rise(i) * rise(i);
  const [rows, cols] = [rise(i - width) * rise(i + width), rise(i - 1) * rise(i + 1)];
  population.widths += Math.trunc((1024 * (rows + cols)) / (2 * squares));
  let octave = 0;
  for (let height = rise(i) / around.deviation; height >= 2 && octave < 15; height /= 2) octave++;
  population.octaves[octave]!++;
}

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

/** The 11 x 11 px around a pixel, itself among them, row by row. */
function windowAround(image: Image, i: number): number[] {
  const row = Math.floor(i / image.width);
  const col = i % image.width;
  const values: number[] = [];
  for (let dr = -HALF; dr <= HALF; dr++) {
    for (let dc = -HALF; dc <= HALF; dc++) values.push(at(image, row + dr, col + dc));
  }
  return values;
}

function surroundings(image: Image, i: number): Surroundings {
  const values = withoutConstants(windowAround(image, i), image.pixels[i]!);
  const median = ranked(values, 0.5);
  const residuals = values.map((value) => Math.abs(f(value - median)));
  if (ranked(residuals, 0.5) > 0) return { median, deviation: deviationOf(residuals) };
  const alone = (j: number): boolean =>
    neighbours(j, image.width, image.height).every((k) => image.pixels[k] === median);
  const distances = (places: number[]): number[] => places.map((j) => Math.abs(f(image.pixels[j]! - median)));
  const all = othersAround(image, i, median);
  const many = all.length > MANY;
  const others = distances(many ? all : all.filter(alone));
  if (others.length < FEW) return { median, deviation: QUIET };
  const left = Math.max(0, (i % image.width) - WIDE);
  const total = many ? sumByFours(others.map((y, n) => [(all[n]! % image.width) - left, y])) : sum(others);
  const least = Math.min(...distances(othersAround(image, i, median, HALF).filter(alone)));
  const mean = total / others.length;
  return { median, deviation: SPARSE * (Number.isFinite(least) ? Math.max(mean, least) : mean) };
}

/** The surroundings among the pixels of the window above `level` alone, if they are an area. */
function within(image: Image, i: number, level: number): Surroundings | null {
  const values = windowAround(image, i).filter((value) => value > level);
  if (values.length < AREA) return null;
  const median = ranked(values, 0.5);
  const residuals = values.map((value) => Math.abs(f(value - median)));
  return ranked(residuals, 0.5) > 0 ? { median, deviation: deviationOf(residuals) } : null;
}

/** More than half of the residuals are not 0. */
function deviationOf(residuals: readonly number[]): number {
  const least = MEDIAN_TO_DEVIATION * ranked(residuals, 0.5);
  const near = residuals.map((y) => (y <= OUTSIDE * least ? y : 0));
  const count = residuals.filter((y) => y <= OUTSIDE * least).length;
  return Math.max(least, MEAN_TO_DEVIATION * (sumByFours(near.map((y, i) => [i, y])) / count));
}

/** Leaves out of a window what lies in 3 x 3 px of one value, as borders do that a program filled, unless it is `x`. */
function withoutConstants(window: readonly number[], x: number): readonly number[] {
  const side = 2 * HALF + 1;
  const block = Array.from({ length: 9 }, (_, n) => Math.floor(n / 3) * side + (n % 3));
  const isConstant = new Uint8Array(window.length);
  const found: number[] = [];
  for (let r = 0; r < side - 2; r++) {
    for (let c = 0; c < side - 2; c++) {
      const places = block.map((step) => r * side + c + step);
      const value = window[places[0]!]!;
      if (value === x || places.some((j) => window[j] !== value)) continue;
      found.push(value);
      for (const j of places) isConstant[j] = 1;
    }
  }
  if (found.length === 0) return window;
  const constants = [Math.min(...found), Math.max(...found)];
  const values = window.filter((value, j) => isConstant[j] === 0 || !constants.includes(value));
  const same = values.filter((value) => constants.includes(value)).length;
  return values.length < LEFT || SAME * same >= values.length ? window : values;
}

/** The pixels of the wide window, as far as the image has it: places, row by row. */
function wideWindow({ width, height }: Image, i: number, reach = WIDE): { places: number[]; columns: number } {
  const row = Math.floor(i / width);
  const col = i % width;
  const places: number[] = [];
  const [left, right] = [Math.max(0, col - reach), Math.min(width - 1, col + reach)];
  for (let r = Math.max(0, row - reach); r <= Math.min(height - 1, row + reach); r++) {
    for (let c = left; c <= right; c++) places.push(r * width + c);
  }
  return { places, columns: right - left + 1 };
}

/** The pixels that differ from the median, by half of the rise at most, but for those near the peak. */
function othersAround(image: Image, i: number, median: number, reach = WIDE): number[] {
  const { width, pixels } = image;
  const half = (pixels[i]! - median) / 2;
  const apart = (j: number): boolean =>
    Math.abs(Math.floor(j / width) - Math.floor(i / width)) > OWN || Math.abs((j % width) - (i % width)) > OWN;
  return wideWindow(image, i, reach)
    .places.filter(apart)
    .filter((j) => pixels[j] !== median && Math.abs(f(pixels[j]! - median)) <= half);
}

/** Is the peak one of many things that are as high? Things less holes, corners joining: Euler's number of the picture. */
function isCommon(image: Image, i: number, median: number): boolean {
  const { places, columns } = wideWindow(image, i);
  const rows = places.length / columns;
  return HEIGHTS.every((part) => {
    const level = f(median + part * (image.pixels[i]! - median));
    const above = (r: number, c: number): number =>
      r >= 0 && c >= 0 && r < rows && c < columns && image.pixels[places[r * columns + c]!]! > level ? 1 : 0;
    let euler = 0;
    for (let r = 0; r <= rows; r++) {
      for (let c = 0; c <= columns; c++) {
        const [a, b, d, e] = [above(r - 1, c - 1), above(r - 1, c), above(r, c - 1), above(r, c)] as const;
        const count = a + b + d + e;
        if (count === 1) euler++;
        else if (count === 3) euler--;
        else if (count === 2 && a === e) euler -= 2;
      }
    }
    return euler >= 4 * CROWD_AT_LEAST && euler * (2 * WIDE + 1) ** 2 >= 4 * CROWD * rows * columns;
  });
}

/** Do many pixels outside the patch have the peak's very value? */
function isDrawn(image: Image, i: number, own: number): boolean {
  const same = wideWindow(image, i).places.filter((j) => image.pixels[j] === image.pixels[i]).length;
  return same - own >= DRAWN;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, y) => total + y, 0);

/** The same, every fourth number by itself first: each comes with its place. */
function sumByFours(numbers: readonly (readonly [number, number])[]): number {
  const sums = [0, 0, 0, 0];
  for (const [place, y] of numbers) sums[place % 4]! += y;
  return sums[0]! + sums[1]! + (sums[2]! + sums[3]!);
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
