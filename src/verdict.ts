/** Whether a corrected exposure may be published, and whether somebody should look at it. Figures and ways out, by name. */

import type { Exposure, Statistics, WrittenType } from './exposure.ts';
import { type Counts, Fault } from './outcome.ts';
import type { Recipe } from './recipe.ts';

/** More than this was changed by clip or range: the exposure is suspect, or worse. */
const SUSPECT_PPM = 1000;
const FAILED_PPM = 10_000;

/** Below this mean, whole numbers at scale 1 give back the raw's pattern: rounding undoes the norm. */
const FEW_COUNTS = 20;

/** Fractions written as whole numbers with less spread than this are ruined: a step is half a deviation and more. */
const LEAST_SPREAD = 2;

/** The largest value that readers who take uint16 for int16 show right (RELION 3.1 is one). */
const SIGNED_LIMIT = 32_767;

/** What a verdict is based on; `path` is what messages name. */
export interface Evidence {
  readonly path: string;
  readonly exposure: Exposure;
  readonly written: WrittenType;
  readonly container: 'mrc' | 'tiff';
  readonly counts: Counts;
  readonly statistics: Statistics;
  readonly normed: boolean;
}

/**
 * Reasons for suspicion, none if all is well.
 * @throws Fault 'spikes', 'range', and with `strict` 'suspect': nothing may be published
 */
export function judge(evidence: Evidence, recipe: Recipe): string[] {
  const { path, exposure, written, counts, statistics } = evidence;
  const pixels = exposure.width * exposure.height * exposure.frames;
  const ppm = (count: number): number => (count / pixels) * 1e6;

  if (ppm(counts.spikes) > recipe.maxSpikes) {
    throw new Fault(
      'spikes',
      `${path}: ${Math.round(ppm(counts.spikes))} ppm of the pixels would be despiked, expected at most ${recipe.maxSpikes}; this method is wrong for it: --despike off, a higher --despike-threshold, or allow it with --max-spikes`,
    );
  }
  const low = counts.clippedLow;
  const high = counts.clippedHigh;
  const changed = ppm(low + high + counts.outOfRange);
  const ends = `${low} pixels below, ${high} above, ${counts.outOfRange} outside ${written}`;
  const percent = `${(changed / 1e4).toPrecision(3)} % of the pixels were changed by clip or range (${ends})`;
  if (changed > FAILED_PPM) {
    throw new Fault(
      'range',
      `${path}: ${percent}, expected at most 1 %; keep them with --offset (negative counts), --scale or --type float32`,
    );
  }
  const whole = written !== 'float32';
  if (
    whole &&
    exposure.type.startsWith('float') &&
    statistics.deviation < LEAST_SPREAD &&
    statistics.max > statistics.min
  ) {
    throw new Fault(
      'range',
      `${path}: its ${exposure.type} pixels as ${written} would be whole numbers from ${statistics.min} to ${statistics.max}: rounding ruins them; use --type float32 or a larger --scale`,
    );
  }

  const suspect: string[] = [];
  if (changed > SUSPECT_PPM) suspect.push(`${percent}; --offset or --type float32 keep them`);
  if (whole && evidence.normed && recipe.scale === 1 && statistics.mean < FEW_COUNTS) {
    suspect.push(
      `a mean of ${statistics.mean.toPrecision(3)} counts written as ${written}: rounding undoes the norm; use --scale 32 or --type float32`,
    );
  }
  if (written === 'uint16' && evidence.container === 'mrc' && statistics.max > SIGNED_LIMIT) {
    suspect.push(
      `uint16 MRC with pixels up to ${statistics.max}: some programs show those above 32767 as negative; --type float32 or int16 avoids that`,
    );
  }
  if (recipe.strict && suspect.length > 0) throw new Fault('suspect', `${path}: ${suspect.join('; ')} (--strict)`);
  return suspect;
}
