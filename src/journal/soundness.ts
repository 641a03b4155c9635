/**
 * Whether every cell of a journal holds what its column says. SQLite keeps whatever it finds, and its own checks see pages,
 * not values: what is wrong is found here, before anything is corrected, and not by a report after the night.
 */

import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { PIXELS } from '../model/exposure.ts';
import { ROW_FIGURES } from '../model/record.ts';
import { column, LATER_COLUMNS, LATER_TABLES, SCHEMA } from './schema.ts';
import { damagedJournal } from './trouble.ts';

/** Storage classes by the type that a column was declared with. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  TEXT: ['text'],
  INTEGER: ['integer'],
  REAL: ['real', 'integer'],
  BLOB: ['blob'],
};

/** What a column of JSON holds at its top. */
const JSON_COLUMNS: Readonly<Record<string, 'array' | 'object'>> = {
  'runs.recipe': 'object',
  'runs.reference_files': 'array',
  'exposures.reference_files': 'array',
  'set_surveys.reference_files': 'array',
  'runs.libraries': 'object',
  'timings.steps': 'array',
  'daily_timings.steps': 'array',
  'exposures.suspect': 'array',
  'exposures.steps': 'array',
  'samples.sample': 'object',
  ...Object.fromEntries(
    ROW_FIGURES.filter(({ kind }) => kind === 'list').map(({ name }) => [
      `exposures.${column(name)}`,
      'array' as const,
    ]),
  ),
};

/** What every exposure has that was corrected. Figures are no part of it: an older tool did not know all of them. */
const CORRECTED = [
  ...['type_written', 'bytes_out', 'crc32', 'turned', 'steps', 'width', 'height', 'frames', 'type_read'],
];

/** Columns of few words, by their name: the words are keys of tables in the program. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  type_read: Object.keys(PIXELS),
  type_written: Object.keys(PIXELS),
  status: ['done', 'failed'],
  first_row: ['bottom', 'top'],
};

const ODD_SURVEY = 'length(profiles) <> 64 * width OR length(far) % 8 <> 0 OR length(grids) % 4 <> 0';

/** What holds between columns, by table; SQL for what is wrong. */
const ODD: Readonly<Record<string, string>> = {
  exposures: `(kind IS NULL AND (${CORRECTED.map((name) => `${name} IS NULL`).join(' OR ')})) OR (kind IS NOT NULL AND message IS NULL)`,
  mean_images: 'length(raw) <> 4 * width * height OR length(corrected) <> 4 * width * height OR exposures < 1',
  surveys: ODD_SURVEY,
  set_surveys: ODD_SURVEY,
  samples:
    "length(raw) <> json_extract(sample, '$.width') * json_extract(sample, '$.height') OR length(corrected) <> length(raw)",
};

const isLater = (table: string): boolean => Object.hasOwn(LATER_TABLES, table);

interface Column {
  readonly name: string;
  readonly type: string;
  /** 1: never NULL. */
  readonly needed: number;
  /** Its place in the primary key, from 1; 0: not in it. */
  readonly pk: number;
}

const columnsOf = (database: DatabaseSyncInstance, table: string): Column[] =>
  database.prepare(`SELECT name, type, "notnull" AS needed, pk FROM pragma_table_info('${table}')`).all() as Column[];

const referencesOf = (database: DatabaseSyncInstance, table: string): string =>
  JSON.stringify(
    database.prepare(`SELECT "table", "from", "to" FROM pragma_foreign_key_list('${table}') ORDER BY 2`).all(),
  );

const namesOf = (database: DatabaseSyncInstance, kind: 'table' | 'view'): string[] =>
  (database.prepare(`SELECT name FROM sqlite_master WHERE type = '${kind}'`).all() as { name: string }[]).map(
    ({ name }) => name,
  );

/** What this version makes. */
interface Made {
  readonly columns: ReadonlyMap<string, readonly Column[]>;
  /** Which tables each refers to, by what columns. */
  readonly references: ReadonlyMap<string, string>;
  readonly views: ReadonlyMap<string, readonly Column[]>;
}

let made: Made | null = null;

/** A new journal in memory tells: no second list of tables and columns is kept. */
function whatIsMade(): Made {
  if (made) return made;
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(SCHEMA);
    const of = (kind: 'table' | 'view'): Made['views'] =>
      new Map(namesOf(database, kind).map((name) => [name, columnsOf(database, name)]));
    const columns = of('table');
    const references = new Map([...columns.keys()].map((table) => [table, referencesOf(database, table)]));
    made = { columns, references, views: of('view') };
    return made;
  } finally {
    database.close();
  }
}

/** @throws JournalRefused with the table and column; what SQLite says of a damaged file */
export function checkSound(database: DatabaseSyncInstance, file: string): void {
  const all = (sql: string): Record<string, unknown>[] => database.prepare(sql).all();
  const [found] = all('PRAGMA quick_check(1)').map((row) => Object.values(row)[0]);
  if (found !== 'ok') throw damagedJournal(file, String(found));
  const { columns, references, views } = whatIsMade();
  const there = namesOf(database, 'table');
  const lost = [...columns.keys()].find((table) => !there.includes(table) && !isLater(table));
  if (lost !== undefined) throw damagedJournal(file, `table ${lost} is missing`);
  for (const [table, expected] of columns) {
    if (!there.includes(table)) continue;
    const found = columnsOf(database, table);
    if (referencesOf(database, table) !== references.get(table))
      throw damagedJournal(file, `table ${table} refers to others than it was made to`);
    const checked = expected.filter((each) => isAsMade(each, table, found, file));
    const wrong = checked.map(({ name, type, needed }) => [name, wrongCell(table, name, type, needed === 1)] as const);
    const isThere = (condition: string): boolean =>
      database.prepare(`SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`).get() !== undefined;
    // Which column it is asks for a look at each, which only a damaged journal has to bear.
    if (isThere(wrong.map(([, condition]) => condition).join(' OR '))) {
      const odd = wrong.find(([, condition]) => isThere(condition))?.[0];
      throw damagedJournal(file, `a value in ${table}.${odd} is not what that column holds`);
    }
    const odd = ODD[table];
    if (odd !== undefined && isThere(odd)) throw damagedJournal(file, `values in ${table} contradict each other`);
  }
  const seen = namesOf(database, 'view');
  for (const [view, expected] of views) {
    if (seen.includes(view)) for (const each of expected) isAsMade(each, view, columnsOf(database, view), file);
  }
}

/**
 * False: an older journal lacks the column.
 * @throws JournalRefused when it is missing or another than it was made
 */
function isAsMade(column: Column, table: string, found: readonly Column[], file: string): boolean {
  const { name, type, needed, pk } = column;
  const same = found.find((each) => each.name === name);
  if (same && same.type === type && same.needed === needed && same.pk === pk) return true;
  // Figures are what later versions add; a view has those of its tables.
  const isFigure = (figure: { readonly table: string; readonly column: string }): boolean =>
    figure.column === name && (figure.table === table || table === 'time_spent');
  if (!same && LATER_COLUMNS.some(isFigure)) return false;
  throw damagedJournal(file, `column ${table}.${name} is ${same ? 'not what it was' : 'missing'}`);
}

/** SQL that is true of a cell that should not be as it is. */
function wrongCell(table: string, column: string, type: string, needed: boolean): string {
  const classes = [...CLASSES[type]!, ...(needed ? [] : ['null'])].map((each) => `'${each}'`);
  const wrong = `typeof(${column}) NOT IN (${classes.join(', ')})`;
  const words = WORDS[column];
  if (words) return `${wrong} OR ${column} NOT IN (${words.map((each) => `'${each}'`).join(', ')})`;
  const top = JSON_COLUMNS[`${table}.${column}`];
  if (top === undefined) return wrong;
  const json = `CASE WHEN json_valid(${column}) THEN json_type(${column}) <> '${top}' ELSE ${column} IS NOT NULL END`;
  return `${wrong} OR ${json}`;
}
