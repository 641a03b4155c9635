/** What correcting inline costs on a computer, as the journal keeps it: by the run that timed it. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { PixelType } from '../model/exposure.ts';
import type { Connection } from './connection.ts';
import { INLINE_PASSES, type InlineKey, type InlineTiming } from './contents.ts';
import type { Row } from './rows.ts';
import { column, columnsOf } from './schema.ts';

const TABLE = 'inline_timings';

const KEYS = ['machine', 'width', 'height', 'typeRead', 'despikeSize', 'threshold'] as const;

export function knowsInlineTiming(connection: Connection, key: InlineKey): boolean {
  const alike = KEYS.map((name) => `${column(name)} = ?`).join(' AND ');
  const found = connection.statement(`SELECT 1 FROM ${TABLE} WHERE ${alike}`).get(...KEYS.map((name) => key[name]));
  return found !== undefined;
}

export function putInlineTiming(connection: Connection, run: number, timing: InlineTiming): void {
  const row: Row = { run, measured: timing.measured, turns: timing.turns };
  for (const name of KEYS) row[column(name)] = timing[name];
  for (const pass of INLINE_PASSES) row[column(pass)] = timing.times[pass];
  connection.put(TABLE, row);
}

/** Oldest first; none where an older tool made the journal. */
export function readInlineTimings(database: DatabaseSyncInstance): InlineTiming[] {
  if (columnsOf(database, TABLE).size === 0) return [];
  const rows = database.prepare(`SELECT * FROM ${TABLE} ORDER BY measured, rowid`).all() as Record<string, unknown>[];
  return rows.map((row) => ({
    machine: row.machine as string,
    width: row.width as number,
    height: row.height as number,
    typeRead: row.type_read as PixelType,
    despikeSize: row.despike_size as number,
    threshold: row.threshold as number,
    measured: row.measured as string,
    turns: row.turns as number,
    times: Object.fromEntries(
      INLINE_PASSES.map((pass) => [pass, row[column(pass)] as number]),
    ) as InlineTiming['times'],
  }));
}
