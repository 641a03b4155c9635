/** Room for one output: an exposure that is too large for the disk fails alone, before it is written; a full disk is everybody's. */

import fs from 'node:fs';
import { Fault } from '../model/outcome.ts';

/** With less of it free a disk counts as full, percent: what does not fit then is like the others, which will not fit either. */
const FULL = 20;

/** What takes more of the whole disk than that is too large for it however much is free, percent. */
const TOO_LARGE = 50;

/**
 * `bytes`: what will be written for `file`, into a folder on its disk. Where the system does not tell, writing will.
 * @throws Fault 'large' when others may still fit; 'disk' when the disk is full
 */
export function refuseTooLarge(file: string, bytes: number, folder: string): void {
  const free = freeOn(folder);
  if (!free || bytes <= free.bytes) return;
  const found = `needs ${amount(bytes)}, found ${amount(free.bytes)} free`;
  throw free.percent < FULL && bytes <= (free.all * TOO_LARGE) / 100
    ? new Fault('disk', `${file}: no room on the disk: ${found}; make room`)
    : new Fault(
        'large',
        `${file}: the output ${found} on its disk; make room, or leave this exposure out with --exclude`,
      );
}

/** Room for who asks; null where the file system does not tell, as some shares do not. */
function freeOn(folder: string): { readonly bytes: number; readonly all: number; readonly percent: number } | null {
  try {
    const { bavail, bfree, bsize, blocks } = fs.statfsSync(folder);
    if (blocks === 0) return null;
    // Some of it is kept for root.
    const free = process.getuid?.() === 0 ? bfree : bavail;
    return { bytes: free * bsize, all: blocks * bsize, percent: (100 * free) / blocks };
  } catch {
    return null;
  }
}

const amount = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${bytes} bytes`;
