/** How fast files of the size of an exposure are read, saved, flushed and copied. */

import fs from 'node:fs';
import path from 'node:path';
import { median } from '../../model/rank.ts';
import { systemError } from '../../model/system-error.ts';
import { clocked, inTurns, TURNS } from './stopwatch.ts';

const PIECE = 1 << 20;

/** Aligned to pages, as reading past the system's cache demands. */
const piece = new Uint8Array(
  new WebAssembly.Memory({ initial: PIECE / 65_536, maximum: PIECE / 65_536, shared: true }).buffer,
).fill(7);

/** Seconds for `pixels` pixels; null where system or file system do not offer it. */
export interface DiskTimes {
  readonly cached: number;
  readonly direct: number | null;
  readonly save16: number;
  readonly save32: number;
  readonly flush16: number;
}

/** In a folder that may be written; leaves a 16-bit file `speed.raw` in it. */
export function diskTimes(folder: string, pixels: number): DiskTimes {
  const file = path.join(folder, 'speed.raw');
  const times = { save16: [] as number[], save32: [] as number[], flush16: [] as number[] };
  for (let turn = 0; turn < TURNS; turn++) {
    // Onto a new file: to empty the one before takes longer than to write it.
    fs.rmSync(file, { force: true });
    times.save32.push(clocked(() => fs.closeSync(written(file, pixels * 4))));
    fs.rmSync(file);
    let fd = -1;
    times.save16.push(
      clocked(() => {
        fd = written(file, pixels * 2);
      }),
    );
    times.flush16.push(clocked(() => fs.fsyncSync(fd)));
    fs.closeSync(fd);
  }
  return {
    cached: inTurns(() => readThrough(file, fs.constants.O_RDONLY)),
    direct: direct(file),
    save16: median(times.save16),
    save32: median(times.save32),
    flush16: median(times.flush16),
  };
}

function written(file: string, bytes: number): number {
  const fd = fs.openSync(file, 'w');
  for (let at = 0; at < bytes; at += PIECE) fs.writeSync(fd, piece, 0, Math.min(PIECE, bytes - at));
  return fd;
}

function readThrough(file: string, flags: number): void {
  const fd = fs.openSync(file, flags);
  try {
    while (fs.readSync(fd, piece, 0, PIECE, null) > 0);
  } finally {
    fs.closeSync(fd);
  }
}

/** Past the page cache; null where system or file system have no O_DIRECT. */
function direct(file: string): number | null {
  if (fs.constants.O_DIRECT === undefined) return null;
  try {
    return inTurns(() => readThrough(file, fs.constants.O_RDONLY | fs.constants.O_DIRECT));
  } catch (error) {
    if (['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemError(error)?.name ?? '')) return null;
    throw error;
  }
}

/** `speed.raw` from one folder to another, flushed: what a transfer over a network mount costs, s. */
export function copyTime(from: string, to: string): number {
  const target = path.join(to, 'copy.raw');
  return inTurns(() => {
    fs.copyFileSync(path.join(from, 'speed.raw'), target);
    const fd = fs.openSync(target, 'r+');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  });
}
