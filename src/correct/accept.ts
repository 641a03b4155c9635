/** Whether a corrected exposure may be published, and whether somebody should look at it. Figures and ways out, by name. */

import { EXACT_COUNTS, type Exposure, type WrittenFormat } from '../model/exposure.ts';
import { Fault } from '../model/outcome.ts';
import { pixelsChanged, type Ranged, wayOut } from './out-of-range.ts';
import type { Recipe } from './recipe.ts';
import { stepNamed } from './steps/index.ts';
import { MOST_LOST } from './steps/step.ts';

/** More than this was changed by clip or range: the exposure is suspect, or worse. */
const SUSPECT_PPM = 1000;
const FAILED_PPM = 10_000;

/** More pixels than this that are no finite numbers are not the accident of a camera. */
const SUSPECT_LOST_PPM = 100;

/** Below this mean, whole numbers at scale 1 give back the raw's pattern: rounding undoes the norm. */
const FEW_COUNTS = 20;

/** Fractions written as whole numbers with less spread than this are ruined: a step is half a deviation and more. */
const LEAST_SPREAD = 2;

/** The largest value that readers who take uint16 for int16 show right (RELION 3.1 is one). */
const SIGNED_LIMIT = 32_767;

/** What a verdict is based on. */
export interface Evidence extends Ranged {
  readonly exposure: Exposure;
  readonly container: WrittenFormat;
  readonly normed: boolean;
  /** What the steps found suspicious. */
  readonly found: readonly string[];
}

/**
 * Reasons for suspicion, none if all is well.
 * @throws Fault 'spikes', 'range', and with `strict` 'suspect': nothing may be published
 */
export function judge(evidence: Evidence, recipe: Recipe): string[] {
  const { path, exposure, written, counts, statistics } = evidence;
  const pixels = exposure.width * exposure.height * exposure.frames;
  const ppm = (count: number): number => (count / pixels) * 1e6;

  const lost = `${((100 * counts.nonFinite) / pixels).toPrecision(3)} % of the pixels are no finite numbers (NaN or infinite)`;
  if (counts.nonFinite > MOST_LOST * pixels) {
    throw new Fault(
      'range',
      `${path}: ${lost}, expected at most 1 %; write the exposure again, or numbers in their place (numpy.nan_to_num)`,
    );
  }
  const steps = recipe.steps.map(stepNamed);
  for (const step of steps) step.refuse?.({ path, counts, pixels }, recipe);
  const low = counts.clippedLow;
  const high = counts.clippedHigh;
  const changed = ppm(pixelsChanged(evidence, recipe));
  const ends = `${low} pixels below, ${high} above, ${counts.outOfRange} outside ${written}`;
  const percent = `${(changed / 1e4).toPrecision(3)} % of the pixels were changed by clip or range (${ends})`;
  if (changed > FAILED_PPM) {
    throw new Fault('range', `${path}: ${percent}, expected at most 1 %; ${wayOut(evidence, recipe, pixels)}`);
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

  const suspect: string[] = [...evidence.found];
  if (changed > SUSPECT_PPM) suspect.push(`${percent}; ${wayOut(evidence, recipe, pixels)}`);
  if (ppm(counts.nonFinite) > SUSPECT_LOST_PPM) {
    const instead = steps.find(({ replacesLost }) => replacesLost)?.replacesLost ?? '0';
    suspect.push(`${lost}: ${instead} is written in their place; see what wrote them`);
  }
  if (statistics.min === statistics.max && pixels > 1) {
    suspect.push(`all pixels are ${statistics.min}: a blank exposure? leave it out with --exclude`);
  } else if (whole && evidence.normed && recipe.scale === 1 && statistics.mean < FEW_COUNTS) {
    suspect.push(
      `a mean of ${statistics.mean.toPrecision(3)} counts written as ${written}: rounding undoes the norm; use --scale 32 or --type float32`,
    );
  }
  const largest =
    Math.max(Math.abs(statistics.min - recipe.offset), Math.abs(statistics.max - recipe.offset)) /
    Math.abs(recipe.scale);
  if (exposure.type.endsWith('int32') && largest > EXACT_COUNTS) {
    suspect.push(
      `${exposure.type} pixels up to ${largest}: counts beyond ${EXACT_COUNTS} are rounded to float32; are these exposures?`,
    );
  }
  if (written === 'uint16' && evidence.container === 'mrc' && statistics.max > SIGNED_LIMIT) {
    suspect.push(
      `uint16 MRC with pixels up to ${statistics.max}: some programs show those above 32767 as negative; --type float32 or --format tiff avoids that`,
    );
  }
  if (recipe.strict && suspect.length > 0) throw new Fault('suspect', `${path}: ${suspect.join('; ')} (--strict)`);
  return suspect;
}
