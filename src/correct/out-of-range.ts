/** What clip and the range of the type written changed of an exposure, and the options that would keep it. */

import path from 'node:path';
import type { Changed } from '../kernels/tally.ts';
import { PIXELS, type Statistics, type WrittenType } from '../model/exposure.ts';
import type { Counts } from '../model/outcome.ts';
import type { Recipe } from './recipe.ts';
import { clipRange } from './steps/clip.ts';

/** With more of the pixels below the range after a dark was subtracted, there was no beam on them. */
const BLANK = 0.3;

/** `path` is what messages name. */
export interface Ranged {
  readonly path: string;
  readonly written: WrittenType;
  readonly counts: Counts;
  readonly changed: Changed;
  readonly statistics: Statistics;
  /** A dark was subtracted. */
  readonly dark: boolean;
}

/**
 * How many pixels clip or range changed. One that clip sets to an end which the type does not hold is changed twice, and
 * counted by both.
 */
export function pixelsChanged({ written, counts }: Pick<Ranged, 'written' | 'counts'>, recipe: Recipe): number {
  const { low, high } = clipRange(recipe, written);
  const [once, twice] = [0, 1].map((wanted) =>
    [
      [low, counts.clippedLow],
      [high, counts.clippedHigh],
    ].reduce((sum, [end, count]) => sum + (Number(!holds(end!, written, recipe)) === wanted ? count! : 0), 0),
  );
  return once! + Math.max(twice!, counts.outOfRange);
}

/** Whether a pixel of `counts` counts is written as it is, but for rounding. */
function holds(counts: number, written: WrittenType, { scale, offset }: Pick<Recipe, 'scale' | 'offset'>): boolean {
  const { lowest, highest } = PIXELS[written];
  const value = counts * scale + offset;
  return value > lowest - 0.5 && value < highest + 0.5;
}

/** What to do about pixels that clip or range changed: options that keep every one of them. */
export function wayOut(ranged: Ranged, recipe: Recipe, pixels: number): string {
  const keep = `${options(ranged, recipe)} would keep them`;
  const { counts, dark } = ranged;
  if (!dark || counts.clippedLow + counts.outOfRange <= BLANK * pixels || extent(ranged, recipe).low >= 0) return keep;
  return `no beam, or a dark that does not fit? leave it out with --exclude '${path.basename(ranged.path)}'; ${keep}`;
}

function options(ranged: Ranged, recipe: Recipe): string {
  const { written } = ranged;
  const { low, high } = extent(ranged, recipe);
  const ends: string[] = [];
  if (typeof recipe.clipLow === 'number' && low < recipe.clipLow) ends.push(`--clip-low ${Math.floor(low)}`);
  if (typeof recipe.clipHigh === 'number' && high > recipe.clipHigh) ends.push(`--clip-high ${Math.ceil(high)}`);
  const ranges = holds(low, written, recipe) && holds(high, written, recipe) ? [] : typeOptions(ranged, recipe);
  if (ranges.length === 0) return ends.length > 0 ? ends.join(' with ') : '--type float32';
  // The range of the type would cut what an end lets through: both are needed.
  return ranges.map((each) => [each, ...ends].join(' with ')).join(' or ');
}

/** Ways to write all of the exposure, whatever clip lets through; float32 holds everything. */
function typeOptions(ranged: Ranged, recipe: Recipe): string[] {
  const { low, high } = extent(ranged, recipe);
  const { scale, offset } = recipe;
  const { lowest, highest } = PIXELS[ranged.written];
  const [least, most] = [low * scale, high * scale].sort((a, b) => a - b) as [number, number];
  const fits = least + offset < lowest ? Math.ceil(lowest - least) : Math.floor(highest - most);
  const ways: string[] = [];
  if (ranged.written === 'int16' && least + offset >= 0 && most + offset <= PIXELS.uint16.highest)
    ways.push('--type uint16');
  else if (least + fits >= lowest && most + fits <= highest) ways.push(`--offset ${fits}`);
  return [...ways, '--type float32'];
}

/** The lowest and the highest corrected pixel, in counts, before clip and range changed them. */
function extent({ changed, statistics }: Ranged, { scale, offset }: Recipe): { low: number; high: number } {
  const ends = [statistics.min, statistics.max].map((value) => (value - offset) / scale);
  return { low: Math.min(changed.lowest, ...ends), high: Math.max(changed.highest, ...ends) };
}
