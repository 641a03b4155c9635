/** One watched folder: the names in it as the last listing found them, and when it is looked at again. */

import type { Root } from './roots.ts';

/** `Known`: what is kept for each exposure. Times of the intake's clock, ms. */
export interface Folder<Known> {
  readonly path: string;
  /** Below its root; empty for the root itself. */
  readonly below: string;
  readonly root: Root;
  /** By name; null: no exposure. */
  readonly names: Map<string, Known | null>;
  mtimeMs: number;
  inode: number;
  /** When something new was last found in it. */
  grewAt: number;
  /** When it is looked at again: whether its time changed, or listed regardless. */
  lookAt: number;
  listAt: number;
  /** Listing it takes this long, ms. */
  cost: number;
  /** The system tells nothing of it. */
  unwatched: boolean;
  /** It was said that it cannot be listed. */
  troubled: boolean;
  /** It is the output folder of some run, in which nothing is looked for. */
  leftOut: boolean;
}

/** A folder is listed that often though nothing tells that it changed, ms. */
export const REGARDLESS = 30_000;

/** Folders that the system does not watch are looked at that often, ms. */
export const UNWATCHED = 5000;

/** Folders in which nothing was new for so long are quiet, ms: where there are a thousand of them, few are not. */
const QUIET = 60_000;

/** A new file is to be found within two pulses, whatever it costs; some of that goes into the finding itself. */
const LONGEST = 1.7;

/** At most this part of a core goes into listing a large folder. */
const SHARE_OF_CORE = 1 / 40;

/** A folder that is to be listed at once. */
export const newFolder = <Known>(root: Root, path: string, below: string): Folder<Known> => ({
  path,
  below,
  root,
  names: new Map(),
  mtimeMs: Number.NaN,
  inode: 0,
  grewAt: 0,
  lookAt: 0,
  listAt: 0,
  cost: 0,
  unwatched: false,
  troubled: false,
  leftOut: false,
});

/** How long until the next look at it. `poll`: ms between two looks; 0: the system tells of changes. */
export function pauseOf({ unwatched, cost, grewAt }: Folder<unknown>, poll: number, now: number): number {
  const pulse = poll > 0 ? poll : unwatched ? UNWATCHED : REGARDLESS;
  const quiet = now - grewAt > QUIET;
  return Math.min(LONGEST * pulse, quiet ? Number.POSITIVE_INFINITY : Math.max(pulse, cost / SHARE_OF_CORE));
}
