/**
 * The journal's surveys of the camera, one for each run, written over as the run goes on. Runs with the same references
 * are parts of one session: read, they are added up.
 */

import { once } from 'node:events';
import { constants, createDeflate, inflateSync } from 'node:zlib';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { partsOf } from '../correct/observe/evenness.ts';
import type { Columns, FarPixels, Grids, Surveyed, SurveyedColumns } from '../correct/observe/survey.ts';
import type { FirstRow } from '../model/exposure.ts';
import type { ReferenceFile } from './contents.ts';
import { columnsOf } from './schema.ts';

/** A survey ready for its row. */
export interface PackedSurvey {
  readonly survey: Surveyed;
  /** Its counts, deflated. */
  readonly packed: Uint8Array;
  /** Of its exposures; null: those of the run, the same for all. */
  readonly references: readonly ReferenceFile[] | null;
}

/** Profiles in the order in which they stand in the row. */
const PROFILES = ['raw', 'corrected', 'dark', 'sensitivity'] as const;

/** Deflated at once, bytes: a large camera has a hundred million counters, of which no second copy is made. */
const PIECE = 1 << 20;

/** Most counters are 0: runs of them are all that is worth looking for. */
const FAST = { level: 1, strategy: constants.Z_RLE, chunkSize: 1 << 18 } as const;

export async function pack(
  survey: Surveyed,
  references: readonly ReferenceFile[] | null = null,
): Promise<PackedSurvey> {
  const { counts } = survey;
  const deflate = createDeflate(FAST);
  const parts: Uint8Array[] = [];
  deflate.on('data', (part: Uint8Array) => parts.push(part));
  const piece = new Uint8Array(Math.min(PIECE, counts.length));
  for (let at = 0; at < counts.length; at += PIECE) {
    const bytes = Math.min(PIECE, counts.length - at);
    piece.set(counts.subarray(at, at + bytes));
    // When that is done the piece may be written over.
    await new Promise<void>((resolve, reject) => {
      deflate.write(piece.subarray(0, bytes), (error) => (error ? reject(error) : resolve()));
    });
  }
  const ended = once(deflate, 'end');
  deflate.end();
  await ended;
  return { survey, packed: Buffer.concat(parts), references };
}

/** Within a transaction. */
export function putSurvey(
  database: DatabaseSyncInstance,
  run: number,
  { survey, packed, references }: PackedSurvey,
): void {
  const { width, height, sensitivityRows } = survey;
  const profiles = new Float64Array(2 * PROFILES.length * width);
  for (const [i, half] of PROFILES.flatMap((name) => survey[name]).entries()) profiles.set(half, i * width);
  const rows = sensitivityRows && new Float64Array(2 * height);
  for (const i of [0, 1] as const) if (sensitivityRows) rows!.set(sensitivityRows[i], i * height);
  const [table, its] = references ? ['set_surveys', ', reference_files'] : ['surveys', ''];
  database
    .prepare(
      `INSERT OR REPLACE INTO ${table} (run, exposures, despiked, spikes, width, height, first_row, profiles, rows, far, grids, counts${its}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?${references ? ', ?' : ''})`,
    )
    .run(
      run,
      survey.exposures,
      survey.despiked,
      survey.spikes,
      width,
      height,
      survey.firstRow,
      new Uint8Array(profiles.buffer),
      rows && new Uint8Array(rows.buffer),
      survey.far && farBytes(survey.far),
      survey.grids && gridBytes(survey.grids),
      packed,
      ...(references ? [JSON.stringify(references)] : []),
    );
}

function farBytes({ exposures, events, pixels, counts }: FarPixels): Uint8Array {
  const cells = new Int32Array(2 + 2 * pixels.length);
  cells.set([exposures, Math.min(events, 2 ** 31 - 1)]);
  for (let i = 0; i < pixels.length; i++) cells.set([pixels[i]!, counts[i]!], 2 + 2 * i);
  return new Uint8Array(cells.buffer);
}

function toFar(bytes: Uint8Array): FarPixels {
  const [exposures = 0, events = 0, ...cells] = new Int32Array(bytes.slice().buffer);
  return {
    ...{ exposures, events },
    pixels: Uint32Array.from(cells.filter((_, i) => i % 2 === 0)),
    counts: Int8Array.from(cells.filter((_, i) => i % 2 === 1)),
  };
}

function gridBytes({ columns, rows }: Grids): Uint8Array {
  const both = new Float32Array(columns.length + rows.length);
  both.set(columns);
  both.set(rows, columns.length);
  return new Uint8Array(both.buffer);
}

/** Null: of another size than the exposures' would be. */
function toGrids(bytes: Uint8Array, size: { readonly width: number; readonly height: number }): Grids | null {
  const both = new Float32Array(bytes.slice().buffer);
  const { bands, segments } = partsOf(size);
  const columns = bands * size.width;
  if (both.length !== columns + segments * size.height) return null;
  return { columns: both.slice(0, columns), rows: both.slice(columns) };
}

const COLUMNS = 's.run, s.exposures, s.despiked, s.spikes, s.width, s.height, s.first_row, s.profiles, s.rows';
const LATER = ['far', 'grids'] as const;

/** All surveys with the references of their exposures, the newest first; those of one run by how much they have seen. */
function surveys(database: DatabaseSyncInstance, more: '' | ', s.counts'): Record<string, unknown>[] {
  const there = (table: string): string => {
    const columns = columnsOf(database, table);
    return LATER.map((name) => (columns.has(name) ? `, s.${name}` : `, NULL AS ${name}`)).join('');
  };
  const ofSets = columnsOf(database, 'set_surveys').size > 0;
  return database
    .prepare(
      `SELECT ${COLUMNS}${there('surveys')}${more}, r.reference_files FROM surveys s JOIN runs r ON r.id = s.run WHERE s.exposures > 0
       ${ofSets ? `UNION ALL SELECT ${COLUMNS}${there('set_surveys')}${more}, s.reference_files FROM set_surveys s WHERE s.exposures > 0` : ''}
       ORDER BY 1 DESC, 2 DESC`,
    )
    .all() as Record<string, unknown>[];
}

/** The survey of a run that has ended, as its row has it. */
export interface KnownSurvey {
  readonly run: number;
  readonly survey: Surveyed;
}

/**
 * That of the newest run that has one, with those of all runs that had the same references; null: there is none.
 * @param known need not be inflated again
 */
export function readSurvey(database: DatabaseSyncInstance, known: KnownSurvey | null): Surveyed | null {
  const rows = surveys(database, ', s.counts');
  const alike = rows.filter(
    (row) => row.reference_files === rows[0]!.reference_files && row.first_row === rows[0]!.first_row,
  );
  return alike
    .map((row) => (row.run === known?.run ? known!.survey : toSurvey(row)))
    .reduce<Surveyed | null>((sum, each) => (sum ? together(sum, each) : each), null);
}

/**
 * What the survey of the runs with the same references as `run` says of columns (null: as `readSurvey` finds them), without
 * a look at single pixels; null: there is none. `chosen`: the references, where a run has several sets.
 */
export function readColumns(
  database: DatabaseSyncInstance,
  run: number | null,
  chosen: readonly ReferenceFile[] | null = null,
): SurveyedColumns | null {
  const rows = surveys(database, '');
  const references = chosen
    ? JSON.stringify(chosen)
    : run === null
      ? rows[0]?.reference_files
      : database.prepare('SELECT reference_files FROM runs WHERE id = ?').get(run)?.reference_files;
  const mine = rows.filter((row) => row.reference_files === references);
  return mine
    .filter((row) => row.first_row === mine[0]!.first_row)
    .map(toColumns)
    .reduce<SurveyedColumns | null>((sum, each) => (sum ? columnsTogether(sum, each) : each), null);
}

const toSurvey = (row: Record<string, unknown>): Surveyed => ({
  ...toColumns(row),
  counts: inflated(row.counts as Uint8Array, (row.width as number) * (row.height as number)),
});

function toColumns(row: Record<string, unknown>): SurveyedColumns {
  const [width, height] = [row.width as number, row.height as number];
  const profiles = new Float64Array((row.profiles as Uint8Array).slice().buffer);
  const profile = (i: number): Float64Array => profiles.subarray(i * width, (i + 1) * width);
  const rows = row.rows ? new Float64Array((row.rows as Uint8Array).slice().buffer) : null;
  const columns = (name: (typeof PROFILES)[number]): Columns => {
    const first = 2 * PROFILES.indexOf(name);
    return [profile(first), profile(first + 1)];
  };
  return {
    width,
    height,
    firstRow: row.first_row as FirstRow | null,
    exposures: row.exposures as number,
    despiked: row.despiked as number,
    spikes: row.spikes as number,
    raw: columns('raw'),
    corrected: columns('corrected'),
    dark: columns('dark'),
    sensitivity: columns('sensitivity'),
    sensitivityRows: rows && [rows.subarray(0, height), rows.subarray(height)],
    far: row.far ? toFar(row.far as Uint8Array) : null,
    grids: row.grids ? toGrids(row.grids as Uint8Array, { width, height }) : null,
  };
}

function inflated(packed: Uint8Array, counts: number): Uint8Array {
  // In one piece: with a byte to spare zlib knows that nothing is to come.
  const { buffer, byteOffset, length } = inflateSync(packed, { chunkSize: Math.max(64, counts + 1) });
  return new Uint8Array(buffer, byteOffset, length);
}

/** The sum of two surveys with the same references. */
function together(a: Surveyed, b: Surveyed): Surveyed {
  const counts = new Uint8Array(a.counts.length);
  for (let i = 0; i < counts.length; i++) counts[i] = Math.min(255, a.counts[i]! + b.counts[i]!);
  return { ...columnsTogether(a, b), counts };
}

function columnsTogether(a: SurveyedColumns, b: SurveyedColumns): SurveyedColumns {
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
    sensitivityRows: a.sensitivityRows ?? b.sensitivityRows,
    far: a.far && b.far ? farTogether(a.far, b.far) : (a.far ?? b.far),
    grids: a.grids && b.grids ? gridsTogether(a.grids, a.exposures, b.grids, b.exposures) : null,
  };
}

/** A pixel that one of the two does not list was hardly ever far there: it counts as never. */
function farTogether(a: FarPixels, b: FarPixels): FarPixels {
  const times = new Map<number, number>();
  for (const { pixels, counts } of [a, b])
    for (let i = 0; i < pixels.length; i++) times.set(pixels[i]!, (times.get(pixels[i]!) ?? 0) + counts[i]!);
  const pixels = Uint32Array.from(times.keys()).sort();
  return {
    exposures: a.exposures + b.exposures,
    events: a.events + b.events,
    pixels,
    counts: Int8Array.from(pixels, (pixel) => Math.max(-127, Math.min(127, times.get(pixel)!))),
  };
}

function gridsTogether(a: Grids, ofA: number, b: Grids, ofB: number): Grids {
  const mean = (x: Float32Array, y: Float32Array): Float32Array =>
    x.map((each, i) => (each * ofA + y[i]! * ofB) / (ofA + ofB));
  return { columns: mean(a.columns, b.columns), rows: mean(a.rows, b.rows) };
}
