/** What the first exposures say of the references, in the journal. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { ReferenceCheck, ReferenceChecks } from '../model/reference-checks.ts';
import type { Connection } from './connection.ts';
import { now } from './rows.ts';
import { columnsOf } from './schema.ts';

const TABLE = 'reference_checks';

/** In place of what was known of the run. Within a transaction. */
export function putReferenceChecks(connection: Connection, run: number, found: ReferenceChecks): void {
  connection.statement(`DELETE FROM ${TABLE} WHERE run = ?`).run(run);
  const { exposures, seconds, checks } = found;
  for (const { check, refused, figures, ...each } of checks) {
    const row = { run, recorded: now(), exposures, seconds, compared: check, refused: refused ? 1 : 0, ...each };
    connection.put(TABLE, { ...row, figures: JSON.stringify(figures) });
  }
}

/** Of the newest run that has some; null: none has. */
export function readReferenceChecks(database: DatabaseSyncInstance): ReferenceChecks | null {
  // An older tool had none.
  if (columnsOf(database, TABLE).size === 0) return null;
  const rows = database
    .prepare(`SELECT * FROM ${TABLE} WHERE run = (SELECT max(run) FROM ${TABLE}) ORDER BY rowid`)
    .all() as Record<string, unknown>[];
  if (rows.length === 0) return null;
  return {
    exposures: rows[0]!.exposures as number,
    seconds: rows[0]!.seconds as number,
    checks: rows.map(({ reference, compared, verdict, refused, found, advice, figures }) => ({
      reference: reference as ReferenceCheck['reference'],
      check: compared as ReferenceCheck['check'],
      verdict: verdict as ReferenceCheck['verdict'],
      refused: refused === 1,
      found: found as string,
      advice: advice as string | null,
      figures: JSON.parse(figures as string) as ReferenceCheck['figures'],
    })),
  };
}
