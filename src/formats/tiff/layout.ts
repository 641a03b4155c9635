/**
 * The fields that say how pixels are laid out, before any of them is believed. Where a file says one thing twice, or in a
 * type that has no single reading, programs read different pixels out of it: such a file is refused.
 */

import { Fault } from '../../model/outcome.ts';
import type { TiffDirectory } from './directory.ts';
import { FIELD_TYPES, TAGS } from './fields.ts';

/** Of these there is one value. */
const SINGLE = [
  'NewSubfileType',
  'SubfileType',
  'ImageWidth',
  'ImageLength',
  'Compression',
  'Photometric',
  'FillOrder',
  'Orientation',
  'SamplesPerPixel',
  'RowsPerStrip',
  'PlanarConfiguration',
  'Predictor',
  'TileWidth',
  'TileLength',
  'ImageDepth',
  'TileDepth',
] as const;

/** Of these there is one value for each sample, strip or tile. */
const LISTS = [
  'BitsPerSample',
  'SampleFormat',
  'DataType',
  'StripOffsets',
  'StripByteCounts',
  'TileOffsets',
  'TileByteCounts',
] as const;

/** A page has tiles or strips. */
const EITHER = [
  ['TileOffsets', 'StripOffsets'],
  ['TileByteCounts', 'StripByteCounts'],
] as const;

const NAMES: ReadonlyMap<number, string> = new Map([...SINGLE, ...LISTS].map((name) => [TAGS[name], name]));
const SINGLE_TAGS: ReadonlySet<number> = new Set(SINGLE.map((name) => TAGS[name]));

/** Unsigned whole numbers: BYTE, SHORT, LONG, LONG8. */
const NUMBERS: ReadonlySet<number> = new Set([1, 3, 4, 16]);

/** @throws Fault 'format' when a layout field comes twice, has an odd type, or the wrong number of values */
export function checkLayout({ entries, unknown }: TiffDirectory, path: string): void {
  const refuse = (tag: number, found: string, expected: string): Fault =>
    new Fault(
      'format',
      `${path}: TIFF tag ${tag} (${NAMES.get(tag)}) ${found}, expected ${expected}; the file is damaged, copy it again`,
    );
  const types = 'BYTE, SHORT, LONG or LONG8';
  // Skipped like other fields, one of these would count as absent, and pixels would be read by a default.
  for (const [tag, type] of unknown) if (NAMES.has(tag)) throw refuse(tag, `has type ${type}`, types);
  const seen = new Set<number>();
  for (const { tag, type, count } of entries) {
    if (!NAMES.has(tag)) continue;
    if (seen.has(tag)) throw refuse(tag, 'is there twice', 'it once');
    seen.add(tag);
    if (!NUMBERS.has(type)) throw refuse(tag, `has type ${FIELD_TYPES[type]!.name}`, types);
    if (SINGLE_TAGS.has(tag) && count !== 1) throw refuse(tag, `has ${count} values`, 'one');
  }
  for (const [tiles, strips] of EITHER) {
    if (seen.has(TAGS[tiles]) && seen.has(TAGS[strips])) {
      throw refuse(TAGS[tiles], `stands beside ${strips}`, 'tiles or strips');
    }
  }
}
