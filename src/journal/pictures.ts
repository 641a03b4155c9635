/**
 * The journal's pictures: samples of a few exposures, and the mean image of each run. Which exposures are kept depends
 * on them alone, not on the order in which threads finished.
 */

import { crc32 } from 'node:zlib';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Surveyed, SurveyedColumns } from '../correct/observe/survey.ts';
import type { FirstRow } from '../model/exposure.ts';
import type { Job } from '../model/outcome.ts';
import { type Sample, type Spike, type Thumbnail, usable } from '../model/sample.ts';
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

/** Binned, in counts. */
export interface MeanImage {
  readonly run: number;
  readonly exposures: number;
  readonly width: number;
  readonly height: number;
  readonly box: number;
  readonly firstRow: FirstRow;
  readonly raw: Float32Array;
  readonly corrected: Float32Array;
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
  #database: DatabaseSyncInstance;
  #sum: { exposures: number; of: Done; raw: Float64Array; corrected: Float64Array } | null = null;

  constructor(database: DatabaseSyncInstance) {
    this.#database = database;
  }

  begin(): void {
    this.#sum = null;
  }

  /** Goes on in the same journal, opened again. */
  moveTo(database: DatabaseSyncInstance): void {
    this.#database = database;
  }

  /** Within the transaction that records the outcome. `again`: the mean of these references has it already. */
  take(outcome: Done, run: number, again: boolean): void {
    const { sample, output } = outcome;
    this.#database.prepare('DELETE FROM samples WHERE output = ?').run(output);
    if (!sample) return;
    if (!again) this.#add(outcome, sample);
    this.#keep(outcome, sample, outcome.exposure.firstRow, run, reasons(outcome));
  }

  /** The same for one that failed: what was known of its output is no longer so. */
  takeFailed(outcome: Failed, run: number): void {
    const { sample, output, exposure } = outcome;
    this.#database.prepare('DELETE FROM samples WHERE output = ?').run(output);
    if (sample && exposure) this.#keep(outcome, sample, exposure.firstRow, run, [['failed', crc32(output)]]);
  }

  #keep({ output }: Job, sample: Sample, firstRow: FirstRow, run: number, why: readonly [Why, number][]): void {
    for (const [reason, rank] of why) {
      const worse = this.#database
        .prepare('SELECT output, rank FROM samples WHERE why = ? ORDER BY rank DESC, output DESC')
        .all(reason) as { output: string; rank: number }[];
      const last = worse[0];
      if (worse.length >= KEPT[reason]) {
        if (!last || last.rank <= rank) continue;
        this.#database.prepare('DELETE FROM samples WHERE why = ? AND output = ?').run(reason, last.output);
      }
      const { raw, corrected, spikes, ...told } = sample;
      const scales = { raw: [raw.low, raw.high], corrected: [corrected.low, corrected.high] };
      this.#database
        .prepare('INSERT INTO samples (output, run, why, rank, sample, raw, corrected) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(
          output,
          run,
          reason,
          rank,
          JSON.stringify({ ...told, scales, firstRow, spikes: spikes.map(inText) }),
          raw.pixels,
          corrected.pixels,
        );
    }
  }

  /** Writes the mean so far; within a transaction. */
  keep(run: number): void {
    const sum = this.#sum;
    if (!sum) return;
    const { width, height, box } = sum.of.sample!;
    const mean = (sums: Float64Array): Uint8Array =>
      new Uint8Array(new Float32Array(sums.map((each) => each / sum.exposures)).buffer);
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO mean_images (run, exposures, width, height, box, first_row, raw, corrected) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(run, sum.exposures, width, height, box, sum.of.exposure.firstRow, mean(sum.raw), mean(sum.corrected));
  }

  /** The mean is over exposures of one size and order of rows: those like the first. */
  #add(outcome: Done, sample: Sample): void {
    const pixels = sample.width * sample.height;
    this.#sum ??= { exposures: 0, of: outcome, raw: new Float64Array(pixels), corrected: new Float64Array(pixels) };
    const { of, raw, corrected } = this.#sum;
    const alike =
      of.exposure.width === outcome.exposure.width &&
      of.exposure.height === outcome.exposure.height &&
      of.exposure.firstRow === outcome.exposure.firstRow;
    const { low, high } = sample.raw;
    if (!alike || ![low, high, sample.corrected.low, sample.corrected.high].every(usable)) return;
    this.#sum.exposures++;
    for (const [sums, { low, high, pixels: bytes }] of [
      [raw, sample.raw],
      [corrected, sample.corrected],
    ] as const) {
      const step = (high - low) / 255;
      for (let i = 0; i < bytes.length; i++) sums[i]! += low + bytes[i]! * step;
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
export const readShared = (database: DatabaseSyncInstance, run: number | null): Shared => ({
  mean: readMean(database, run),
  survey: readColumns(database, run),
});

function readMean(database: DatabaseSyncInstance, run: number | null = null): MeanImage | null {
  const means = (
    database
      .prepare(
        `SELECT m.*, r.reference_files FROM mean_images m JOIN runs r ON r.id = m.run
         WHERE $run IS NULL OR r.reference_files = (SELECT reference_files FROM runs WHERE id = $run) ORDER BY m.run DESC`,
      )
      .all({ run }) as Row[]
  ).map((row) => ({ references: row.reference_files, mean: toMean(row) }));
  const [newest] = means;
  if (!newest) return null;
  const alike = means.filter(({ references, mean }) => {
    const { width, height, box, firstRow } = newest.mean;
    const same = mean.width === width && mean.height === height && mean.box === box && mean.firstRow === firstRow;
    return same && references === newest.references;
  });
  return alike.map(({ mean }) => mean).reduce(together);
}

function together(a: MeanImage, b: MeanImage): MeanImage {
  const exposures = a.exposures + b.exposures;
  const mean = (x: Float32Array, y: Float32Array): Float32Array =>
    x.map((each, i) => (each * a.exposures + y[i]! * b.exposures) / exposures);
  return { ...a, exposures, raw: mean(a.raw, b.raw), corrected: mean(a.corrected, b.corrected) };
}

type Text<Crop> = Omit<Crop, 'pixels'> & { readonly pixels: string };

const inText = ({ raw, corrected, ...told }: Spike): unknown => ({
  ...told,
  raw: text(raw),
  corrected: text(corrected),
});

const text = (crop: Thumbnail): Text<Thumbnail> => ({ ...crop, pixels: Buffer.from(crop.pixels).toString('base64') });

const fromText = (crop: Text<Thumbnail>): Thumbnail => ({
  ...crop,
  pixels: Uint8Array.from(Buffer.from(crop.pixels, 'base64')),
});

function toSample(row: Row): KeptSample {
  const { scales, firstRow, spikes, ...told } = JSON.parse(row.sample as string);
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
      ...told,
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

function toMean(row: Row): MeanImage {
  // What is no finite number would spoil every figure that is made of the mean.
  const floats = (bytes: Uint8Array): Float32Array =>
    new Float32Array(bytes.slice().buffer).map((counts) => (usable(counts) ? counts : 0));
  return {
    run: row.run as number,
    exposures: row.exposures as number,
    width: row.width as number,
    height: row.height as number,
    box: row.box as number,
    firstRow: row.first_row as FirstRow,
    raw: floats(row.raw as Uint8Array),
    corrected: floats(row.corrected as Uint8Array),
  };
}
