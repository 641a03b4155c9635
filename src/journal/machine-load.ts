/** How busy the computer was during a run, as the journal keeps it. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Connection } from './connection.ts';
import type { LoadStep } from './contents.ts';
import { columnsOf } from './schema.ts';

const TABLE = 'machine_load';

/** In place of what is there of the run. */
export function putLoad(connection: Connection, run: number, steps: readonly LoadStep[]): void {
  connection.statement(`DELETE FROM ${TABLE} WHERE run = ?`).run(run);
  for (const step of steps) connection.put(TABLE, { run, ...step });
}

/** Of one run, oldest first; none where an older tool made the journal. */
export function readLoad(database: DatabaseSyncInstance, run: number): LoadStep[] {
  if (columnsOf(database, TABLE).size === 0) return [];
  const rows = database
    .prepare(`SELECT at, seconds, cpu, io, memory, steal, others FROM ${TABLE} WHERE run = ? ORDER BY at`)
    .all(run);
  return rows as unknown as LoadStep[];
}
