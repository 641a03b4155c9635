/** What the journal of a shard takes from that of the output folder: the last words on its own exposures. */

import fs from 'node:fs';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { APPLICATION_ID, columnsOf, SCHEMA_VERSION } from './schema.ts';
import { JournalRefused } from './trouble.ts';

/** Whoever merges writes there for so long at most, ms. */
const MERGING = 60_000;

/**
 * Takes what `file` knows later of these outputs. Their runs come along as inherited ones, which are never merged back.
 * @throws JournalRefused when it is no journal of this version, and what SQLite says
 */
export function inherit(database: DatabaseSyncInstance, file: string, outputs: Iterable<string>): void {
  if (!fs.existsSync(file)) return;
  const wait = Object.values(database.prepare('PRAGMA busy_timeout').get())[0];
  database.exec(`PRAGMA busy_timeout = ${MERGING}`);
  database.prepare('ATTACH ? AS whole').run(file);
  try {
    if (!isJournal(database, file)) return;
    database.exec('CREATE TEMP TABLE mine (output TEXT PRIMARY KEY)');
    database.exec('BEGIN IMMEDIATE');
    const note = database.prepare('INSERT OR IGNORE INTO temp.mine VALUES (?)');
    for (const output of outputs) note.run(output);
    take(database);
    database.exec('DROP TABLE temp.mine; COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
    database.exec(`DETACH whole; PRAGMA busy_timeout = ${wait}`);
  }
}

/** False: it is new and empty. */
function isJournal(database: DatabaseSyncInstance, file: string): boolean {
  const number = (pragma: string): number =>
    Object.values(database.prepare(`PRAGMA whole.${pragma}`).get())[0] as number;
  const [application, version] = [number('application_id'), number('user_version')];
  if (application === APPLICATION_ID && version === SCHEMA_VERSION) return true;
  if (application === 0 && version === 0 && columnsOf(database, 'runs', 'whole').size === 0) return false;
  throw new JournalRefused(
    `${file}: found a journal of version ${version}, expected ${SCHEMA_VERSION}; use the darkroom that wrote it, or another --out or --journal`,
  );
}

function take(database: DatabaseSyncInstance): void {
  const later = `FROM temp.mine n CROSS JOIN whole.exposures t ON t.output = n.output LEFT JOIN main.exposures w ON w.output = t.output
    WHERE (w.output IS NULL OR (w.corrections, w.recorded) < (t.corrections, t.recorded))`;
  const named = columnsOf(database, 'origins', 'whole').size > 0;
  const origin = named
    ? "coalesce((SELECT origin FROM whole.origins o WHERE o.run = t.run), 'run ' || t.run)"
    : "'run ' || t.run";
  const runs = database.prepare(`SELECT DISTINCT t.run AS source, ${origin} AS origin ${later}`).all() as {
    source: number;
    origin: string;
  }[];
  database.exec('CREATE TEMP TABLE known (source INTEGER PRIMARY KEY, id INTEGER NOT NULL)');
  const shared = (table: string, without: string): string => {
    const there = columnsOf(database, table, 'whole');
    return [...columnsOf(database, table, 'main')].filter((name) => there.has(name) && name !== without).join(', ');
  };
  const columns = shared('runs', 'id');
  for (const { source, origin: name } of runs) {
    const found = database.prepare('SELECT run FROM main.origins WHERE origin = ?').get(name) as
      | { run: number }
      | undefined;
    let id = found?.run;
    if (id === undefined) {
      id = Number(
        database
          .prepare(`INSERT INTO main.runs (${columns}) SELECT ${columns} FROM whole.runs WHERE id = ?`)
          .run(source).lastInsertRowid,
      );
      database.prepare('INSERT INTO main.origins (run, origin, inherited) VALUES (?, ?, 1)').run(id, name);
    }
    database.prepare('INSERT INTO temp.known VALUES (?, ?)').run(source, id);
  }
  const cells = shared('exposures', 'timing').split(', ');
  const values = cells.map((name) =>
    name === 'run' ? '(SELECT id FROM temp.known k WHERE k.source = t.run)' : `t.${name}`,
  );
  database.exec(
    `INSERT OR REPLACE INTO main.exposures (${cells.join(', ')}) SELECT ${values.join(', ')} ${later}; DROP TABLE temp.known`,
  );
}
