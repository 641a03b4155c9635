/**
 * The tables of the journal. SQLite keeps the text of a table as it is written here, comments included, so that
 * `sqlite3 darkroom.sqlite .schema` explains every column to a reader years later. Columns of figures come
 * from the table of the record. Nothing newer than SQLite 3.0 is used: anybody's SQLite can read it.
 */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { fieldInWords, METADATA_FIELDS, type NamedField } from '../model/metadata.ts';
import { inWords, type Placed, ROW_FIGURES, TIME_FIGURES } from '../model/record.ts';

/**
 * `PRAGMA user_version` of what this tool writes; other versions are refused. A new figure needs no new version: its column
 * is added to journals that lack it.
 */
export const SCHEMA_VERSION = 2;

/** `PRAGMA application_id`: the letters "drkr", which tell a journal from any other SQLite file. */
export const APPLICATION_ID = 0x64_72_6b_72;

/** How a field that code calls `clippedLow` is called in a table: `clipped_low`. */
export const column = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const TYPES = { whole: 'INTEGER', number: 'REAL', list: 'TEXT' } as const;

/** A column's type as CREATE TABLE declares it. A time is never NULL: what has no such stage took none. */
const typeOf = ({ kind, part }: Placed): string => `${TYPES[kind]}${part === 'times' ? ' NOT NULL DEFAULT 0' : ''}`;

const comment = (figure: Placed): string => `${figure.kind === 'list' ? 'JSON: a list of ' : ''}${inWords(figure)}`;

/** Columns as lines of a CREATE TABLE that goes on after them. */
const lines = (figures: readonly Placed[]): string =>
  figures
    .map((figure) => `  ${`${column(figure.name).padEnd(14)} ${typeOf(figure)},`.padEnd(43)} -- ${comment(figure)}`)
    .join('\n');

const METADATA_TYPES = { number: 'REAL', text: 'TEXT', time: 'TEXT', flag: 'INTEGER' } as const;

/** What a column of metadata holds; NULL where neither the file nor the one beside it says so. */
const said = (field: NamedField): string =>
  `${fieldInWords(field)}${field.kind === 'time' ? '; UTC, ISO 8601' : field.kind === 'flag' ? '; 1: yes' : ''}`;

const metadataLines = METADATA_FIELDS.map(
  (field) => `  ${`${column(field.name).padEnd(17)} ${METADATA_TYPES[field.kind]},`.padEnd(43)} -- ${said(field)}`,
).join('\n');

/** A column that an older tool did not know, and what adds it to a journal that lacks it. */
interface LaterColumn {
  readonly table: string;
  readonly column: string;
  readonly add: string;
}

export const FIGURE_COLUMNS: readonly LaterColumn[] = [
  ...ROW_FIGURES.map((figure) => ['exposures', figure] as const),
  ...['timings', 'daily_timings'].flatMap((table) => TIME_FIGURES.map((figure) => [table, figure] as const)),
].map(([table, figure]) => ({
  table,
  column: column(figure.name),
  // SQLite keeps a comment that stands between the name and the type.
  add: `ALTER TABLE ${table} ADD COLUMN ${column(figure.name)} /* ${comment(figure)} */ ${typeOf(figure)}`,
}));

export const METADATA_COLUMNS: readonly LaterColumn[] = METADATA_FIELDS.map((field) => ({
  table: 'exposures',
  column: column(field.name),
  add: `ALTER TABLE exposures ADD COLUMN ${column(field.name)} /* ${said(field)} */ ${METADATA_TYPES[field.kind]}`,
}));

/** What surveys hold since 0.3.0. */
const EVENNESS = {
  far: 'uint32, little-endian: exposures looked at, pixels far from the level around them in all; then pixels that were so again and again: row * width + column, times (int32; below 0: dark)',
  grids: 'float32, little-endian: mean counts of the corrected images, columns in bands of rows, then rows in segments',
};

const evennessLines = Object.entries(EVENNESS)
  .map(([name, holds]) => `  ${name} BLOB, -- ${holds}`)
  .join('\n');

export const LATER_COLUMNS: readonly LaterColumn[] = [
  ...FIGURE_COLUMNS,
  ...METADATA_COLUMNS,
  {
    table: 'exposures',
    column: 'reference_files',
    add: 'ALTER TABLE exposures ADD COLUMN reference_files /* JSON: with which it was corrected, as in runs; NULL: with those of its run */ TEXT',
  },
  ...['surveys', 'set_surveys'].flatMap((table) =>
    Object.entries(EVENNESS).map(([name, holds]) => ({
      ...{ table, column: name },
      add: `ALTER TABLE ${table} ADD COLUMN ${name} /* ${holds} */ BLOB`,
    })),
  ),
];

const TIME_COLUMNS = TIME_FIGURES.map(({ name }) => column(name)).join(', ');

/** All corrections, whether they are kept one by one or by the day. Made anew where a stage is new. */
export const TIME_SPENT = `
-- All corrections, whether they are kept one by one or by the day: what sums are to be taken over.
CREATE VIEW time_spent AS
  SELECT substr(recorded, 1, 10) AS day, run, first, steps, type_written, frames, pixels, 1 AS corrections,
         bytes_written, ${TIME_COLUMNS} FROM timings
  UNION ALL
  SELECT day, run, first, steps, type_written, frames, pixels, corrections, bytes_written, ${TIME_COLUMNS} FROM daily_timings;
`;

/** Views that journals of 0.2.0 lack: made when such a journal is written again, once its tables have all columns. */
export const LATER_VIEWS: Readonly<Record<string, string>> = {
  cadence: `
CREATE VIEW cadence AS -- How many exposures were taken in each hour, UTC, by what states the times
  SELECT substr(at, 1, 13) || ':00:00Z' AS hour, source, count(*) AS exposures, min(at) AS first, max(at) AS last
  FROM (
    SELECT coalesce(taken, strftime('%Y-%m-%dT%H:%M:%fZ', input_mtime_ns / 1e9, 'unixepoch')) AS at,
           CASE WHEN taken IS NULL THEN 'modification time of the files' ELSE taken_from END AS source
    FROM exposures WHERE taken IS NOT NULL OR input_mtime_ns IS NOT NULL
  ) AS times
  GROUP BY 1, 2;`,
};

/**
 * Tables that journals of 0.2.0 lack: they are made when such a journal is written again, and read as empty until then. The
 * comments stand within the statement, where SQLite keeps them.
 */
export const LATER_TABLES: Readonly<Record<string, string>> = {
  origins: `
CREATE TABLE origins ( -- Runs that were one shard of several, and runs that other journals know by these names
  run       INTEGER PRIMARY KEY REFERENCES runs (id),
  origin    TEXT NOT NULL,                    -- the name of the run in every journal that knows it
  inherited INTEGER NOT NULL,                 -- 1: another journal has this run; here are its last words on some exposures alone
  shard     INTEGER,                          -- from 1; NULL: all exposures were its own
  shards    INTEGER,                          -- how many there were
  array     TEXT                              -- what started them, such as the id of an array job of Slurm; NULL: not known
);`,
  reference_checks: `
CREATE TABLE reference_checks ( -- What the first exposures of a run say of its references
  run       INTEGER NOT NULL REFERENCES runs (id),
  reference TEXT NOT NULL,                    -- norm, dark, defects
  compared  TEXT NOT NULL,                    -- pattern, structure, hot pixels, beam, level, place
  recorded  TEXT NOT NULL,                    -- UTC, ISO 8601
  exposures INTEGER NOT NULL,                 -- so many were looked at
  seconds   REAL NOT NULL,                    -- that all checks of the run took
  verdict   TEXT NOT NULL,                    -- right, weak, cannot tell; anything else is a reason not to correct
  refused   INTEGER NOT NULL,                 -- 1: nothing was corrected as long as this was so
  found     TEXT NOT NULL,
  advice    TEXT,
  figures   TEXT NOT NULL,                    -- JSON: what the verdict comes from, by name
  PRIMARY KEY (run, reference, compared)
);`,
  machine_load: `
CREATE TABLE machine_load ( -- How busy the computer was during a run; parts of the time, 0 to 1; NULL: the system does not tell
  run     INTEGER NOT NULL REFERENCES runs (id),
  at      TEXT NOT NULL,                      -- UTC, ISO 8601: when these seconds began
  seconds REAL NOT NULL,
  cpu     REAL,                               -- some thread on this computer waited for a core
  io      REAL,                               -- ... for a disk or share
  memory  REAL,                               -- ... for memory
  steal   REAL,                               -- time of all cores that the host of a virtual machine took for others
  others  REAL,                               -- of the time that cores were at work: what other programs had
  PRIMARY KEY (run, at)
);`,
  set_surveys: `
CREATE TABLE set_surveys ( -- As surveys, of runs with several sets of references: one for each set
  run             INTEGER NOT NULL REFERENCES runs (id),
  reference_files TEXT NOT NULL,              -- JSON: the set, as in runs
  exposures       INTEGER NOT NULL,
  despiked        INTEGER NOT NULL,
  spikes          INTEGER NOT NULL,
  width           INTEGER NOT NULL,
  height          INTEGER NOT NULL,
  first_row       TEXT,
  profiles        BLOB NOT NULL,
  rows            BLOB,
${evennessLines}
  counts          BLOB NOT NULL,
  PRIMARY KEY (run, reference_files)
);`,
  inline_timings: `
CREATE TABLE inline_timings ( -- What correcting inline would cost: Leginon's own arithmetic, timed on one thread
  run          INTEGER NOT NULL REFERENCES runs (id), -- that timed it
  machine      TEXT NOT NULL,                 -- processor, cores, memory, system
  width        INTEGER NOT NULL,              -- px that were timed
  height       INTEGER NOT NULL,              -- px; of larger exposures a part of the rows
  type_read    TEXT NOT NULL,                 -- uint8, int8, uint16, int16, float16, float32
  despike_size INTEGER NOT NULL,              -- px
  threshold    REAL NOT NULL,                 -- deviations
  measured     TEXT NOT NULL,                 -- UTC, ISO 8601
  turns        INTEGER NOT NULL,              -- the fastest of so many, pass by pass
  flat_field   INTEGER NOT NULL,              -- microseconds: minus dark, times norm, non-finite pixels
  clip         INTEGER NOT NULL,              -- microseconds
  despike      INTEGER NOT NULL,              -- microseconds
  statistics   INTEGER NOT NULL,              -- microseconds
  PRIMARY KEY (run, machine, width, height, type_read, despike_size, threshold)
);`,
};

export const SCHEMA = `
CREATE TABLE runs (
  id              INTEGER PRIMARY KEY,
  started         TEXT NOT NULL,              -- UTC, ISO 8601
  finished        TEXT,                       -- UTC, ISO 8601; NULL: still running, or killed
  command         TEXT NOT NULL,              -- as it was given
  tool            TEXT NOT NULL,              -- version of the tool
  node            TEXT NOT NULL,              -- version of Node
  host            TEXT NOT NULL,
  threads         INTEGER NOT NULL,           -- size of the pool
  recipe          TEXT NOT NULL,              -- JSON
  reference_files TEXT NOT NULL,              -- JSON: a list of role, name, hash (SHA-256, hexadecimal), level (mean counts, of a dark)
  output_folder   TEXT NOT NULL,              -- absolute
  inline_seconds  REAL,                       -- --inline-seconds, s per exposure
  wall            INTEGER NOT NULL DEFAULT 0, -- microseconds since the start, at the last thing recorded
  done            INTEGER NOT NULL DEFAULT 0, -- corrections in this run
  skipped         INTEGER NOT NULL DEFAULT 0, -- found to be done already
  failed          INTEGER NOT NULL DEFAULT 0,
  exit_code       INTEGER,                    -- NULL: still running, or killed
  libraries       TEXT NOT NULL,              -- JSON: versions by name
  machine         TEXT NOT NULL               -- processor, cores, memory, system
);

CREATE TABLE timings (
  id            INTEGER PRIMARY KEY,          -- one row per correction
  run           INTEGER NOT NULL REFERENCES runs (id),
  output        TEXT NOT NULL,                -- relative to the output folder
  first         INTEGER NOT NULL,             -- 1: this output had never been corrected before; only these count as time saved
  steps         TEXT NOT NULL,                -- JSON: the steps that ran, in order
  type_written  TEXT NOT NULL,                -- uint16, int16, float32
  frames        INTEGER NOT NULL,
  pixels        INTEGER NOT NULL,             -- of all frames
  bytes_written INTEGER NOT NULL,
${lines(TIME_FIGURES)}
  recorded      TEXT NOT NULL                 -- UTC, ISO 8601
);

CREATE TABLE exposures (
  output         TEXT PRIMARY KEY NOT NULL,   -- relative to the output folder
  run            INTEGER NOT NULL REFERENCES runs (id), -- that corrected it, or failed to
  recorded       TEXT NOT NULL,               -- UTC, ISO 8601
  input          TEXT NOT NULL,               -- absolute
  input_size     INTEGER,                     -- bytes; NULL: could not be looked at
  input_mtime_ns INTEGER,                     -- nanoseconds since 1970: larger than a double can hold; times before 1677 and after 2262 stand near these
  key            TEXT NOT NULL,               -- hash of the recipe and references that the output depends on
  status         TEXT NOT NULL,               -- done, failed
  kind           TEXT,                        -- of failure
  message        TEXT,                        -- of failure
  suspect        TEXT NOT NULL DEFAULT '[]',  -- JSON: reasons to look at it
  width          INTEGER,                     -- px
  height         INTEGER,                     -- px
  frames         INTEGER,
${metadataLines}
  type_read      TEXT,                        -- uint8, int8, uint16, int16, float16, float32
  type_written   TEXT,                        -- uint16, int16, float32; this and what follows but the last: NULL unless done. Figures: NULL too where the tool did not know them yet
${lines(ROW_FIGURES)}
  bytes_out      INTEGER,                     -- size of the output
  crc32          INTEGER,                     -- of the written pixels, little-endian, rows in the order of the raw file
  turned         INTEGER,                     -- 1: the rows of the output stand in the other order
  steps          TEXT,                        -- JSON: the steps that ran, in order
  reference_files TEXT,                       -- JSON: with which it was corrected, as in runs; NULL: with those of its run
  timing         INTEGER REFERENCES timings (id), -- NULL too where timings are kept by the day
  corrections    INTEGER NOT NULL             -- how often this output was ever corrected
);

-- An exposure that was refused because its output belongs to another one: it must not touch that one's row.
CREATE TABLE collisions (
  input          TEXT PRIMARY KEY NOT NULL,   -- absolute
  output         TEXT NOT NULL,               -- relative to the output folder
  run            INTEGER NOT NULL REFERENCES runs (id),
  recorded       TEXT NOT NULL,               -- UTC, ISO 8601
  input_size     INTEGER,                     -- bytes
  input_mtime_ns INTEGER,                     -- nanoseconds since 1970
  message        TEXT NOT NULL
);

CREATE TABLE daily_timings (
  day           TEXT NOT NULL,                -- UTC, such as 2026-03-01: when they were corrected
  run           INTEGER NOT NULL REFERENCES runs (id),
  first         INTEGER NOT NULL,             -- as in timings
  last          INTEGER NOT NULL,             -- 1: no later correction of the same outputs was known when they were added up
  steps         TEXT NOT NULL,                -- as in timings, this and the following
  type_written  TEXT NOT NULL,
  frames        INTEGER NOT NULL,
  pixels        INTEGER NOT NULL,             -- of all frames of one exposure
  corrections   INTEGER NOT NULL,             -- so many; what follows are their sums
  bytes_written INTEGER NOT NULL,
${lines(TIME_FIGURES)}
  PRIMARY KEY (day, run, first, last, steps, type_written, frames, pixels)
);

CREATE TABLE samples (
  output TEXT NOT NULL,                       -- relative to the output folder
  run    INTEGER NOT NULL REFERENCES runs (id),
  why    TEXT NOT NULL,                       -- failed, first, worst, suspect, drawn: why this one is kept
  rank   REAL NOT NULL,                       -- within why: the smallest are kept
  sample TEXT NOT NULL,                       -- JSON: size of the thumbnails, their scales, histograms, strongest spikes with crops (base64)
  raw       BLOB NOT NULL,                    -- thumbnail: bytes, rows in the order of the raw file
  corrected BLOB NOT NULL,
  PRIMARY KEY (why, output)
);

CREATE TABLE mean_images (
  run       INTEGER PRIMARY KEY REFERENCES runs (id),
  exposures INTEGER NOT NULL,                 -- in the mean
  width     INTEGER NOT NULL,                 -- px, binned
  height    INTEGER NOT NULL,
  box       INTEGER NOT NULL,                 -- side of a bin, px of the exposures
  first_row TEXT NOT NULL,                    -- bottom, top: which row of the picture stands first
  raw       BLOB NOT NULL,                    -- float32, little-endian, counts
  corrected BLOB NOT NULL
);

CREATE TABLE surveys (
  run       INTEGER PRIMARY KEY REFERENCES runs (id),
  exposures INTEGER NOT NULL,                 -- each once for each set of references
  despiked  INTEGER NOT NULL,                 -- of these, exposures whose spikes were counted
  spikes    INTEGER NOT NULL,                 -- px, in their first frames
  width     INTEGER NOT NULL,                 -- px
  height    INTEGER NOT NULL,
  first_row TEXT,                             -- bottom, top: which row of the picture stands first; NULL: rows as stored
  profiles  BLOB NOT NULL,                    -- float64, little-endian, counts of each column: raw, corrected, dark, then 1 / norm; each twice, of rows apart
  rows      BLOB,                             -- float64, little-endian: 1 / norm of each row, twice, of columns apart; NULL: not known
${evennessLines}
  counts    BLOB NOT NULL                     -- deflated (zlib): a byte a pixel, how often it was a spike; 255: as often or more
);
${Object.values(LATER_TABLES).join('\n')}
${TIME_SPENT}
${Object.values(LATER_VIEWS).join('\n')}
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** The columns that a table or view has, in the journal that is open or in one that is attached to it as `schema`. */
export const columnsOf = (database: DatabaseSyncInstance, table: string, schema = 'main'): ReadonlySet<string> =>
  new Set(
    database
      .prepare(`SELECT name FROM pragma_table_info('${table}', '${schema}')`)
      .all()
      .map(({ name }) => name as string),
  );
