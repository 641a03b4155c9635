/**
 * The folders that were named, and whether they are still there. A share that went away is an empty folder on another
 * device: it is looked for after growing pauses.
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import { pauseAfter } from '../model/retry.ts';
import { systemError } from '../model/system-error.ts';

/** A folder that was named, by its real path. */
export interface Root {
  readonly path: string;
  /** What was said of it being away, null while it is there. */
  away: string | null;
  device: number;
  inode: number;
  /** When it is looked for again, ms of the caller's clock. */
  checkAt: number;
  /** Looks that found it away, in a row. */
  missed: number;
}

/** Roots are looked at that often, whether they are still there, ms; see `RETRIES` for those that went away. */
export const ROOT_CHECK = 2000;

export class Roots {
  readonly #all: Root[] = [];

  /** `folder` is its real path, and is there. */
  async add(folder: string): Promise<Root> {
    const { dev: device, ino: inode } = await fs.stat(folder);
    const root: Root = { path: folder, away: null, device, inode, checkAt: 0, missed: 0 };
    this.#all.push(root);
    return root;
  }

  /** When one of them is to be looked at again. */
  get checkAt(): number {
    return this.#all.reduce((least, { checkAt }) => Math.min(least, checkAt), Number.POSITIVE_INFINITY);
  }

  /** Looks at those that are due; returns those that came back. `say` hears of every change. */
  async check(now: number, say: (message: string) => void): Promise<Root[]> {
    const back: Root[] = [];
    for (const root of this.#all) {
      if (root.checkAt > now) continue;
      const why = await whyAway(root);
      if (why === null) {
        root.checkAt = now + ROOT_CHECK;
        if (root.away === null) continue;
        root.away = null;
        root.missed = 0;
        say(`${root.path}: is there again; going on`);
        back.push(root);
      } else {
        root.checkAt = now + pauseAfter(root.missed++, 'folder');
        if (root.away === null) say(`${root.path}: ${why}; waiting until it comes back`);
        root.away = why;
      }
    }
    return back;
  }
}

/**
 * Why a root is not the folder that it was, or null. An unmounted share leaves an empty folder on the device above it;
 * when it is mounted again it may get another device number, but then it is not the one above it.
 */
export async function whyAway(root: Root): Promise<string | null> {
  try {
    const { dev, ino } = await fs.stat(root.path);
    if (dev === root.device) return null;
    const above = (await fs.stat(path.dirname(root.path))).dev;
    if (dev === above && ino !== root.inode) return 'stands on another device than before: its share or disk went away';
    root.device = dev;
    root.inode = ino;
    return null;
  } catch (error) {
    const said = systemError(error);
    if (!said) throw error;
    return `is not there any more (${said.name})`;
  }
}
