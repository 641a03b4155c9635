/**
 * Whether every cell of a journal holds what its column says. SQLite keeps whatever it finds, and its own checks see pages,
 * not values: what is wrong is found here, before anything is corrected, and not by a report after the night.
 */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { ROW_FIGURES } from '../model/record.ts';
import { column } from './schema.ts';
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

/** What holds between columns, by table; SQL for what is wrong. */
const ODD: Readonly<Record<string, string>> = {
  exposures: `(kind IS NULL AND (${CORRECTED.map((name) => `${name} IS NULL`).join(' OR ')})) OR (kind IS NOT NULL AND message IS NULL)`,
  mean_images: 'length(raw) <> 4 * width * height OR length(corrected) <> 4 * width * height OR exposures < 1',
  surveys: 'length(profiles) <> 64 * width',
  samples:
    "length(raw) <> json_extract(sample, '$.width') * json_extract(sample, '$.height') OR length(corrected) <> length(raw)",
};

const TABLES = ['runs', 'timings', 'daily_timings', 'exposures', 'collisions', 'samples', 'mean_images', 'surveys'];

/** @throws JournalRefused with the table and column; what SQLite says of a damaged file */
export function checkSound(database: DatabaseSyncInstance, file: string): void {
  const all = (sql: string): Record<string, unknown>[] => database.prepare(sql).all();
  const [found] = all('PRAGMA quick_check(1)').map((row) => Object.values(row)[0]);
  if (found !== 'ok') throw damagedJournal(file, String(found));
  for (const table of TABLES) {
    const wrong = all(`SELECT name, type, "notnull" AS needed FROM pragma_table_info('${table}')`)
      .filter(({ type }) => String(type) in CLASSES)
      .map(
        ({ name, type, needed }) => [String(name), wrongCell(table, String(name), String(type), needed === 1)] as const,
      );
    const isThere = (condition: string): boolean =>
      database.prepare(`SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`).get() !== undefined;
    // Which column it is asks for a look at each, which only a damaged journal has to bear.
    if (isThere(wrong.map(([, condition]) => condition).join(' OR '))) {
      const column = wrong.find(([, condition]) => isThere(condition))?.[0];
      throw damagedJournal(file, `a value in ${table}.${column} is not what that column holds`);
    }
    const odd = ODD[table];
    if (odd !== undefined && isThere(odd)) throw damagedJournal(file, `values in ${table} contradict each other`);
  }
}

/** SQL that is true of a cell that should not be as it is. */
function wrongCell(table: string, column: string, type: string, needed: boolean): string {
  const classes = [...CLASSES[type]!, ...(needed ? [] : ['null'])].map((each) => `'${each}'`);
  const wrong = `typeof(${column}) NOT IN (${classes.join(', ')})`;
  const top = JSON_COLUMNS[`${table}.${column}`];
  if (top === undefined) return wrong;
  const json = `CASE WHEN json_valid(${column}) THEN json_type(${column}) <> '${top}' ELSE ${column} IS NOT NULL END`;
  return `${wrong} OR ${json}`;
}
