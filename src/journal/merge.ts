/**
 * Merges what other journals hold, one after the other, into the one that is open. Runs have names (`origins`) by which they
 * are known again: one that is merged a second time takes the place of what was merged before, and nothing counts twice.
 */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { type MergedTable, mergedTables } from './merge-rules.ts';
import { trimSamples } from './pictures.ts';
import { columnsOf } from './schema.ts';

/** SQLite attaches ten at most. */
export const AT_ONCE = 8;

/** What runs of the attached journal are called here; `known`: 1: it was here before. */
const MOVED =
  'CREATE TEMP TABLE IF NOT EXISTS moved (source INTEGER PRIMARY KEY, id INTEGER NOT NULL, known INTEGER NOT NULL)';

/**
 * Merges `AT_ONCE` journals at most, all or nothing; they are sound. Returns how many of them had something new.
 * @throws what SQLite says
 */
export function mergeJournals(database: DatabaseSyncInstance, files: readonly string[]): number {
  const before = Object.values(database.prepare('PRAGMA foreign_keys').get())[0];
  // Rows are replaced one table after another; without an index SQLite would look through a table for each.
  database.exec(`PRAGMA foreign_keys = OFF; ${MOVED}`);
  const attached: string[] = [];
  try {
    for (const [i, file] of files.entries()) {
      database.prepare(`ATTACH ? AS shard${i}`).run(file);
      attached.push(`shard${i}`);
    }
    const tables = mergedTables(database);
    for (const { name, id } of tables) {
      // What is replaced is found without a look at every row.
      if (id !== null) database.exec(`CREATE INDEX IF NOT EXISTS ${name}_run ON ${name} (run)`);
    }
    database.exec('BEGIN IMMEDIATE');
    const merged = attached.filter((from) => mergeOne(database, from, tables));
    if (merged.length > 0) trimSamples(database);
    database.exec('COMMIT');
    return merged.length;
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
    for (const from of attached) database.exec(`DETACH ${from}`);
    database.exec(`PRAGMA foreign_keys = ${before}`);
  }
}

/** Whether there was anything new. */
function mergeOne(database: DatabaseSyncInstance, from: string, tables: readonly MergedTable[]): boolean {
  database.exec('DELETE FROM temp.moved');
  moveRuns(database, from);
  const { moved } = database.prepare('SELECT count(*) AS moved FROM temp.moved').get() as { moved: number };
  if (moved === 0) return false;
  const offsets = new Map(
    tables.flatMap(({ name, id }) => {
      if (id === null) return [];
      const { highest } = database.prepare(`SELECT coalesce(max(${id}), 0) AS highest FROM main.${name}`).get() as {
        highest: number;
      };
      return [[name, highest] as const];
    }),
  );
  for (const table of tables) {
    if (columnsOf(database, table.name, from).size > 0) mergeTable(database, from, table, offsets);
  }
  return true;
}

/** Runs that are new here or were not finished when they were last merged. */
function moveRuns(database: DatabaseSyncInstance, from: string): void {
  const columns = shared(database, from, 'runs').filter((name) => name !== 'id');
  const insert = database.prepare(
    `INSERT OR REPLACE INTO main.runs (id, ${columns.join(', ')}) SELECT ?, ${columns.join(', ')} FROM ${from}.runs WHERE id = ?`,
  );
  const note = database.prepare('INSERT INTO temp.moved (source, id, known) VALUES (?, ?, ?)');
  const runs = database
    .prepare(
      `SELECT r.id AS source, o.origin, k.run AS id, w.finished IS NOT NULL AND w.finished IS r.finished AND w.wall = r.wall AS same
       FROM ${from}.runs r JOIN ${from}.origins o ON o.run = r.id
       LEFT JOIN main.origins k ON k.origin = o.origin LEFT JOIN main.runs w ON w.id = k.run
       WHERE o.inherited = 0 ORDER BY r.id`,
    )
    .all() as { source: number; id: number | null; same: number | null }[];
  for (const { source, id, same } of runs) {
    if (same === 1) continue;
    const { lastInsertRowid } = insert.run(id, source);
    note.run(source, lastInsertRowid, id === null ? 0 : 1);
  }
}

/** The columns that a table has here and there: figures that one of the two does not know are left out. */
const shared = (database: DatabaseSyncInstance, from: string, table: string): string[] => {
  const there = columnsOf(database, table, from);
  return [...columnsOf(database, table, 'main')].filter((name) => there.has(name));
};

function mergeTable(
  database: DatabaseSyncInstance,
  from: string,
  { name, rule, id, references }: MergedTable,
  offsets: ReadonlyMap<string, number>,
): void {
  const columns = shared(database, from, name);
  const values = columns.map((column) => {
    if (column === 'run') return 'm.id';
    const numbers = column === id ? name : references[column];
    const offset = numbers === undefined ? undefined : offsets.get(numbers);
    return offset === undefined ? `t.${column}` : `t.${column} + ${offset}`;
  });
  const rows = `FROM ${from}.${name} t JOIN temp.moved m ON m.source = t.run`;
  const put = `INSERT OR REPLACE INTO main.${name} (${columns.join(', ')}) SELECT ${values.join(', ')} ${rows}`;
  if (rule.kind === 'of run') {
    database.exec(`DELETE FROM main.${name} WHERE run IN (SELECT id FROM temp.moved WHERE known = 1); ${put}`);
  } else if (rule.kind === 'last word') {
    const order = (of: string): string => `(${rule.order.map((column) => `${of}.${column}`).join(', ')})`;
    database.exec(
      `${put} LEFT JOIN main.${name} w ON w.${rule.key} = t.${rule.key} WHERE w.${rule.key} IS NULL OR ${order('w')} <= ${order('t')}`,
    );
    if (name === 'exposures') {
      // Whatever became of it later, a collision noted for an input is history.
      database.exec(
        `DELETE FROM main.collisions WHERE EXISTS (SELECT 1 ${rows} WHERE t.input = collisions.input AND t.recorded >= collisions.recorded)`,
      );
    }
  } else {
    const ours = 'JOIN main.exposures w ON w.output = t.output AND w.run = m.id';
    database.exec(
      `DELETE FROM main.${name} WHERE EXISTS (SELECT 1 FROM ${from}.exposures t JOIN temp.moved m ON m.source = t.run ${ours} WHERE t.output = ${name}.output); ${put} ${ours}`,
    );
  }
}
