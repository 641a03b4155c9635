/** Whether an exposure is done already, and if not why: the decision behind resume and `--dry-run`. */

import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { PixelType, Statistics } from '../model/exposure.ts';
import type { FaultKind, Identity } from '../model/outcome.ts';
import type { Connection } from './connection.ts';
import { kept } from './times.ts';

/** What the journal holds for an output. */
export interface Seen {
  /** The input at that time; absolute. */
  readonly input: string;
  /** Null when the input could not be looked at. */
  readonly identity: Identity | null;
  /** Hash of the recipe and references that the output depended on. */
  readonly key: string;
  /** Null when it is done. */
  readonly failed: FaultKind | null;
  /** Size of the output; null when it failed. */
  readonly bytesOut: number | null;
  /** Size of the mask beside the output; null where none was written. */
  readonly maskBytes: number | null;
  /** What kind of exposure it was; null when its header could not be read. */
  readonly frames: number | null;
  readonly type: PixelType | null;
  /** px */
  readonly width: number | null;
  readonly height: number | null;
}

/** The reason for an exposure that was corrected with another recipe or other references. */
export const OTHER_SETTINGS = 'other recipe or references';

/**
 * The reason to correct an exposure, for people; null when it is done. Where the input lies is not asked: raw folders
 * are moved and mounted elsewhere, and the size with a time in nanoseconds tells files apart.
 * @param outputBytes size of the output as it is there now, null when it is not
 * @param maskBytes the same of its mask
 */
export function whyNot(
  seen: Seen | undefined,
  input: string,
  identity: Identity,
  key: string,
  outputBytes: number | null,
  maskBytes: number | null = null,
): string | null {
  if (!seen) return 'new';
  if (seen.failed) return `failed before: ${seen.failed}`;
  if (!isUnchanged(seen, identity)) {
    return seen.input === input ? 'the exposure changed' : `another exposure: it was corrected from ${seen.input}`;
  }
  if (seen.key !== key) return OTHER_SETTINGS;
  if (outputBytes === null) return 'the output is missing';
  if (outputBytes !== seen.bytesOut) return 'the output has another size';
  if (maskBytes !== seen.maskBytes) return maskBytes === null ? 'the mask is missing' : 'the mask has another size';
  return null;
}

/** Whether the exposure is as it was when it was corrected. */
export const isUnchanged = (seen: Seen, { size, mtimeNs }: Identity): boolean =>
  seen.identity?.size === size && seen.identity.mtimeNs === kept(mtimeNs);

const SEEN =
  'output, input, input_size, CAST(input_mtime_ns AS TEXT), key, kind, bytes_out, frames, type_read, mask_bytes, width, height';

/** What the journal holds for one output. */
export const SEEN_OF = `SELECT ${SEEN} FROM exposures WHERE output = ?`;

/** What the journal holds, by output. */
export function readSeen(database: DatabaseSyncInstance): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  // A hundred thousand exposures share a few keys: one string each, not a hundred thousand.
  const keys = new Map<string, string>();
  const rows = database.prepare(`SELECT ${SEEN} FROM exposures`);
  rows.setReturnArrays(true);
  for (const row of rows.iterate() as Iterable<unknown>) {
    const [output] = row as SeenRow;
    const each = toSeen(row as SeenRow);
    if (!keys.has(each.key)) keys.set(each.key, each.key);
    seen.set(output, { ...each, key: keys.get(each.key)! });
  }
  return seen;
}

export type SeenRow = readonly [
  output: string,
  input: string,
  size: number | null,
  mtime: string | null,
  key: string,
  failed: FaultKind | null,
  bytesOut: number | null,
  frames: number | null,
  type: PixelType | null,
  maskBytes: number | null,
  width: number | null,
  height: number | null,
];

export function toSeen(row: SeenRow): Seen {
  const [, input, size, mtime, key, failed, bytesOut, frames, type, maskBytes, width, height] = row;
  const identity = size === null || mtime === null ? null : { size, mtimeNs: BigInt(mtime) };
  return { input, identity, key, failed, bytesOut, maskBytes, frames, type, width, height };
}

/** What a run computed of an output when it wrote it. */
export interface KnownStatistics {
  readonly bytesOut: number;
  /** When it was in place; ms since 1970. */
  readonly recorded: number;
  readonly statistics: Statistics;
}

const STATISTICS_OF =
  "SELECT bytes_out, recorded, min, max, mean, deviation FROM exposures WHERE output = ? AND status = 'done'";

/** Null where nothing is known, or a value is no finite number. */
export function readStatistics(connection: Connection, output: string): KnownStatistics | null {
  const row = connection.statement(STATISTICS_OF).get(output) as Record<string, unknown> | undefined;
  if (!row) return null;
  const { bytes_out: bytesOut, recorded, min, max, mean, deviation } = row;
  const numbers = [bytesOut, min, max, mean, deviation];
  if (!numbers.every(Number.isFinite) || Number.isNaN(Date.parse(String(recorded)))) return null;
  return {
    bytesOut: bytesOut as number,
    recorded: Date.parse(String(recorded)),
    statistics: { min, max, mean, deviation } as Statistics,
  };
}
