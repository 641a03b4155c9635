/** Which images come from darkroom: each says so in a line of its labels or ImageDescription. */

import { foreign, type Permit, standingAt, type Target } from '../files/ownership.ts';
import { Fault } from '../model/outcome.ts';
import { OUR_LINE } from './format.ts';
import { descriptionOf } from './index.ts';

/** How the line begins, by what the image is. */
const IMAGES = {
  corrected: OUR_LINE,
  mask: /\bdarkroom \d+\.\d+\.\d+ mask of spikes: /,
  /** What `darkroom reference` makes. */
  reference: /\bdarkroom \d+\.\d+\.\d+: (dark|bright|norm|defects),/,
  /** What `darkroom report --write-defects` makes. */
  proposal: /\bdarkroom \d+\.\d+\.\d+ map of defects/,
} as const;

export type ImageMark = keyof typeof IMAGES;

/** Whether an image is a mask of ours, and no exposure. */
export const saysMask = (description: readonly string[]): boolean => says(description, 'mask');

/** Whether an image comes from darkroom, and is no raw exposure. */
export const saysOurs = (description: readonly string[]): boolean =>
  Object.keys(IMAGES).some((mark) => says(description, mark as ImageMark));

const says = (description: readonly string[], mark: ImageMark): boolean =>
  description.some((line) => IMAGES[mark].test(line));

/**
 * Permits an image to be written.
 * @throws Fault 'collision' when a file of that name is not ours, 'output' when the path leads out of `within`;
 *   and what the system says
 */
export async function permitImage(target: Target<ImageMark>): Promise<Permit> {
  const { file, replaces } = target;
  const standing = standingAt(target);
  if (standing) {
    if (replaces === null) throw foreign(target);
    const lines = await linesOf(file);
    if (!lines || !says(lines, replaces)) throw foreign(target, lines ? '' : ', or is cut short');
  }
  return { file, standing };
}

/** Null: it is no image, or too damaged to tell. */
async function linesOf(file: string): Promise<readonly string[] | null> {
  try {
    return await descriptionOf(file);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
