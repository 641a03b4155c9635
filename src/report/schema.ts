/** JSON Schema (2020-12) of `report.json`. Published with the tool, held against real reports by the tests. */

import { FAULTS, noCounts, STAGES } from '../model/outcome.ts';
import { ORIENTATIONS } from './camera/orientation.ts';

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

const seconds = each(STAGES, { ...amount, description: 's, wall time' });
const counts = each(Object.keys(noCounts()), { ...whole, description: 'px of all frames' });
const statistics = each(['min', 'max', 'mean', 'deviation'], { type: ['number', 'null'], description: 'counts' });

const exposure = record(
  {
    input: text,
    output: { ...text, description: 'relative to the output folder' },
    status: { enum: ['done', 'skipped', 'failed'] },
    suspect: list(text),
    width: orNull(whole),
    height: orNull(whole),
    frames: orNull(whole),
    run: whole,
    recorded: time,
    taken: orNull(time),
    typeRead: orNull(text),
    typeWritten: orNull(text),
    bytesIn: orNull(whole),
    bytesOut: orNull(whole),
    crc32: { type: ['string', 'null'], pattern: '^[0-9a-f]{8}$' },
    seconds: orNull(seconds),
    counts: orNull(counts),
    patches: { ...orNull(list(whole)), description: 'replaced patches of 1, 2, ... 9 px, and of 10 px or more' },
    leftAlone: { ...orNull(whole), description: 'peaks that rose as spikes do, but were larger than --despike-patch' },
    statistics: orNull(statistics),
    fault: record({ kind: { enum: Object.keys(FAULTS) }, message: text }),
  },
  ['fault'],
);

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
      libraries: { type: ['object', 'null'], description: 'versions by name' },
      machine: orNull(text),
      threads: whole,
      outputFolder: text,
      inlineSeconds: orNull(amount),
      seconds: amount,
      done: whole,
      skipped: whole,
      failed: whole,
      exposuresPerSecond: orNull(amount),
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
      seconds,
      counts,
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
    exposures: list(exposure),
    days: list(record({ day: { ...text, pattern: '^\\d{4}-\\d\\d-\\d\\d$' }, corrections: whole, seconds })),
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
