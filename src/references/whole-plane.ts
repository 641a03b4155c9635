/**
 * Reads a plane that its file holds as memory does: float32, little-endian, one frame. The rows go straight to where they
 * stay, and the hash of the file is taken as they come. Most of the time goes into memory that is touched for the first
 * time, which the system has to provide: several of its threads do that side by side, while this one hashes.
 */

import { createHash } from 'node:crypto';
import { hashStretch, readRows, sha256Of } from '../files/input-file.ts';
import type { Source } from '../formats/format.ts';
import type { OpenExposure } from '../formats/index.ts';
import type { Pages } from '../kernels/pages.ts';

/** Bytes of a read, and how many are under way: as many as libuv has threads for them. */
const PIECE_BYTES = 2 << 20;
const AT_ONCE = 4;

/** Where a plane stands in the memory of the kernels: float32 rows, `stride` floats apart. */
export interface Place {
  readonly memory: Pages;
  readonly address: number;
  readonly stride: number;
  /** The file's last row comes first. */
  readonly turned: boolean;
}

export const isStraight = (source: Source): boolean =>
  source.exposure.type === 'float32' && source.exposure.frames === 1 && source.position !== undefined;

/**
 * Calls `came` with each row of the plane that has come to its place. Returns the SHA-256 of the whole file; `knownBefore`: it
 * need not be computed.
 * @throws Fault 'incomplete', 'unreadable'
 */
export async function readStraight(
  { file, source }: OpenExposure,
  { memory, address, stride, turned }: Place,
  knownBefore: string | null,
  came: (row: number) => void,
): Promise<string> {
  const { width, height } = source.exposure;
  // Of a gzipped file the hash is that of the file on the disk, not of what is read here.
  const known = knownBefore ?? (file.packed ? sha256Of(file) : null);
  const position = source.position!;
  const pieceRows = Math.max(1, Math.floor(PIECE_BYTES / (4 * width)));
  const rowOf = (stored: number): number => (turned ? height - 1 - stored : stored);

  /** Where some stored rows go: one view where they stand without a gap. */
  const viewsOf = (first: number, rows: number): Uint8Array[] => {
    const whole = stride === width && !turned;
    return Array.from({ length: whole ? 1 : rows }, (_, i) => {
      const at = address + 4 * stride * rowOf(first + i);
      return new Uint8Array(memory.buffer, at, 4 * width * (whole ? rows : 1));
    });
  };
  const read = async (from: number): Promise<{ rows: number; pieces: Uint8Array[][] }> => {
    const rows = Math.min(AT_ONCE * pieceRows, height - from);
    const firsts = Array.from({ length: Math.ceil(rows / pieceRows) }, (_, i) => from + i * pieceRows);
    const pieces = firsts.map((first) => viewsOf(first, Math.min(pieceRows, from + rows - first)));
    const reads = pieces.map((views, i) => readRows(file, views, position(0, firsts[i]!)));
    // All have ended before anybody closes the file.
    for (const ended of await Promise.allSettled(reads)) if (ended.status === 'rejected') throw ended.reason;
    return { rows, pieces };
  };

  const hash = known === null ? createHash('sha256') : null;
  if (hash) hashStretch(hash, file, 0, position(0, 0));
  let ahead = read(0);
  for (let first = 0; first < height; ) {
    const { rows, pieces } = await ahead;
    ahead = read(first + rows);
    if (hash) for (const view of pieces.flat()) hash.update(view);
    for (let i = 0; i < rows; i++) came(rowOf(first + i));
    first += rows;
  }
  await ahead;
  if (!hash) return known!;
  hashStretch(hash, file, position(0, height), file.size);
  return hash.digest('hex');
}
