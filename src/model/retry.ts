/** How everything that waits for better times tries again: each pause is twice the one before it, up to the longest. */

import { setTimeout as sleep } from 'node:timers/promises';

/** ms. */
interface Growth {
  readonly first: number;
  readonly longest: number;
}

/** What is waited for, and how. */
export const RETRIES = {
  /** File handles, threads and memory come free as others end. */
  scarce: { first: 100, longest: 3200 },
  /** A file that arrives and cannot be read yet. */
  unread: { first: 1000, longest: 30_000 },
  /** A watched folder whose share went away. */
  folder: { first: 1000, longest: 60_000 },
  /** Trouble with the disk, the share or the journal of the output, while a watch goes on. */
  output: { first: 500, longest: 60_000 },
  /** The same at the start of a watch, while somebody may look on. */
  start: { first: 500, longest: 10_000 },
} as const satisfies Record<string, Growth>;

/** The pause after so many tries in vain beyond the first, ms. */
export const pauseAfter = (tries: number, what: keyof typeof RETRIES): number =>
  Math.min(RETRIES[what].longest, RETRIES[what].first * 2 ** tries);

/** Until the time has passed or the signal is aborted. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
