/**
 * The shape of a report: plain data, as it stands in `report.json`. The JSON Schema that is published with the tool and the
 * types come from here; parts that have a file of their own describe themselves there.
 */

import type { EffectiveOption } from '../correct/effective-recipe.ts';
import { STAGES } from '../model/record.ts';
import { referenceChecksSchema } from '../model/reference-checks.ts';
import {
  amount,
  byName,
  constant,
  described,
  each,
  flag,
  json,
  list,
  number,
  type Of,
  oneOf,
  orNull,
  record,
  schema,
  text,
  time,
  whole,
} from '../model/schema.ts';
import { busySchema } from './busy.ts';
import { acquisitionSchema } from './cadence/acquisition.ts';
import { cadenceSchema } from './cadence/cadence.ts';
import { cameraSchema } from './camera/camera.ts';
import { countsSchema, exposureSchema, secondsSchema } from './record.ts';
import { basisSchema } from './time-saved.ts';
import { transferSchema } from './transfer.ts';
import { watchedSchema } from './watched.ts';

const references = list(
  record(
    { role: text, name: text, hash: described(text, 'SHA-256 of the file, hexadecimal') },
    {
      level: described(number, 'counts, of a dark'),
      orientation: described(text, 'how it was turned when it was loaded, where it was'),
      scale: described(number, 'what a dark was multiplied by, where it was'),
    },
  ),
);

const array = record({
  shards: whole,
  finished: described(whole, 'shards that came to their end'),
  unfinished: described(list(whole), 'shards that were stopped or killed, are at work, or never began'),
  nodeSeconds: described(amount, 'of all shards together; seconds of the run go from the first start to the last word'),
  threadSeconds: described(amount, 'the same, times the threads of each'),
});

const run = record({
  id: whole,
  command: text,
  started: time,
  finished: described(orNull(time), 'null while it runs, and when it was killed'),
  goesOn: described(flag, 'the report was made by the run itself, which went on'),
  exitCode: orNull(whole),
  host: text,
  node: text,
  libraries: described(byName(text), 'versions by name'),
  machine: described(text, 'processor, cores, memory, system'),
  threads: whole,
  outputFolder: text,
  inlineSeconds: described(orNull(amount), 'as it was last given; s per exposure'),
  seconds: described(amount, 'wall time'),
  done: described(whole, 'corrections in this run; an exposure that it corrected twice counts twice'),
  skipped: whole,
  failed: whole,
  exposuresPerSecond: described(orNull(amount), 'of wall time; null where nothing was corrected'),
  array: described(orNull(array), 'of a run that was several shards; null: it was one process'),
  megabytesPerSecond: described(orNull(amount), 'raw megabytes (10^6 bytes) per second of wall time'),
});

const effectiveOption = schema<EffectiveOption>(
  record({
    name: text,
    value: described(json, 'by type where it differs between the types of the exposures'),
    from: described(orNull(text), 'where a value comes from that the recipe does not name'),
  }),
);

const totals = record({
  exposures: whole,
  done: whole,
  skipped: whole,
  failed: whole,
  suspect: whole,
  bytesIn: described(whole, 'size of the inputs of what is done or skipped'),
  bytesOut: described(whole, 'size of their outputs'),
  seconds: secondsSchema,
  counts: countsSchema,
});

/** The median and the 95th percentile are those of the nearest rank, of what is not kept by the day. */
const stage = record({
  name: oneOf(STAGES),
  total: described(amount, 's, as the others'),
  median: amount,
  percentile95: amount,
  longest: amount,
});

const day = record({
  day: schema<string>({ type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'UTC' }),
  corrections: whole,
  seconds: secondsSchema,
});

const pool = record({
  threads: whole,
  busySeconds: described(amount, 'seconds that threads were at work: all stages but wait and settle'),
  speedUp: described(orNull(amount), 'busy seconds per second of wall time; null where nothing was corrected'),
  efficiency: described(orNull(amount), 'the same per thread'),
});

const runSummary = record({
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
  recipe: json,
  references,
});

const report = record({
  version: constant(1),
  tool: record({ name: constant('em-darkroom'), version: text }),
  made: described(time, 'when this report was made'),
  run: described(run, 'the newest run'),
  recipe: json,
  effectiveRecipe: described(list(effectiveOption), 'what the recipe came to with the exposures of this report'),
  references,
  totals: described(totals, 'sums over `exposures`, times over `exposures` and `days`'),
  timeSaved: described(list(basisSchema), 'the first is the headline; empty before the first correction'),
  stages: described(list(stage), 'over the exposures that are done or skipped'),
  exposures: described(
    list(exposureSchema),
    'all that the journal knows, sorted by output; more than 200 000: those that failed or are suspect and one in so many of the others, 20 000 together; exposures.csv and the journal have all, totals count all',
  ),
  days: described(list(day), 'corrections whose times are kept by the day only, oldest first'),
  acquisition: acquisitionSchema,
  cadence: described(cadenceSchema, 'the pace of acquisition'),
  transfer: described(transferSchema, 'what disks and shares took'),
  busy: described(busySchema, 'how busy the computer was during the newest run'),
  disk: described(
    each(['raw', 'corrected', 'savedBy16Bit'], described(whole, 'bytes')),
    'of what is done or skipped; savedBy16Bit: what the same pixels would have taken more as float32',
  ),
  pool: described(pool, 'of the newest run'),
  camera: described(orNull(cameraSchema), 'of all exposures with the newest references; null: nothing was surveyed'),
  referenceChecks: described(
    orNull(referenceChecksSchema),
    'what the first exposures said of the references, in the newest run that checked them; null: none did',
  ),
  watch: described(orNull(watchedSchema), 'how a watch went; null where nothing was waited for'),
  runs: described(list(runSummary), 'all that the journal knows, oldest first'),
});

export type Report = Of<typeof report>;
export type PoolSummary = Of<typeof pool>;
export type ReportArray = Of<typeof array>;
export type StageSummary = Of<typeof stage>;

export const reportSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Report of darkroom',
  ...report,
};
