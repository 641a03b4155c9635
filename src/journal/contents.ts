/** The journal read back as plain data: what reports and `verify` work from. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { PixelType, Statistics, WrittenType } from '../exposure.ts';
import { type Counts, type FaultKind, type Identity, noCounts, STAGES, type StageTimes } from '../outcome.ts';
import { column } from './schema.ts';
import { readSpikes, type Spikes } from './spikes.ts';

/** A reference as a run used it. `hash`: SHA-256 of the file, hexadecimal. */
export interface ReferenceFile {
  readonly role: string;
  readonly name: string;
  readonly hash: string;
}

/** What is known of a run before its first exposure. */
export interface RunStart {
  readonly command: string;
  /** Version of the tool. */
  readonly tool: string;
  readonly threads: number;
  /** JSON-able. */
  readonly recipe: unknown;
  readonly references: readonly ReferenceFile[];
  /** Absolute. */
  readonly outputFolder: string;
  /** The user's own inline cost, s per exposure. */
  readonly inlineSeconds: number | null;
}

/** A run, finished or not. Times are ISO 8601, UTC. */
export interface Run extends RunStart {
  readonly id: number;
  readonly node: string;
  readonly host: string;
  readonly started: string;
  /** Null while it runs, and for ever when it was killed. */
  readonly finished: string | null;
  /** Microseconds from its start to the last thing recorded. */
  readonly wall: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly exitCode: number | null;
}

/** The last word on an exposure: the newest attempt to correct it. */
export interface Entry {
  readonly output: string;
  readonly input: string;
  readonly run: number;
  /** ISO 8601, UTC. */
  readonly recorded: string;
  readonly identity: Identity | null;
  readonly key: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly frames: number | null;
  readonly typeRead: PixelType | null;
  readonly fault: { readonly kind: FaultKind; readonly message: string } | null;
  /** Null when it failed. */
  readonly corrected: EntryCorrected | null;
}

export interface EntryCorrected {
  readonly typeWritten: WrittenType;
  readonly suspect: readonly string[];
  readonly counts: Counts;
  readonly statistics: Statistics;
  readonly bytesOut: number;
  /** CRC-32 of the written pixels, rows in the stored order of the raw file. */
  readonly crc: number;
  readonly turned: boolean;
  readonly steps: readonly string[];
  readonly times: StageTimes;
  /** Null in journals of old. */
  readonly spikes: Spikes | null;
}

/** First corrections that are alike: what the time saved is computed from. */
export interface Batch {
  readonly run: number;
  readonly steps: readonly string[];
  readonly typeWritten: WrittenType;
  readonly frames: number;
  /** Of all frames of one exposure. */
  readonly pixels: number;
  readonly exposures: number;
  /** Microseconds in flat-field, defects, despike and finish, of all these exposures. */
  readonly busy: number;
}

/** How fast a run wrote: bytes, and microseconds in write and flush, of all its corrections. */
export interface Writing {
  readonly run: number;
  readonly bytes: number;
  readonly micros: number;
}

export interface Contents {
  /** The newest. */
  readonly run: Run;
  /** All, oldest first. */
  readonly runs: readonly Run[];
  /** `inlineSeconds` as it was last given, in this run or an earlier one. */
  readonly inlineSeconds: number | null;
  /** Sorted by output. */
  readonly entries: readonly Entry[];
  readonly batches: readonly Batch[];
  readonly writing: readonly Writing[];
}

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

const BATCHES = `
SELECT run, steps, type_written, frames, pixels, count(*) AS exposures,
       sum(flat_field + defects + despike + finish) AS busy
FROM timings WHERE first = 1 GROUP BY run, steps, type_written, frames, pixels ORDER BY 1, 2, 3, 4, 5`;

const WRITING =
  'SELECT run, sum(bytes_written) AS bytes, sum(write + flush) AS micros FROM timings GROUP BY run ORDER BY run';

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
    return {
      run,
      runs,
      inlineSeconds: (all(INLINE)[0]?.inline_seconds as number | undefined) ?? null,
      entries: all(ENTRIES).map((row) => toEntry(row, spikes)),
      batches: all(BATCHES).map(toBatch),
      writing: all(WRITING) as unknown as Writing[],
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

function toCorrected(row: Row): Omit<EntryCorrected, 'spikes'> {
  const group = <K extends string>(prefix: string, names: readonly K[]): Record<K, number> =>
    Object.fromEntries(names.map((name) => [name, row[`${prefix}.${name}`]])) as Record<K, number>;
  return {
    typeWritten: row.type_written as WrittenType,
    suspect: json(row.suspect),
    counts: group('counts', COUNTS),
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
    times: group('times', STAGES),
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
