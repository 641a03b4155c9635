/** JSON Schema (2020-12) of `report.json`. Published with the tool, held against real reports by the tests. */

import { STAGES } from '../model/record.ts';
import { ORIENTATIONS } from './camera/orientation.ts';
import { countsSchema, exposureSchema, secondsSchema } from './record.ts';

const text = { type: 'string' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const amount = { type: 'number', minimum: 0 } as const;
const whole = { type: 'integer', minimum: 0 } as const;
const orNull = <T extends { readonly type: string }>({ type, ...rest }: T) => ({ ...rest, type: [type, 'null'] });
const list = (items: object) => ({ type: 'array', items });

/** An object with exactly these properties; names in `optional` may be missing. */
const record = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

const each = (names: readonly string[], of: object) => record(Object.fromEntries(names.map((name) => [name, of])));

const part = { type: 'number', description: 'parts of the mean' } as const;
const columns = record({ strength: part, correlation: { type: ['number', 'null'] } });
const seams = list(
  record({
    along: { enum: ['first rows', 'last rows', 'first columns', 'last columns'] },
    counts: { type: 'number' },
    part,
    usual: part,
  }),
);

const camera = record({
  exposures: whole,
  fits: { type: 'boolean', description: 'no check of the references failed' },
  checks: list(record({ name: text, passed: { type: ['boolean', 'null'] }, found: text })),
  orientations: list(record({ orientation: { enum: [...ORIENTATIONS] }, correlation: { type: 'number' } })),
  firstRow: { enum: ['bottom', 'top', null] },
  columns: each(['raw', 'corrected'], columns),
  seams: each(['raw', 'corrected'], seams),
  hotPixels: record({
    exposures: whole,
    ppm: amount,
    limit: orNull(whole),
    count: whole,
    pixels: list(record({ row: whole, col: whole, spikes: whole })),
  }),
  brokenColumns: list(whole),
  warnings: list(text),
});

const references = list(
  record({ role: text, name: text, hash: text, level: { type: 'number', description: 'counts, of a dark' } }, [
    'level',
  ]),
);

export const reportSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Report of darkroom',
  ...record({
    version: { const: 1 },
    tool: record({ name: { const: 'em-darkroom' }, version: text }),
    made: { ...time, description: 'when this report was made' },
    run: record({
      id: whole,
      command: text,
      started: time,
      finished: orNull(time),
      goesOn: { type: 'boolean', description: 'made by the run itself, which went on' },
      exitCode: orNull(whole),
      host: text,
      node: text,
      libraries: { type: 'object', description: 'versions by name' },
      machine: text,
      threads: whole,
      outputFolder: text,
      inlineSeconds: orNull(amount),
      seconds: amount,
      done: whole,
      skipped: whole,
      failed: whole,
      exposuresPerSecond: orNull(amount),
      array: orNull(
        record({
          shards: whole,
          finished: whole,
          unfinished: { ...list(whole), description: 'shards that were killed, are at work, or never began' },
          nodeSeconds: { ...amount, description: 's, of all shards together' },
          threadSeconds: { ...amount, description: 's, the same times their threads' },
        }),
      ),
      megabytesPerSecond: orNull(amount),
    }),
    recipe: {},
    effectiveRecipe: list(
      record({
        name: text,
        value: { description: 'by type where it differs between the types of the exposures' },
        from: { ...orNull(text), description: 'where a value comes from that the recipe does not name' },
      }),
    ),
    references,
    totals: record({
      exposures: whole,
      done: whole,
      skipped: whole,
      failed: whole,
      suspect: whole,
      bytesIn: whole,
      bytesOut: whole,
      seconds: secondsSchema,
      counts: countsSchema,
    }),
    timeSaved: list(
      record(
        {
          name: { enum: ['published', 'measured', 'yours'] },
          source: text,
          exposures: whole,
          secondsPerExposure: amount,
          seconds: amount,
          secondsPerHour: orNull(amount),
          arithmetic: text,
          warning: text,
        },
        ['warning'],
      ),
    ),
    stages: list(
      record({ name: { enum: [...STAGES] }, total: amount, median: amount, percentile95: amount, longest: amount }),
    ),
    exposures: list(exposureSchema),
    days: list(
      record({ day: { ...text, pattern: '^\\d{4}-\\d\\d-\\d\\d$' }, corrections: whole, seconds: secondsSchema }),
    ),
    acquisition: record({
      sessions: list(
        record({
          first: time,
          last: time,
          exposures: whole,
          exposuresPerHour: orNull(amount),
          medianInterval: orNull(amount),
        }),
      ),
      seconds: amount,
      exposuresPerHour: orNull(amount),
      medianInterval: orNull(amount),
    }),
    disk: each(['raw', 'corrected', 'savedBy16Bit'], { ...whole, description: 'bytes' }),
    pool: record({ threads: whole, busySeconds: amount, speedUp: orNull(amount), efficiency: orNull(amount) }),
    camera: orNull(camera),
    watch: orNull(
      record({
        exposures: whole,
        first: time,
        last: time,
        delay: each(['median', 'percentile95', 'worst'], { ...amount, description: 's' }),
        arrivalsPerMinute: amount,
        capacityPerMinute: amount,
        mostWaiting: whole,
        mostWaitingAt: time,
        behindSeconds: amount,
        keptUp: { type: 'boolean' },
      }),
    ),
    runs: list(
      record({
        id: whole,
        started: time,
        finished: orNull(time),
        exitCode: orNull(whole),
        command: text,
        tool: text,
        threads: whole,
        done: whole,
        skipped: whole,
        failed: whole,
        recipe: {},
        references,
      }),
    ),
  }),
};
