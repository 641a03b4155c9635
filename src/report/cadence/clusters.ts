/**
 * Intervals of like length: a session at a microscope has a few kinds of them, since a beam shift takes another time than a
 * stage move or a new square. Found as peaks of the density of their logarithms, so that 8 s and 12 s are as far apart as
 * 80 s and 120 s.
 *
 *     density    _/\_        /\
 *            ___/    \______/  \___/\___      ln (interval)
 *               |    |      |      |   |
 *               beam shift  stage  square
 */

import { median } from '../../model/rank.ts';
import { amount, list, type Of, record, whole } from '../../model/schema.ts';

export const clusterSchema = record({
  shortest: amount,
  longest: amount,
  median: amount,
  intervals: whole,
  seconds: amount,
});

export const clustersSchema = list(clusterSchema);

/** `seconds`: of all its intervals; the others are of one interval. */
export type Cluster = Of<typeof clusterSchema>;

/** Step of the density, and how far an interval spreads: intervals that differ by less than that are alike. */
const STEP = Math.log(1.02);
const SPREAD = Math.log(1.2);

/** Two peaks are one where the density between them does not fall below this part of the lower one. */
const VALLEY = 0.5;

/** Fewer intervals than this, or than this part of all, are no cluster of their own. */
const FEWEST = 3;
const SMALLEST_PART = 0.02;

/** Shorter ones are frames of one exposure, or times of one second, ms. */
const SHORTEST = 100;

/** @param lengths ms, in any order; @param resolution of the clock that stated them, ms */
export function clusters(lengths: readonly number[], resolution = 0): Cluster[] {
  const sorted = lengths.toSorted((a, b) => a - b);
  const cuts = cutsBetween(sorted, resolution);
  return merged(
    [...cuts, Number.POSITIVE_INFINITY]
      .map((to, i) => sorted.filter((length) => length >= (cuts[i - 1] ?? 0) && length < to))
      .filter((group) => group.length > 0),
    Math.max(FEWEST, SMALLEST_PART * sorted.length),
  ).map(toCluster);
}

const place = (length: number): number => Math.log(Math.max(length, SHORTEST)) / STEP;

/** Lengths at which the density is lowest between two of its peaks. */
function cutsBetween(sorted: readonly number[], resolution: number): number[] {
  if (sorted.length === 0) return [];
  const { first, values } = densityOf(sorted, resolution);
  const cuts: number[] = [];
  // The peak that was met last, and the lowest place since.
  let peak = values[0]!;
  let lowest = { at: 0, value: values[0]! };
  for (const [at, value] of values.entries()) {
    if (value < lowest.value) lowest = { at, value };
    else if (value > values[at - 1]! && lowest.value < VALLEY * peak && lowest.value < VALLEY * topFrom(values, at)) {
      cuts.push(Math.exp((first + lowest.at) * STEP));
      peak = value;
      lowest = { at, value };
    }
    if (value > peak) {
      peak = value;
      lowest = { at, value };
    }
  }
  return cuts;
}

/** The height of the peak that the density rises to from here on. */
function topFrom(values: Float64Array, at: number): number {
  let top = at;
  while (top + 1 < values.length && values[top + 1]! >= values[top]!) top++;
  return values[top]!;
}

/** Each interval spreads as a triangle. `first`: the place of the first value, in steps. */
function densityOf(sorted: readonly number[], resolution: number): { first: number; values: Float64Array } {
  const spreadOf = (length: number): number =>
    Math.max(SPREAD, resolution > 0 ? Math.log(1 + (1.5 * resolution) / Math.max(length, SHORTEST)) : 0) / STEP;
  const widest = Math.ceil(spreadOf(sorted[0]!)) + 1;
  const first = Math.floor(place(sorted[0]!)) - widest;
  const values = new Float64Array(Math.ceil(place(sorted.at(-1)!)) + widest - first + 1);
  for (const length of sorted) {
    const centre = place(length) - first;
    const spread = spreadOf(length);
    for (let at = Math.ceil(centre - spread); at <= centre + spread; at++)
      values[at]! += (1 - Math.abs(at - centre) / spread) / spread;
  }
  return { first, values };
}

/** Groups that are too small join the neighbour that is nearer. */
function merged(groups: readonly (readonly number[])[], enough: number): (readonly number[])[] {
  const all = [...groups];
  for (;;) {
    const small = all.findIndex((group) => group.length < enough);
    if (small < 0 || all.length === 1) return all;
    const [below, group, above] = [all[small - 1], all[small]!, all[small + 1]];
    const down = below ? group[0]! / Math.max(1, below.at(-1)!) : Number.POSITIVE_INFINITY;
    const up = above ? above[0]! / Math.max(1, group.at(-1)!) : Number.POSITIVE_INFINITY;
    const into = down <= up ? small - 1 : small;
    all.splice(into, 2, [...all[into]!, ...all[into + 1]!]);
  }
}

const toCluster = (group: readonly number[]): Cluster => ({
  shortest: group[0]! / 1000,
  longest: group.at(-1)! / 1000,
  median: median(group) / 1000,
  intervals: group.length,
  seconds: group.reduce((sum, length) => sum + length, 0) / 1000,
});
