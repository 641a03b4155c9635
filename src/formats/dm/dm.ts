/**
 * DM3 and DM4 files (Gatan DigitalMicrograph), which are only read. Tags are read in `tags.ts`; which image is meant, and
 * what its tags say, stands in `images.ts` and `metadata.ts`. The top row of the picture comes first.
 */

import type { OpenFile } from '../../files/input-file.ts';
import { PIXELS } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import { type Choice, type Format, LARGEST, type Source } from '../format.ts';
import { int32 } from '../signatures.ts';
import { refuseOversize, refuseShort, StoredRows } from '../stored-rows.ts';
import { type Chosen, choose } from './images.ts';
import { isOfInterest, metadataOf } from './metadata.ts';
import { readTags, textOf } from './tags.ts';

/** Where the first tag stands, by version. */
const FIRST_TAG: Readonly<Record<number, number>> = { 3: 18, 4: 26 };

/** Version, and whether the numbers are little-endian (0 or 1), both big-endian; then a tag, one or a group of them. */
function recognises(head: Uint8Array): boolean {
  const version = int32(head, 0, 'big');
  const tag = FIRST_TAG[version];
  return tag !== undefined && [0, 1].includes(int32(head, 4 * version - 4, 'big')) && [0x14, 0x15].includes(head[tag]!);
}

function open(file: OpenFile, choice: Choice): Source {
  const tree = readTags(file, isOfInterest);
  const image = choose(file.path, tree, choice);
  const { type, pixels } = image;
  const [width, height, frames = 1] = image.dimensions as [number, number, number?];
  const geometry = { width, height, frames };
  refuseOversize(file.path, geometry);
  const bytes = width * height * frames * PIXELS[type].bytes;
  if (pixels.count * pixels.bytes !== bytes) {
    throw new Fault(
      'format',
      `${file.path}: found ${pixels.count * pixels.bytes} bytes of pixels, expected ${bytes} (${width} x ${height} x ${frames} ${type}); is it damaged?`,
    );
  }
  refuseShort(file, pixels.at + bytes, geometry, type);
  const metadata = metadataOf(image);
  const { pixelSize } = metadata;
  const size = pixelSize === undefined ? {} : { pixelSize };
  return new StoredRows(file, {
    exposure: {
      ...{ width, height, frames, format: 'dm', type, firstRow: 'top', notes: notesOf(image) },
      ...size,
      metadata,
    },
    carried: { ...size, description: descriptionOf(image) },
    littleEndian: tree.littleEndian,
    at: (frame, row) => pixels.at + (frame * height + row) * width * PIXELS[type].bytes,
  });
}

function notesOf({ number, others }: Chosen): string[] {
  if (others === 0) return [];
  return [`files with several images: the largest is read, such as image ${number}; --image chooses another`];
}

const descriptionOf = ({ value }: Chosen): string[] => {
  const name = textOf(value('Name'));
  return name === undefined ? [] : [name];
};

export const dm: Format = {
  name: 'dm',
  titles: ['DM3', 'DM4'],
  extensions: ['.dm3', '.dm4'],
  recognises,
  open: async (file, choice = LARGEST) => open(file, choice),
  description: async (file) => descriptionOf(choose(file.path, readTags(file, isOfInterest), LARGEST)),
};
