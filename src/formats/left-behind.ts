/** What an input's header holds and the container of its output has no place for. */

import type { WrittenFormat } from '../model/exposure.ts';
import type { Carried } from './format.ts';
import { WORDS } from './mrc/header.ts';
import { TAGS, type TiffField } from './tiff/fields.ts';

/** Labels: ten of 80 characters, of which at least one is ours. */
const LABELS = { most: 9, characters: 80 } as const;

/** The description becomes labels, the resolution a voxel size; what kind of page it was says nothing in a stack. */
const HELD = new Set<number>([TAGS.NewSubfileType, TAGS.SubfileType, TAGS.ImageDescription]);
const RESOLUTION = new Set<number>([TAGS.XResolution, TAGS.YResolution, TAGS.ResolutionUnit]);

/** A note for each kind of loss, in the same words for all files of a kind: each is reported once a run. */
export const leftBehind = (carried: Carried, container: WrittenFormat): string[] =>
  container === 'mrc' ? inMrc(carried) : inTiff(carried);

function inMrc({ tiff, description, pixelSize }: Carried): string[] {
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

function inTiff({ mrc }: Carried): string[] {
  if (!mrc || mrc.extended.length === 0) return [];
  const letters = Buffer.from(mrc.bytes.subarray(WORDS.exttyp, WORDS.exttyp + 4)).toString('latin1');
  const type = /^[A-Z0-9]{4}$/.test(letters) ? ` (${letters})` : '';
  return [
    `TIFF has no place for the extended header${type} of MRC files, which holds what the microscope said: it is not in the output; --format same keeps it`,
  ];
}
