/**
 * The lines that `darkroom run --json` and `darkroom watch --json` print, as a JSON Schema; `darkroom run --json-schema` prints it. Fields may be
 * added within a version, none is taken away or changes its meaning.
 */

import { FORMAT_NAMES, PIXELS } from '../../model/exposure.ts';
import { metadataSchemas } from '../../model/metadata.ts';
import { FAULTS } from '../../model/outcome.ts';
import { COUNTS, figureSchemas, OTHERS, STATISTICS, TIMES } from '../../model/record.ts';

const count = { type: 'integer', minimum: 0 } as const;
const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;

/** An object that has all of these, and may have `more`. */
const record = (properties: object, more: object = {}) => ({
  type: 'object',
  properties: { ...properties, ...more },
  required: Object.keys(properties),
  additionalProperties: false,
});

const event = (name: string, description: string, properties: object, more: object = {}) => ({
  ...record({ event: { const: name }, ...properties }, more),
  description,
});

const keyed = (names: readonly string[], value: object) =>
  record(Object.fromEntries(names.map((name) => [name, value])));

const exposure = record(
  {
    width: count,
    height: count,
    frames: count,
    format: { enum: FORMAT_NAMES },
    type: { enum: Object.keys(PIXELS) },
    firstRow: { enum: ['bottom', 'top'] },
    notes: texts,
  },
  {
    pixelSize: { type: 'number', description: 'angstrom per pixel, as its header says' },
    metadata: {
      ...record({}, metadataSchemas),
      description: 'how it was taken, as the file or one beside it states; what nothing states is absent',
    },
  },
);

const identity = record({
  size: { ...count, description: 'bytes' },
  mtimeNs: { type: 'string', pattern: '^-?[0-9]+$', description: 'nanoseconds since 1970' },
});

const job = {
  input: { ...text, description: 'absolute path' },
  output: { ...text, description: 'path relative to the output folder' },
};

const plannedSetting = record({
  name: text,
  value: { description: 'by type where it differs between the types of the exposures' },
  source: { enum: ['command line', 'recipe', 'derived', 'default'] },
  from: { type: ['string', 'null'], description: 'what a value is derived from' },
});

const done = record({
  status: { const: 'done' },
  ...job,
  identity,
  exposure,
  type: { enum: ['uint16', 'int16', 'float32'], description: 'pixels written' },
  counts: { ...record(figureSchemas(COUNTS)), description: 'pixels, all frames' },
  statistics: {
    ...record(figureSchemas(STATISTICS)),
    description: 'of the pixels as written; null: not a finite number',
  },
  suspect: texts,
  notes: texts,
  steps: texts,
  times: { ...record(figureSchemas(TIMES)), description: 'wall time' },
  bytesOut: count,
  crc: { ...count, description: 'CRC-32 of the written pixels, little-endian, in the row order of the raw file' },
  turned: { type: 'boolean', description: 'written with the rows turned over' },
  ...figureSchemas(OTHERS),
});

const skipped = record({ status: { const: 'skipped' }, ...job, reason: text });

const failed = record({
  status: { const: 'failed' },
  ...job,
  identity: { anyOf: [identity, { type: 'null' }] },
  fault: record({ kind: { enum: Object.keys(FAULTS) }, message: text }),
  exposure: { anyOf: [exposure, { type: 'null' }] },
});

const seconds = { type: 'number', minimum: 0, description: 'seconds' } as const;

const camera = {
  anyOf: [
    record({
      exposures: { ...count, description: 'in the survey, earlier runs with the same references included' },
      fits: { type: 'boolean', description: 'no check of the references failed' },
      warnings: { ...texts, description: 'the likeliest cause first; none: all is well' },
    }),
    { type: 'null', description: 'nothing was surveyed' },
  ],
} as const;

const status = record({
  version: { const: 1 },
  sequence: count,
  state: { enum: ['watching', 'paused', 'stopping', 'stopped'] },
  reason: { type: ['string', 'null'], description: 'why it is paused' },
  host: text,
  pid: count,
  started: text,
  updated: text,
  staleAfter: { ...seconds, description: 'without a newer file after so long a watch that has not stopped is dead' },
  counts: keyed(['corrected', 'skipped', 'failed', 'suspect', 'waiting', 'settling', 'underWay'], count),
  delays: { anyOf: [keyed(['median', 'percentile95', 'worst'], seconds), { type: 'null' }] },
  arrivalsPerMinute: { type: 'number', minimum: 0 },
  capacityPerMinute: { type: ['number', 'null'] },
  camera,
  lastErrors: { type: 'array', items: record({ time: text, message: text }) },
});

export const EVENT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An event of darkroom run --json or darkroom watch --json, one per line',
  anyOf: [
    event('started', 'the exposures are known', { run: count, exposures: count, bytes: count, threads: count }),
    event(
      'note',
      'something a person should hear of',
      { message: text },
      { level: { const: 'information', description: 'all is well; without it the note asks for attention' } },
    ),
    event('outcome', 'what became of one exposure', { outcome: { anyOf: [done, skipped, failed] } }),
    event('finished', 'the last event', {
      run: count,
      exit: { enum: [0, 1, 2, 3, 129, 130, 143] },
      done: count,
      skipped: count,
      failed: count,
      suspect: count,
      seconds: { type: 'number', minimum: 0 },
      why: {
        type: 'array',
        items: { enum: ['failed', 'expect', 'camera'] },
        description: 'why the exit code is 2: exposures failed, there were fewer than --expect, --strict-camera',
      },
      camera,
    }),
    event('error', 'the last event where nothing ran, or a bug ended the run: instead of finished', {
      exit: { enum: [1, 3] },
      message: text,
    }),
    event('paused', 'watch: trouble with the output is waited out', { reason: text }),
    event('resumed', 'watch: it goes on', { seconds: { type: 'number', minimum: 0 } }),
    event('status', 'watch: how it goes, every 5 s, as in the status file', { status }),
    event('intention', 'with --dry-run: what would be done with one exposure', {
      ...job,
      would: { enum: ['correct', 'skip', 'fail'] },
      reason: text,
    }),
    event('plan', 'with --dry-run, last: what would be done in all', {
      correct: count,
      skip: count,
      fail: count,
      bytesIn: { ...count, description: 'bytes of raw that would be corrected' },
      bytesOut: { ...count, description: 'bytes of pixels that would be written, before compression' },
      settings: { type: 'array', items: plannedSetting, description: 'as they would take effect' },
    }),
  ],
} as const;
