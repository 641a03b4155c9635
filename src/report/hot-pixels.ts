/**
 * Hot pixels: those that were spikes more often than chance allows. An X-ray hits a pixel once; a method that takes a part
 * p of good pixels for spikes takes a given one k times or more in N exposures with the probability
 *
 *   P(X >= k) = sum over i from k to N of C(N, i) p^i (1 - p)^(N - i)
 *
 * A pixel is hot when that is at most 0.01 / pixels: then the chance that any good pixel of the camera is called hot is
 * at most 1 % (Bonferroni's correction: Dunn 1961, J. Am. Stat. Assoc. 56, 52). As p we take the part of pixels that were
 * spikes in this session, X-rays and hot ones included, or that of the surroundings where it is larger (an aperture's
 * edge, a bad column): both are above the method's own rate, so the limit errs on the side of leaving pixels alone.
 */

import type { Surveyed } from '../survey.ts';

const CHANCE = 0.01;

/** Side of the surroundings, px. */
const AROUND = 32;

/** Listed at most; all are counted, and stand in the map. */
const LISTED = 1000;

export interface HotPixel {
  /** In the references' order of rows. */
  readonly row: number;
  readonly col: number;
  /** Exposures in which it was a spike; 255: that many or more. */
  readonly spikes: number;
}

export interface HotPixels {
  /** Exposures whose spikes were counted. */
  readonly exposures: number;
  /** Spikes per million pixels. */
  readonly ppm: number;
  /** Exposures in which a pixel must have been a spike to be hot, away from surroundings with many; null: more than there are. */
  readonly limit: number | null;
  readonly count: number;
  /** The most frequent first, at most 1000. */
  readonly pixels: readonly HotPixel[];
}

export function hotPixels(survey: Surveyed): HotPixels {
  const { rate, limit } = chance(survey);
  const found = [...hot(survey)].sort((a, b) => b.spikes - a.spikes || a.row - b.row || a.col - b.col);
  return {
    exposures: survey.despiked,
    ppm: rate * 1e6,
    limit: limit > most(survey) ? null : limit,
    count: found.length,
    pixels: found.slice(0, LISTED),
  };
}

/** How often a pixel can have been counted. */
const most = ({ despiked }: Surveyed): number => Math.min(despiked, 255);

/** Part of the pixels that were spikes in an exposure, and how often one must have been to be hot where that is so. */
function chance({ width, height, despiked, spikes }: Surveyed): { rate: number; limit: number } {
  const pixels = width * height;
  const rate = despiked > 0 ? spikes / (despiked * pixels) : 0;
  return { rate, limit: limitOf(despiked, rate, pixels) };
}

/** All of them, row by row. */
export function* hot(survey: Surveyed): Generator<HotPixel> {
  const { width, height, despiked, counts } = survey;
  const { rate, limit } = chance(survey);
  if (limit > most(survey)) return;
  const limits = new Map<number, number>();
  for (let i = nextOf(counts, 0, limit); i < counts.length; i = nextOf(counts, i + 1, limit)) {
    const count = counts[i]!;
    const row = Math.floor(i / width);
    const col = i % width;
    // In steps of a tenth, so that few limits are computed.
    const around = ratesAround(survey, row, col);
    const step = around > rate ? Math.ceil(10 * Math.log(around / rate)) : 0;
    let own = limits.get(step);
    if (own === undefined) {
      own = limitOf(despiked, Math.min(1, rate * Math.exp(step / 10)), width * height);
      limits.set(step, own);
    }
    if (count >= own) yield { row, col, spikes: count };
  }
}

/** The first from `from` on that was counted so often. A loop by itself: within a generator it takes six times as long. */
function nextOf(counts: Uint8Array, from: number, limit: number): number {
  let i = from;
  while (i < counts.length && counts[i]! < limit) i++;
  return i;
}

/** The part of the other pixels around that were spikes. */
function ratesAround({ width, height, despiked, counts }: Surveyed, row: number, col: number): number {
  const top = Math.max(0, Math.min(height - AROUND, row - AROUND / 2));
  const left = Math.max(0, Math.min(width - AROUND, col - AROUND / 2));
  const bottom = Math.min(height, top + AROUND);
  const right = Math.min(width, left + AROUND);
  let sum = -counts[row * width + col]!;
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += counts[y * width + x]!;
  return sum / (despiked * Math.max(1, (bottom - top) * (right - left) - 1));
}

/** The smallest k with P(X >= k) <= 0.01 / pixels; exposures + 1 where there is none. */
export function limitOf(exposures: number, rate: number, pixels: number): number {
  if (rate <= 0) return 1;
  if (rate >= 1) return exposures + 1;
  // From the top down: what is added grows, so that nothing small is lost beside something large.
  let log = exposures * Math.log(rate);
  const odds = Math.log((1 - rate) / rate);
  let tail = 0;
  for (let k = exposures; k >= 0; k--) {
    tail += Math.exp(log);
    if (tail > CHANCE / pixels) return k + 1;
    // From C(N, k) p^k (1-p)^(N-k) to the one below.
    log += Math.log(k / (exposures - k + 1)) + odds;
  }
  return 0;
}
