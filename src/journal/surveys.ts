/**
 * The journal's surveys of the camera, one for each run, written over as the run goes on. Runs with the same references
 * are parts of one session: read, they are added up.
 */

import { Readable } from 'node:stream';
import { constants, createDeflate, inflateSync } from 'node:zlib';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { FirstRow } from '../exposure.ts';
import type { Columns, Surveyed } from '../survey.ts';

/** A survey ready for its row. */
export interface PackedSurvey extends Omit<Surveyed, 'counts'> {
  /** Deflated. */
  readonly counts: Uint8Array;
}

/** Profiles in the order in which they stand in the row. */
const PROFILES = ['raw', 'corrected', 'dark', 'sensitivity'] as const;

/** Deflated at once, bytes: a large camera has a hundred million counters, of which no second copy is made. */
const PIECE = 1 << 20;

/** Most counters are 0: runs of them are all that is worth looking for. */
const FAST = { level: 1, strategy: constants.Z_RLE } as const;

export async function pack(survey: Surveyed): Promise<PackedSurvey> {
  const parts: Uint8Array[] = [];
  for await (const part of Readable.from(pieces(survey.counts)).pipe(createDeflate(FAST))) parts.push(part);
  return { ...survey, counts: Buffer.concat(parts) };
}

function* pieces(counts: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < counts.length; at += PIECE) yield counts.slice(at, at + PIECE);
}

/** Within a transaction. */
export function putSurvey(database: DatabaseSyncInstance, run: number, survey: PackedSurvey): void {
  const profiles = Float64Array.from(PROFILES.flatMap((name) => survey[name].flatMap((half) => [...half])));
  database
    .prepare(
      'INSERT OR REPLACE INTO surveys (run, exposures, despiked, spikes, width, height, first_row, profiles, counts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      run,
      survey.exposures,
      survey.despiked,
      survey.spikes,
      survey.width,
      survey.height,
      survey.firstRow,
      new Uint8Array(profiles.buffer),
      survey.counts,
    );
}

/** That of the newest run that has one, with those of all runs that had the same references; null: there is none. */
export function readSurvey(database: DatabaseSyncInstance): Surveyed | null {
  const rows = database
    .prepare(
      `SELECT s.*, r.reference_files FROM surveys s JOIN runs r ON r.id = s.run WHERE s.exposures > 0 ORDER BY s.run DESC`,
    )
    .all() as Record<string, unknown>[];
  const alike = rows.filter(
    (row) => row.reference_files === rows[0]!.reference_files && row.first_row === rows[0]!.first_row,
  );
  return alike.map(toSurvey).reduce<Surveyed | null>((sum, each) => (sum ? together(sum, each) : each), null);
}

function toSurvey(row: Record<string, unknown>): Surveyed {
  const width = row.width as number;
  const profiles = new Float64Array((row.profiles as Uint8Array).slice().buffer);
  const profile = (i: number): Float64Array => profiles.subarray(i * width, (i + 1) * width);
  const columns = (name: (typeof PROFILES)[number]): Columns => {
    const first = 2 * PROFILES.indexOf(name);
    return [profile(first), profile(first + 1)];
  };
  return {
    width,
    height: row.height as number,
    firstRow: row.first_row as FirstRow | null,
    exposures: row.exposures as number,
    despiked: row.despiked as number,
    spikes: row.spikes as number,
    raw: columns('raw'),
    corrected: columns('corrected'),
    dark: columns('dark'),
    sensitivity: columns('sensitivity'),
    counts: inflated(row.counts as Uint8Array),
  };
}

function inflated(packed: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = inflateSync(packed);
  return new Uint8Array(buffer, byteOffset, length);
}

/** The sum of two surveys with the same references. */
function together(a: Surveyed, b: Surveyed): Surveyed {
  const exposures = a.exposures + b.exposures;
  const mean = (name: 'raw' | 'corrected'): Columns => {
    const half = (i: 0 | 1): Float64Array =>
      a[name][i].map((x, col) => (x * a.exposures + b[name][i][col]! * b.exposures) / exposures);
    return [half(0), half(1)];
  };
  return {
    ...a,
    exposures,
    despiked: a.despiked + b.despiked,
    spikes: a.spikes + b.spikes,
    raw: mean('raw'),
    corrected: mean('corrected'),
    counts: a.counts.map((count, i) => Math.min(255, count + b.counts[i]!)),
  };
}
