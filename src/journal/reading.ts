/** Reads a journal back as plain data. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { PixelType, WrittenType } from '../model/exposure.ts';
import { type Counts, type FaultKind, noCounts, STAGES } from '../model/outcome.ts';
import type { Batch, Contents, Day, Entry, EntryCorrected, Run, Work } from './contents.ts';
import { column } from './schema.ts';
import { readSpikes, type Spikes } from './spikes.ts';

type Row = Record<string, unknown>;

const COUNTS = Object.keys(noCounts()) as (keyof Counts)[];

const RUNS = 'SELECT * FROM runs ORDER BY id';

const INLINE = 'SELECT inline_seconds FROM runs WHERE inline_seconds IS NOT NULL ORDER BY id DESC LIMIT 1';

// Nanoseconds as text: as a number they would lose their last digits.
const ENTRIES = `
SELECT e.output, e.input, e.run, e.recorded, e.input_size, CAST(e.input_mtime_ns AS TEXT) AS input_mtime_ns, e.key,
       e.kind, e.message, e.suspect, e.width, e.height, e.frames, e.type_read, e.type_written,
       e.min, e.max, e.mean, e.deviation, e.bytes_out, e.crc32, e.turned, e.steps,
       ${COUNTS.map((name) => `e.${column(name)} AS "counts.${name}"`).join(', ')},
       ${STAGES.map((stage) => `t.${column(stage)} AS "times.${stage}"`).join(', ')}
FROM exposures e LEFT JOIN timings t ON t.id = e.timing
UNION ALL
SELECT output, input, run, recorded, input_size, CAST(input_mtime_ns AS TEXT), '',
       'collision', message, '[]', ${Array(13 + COUNTS.length + STAGES.length)
         .fill('NULL')
         .join(', ')}
FROM collisions
ORDER BY 1, 2`;

/** Journals that were last written by older tools have rows only. */
const SPENT_OF_OLD = '(SELECT *, 1 AS corrections FROM timings)';

const batches = (spent: string): string => `
SELECT run, steps, type_written, frames, pixels, sum(corrections) AS exposures,
       sum(flat_field + defects + despike + finish) AS busy
FROM ${spent} WHERE first = 1 GROUP BY run, steps, type_written, frames, pixels ORDER BY 1, 2, 3, 4, 5`;

const IN_THREADS = STAGES.filter((stage) => stage !== 'wait' && stage !== 'settle').map(column);

const work = (spent: string): string => `
SELECT run, sum(bytes_written) AS bytesWritten, sum(write + flush) AS writing, sum(${IN_THREADS.join(' + ')}) AS busy
FROM ${spent} GROUP BY run ORDER BY run`;

const DAYS = `
SELECT day, sum(corrections) AS corrections, ${STAGES.map((stage) => `sum(${column(stage)}) AS "times.${stage}"`).join(', ')}
FROM daily_timings WHERE last = 1 GROUP BY day ORDER BY day`;

/**
 * Everything, as it stands at one moment; null before the first run. Read at one go, since a reader that dawdles holds up
 * the records of a run.
 */
export function readContents(database: DatabaseSyncInstance): Contents | null {
  const all = (sql: string): Row[] => database.prepare(sql).all();
  database.exec('BEGIN');
  try {
    const runs = all(RUNS).map(toRun);
    const run = runs.at(-1);
    if (!run) return null;
    const spikes = readSpikes(database);
    const daily = all("SELECT name FROM sqlite_master WHERE name = 'time_spent'").length > 0;
    const spent = daily ? 'time_spent' : SPENT_OF_OLD;
    return {
      run,
      runs,
      inlineSeconds: (all(INLINE)[0]?.inline_seconds as number | undefined) ?? null,
      entries: Array.from(database.prepare(ENTRIES).iterate() as Iterable<Row>, (row) => toEntry(row, spikes)),
      batches: all(batches(spent)).map(toBatch),
      work: all(work(spent)) as unknown as Work[],
      days: daily ? all(DAYS).map(toDay) : [],
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
    // Journals that were not opened for writing since lack the columns.
    libraries: row.libraries ? json(row.libraries) : null,
    machine: (row.machine as string | null | undefined) ?? null,
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
  };
}

function toEntry(row: Row, spikes: ReadonlyMap<string, Spikes>): Entry {
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
    fault: failed ? { kind: row.kind as FaultKind, message: row.message as string } : null,
    corrected: failed ? null : { ...toCorrected(row), spikes: spikes.get(row.output as string) ?? null },
  };
}

/** Names with the columns that hold them. Written out once: a hundred thousand rows have seventeen of them each. */
const columnsOf = <K extends string>(prefix: string, names: readonly K[]): (readonly [K, string])[] =>
  names.map((name) => [name, `${prefix}.${name}`]);

const COUNT_COLUMNS = columnsOf('counts', COUNTS);
const TIME_COLUMNS = columnsOf('times', STAGES);

function group<K extends string>(row: Row, columns: readonly (readonly [K, string])[]): Record<K, number> {
  const values = {} as Record<K, number>;
  for (const [name, from] of columns) values[name] = row[from] as number;
  return values;
}

function toCorrected(row: Row): Omit<EntryCorrected, 'spikes'> {
  return {
    typeWritten: row.type_written as WrittenType,
    suspect: json(row.suspect),
    counts: group(row, COUNT_COLUMNS),
    statistics: {
      min: figure(row.min),
      max: figure(row.max),
      mean: figure(row.mean),
      deviation: figure(row.deviation),
    },
    bytesOut: row.bytes_out as number,
    crc: row.crc32 as number,
    turned: row.turned === 1,
    steps: json(row.steps),
    times: row['times.read'] === null ? null : group(row, TIME_COLUMNS),
  };
}

/** SQLite has no NaN: it keeps NULL. */
const figure = (value: unknown): number => (value === null ? Number.NaN : (value as number));

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
  times: group(row, TIME_COLUMNS),
});
