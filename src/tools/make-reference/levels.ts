/**
 * Brings the exposures of a series to one level, and measures the noise that is left. Darks drift by some counts; the beam
 * of brights grows weaker and leans. What is usual is the median over the series, so that one exposure that does not belong
 * to it moves nothing.
 */

import { median } from '../../model/rank.ts';
import type { CameraNoise } from './clipped-mean.ts';
import type { Kind, Lattice, Member } from './member.ts';

/** What makes an exposure like the others, for one row at a time: counts x factor + shift. Changes the counts in place. */
export type Levelling = (row: number, counts: Float32Array) => void;

/** Differences between exposures of less than this part of their noise are none. */
const NO_CHANGE = 0.25;

/** One for each exposure; null: they need none, and a pixel without outliers keeps its plain mean. */
export function levellings(
  kind: Kind,
  members: readonly Member[],
  height: number,
  noise: CameraNoise | null,
): Levelling[] | null {
  const deviation = noise ? Math.sqrt(noise.variance) : 0;
  return kind === 'dark' ? shifts(members, NO_CHANGE * deviation) : beams(members, height, NO_CHANGE * deviation);
}

function shifts(members: readonly Member[], least: number): Levelling[] | null {
  const usual = mediansOf(members.map(({ pixels }) => pixels));
  const found = members.map(({ pixels }) => median(pixels.map((x, at) => usual[at]! - x)));
  const mean = found.reduce((sum, x) => sum + x, 0) / found.length;
  if (found.every((shift) => Math.abs(shift - mean) <= least)) return null;
  // Together they change nothing: the level stays.
  return found.map((each) => (_row, counts) => {
    const shift = each - mean;
    for (let col = 0; col < counts.length; col++) counts[col]! += shift;
  });
}

function beams(members: readonly Member[], height: number, least: number): Levelling[] | null {
  const means = members.map(({ blocks }) => blocks.means);
  const picture = means[0]!.map((_, block) => median(means.map((each) => each[block]!)));
  const { across, down } = members[0]!.blocks;
  const fits = means.map((each) =>
    beamOf(
      each.map((x, block) => (picture[block]! > 0 ? x / picture[block]! : 1)),
      across,
      down,
    ),
  );
  const sum = (terms: readonly number[]): number => terms.reduce((all, term) => all + Math.abs(term), 0);
  const levels = members.map(({ level }) => level);
  if (fits.every((terms, i) => sum([terms[0]! - 1, ...terms.slice(1)]) * Math.abs(levels[i]!) <= least)) return null;
  // The mean level stays.
  const total = (values: readonly number[]): number => values.reduce((all, x) => all + x, 0);
  const scale = total(levels) / total(levels.map((level, i) => level / fits[i]![0]!));
  return fits.map(([one, x1, y1, xx, xy, yy]) => (row, counts) => {
    const y = (2 * row + 1) / height - 1;
    const [a, b, c] = [(one! + y1! * y + yy! * y * y) / scale, (x1! + xy! * y) / scale, xx! / scale];
    const { length } = counts;
    for (let col = 0; col < length; col++) {
      const x = (2 * col + 1) / length - 1;
      counts[col]! /= a + b * x + c * x * x;
    }
  });
}

/** Pixel by pixel. */
export function mediansOf(values: readonly Float32Array[]): Float32Array {
  const one = new Float64Array(values.length);
  return values[0]!.map((_, at) => {
    for (let i = 0; i < values.length; i++) one[i] = values[i]![at]!;
    return median(one);
  });
}

/** The counts of the lattice of each exposure, levelled. */
export function levelled(kind: Kind, members: readonly Member[], lattice: Lattice): Float32Array[] {
  const { rows, columns } = lattice;
  const height = members[0]!.blocks.height;
  const width = members[0]!.blocks.width;
  const levels = levellings(kind, members, height, null);
  return members.map(({ pixels }, i) => {
    if (!levels) return pixels;
    const level = levels[i]!;
    const out = new Float32Array(pixels.length);
    const line = new Float32Array(width);
    for (const [at, row] of rows.entries()) {
      for (const [j, col] of columns.entries()) line[col] = pixels[at * columns.length + j]!;
      level(row, line);
      for (const [j, col] of columns.entries()) out[at * columns.length + j] = line[col]!;
    }
    return out;
  });
}

/** Part of the differences that noise has: the others are hit by X-rays, or of pixels that are odd. */
const KEPT = 0.99;
/** Of normal noise: the mean square of those. */
const OF_KEPT = 0.9248;

/** The noise of one exposure, from the differences between exposures that follow one another. */
export function cameraNoise(kind: Kind, members: readonly Member[], lattice: Lattice): CameraNoise {
  const values = levelled(kind, members, lattice);
  const variances = values.slice(1).map((counts, i) => {
    const squares = Float64Array.from(counts, (x, at) => (x - values[i]![at]!) ** 2)
      .filter(Number.isFinite)
      .sort();
    const kept = squares.subarray(0, Math.max(1, Math.floor(KEPT * squares.length)));
    return kept.reduce((sum, x) => sum + x, 0) / kept.length / OF_KEPT / 2;
  });
  const level = median(members.map((member) => member.level));
  return { variance: median(variances, 0), level, shot: kind === 'bright' };
}

/** Coefficients of 1, x, y, x^2, xy, y^2 (x and y from -1 to 1) that fit the blocks best: least squares, far ones left out. */
function beamOf(values: Float64Array, across: number, down: number): number[] {
  const rows = Array.from(values, (_, block) => {
    const x = (2 * (block % across) + 1) / across - 1;
    const y = (2 * Math.floor(block / across) + 1) / down - 1;
    return [1, x, y, x * x, x * y, y * y];
  });
  // Few blocks in a direction say nothing of the terms that bend in it.
  const usable = [true, across > 1, down > 1, across > 2, across > 1 && down > 1, down > 2];
  let kept = [...values.keys()];
  let fit = solved(rows, values, kept, usable);
  for (let round = 0; round < 3; round++) {
    const away = (block: number): number =>
      Math.abs(values[block]! - rows[block]!.reduce((sum, term, i) => sum + term * fit[i]!, 0));
    const limit = 4 * 1.4826 * median(kept.map(away), 0);
    kept = [...values.keys()].filter((block) => away(block) <= limit + 1e-12);
    fit = solved(rows, values, kept, usable);
  }
  return fit;
}

/** Normal equations by elimination; terms that are not usable, or that the others explain, are 0. */
function solved(
  rows: readonly (readonly number[])[],
  values: Float64Array,
  kept: readonly number[],
  usable: readonly boolean[],
): number[] {
  const n = usable.length;
  const system = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n + 1 }, (__, j) =>
      kept.reduce((sum, at) => sum + rows[at]![i]! * (j < n ? rows[at]![j]! : values[at]!), 0),
    ),
  );
  const done: number[] = [];
  for (let i = 0; i < n; i++) {
    if (!usable[i] || !(Math.abs(system[i]![i]!) > 1e-9 * kept.length)) continue;
    done.push(i);
    for (let other = 0; other < n; other++) {
      if (other === i) continue;
      const factor = system[other]![i]! / system[i]![i]!;
      for (let j = 0; j <= n; j++) system[other]![j]! -= factor * system[i]![j]!;
    }
  }
  return Array.from({ length: n }, (_, i) => (done.includes(i) ? system[i]![n]! / system[i]![i]! : 0));
}
