/** What the journal knows of the spikes of each output besides their number: patches by size, and the mask. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Done, Row } from './rows.ts';

export interface Spikes {
  /** Patches of 1, 2, ... 9 px, and of 10 px or more. */
  readonly patches: readonly number[];
  /** Peaks that rose as spikes do, but were too large. */
  readonly leftAlone: number;
  /** Size of the mask beside the output; null where there is none. */
  readonly maskBytes: number | null;
}

/** Added to journals that have none of it, as `PICTURES` is. */
export const SPIKES = `
CREATE TABLE IF NOT EXISTS spikes (
  output     TEXT PRIMARY KEY NOT NULL,       -- relative to the output folder
  patches    TEXT NOT NULL,                   -- JSON: how many patches of 1, 2, ... 9 px, and of 10 px or more
  left_alone INTEGER NOT NULL,                -- peaks that rose as spikes do, but were larger than the largest patch
  mask_bytes INTEGER                          -- size of the mask beside the output; NULL: none was written
);
`;

/** A row of `spikes`. */
export const spikesRow = ({ output, patches, leftAlone, maskBytes }: Done): Row => ({
  output,
  patches: JSON.stringify(patches),
  left_alone: leftAlone,
  mask_bytes: maskBytes,
});

/** All, by output; a journal that was not opened for writing since there is this table has none. */
export function readSpikes(database: DatabaseSyncInstance): Map<string, Spikes> {
  if (!database.prepare("SELECT name FROM sqlite_master WHERE name = 'spikes'").get()) return new Map();
  const rows = database.prepare('SELECT * FROM spikes').all() as Row[];
  return new Map(
    rows.map((row) => [
      row.output as string,
      {
        patches: JSON.parse(row.patches as string) as number[],
        leftAlone: row.left_alone as number,
        maskBytes: row.mask_bytes as number | null,
      },
    ]),
  );
}

/** Sizes of the masks there are, by output. */
export function readMasks(database: DatabaseSyncInstance): Map<string, number> {
  if (!database.prepare("SELECT name FROM sqlite_master WHERE name = 'spikes'").get()) return new Map();
  const sql = 'SELECT output, mask_bytes FROM spikes WHERE mask_bytes IS NOT NULL';
  return new Map((database.prepare(sql).all() as Row[]).map((row) => [row.output as string, row.mask_bytes as number]));
}
