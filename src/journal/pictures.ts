/**
 * The journal's pictures: samples of a few exposures, and the mean image of each run. Which exposures are kept depends
 * on them alone, not on the order in which threads finished.
 */

import { crc32 } from 'node:zlib';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { FirstRow } from '../exposure.ts';
import type { Job } from '../outcome.ts';
import type { Sample } from '../sample.ts';
import type { Done, Failed } from './rows.ts';

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
  /** Of the newest run that has one. */
  readonly mean: MeanImage | null;
}

type Row = Record<string, unknown>;

export class PictureBook {
  readonly #database: DatabaseSyncInstance;
  #sum: { exposures: number; of: Done; raw: Float64Array; corrected: Float64Array } | null = null;

  constructor(database: DatabaseSyncInstance) {
    this.#database = database;
  }

  begin(): void {
    this.#sum = null;
  }

  /** Within the transaction that records the outcome. */
  take(outcome: Done, run: number): void {
    const { sample, output } = outcome;
    this.#database.prepare('DELETE FROM samples WHERE output = ?').run(output);
    if (!sample) return;
    this.#add(outcome, sample);
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
      const { raw, corrected, ...told } = sample;
      const scales = { raw: [raw.low, raw.high], corrected: [corrected.low, corrected.high] };
      this.#database
        .prepare('INSERT INTO samples (output, run, why, rank, sample, raw, corrected) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(output, run, reason, rank, JSON.stringify({ ...told, scales, firstRow }), raw.pixels, corrected.pixels);
    }
  }

  /** Within the transaction that ends the run. */
  finish(run: number): void {
    const sum = this.#sum;
    if (!sum) return;
    const { width, height, box } = sum.of.sample!;
    const mean = (sums: Float64Array): Uint8Array =>
      new Uint8Array(Float32Array.from(sums, (each) => each / sum.exposures).buffer);
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
    if (!alike) return;
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

/** Reads them; a journal that was never opened for writing since there are pictures has none. */
export function readPictures(database: DatabaseSyncInstance): Pictures {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE name IN ('samples', 'mean_images')").all();
  if (tables.length < 2) return { samples: [], mean: null };
  const samples = (database.prepare('SELECT * FROM samples ORDER BY rank, output').all() as Row[]).map(toSample);
  samples.sort((a, b) => WHY.indexOf(a.why) - WHY.indexOf(b.why));
  const shown = new Set<string>();
  const mean = database.prepare('SELECT * FROM mean_images ORDER BY run DESC LIMIT 1').get() as Row | undefined;
  return {
    samples: samples.filter(({ output }) => !shown.has(output) && shown.add(output)),
    mean: mean ? toMean(mean) : null,
  };
}

function toSample(row: Row): KeptSample {
  const { scales, firstRow, ...told } = JSON.parse(row.sample as string);
  const thumbnail = (name: 'raw' | 'corrected') => ({
    low: scales[name][0],
    high: scales[name][1],
    pixels: row[name] as Uint8Array,
  });
  return {
    output: row.output as string,
    why: row.why as Why,
    firstRow,
    sample: { ...told, raw: thumbnail('raw'), corrected: thumbnail('corrected') },
  };
}

function toMean(row: Row): MeanImage {
  const floats = (bytes: Uint8Array): Float32Array => new Float32Array(bytes.slice().buffer);
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
