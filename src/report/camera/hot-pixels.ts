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

import type { Surveyed } from '../../correct/observe/survey.ts';
import { amount, described, list, type Of, orNull, record, whole } from '../../model/schema.ts';

const CHANCE = 0.01;

/** Side of the surroundings, px. */
const AROUND = 32;

/** Listed at most; all are counted, and stand in the map. */
const LISTED = 1000;

const hotPixel = record({
  row: described(whole, "in the references' order of rows"),
  col: whole,
  spikes: described(whole, 'exposures in which it was a spike; 255: that many or more'),
});

export const hotPixelsSchema = record({
  exposures: described(whole, 'whose spikes were counted'),
  ppm: described(amount, 'spikes per million pixels'),
  limit: described(
    orNull(whole),
    'exposures in which a pixel must have been a spike to be hot, away from surroundings with many; null: more than there are',
  ),
  count: whole,
  pixels: described(list(hotPixel), 'the most frequent first, at most 1000'),
});

export type HotPixels = Of<typeof hotPixelsSchema>;

export function hotPixels(survey: Surveyed): HotPixels {
  const { width, despiked, counts } = survey;
  const { rate, limit } = chance(survey);
  const found = hot(survey);
  return {
    exposures: despiked,
    ppm: rate * 1e6,
    limit: limit > most(survey) ? null : limit,
    count: found.length,
    pixels: Array.from(mostFrequent(found, counts).subarray(0, LISTED), (i) => ({
      row: Math.floor(i / width),
      col: i % width,
      spikes: counts[i]!,
    })),
  };
}

/** The most frequent first, equally frequent ones row by row: sorted by counting, as there can be a hundred thousand. */
function mostFrequent(found: readonly number[], counts: Uint8Array): Uint32Array {
  const often = new Uint32Array(256);
  for (const i of found) often[counts[i]!]!++;
  const places = new Uint32Array(256);
  for (let spikes = 254; spikes >= 0; spikes--) places[spikes] = places[spikes + 1]! + often[spikes + 1]!;
  const sorted = new Uint32Array(found.length);
  for (const i of found) sorted[places[counts[i]!]!++] = i;
  return sorted;
}

/** How often a pixel can have been counted. */
const most = ({ despiked }: Surveyed): number => Math.min(despiked, 255);

/** Part of the pixels that were spikes in an exposure, and how often one must have been to be hot where that is so. */
function chance({ width, height, despiked, spikes }: Surveyed): { rate: number; limit: number } {
  const pixels = width * height;
  const rate = despiked > 0 ? spikes / (despiked * pixels) : 0;
  return { rate, limit: limitOf(despiked, rate, pixels) };
}

/** All of them, row by row: each as row x width + column. */
export function hot(survey: Surveyed): number[] {
  const { width, height, despiked, counts } = survey;
  const { rate, limit } = chance(survey);
  if (limit > most(survey)) return [];
  const fours = inFours(counts);
  const surroundings = new Surroundings(survey, fours);
  const limits = new Map<number, number>();
  return reaching(counts, fours, limit).filter((i) => {
    // In steps of a tenth, so that few limits are computed.
    const around = surroundings.rate(Math.floor(i / width), i % width);
    const step = around > rate ? Math.ceil(10 * Math.log(around / rate)) : 0;
    let own = limits.get(step);
    if (own === undefined) {
      own = limitOf(despiked, Math.min(1, rate * Math.exp(step / 10)), width * height);
      limits.set(step, own);
    }
    return counts[i]! >= own;
  });
}

/** Where counts are at least `limit`, which is not 0. */
function reaching(counts: Uint8Array, fours: Int32Array, limit: number): number[] {
  const found: number[] = [];
  const end = counts.length;
  for (let i = nextCounted(counts, fours, 0, end); i < end; i = nextCounted(counts, fours, i + 1, end)) {
    if (counts[i]! >= limit) found.push(i);
  }
  return found;
}

const inFours = (counts: Uint8Array): Int32Array => {
  const { buffer, byteOffset, length } = counts.byteOffset % 4 === 0 ? counts : counts.slice();
  return new Int32Array(buffer, byteOffset, length >> 2);
};

/** The first from `from` on that is not 0; `end` or beyond: all are 0. Most are, and are skipped sixteen at a time. */
function nextCounted(counts: Uint8Array, fours: Int32Array, from: number, end: number): number {
  let i = from;
  while (i < end && counts[i] === 0) {
    i++;
    if ((i & 3) !== 0) continue;
    let at = i >> 2;
    const last = fours.length - 4;
    while (at <= last && (fours[at]! | fours[at + 1]! | fours[at + 2]! | fours[at + 3]!) === 0) at += 4;
    i = at << 2;
  }
  return i;
}

/** What is around pixels that are asked for row by row: sums of columns that move down with them. */
class Surroundings {
  readonly #survey: Surveyed;
  readonly #fours: Int32Array;
  /** Of each column from row `#top` to the one before `#bottom`. */
  readonly #sums: Int32Array;
  #top = 0;
  #bottom = 0;

  constructor(survey: Surveyed, fours: Int32Array) {
    this.#survey = survey;
    this.#fours = fours;
    this.#sums = new Int32Array(survey.width);
  }

  /** The part of the other pixels around that were spikes. */
  rate(row: number, col: number): number {
    const { width, height, despiked, counts } = this.#survey;
    const top = Math.max(0, Math.min(height - AROUND, row - AROUND / 2));
    const left = Math.max(0, Math.min(width - AROUND, col - AROUND / 2));
    const bottom = Math.min(height, top + AROUND);
    const right = Math.min(width, left + AROUND);
    this.#moveTo(top, bottom);
    const sums = this.#sums;
    let sum = -counts[row * width + col]!;
    for (let x = left; x < right; x++) sum += sums[x]!;
    return sum / (despiked * Math.max(1, (bottom - top) * (right - left) - 1));
  }

  #moveTo(top: number, bottom: number): void {
    if (top >= this.#bottom) {
      this.#sums.fill(0);
      this.#top = this.#bottom = top;
    }
    while (this.#bottom < bottom) this.#add(this.#bottom++, 1);
    while (this.#top < top) this.#add(this.#top++, -1);
  }

  #add(row: number, times: 1 | -1): void {
    const { width, counts } = this.#survey;
    const fours = this.#fours;
    const sums = this.#sums;
    const first = row * width;
    const end = first + width;
    for (let i = nextCounted(counts, fours, first, end); i < end; i = nextCounted(counts, fours, i + 1, end)) {
      sums[i - first]! += times * counts[i]!;
    }
  }
}

/** The smallest k with P(X >= k) <= 0.01 / pixels; exposures + 1 where no k is large enough. */
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
