/**
 * The journal's pictures: samples of a few exposures, and the mean image of each run. Which exposures are kept depends
 * on them alone, not on the order in which threads finished.
 */

import { crc32 } from 'node:zlib';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Surveyed, SurveyedColumns } from '../correct/observe/survey.ts';
import type { FirstRow } from '../model/exposure.ts';
import type { Job } from '../model/outcome.ts';
import type { Sample, Spike, Thumbnail } from '../model/sample.ts';
import type { Connection } from './connection.ts';
import type { ReferenceFile } from './contents.ts';
import { type MeanImage, RunningMean, readMean } from './mean-image.ts';
import type { Done, Failed } from './rows.ts';
import { type KnownSurvey, readColumns, readSurvey } from './surveys.ts';

export const WHY = ['failed', 'first', 'worst', 'suspect', 'drawn'] as const;
export type Why = (typeof WHY)[number];

/**
 * How many are kept. First: by the files' own times. Worst: most spikes per pixel. Failed, suspect, drawn: by the CRC-32 of
 * the name.
 */
const KEPT: Record<Why, number> = { failed: 4, first: 1, worst: 3, suspect: 4, drawn: 12 };

export interface KeptSample {
  readonly output: string;
  readonly why: Why;
  readonly firstRow: FirstRow;
  readonly sample: Sample;
}

export interface Pictures {
  /** Failed, first, worst, suspect, drawn; each exposure once. */
  readonly samples: readonly KeptSample[];
  /** Of the newest run that has one, and of all runs that had the same references. */
  readonly mean: MeanImage | null;
  readonly survey: Surveyed | null;
}

/** What the exposures have in common: enough to judge the camera by. */
export interface Shared {
  readonly mean: MeanImage | null;
  readonly survey: SurveyedColumns | null;
}

type Row = Record<string, unknown>;

export class PictureBook {
  readonly #connection: Connection;
  readonly #mean: RunningMean;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#mean = new RunningMean(connection);
  }

  begin(): void {
    this.#mean.begin();
  }

  /** Writes the mean so far; within a transaction. */
  keep(run: number): void {
    this.#mean.keep(run);
  }

  /** Within the transaction that records the outcome. `again`: the mean of these references has it already. */
  take(outcome: Done, run: number, again: boolean): void {
    const { sample, output } = outcome;
    this.#connection.statement('DELETE FROM samples WHERE output = ?').run(output);
    if (!sample) return;
    if (!again) this.#mean.add(outcome, sample);
    this.#keep(outcome, sample, outcome.exposure.firstRow, run, reasons(outcome));
  }

  /** The same for one that failed: what was known of its output is no longer so. */
  takeFailed(outcome: Failed, run: number): void {
    const { sample, output, exposure } = outcome;
    this.#connection.statement('DELETE FROM samples WHERE output = ?').run(output);
    if (sample && exposure) this.#keep(outcome, sample, exposure.firstRow, run, [['failed', crc32(output)]]);
  }

  #keep({ output }: Job, sample: Sample, firstRow: FirstRow, run: number, why: readonly [Why, number][]): void {
    for (const [reason, rank] of why) {
      const worse = this.#connection
        .statement('SELECT output, rank FROM samples WHERE why = ? ORDER BY rank DESC, output DESC')
        .all(reason) as { output: string; rank: number }[];
      const last = worse[0];
      if (worse.length >= KEPT[reason]) {
        // Of equals the first by name, in whatever order they came.
        if (!last || last.rank < rank || (last.rank === rank && last.output < output)) continue;
        this.#connection.statement('DELETE FROM samples WHERE why = ? AND output = ?').run(reason, last.output);
      }
      const { raw, corrected, spikes, ...rest } = sample;
      const scales = { raw: [raw.low, raw.high], corrected: [corrected.low, corrected.high] };
      this.#connection
        .statement('INSERT INTO samples (output, run, why, rank, sample, raw, corrected) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(
          output,
          run,
          reason,
          rank,
          JSON.stringify({ ...rest, scales, firstRow, spikes: spikes.map(inText) }),
          raw.pixels,
          corrected.pixels,
        );
    }
  }
}

/** Why an exposure would be kept, with its rank there. */
function reasons({ output, identity, suspect, counts, exposure }: Done): [Why, number][] {
  const pixels = exposure.width * exposure.height * exposure.frames;
  return [
    ['first', Number(identity.mtimeNs / 1000n)],
    ...(suspect.length > 0 ? [['suspect', crc32(output)] as [Why, number]] : []),
    ['worst', -counts.spikes / pixels],
    ['drawn', crc32(output)],
  ];
}

/** After others were added: keeps as many as are kept. Within a transaction. */
export function trimSamples(database: DatabaseSyncInstance): void {
  for (const why of WHY) {
    database
      .prepare(
        'DELETE FROM main.samples WHERE why = $why AND output NOT IN (SELECT output FROM main.samples WHERE why = $why ORDER BY rank, output LIMIT $kept)',
      )
      .run({ why, kept: KEPT[why] });
  }
}

export const NO_PICTURES: Pictures = { samples: [], mean: null, survey: null };

/** @param known a survey that need not be read */
export function readPictures(database: DatabaseSyncInstance, known: KnownSurvey | null = null): Pictures {
  const samples = (database.prepare('SELECT * FROM samples ORDER BY rank, output').all() as Row[]).map(toSample);
  samples.sort((a, b) => WHY.indexOf(a.why) - WHY.indexOf(b.why));
  const shown = new Set<string>();
  return {
    samples: samples.filter(({ output }) => !shown.has(output) && shown.add(output)),
    mean: readMean(database),
    survey: readSurvey(database, known),
  };
}

/** Of the runs with the same references as `run`; null: of the newest that have any. */
export const readShared = (
  database: DatabaseSyncInstance,
  run: number | null,
  chosen: readonly ReferenceFile[] | null = null,
): Shared => ({
  // The mean image of a run is that of all its sets.
  mean: chosen ? null : readMean(database, run),
  survey: readColumns(database, run, chosen),
});

type Text<Crop> = Omit<Crop, 'pixels'> & { readonly pixels: string };

const inText = ({ raw, corrected, ...rest }: Spike): unknown => ({
  ...rest,
  raw: text(raw),
  corrected: text(corrected),
});

const text = (crop: Thumbnail): Text<Thumbnail> => ({ ...crop, pixels: Buffer.from(crop.pixels).toString('base64') });

const fromText = (crop: Text<Thumbnail>): Thumbnail => ({
  ...crop,
  pixels: Uint8Array.from(Buffer.from(crop.pixels, 'base64')),
});

function toSample(row: Row): KeptSample {
  const { scales, firstRow, spikes, ...rest } = JSON.parse(row.sample as string);
  const thumbnail = (name: 'raw' | 'corrected') => ({
    low: scales[name][0],
    high: scales[name][1],
    pixels: row[name] as Uint8Array,
  });
  return {
    output: row.output as string,
    why: row.why as Why,
    firstRow,
    sample: {
      ...rest,
      raw: thumbnail('raw'),
      corrected: thumbnail('corrected'),
      spikes: spikes.map((spike: Omit<Spike, 'raw' | 'corrected'> & Record<'raw' | 'corrected', Text<Thumbnail>>) => ({
        ...spike,
        raw: fromText(spike.raw),
        corrected: fromText(spike.corrected),
      })),
    },
  };
}
