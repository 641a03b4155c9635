/** Reads a journal back as plain data. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { PixelType, WrittenType } from '../model/exposure.ts';
import { METADATA_FIELDS, type Metadata } from '../model/metadata.ts';
import type { FaultKind } from '../model/outcome.ts';
import {
  type FigureValue,
  type KnownFigures,
  layout,
  type Placed,
  ROW_FIGURES,
  type Stage,
  type StageTimes,
  stagesOf,
  TIME_FIGURES,
  WORK,
} from '../model/record.ts';
import { joined, joinedBatches, joinedWork, readOrigins } from './arrays.ts';
import type { Batch, Contents, Day, Entry, EntryCorrected, ReferenceFile, Run, Work } from './contents.ts';
import { readInlineTimings } from './inline-timings.ts';
import { readLoad } from './machine-load.ts';
import { readReferenceChecks } from './reference-checks.ts';
import { column, columnsOf } from './schema.ts';

type Row = Record<string, unknown>;

const RUNS = 'SELECT * FROM runs ORDER BY id';

const INLINE = 'SELECT inline_seconds FROM runs WHERE inline_seconds IS NOT NULL ORDER BY id DESC LIMIT 1';

/** What an entry is read from, by the name that its column has in the result. Nanoseconds as text: as a number they would lose their last digits. */
const ENTRY: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['output', 'input', 'run', 'recorded', 'input_size', 'key', 'kind', 'message', 'suspect', 'width', 'height'],
      ...['frames', 'type_read', 'type_written', 'bytes_out', 'crc32', 'turned', 'steps', 'timing'],
    ].map((name) => [name, `e.${name}`]),
  ),
  input_mtime_ns: 'CAST(e.input_mtime_ns AS TEXT)',
};

/** The same of a collision, which has no more than this. */
const COLLISION: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['output', 'input', 'run', 'recorded', 'input_size', 'message'].map((name) => [name, name])),
  input_mtime_ns: 'CAST(input_mtime_ns AS TEXT)',
  key: "''",
  kind: "'collision'",
  suspect: "'[]'",
};

/** A figure with the name that its column has in the result. */
interface Read extends Placed {
  readonly from: string;
}

const read = (figures: readonly Placed[]): readonly Read[] =>
  figures.map((figure) => ({ ...figure, from: `${figure.part ?? ''}.${figure.name}` }));

const ROW = read(ROW_FIGURES);
const TIMES = read(TIME_FIGURES);
const layRow = layout(ROW);
const layTimes = layout(TIMES);

/** `known`: the columns of a table. What it lacks reads as `absent`: an older tool made it. */
const selected = (figures: readonly Read[], table: string, known: ReadonlySet<string>, absent: string) =>
  figures.map(({ name, from }) => [from, known.has(column(name)) ? `${table}.${column(name)}` : absent] as const);

/** The column of the result that holds a field of the metadata. */
const stating = (name: string): string => `metadata.${name}`;

function entries(database: DatabaseSyncInstance): string {
  const known = columnsOf(database, 'exposures');
  const ofRun = '(SELECT r.reference_files FROM runs r WHERE r.id = e.run)';
  const wanted = Object.entries({
    ...ENTRY,
    reference_files: known.has('reference_files') ? `coalesce(e.reference_files, ${ofRun})` : ofRun,
    ...Object.fromEntries(selected(ROW, 'e', known, 'NULL')),
    ...Object.fromEntries(
      METADATA_FIELDS.map(({ name }) => [stating(name), known.has(column(name)) ? `e.${column(name)}` : 'NULL']),
    ),
    ...Object.fromEntries(selected(TIMES, 't', columnsOf(database, 'timings'), '0')),
  });
  return `
SELECT ${wanted.map(([name, from]) => `${from} AS "${name}"`).join(', ')}
FROM exposures e LEFT JOIN timings t ON t.id = e.timing
UNION ALL
SELECT ${wanted.map(([name]) => COLLISION[name] ?? 'NULL').join(', ')}
FROM collisions
ORDER BY output, input`;
}

/** The sum of some stages in a row of `known` columns. */
const sum = (stages: readonly Stage[], known: ReadonlySet<string>): string =>
  stages
    .map(column)
    .filter((name) => known.has(name))
    .join(' + ');

const batches = (known: ReadonlySet<string>): string => `
SELECT run, steps, type_written, frames, pixels, sum(corrections) AS exposures, sum(${sum(stagesOf('correcting'), known)}) AS busy
FROM time_spent WHERE first = 1 GROUP BY run, steps, type_written, frames, pixels ORDER BY 1, 2, 3, 4, 5`;

const work = (known: ReadonlySet<string>): string => `
SELECT run, sum(bytes_written) AS bytesWritten, sum(${sum(stagesOf('writing'), known)}) AS writing, sum(${sum(WORK, known)}) AS busy
FROM time_spent GROUP BY run ORDER BY run`;

const days = (known: ReadonlySet<string>): string => `
SELECT day, sum(corrections) AS corrections, ${selected(TIMES, 'd', known, '0')
  .map(([name, from]) => `sum(${from}) AS "${name}"`)
  .join(', ')}
FROM daily_timings d WHERE last = 1 GROUP BY day ORDER BY day`;

/**
 * Everything, as it stands at one moment; null before the first run. Read without a pause, since a slow reader holds up
 * the records of a run.
 */
export function readContents(database: DatabaseSyncInstance): Contents | null {
  const all = (sql: string): Row[] => database.prepare(sql).all();
  database.exec('BEGIN');
  try {
    const shards = joined(all(RUNS).map(toRun), readOrigins(database));
    const { runs } = shards;
    const run = runs.at(-1);
    if (!run) return null;
    const spent = columnsOf(database, 'time_spent');
    const referencesOf = referenceReader();
    return {
      run,
      runs,
      inlineSeconds: (all(INLINE)[0]?.inline_seconds as number | undefined) ?? null,
      entries: Array.from(database.prepare(entries(database)).iterate() as Iterable<Row>, (row) => {
        const entry = toEntry(row, referencesOf(row.reference_files));
        return { ...entry, run: shards.numberOf(entry.run) };
      }),
      batches: joinedBatches(all(batches(spent)).map(toBatch), shards),
      work: joinedWork(all(work(spent)) as unknown as Work[], shards),
      days: all(days(columnsOf(database, 'daily_timings'))).map(toDay),
      referenceChecks: readReferenceChecks(database),
      inlineTimings: readInlineTimings(database),
      load: readLoad(database, run.id),
    };
  } finally {
    if (database.isTransaction) database.exec('COMMIT');
  }
}

const json = <T>(text: unknown): T => JSON.parse(text as string) as T;

function toRun(row: Row): Run {
  return {
    id: row.id as number,
    command: row.command as string,
    tool: row.tool as string,
    node: row.node as string,
    host: row.host as string,
    libraries: json(row.libraries),
    machine: row.machine as string,
    threads: row.threads as number,
    recipe: json(row.recipe),
    references: json(row.reference_files),
    outputFolder: row.output_folder as string,
    inlineSeconds: row.inline_seconds as number | null,
    started: row.started as string,
    finished: row.finished as string | null,
    wall: row.wall as number,
    done: row.done as number,
    skipped: row.skipped as number,
    failed: row.failed as number,
    exitCode: row.exit_code as number | null,
    array: null,
  };
}

/** A hundred thousand exposures share a few sets of references: one object each. */
function referenceReader(): (files: unknown) => readonly ReferenceFile[] {
  const sets = new Map<unknown, readonly ReferenceFile[]>();
  return (files) => {
    const known = sets.get(files) ?? json<readonly ReferenceFile[]>(files ?? '[]');
    sets.set(files, known);
    return known;
  };
}

function toEntry(row: Row, references: readonly ReferenceFile[]): Entry {
  const failed = row.kind !== null;
  return {
    output: row.output as string,
    input: row.input as string,
    run: row.run as number,
    recorded: row.recorded as string,
    identity:
      row.input_mtime_ns === null
        ? null
        : { size: row.input_size as number, mtimeNs: BigInt(row.input_mtime_ns as string) },
    key: row.key as string,
    width: row.width as number | null,
    height: row.height as number | null,
    frames: row.frames as number | null,
    typeRead: row.type_read as PixelType | null,
    metadata: toMetadata(row),
    fault: failed ? { kind: row.kind as FaultKind, message: row.message as string } : null,
    corrected: failed ? null : { ...toCorrected(row), references },
  };
}

const FROM_CELL = {
  number: (cell: unknown) => cell as number,
  text: (cell: unknown) => cell as string,
  time: (cell: unknown) => Date.parse(cell as string),
  flag: (cell: unknown) => cell === 1,
} as const;

const STATING = METADATA_FIELDS.map(({ name, kind }) => [name, stating(name), FROM_CELL[kind]] as const);

function toMetadata(row: Row): Metadata | null {
  let metadata: Record<string, string | number | boolean> | null = null;
  for (const [name, from, read] of STATING) {
    if (row[from] === null) continue;
    metadata ??= {};
    metadata[name] = read(row[from]);
  }
  return metadata;
}

function toCorrected(row: Row): Omit<EntryCorrected, 'references'> {
  return {
    ...(layRow((figure) => value(row, figure)) as unknown as KnownFigures),
    bytesOut: row.bytes_out as number,
    typeWritten: row.type_written as WrittenType,
    suspect: json(row.suspect),
    crc: row.crc32 as number,
    turned: row.turned === 1,
    steps: json(row.steps),
    times: row.timing === null ? null : toTimes(row),
  };
}

const toTimes = (row: Row): StageTimes => layTimes((figure) => value(row, figure)).times as StageTimes;

/** SQLite has no NaN: it keeps NULL. */
function value(row: Row, { kind, from }: Read): FigureValue {
  const found = row[from];
  if (kind === 'number') return found === null ? Number.NaN : (found as number);
  return kind === 'list' && found !== null ? json<readonly number[]>(found) : (found as number | null);
}

function toBatch(row: Row): Batch {
  return {
    run: row.run as number,
    steps: json(row.steps),
    typeWritten: row.type_written as WrittenType,
    frames: row.frames as number,
    pixels: row.pixels as number,
    exposures: row.exposures as number,
    busy: row.busy as number,
  };
}

const toDay = (row: Row): Day => ({
  day: row.day as string,
  corrections: row.corrections as number,
  times: toTimes(row),
});
