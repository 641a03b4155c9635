/** What of a TIFF's header an MRC header has no place for. */

import type { Carried } from '../format.ts';
import { TAGS, type TiffField } from './fields.ts';

/** Labels: ten of 80 characters, of which at least one is ours. */
const LABELS = { most: 9, characters: 80 } as const;

/** The description becomes labels, the resolution a voxel size; what kind of page it was says nothing in a stack. */
const HELD = new Set<number>([TAGS.NewSubfileType, TAGS.SubfileType, TAGS.ImageDescription]);
const RESOLUTION = new Set<number>([TAGS.XResolution, TAGS.YResolution, TAGS.ResolutionUnit]);

/** A note for each kind of loss; the same for files of the same kind, so that it is told once. */
export function lostInMrc({ tiff, description, pixelSize }: Carried): string[] {
  if (!tiff) return [];
  const lost = ({ tag }: TiffField): boolean => !(HELD.has(tag) || (RESOLUTION.has(tag) && pixelSize !== undefined));
  const tags = [
    ...new Set(
      tiff
        .flat()
        .filter(lost)
        .map(({ tag }) => tag),
    ),
  ].sort((a, b) => a - b);
  const notes: string[] = [];
  if (tags.length > 0) {
    const shown = tags.slice(0, 12).join(', ');
    const more = tags.length > 12 ? ` and ${tags.length - 12} more` : '';
    notes.push(
      `written as MRC, which has no place for them: TIFF tags ${shown}${more} are left out; --format tiff keeps them`,
    );
  }
  if (description.length > LABELS.most || description.some((line) => line.length > LABELS.characters)) {
    notes.push(
      `written as MRC, which has ten labels of ${LABELS.characters} characters: a longer ImageDescription is cut; --format tiff keeps it`,
    );
  }
  return notes;
}
