/** The mean image of each run: what its exposures look like when they are laid over each other, raw and corrected. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { FirstRow } from '../model/exposure.ts';
import { type Sample, usable } from '../model/sample.ts';
import type { Connection } from './connection.ts';
import type { Done } from './rows.ts';

type Row = Record<string, unknown>;

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

interface Sum {
  exposures: number;
  readonly of: Done;
  readonly raw: Float64Array;
  readonly corrected: Float64Array;
}

/** Of the run that is going on. */
export class RunningMean {
  readonly #connection: Connection;
  #sum: Sum | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  begin(): void {
    this.#sum = null;
  }

  /** The mean is over exposures of one size and order of rows: those like the first. */
  add(outcome: Done, sample: Sample): void {
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

  /** Writes the mean so far; within a transaction. */
  keep(run: number): void {
    const sum = this.#sum;
    if (!sum) return;
    const { width, height, box } = sum.of.sample!;
    const mean = (sums: Float64Array): Uint8Array =>
      new Uint8Array(new Float32Array(sums.map((each) => each / sum.exposures)).buffer);
    this.#connection
      .statement(
        'INSERT OR REPLACE INTO mean_images (run, exposures, width, height, box, first_row, raw, corrected) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(run, sum.exposures, width, height, box, sum.of.exposure.firstRow, mean(sum.raw), mean(sum.corrected));
  }
}

/** Of the runs with the same references as `run`; null: of the newest that have any. */
export function readMean(database: DatabaseSyncInstance, run: number | null = null): MeanImage | null {
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
