/**
 * Watch's way with trouble that is no exposure's fault: it pauses, says so once, looks again after growing pauses, and goes
 * on when it can. Nothing is written below an output folder that is not where it was.
 */

import fs from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from './events.ts';
import type { Journal } from './journal/journal.ts';
import type { Outcome } from './outcome.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Policy } from './policy.ts';
import { writeReportsApart } from './report/apart.ts';

interface Watched {
  readonly home: OutputFolder['home'];
  /** Percent of the disk. */
  readonly minFree: number;
  /** Aborted: nothing is waited for any more. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  readonly isFinal: (outcome: Outcome) => boolean;
}

/** Between two looks at the same trouble, ms; doubled up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;

/** So long an answer of the file system about its room holds, ms. */
const HOLDS = 1000;

/** More room than that since the trouble began, in bytes, and it is tried again at once. */
const MORE_ROOM = 1 << 16;

export class Pauses implements Policy {
  readonly #watched: Watched;
  #reason: string | null = null;
  #since = 0;
  /** In a row, since something was written. */
  #pauses = 0;
  /** The trouble can be seen from here: when it is gone nothing needs to be tried. */
  #seen = false;
  #mostFree = 0;
  #waiting: Promise<boolean> | null = null;
  #looked: { readonly at: number; readonly obstacle: Promise<string | null> } | null = null;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** Why nothing goes on, null when it does. */
  get reason(): string | null {
    return this.#reason;
  }

  async clear(): Promise<boolean> {
    for (;;) {
      // Trouble that another exposure met is everybody's.
      if (this.#waiting !== null && !(await this.#waiting)) return false;
      const obstacle = await this.#obstacle();
      if (obstacle === null) {
        if (this.#seen) this.passed();
        return !this.#watched.signal.aborted || this.#reason === null;
      }
      this.#seen = true;
      if (!(await this.overcome(obstacle))) return false;
    }
  }

  overcome(trouble: string): Promise<boolean> {
    this.#waiting ??= this.#wait(trouble).finally(() => {
      this.#waiting = null;
    });
    return this.#waiting;
  }

  passed(): void {
    if (this.#reason === null) return;
    this.#reason = null;
    this.#pauses = 0;
    this.#mostFree = 0;
    this.#seen = false;
    this.#watched.emit({ event: 'resumed', seconds: (performance.now() - this.#since) / 1000 });
  }

  async atHome(): Promise<boolean> {
    return (await whereabouts(this.#watched.home)) === null;
  }

  report({ file }: Journal, out: string): Promise<void> {
    return writeReportsApart(file, out);
  }

  isFinal(outcome: Outcome): boolean {
    return this.#watched.isFinal(outcome);
  }

  /** Whether it is worth another try; false when the run is to end. */
  async #wait(trouble: string): Promise<boolean> {
    const { signal, emit, home } = this.#watched;
    if (this.#reason === null) {
      this.#since = performance.now();
      emit({ event: 'paused', reason: trouble });
    }
    this.#reason = trouble;
    const until = performance.now() + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#pauses++);
    for (let first = true; !signal.aborted; first = false) {
      const free = await freeBytes(home.path);
      const left = until - performance.now();
      if (left <= 0 || (!first && free > this.#mostFree + MORE_ROOM)) break;
      // Files that had no room are removed: that is no room gained.
      this.#mostFree = Math.max(this.#mostFree, free);
      await sleep(Math.min(left, HOLDS), undefined, { signal }).catch(() => undefined);
    }
    this.#looked = null;
    return !signal.aborted;
  }

  #obstacle(): Promise<string | null> {
    const now = performance.now();
    if (this.#looked === null || now - this.#looked.at > HOLDS)
      this.#looked = { at: now, obstacle: obstacleOf(this.#watched) };
    return this.#looked.obstacle;
  }
}

async function obstacleOf({ home, minFree }: Watched): Promise<string | null> {
  const away = await whereabouts(home);
  if (away !== null) return away;
  try {
    const { bavail, blocks } = await fs.statfs(home.path);
    const percent = (100 * bavail) / blocks;
    // Some shares tell nothing of their size.
    if (blocks === 0 || percent >= minFree) return null;
    return `${home.path}: ${percent.toFixed(1)} % of the disk is free, less than --min-free ${minFree}; make room`;
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).syscall) throw error;
    return null;
  }
}

/** What is wrong with the place of the output folder, or null. */
async function whereabouts({ path, device }: OutputFolder['home']): Promise<string | null> {
  try {
    if ((await fs.stat(path)).dev === device) return null;
    return `${path}: stands on another device than before: its share or disk went away; nothing is written there until it is back`;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!syscall) throw error;
    return `${path}: the output folder is not there (${code}); waiting until it is back`;
  }
}

async function freeBytes(place: string): Promise<number> {
  try {
    const { bavail, bsize } = await fs.statfs(place);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
