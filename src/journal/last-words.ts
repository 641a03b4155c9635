/** What several journals know of outputs, without writing into any of them: the later word of each. */

import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { type MergedTable, mergedTables } from './merge-rules.ts';
import { openForReading } from './opening.ts';
import { columnsOf, SCHEMA } from './schema.ts';
import { readSeen, type Seen } from './seen.ts';
import { journalError } from './trouble.ts';

/**
 * By output; journals that are not there know nothing.
 * @throws JournalRefused, JournalTrouble
 */
export function lastWords(files: readonly string[]): Map<string, Seen> {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(`PRAGMA foreign_keys = OFF; ${SCHEMA}`);
    const exposures = mergedTables(database).find(({ name }) => name === 'exposures')!;
    for (const file of files) {
      const sound = openForReading(file);
      sound?.close();
      if (sound) add(database, file, exposures);
    }
    return readSeen(database);
  } finally {
    database.close();
  }
}

function add(database: DatabaseSyncInstance, file: string, { columns, rule }: MergedTable): void {
  try {
    database.prepare('ATTACH ? AS other').run(file);
    const there = columnsOf(database, 'exposures', 'other');
    const known = columns.filter((name) => there.has(name)).join(', ');
    const order = (of: string): string =>
      `(${(rule.kind === 'last word' ? rule.order : []).map((column) => `${of}.${column}`).join(', ')})`;
    database.exec(
      `INSERT OR REPLACE INTO main.exposures (${known}) SELECT ${known
        .split(', ')
        .map((name) => `t.${name}`)
        .join(
          ', ',
        )} FROM other.exposures t LEFT JOIN main.exposures w ON w.output = t.output WHERE w.output IS NULL OR ${order('w')} <= ${order('t')}`,
    );
    database.exec('DETACH other');
  } catch (error) {
    throw journalError(error, file);
  }
}
