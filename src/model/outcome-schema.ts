/** An outcome as other programs read it: without its sample, its time in nanoseconds as text. */

import { FORMAT_NAMES, PIXELS, type PixelType } from './exposure.ts';
import { metadataSchema } from './metadata.ts';
import { FAULTS, type Outcome } from './outcome.ts';
import { COUNTS, figureSchemas, OTHERS, STATISTICS, TIMES } from './record.ts';
import {
  anyOf,
  constant,
  described,
  flag,
  list,
  number,
  oneOf,
  orNull,
  record,
  schema,
  text,
  whole,
} from './schema.ts';

const exposure = record(
  {
    width: whole,
    height: whole,
    frames: whole,
    format: oneOf(FORMAT_NAMES),
    type: oneOf(Object.keys(PIXELS) as PixelType[]),
    firstRow: oneOf(['bottom', 'top']),
    notes: list(text),
  },
  { pixelSize: described(number, 'angstrom per pixel, as its header says'), metadata: metadataSchema },
);

const identity = record({
  size: described(whole, 'bytes'),
  mtimeNs: schema({ type: 'string', pattern: '^-?[0-9]+$', description: 'nanoseconds since 1970' }),
});

export const job = {
  input: described(text, 'absolute path'),
  output: described(text, 'path relative to the output folder'),
} as const;

const reference = record(
  {
    role: oneOf(['dark', 'bright', 'norm', 'bias', 'defects']),
    path: text,
    hash: described(text, 'SHA-256 of the file, hexadecimal'),
    level: described(orNull(number), 'mean counts of a dark'),
  },
  { orientation: described(text, 'how it was turned'), scale: described(number, 'what a dark was multiplied by') },
);

const done = record({
  status: constant('done'),
  ...job,
  identity,
  exposure,
  type: described(oneOf(['uint16', 'int16', 'float32']), 'pixels written'),
  counts: described(record(figureSchemas(COUNTS)), 'pixels, all frames'),
  statistics: described(record(figureSchemas(STATISTICS)), 'of the pixels as written; null: not a finite number'),
  suspect: list(text),
  notes: list(text),
  steps: list(text),
  times: described(record(figureSchemas(TIMES)), 'wall time'),
  bytesOut: whole,
  crc: described(whole, 'CRC-32 of the written pixels, little-endian, in the row order of the raw file'),
  turned: described(flag, 'written flipped vertically'),
  references: described(list(reference), 'with which it was corrected'),
  ...figureSchemas(OTHERS),
});

const skipped = record(
  { status: constant('skipped'), ...job, reason: text },
  { rule: described(oneOf(['copied', 'ignored']), 'what a rule of the recipe said to do with it') },
);

const failed = record({
  status: constant('failed'),
  ...job,
  identity: anyOf(identity, schema<null>({ type: 'null' })),
  fault: record({ kind: oneOf(Object.keys(FAULTS)), message: text }),
  exposure: orNull(exposure),
});

export const outcomeSchema = schema<Outcome>(anyOf(done, skipped, failed));
