/**
 * Watch's way with trouble that is no exposure's fault: it pauses, says so once, looks again after growing pauses, and goes
 * on when it can. Nothing is written below an output folder that is not where it was.
 */

import fs from 'node:fs/promises';
import type { Journal } from '../journal/journal.ts';
import type { RunEvent } from '../model/events.ts';
import type { Outcome } from '../model/outcome.ts';
import { pauseAfter, pauseFor } from '../model/retry.ts';
import { systemError } from '../model/system-error.ts';
import { writeReportsApart } from '../report/apart.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Policy } from './policy.ts';

interface Watched {
  readonly folder: Pick<OutputFolder, 'home' | 'whereabouts'>;
  /** Percent of the disk. */
  readonly minFree: number;
  /** Aborted: nothing is waited for any more. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  readonly isFinal: (outcome: Outcome) => boolean;
  /** Why nothing is to be corrected, whatever the disk says; null: nothing speaks against it. */
  readonly held: () => string | null;
  /** The output folder is back on another device: what was made last may be missing there. */
  readonly returned: () => void;
}

/** So long an answer of the file system about its room holds, ms. */
const HOLDS = 1000;

/** More room than that since the trouble began, in bytes, and it is tried again at once. */
const MORE_ROOM = 1 << 16;

export class Pauses implements Policy {
  readonly besideAcquisition = true;
  readonly #watched: Watched;
  #reason: string | null = null;
  #since = 0;
  /** In a row, since something was written. */
  #pauses = 0;
  /** The trouble can be seen from here: when it is gone nothing needs to be tried. */
  #seen = false;
  /** The trouble is that the output folder is not where it was. */
  #away = false;
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
      const held = this.#watched.held();
      const obstacle = held ?? (await this.#obstacle());
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
    this.#seen = this.#away = false;
    this.#watched.emit({ event: 'resumed', seconds: (performance.now() - this.#since) / 1000 });
  }

  async atHome(): Promise<boolean> {
    const away = await this.#whereabouts();
    if (away !== null) {
      this.#away = true;
      this.#pause(away);
    } else if (this.#away) this.passed();
    return away === null;
  }

  report({ file }: Journal): Promise<string | null> {
    // A report that is under way when it stops is followed by the last one.
    const { signal, folder } = this.#watched;
    return writeReportsApart(file, folder.home, signal.aborted ? undefined : signal);
  }

  isFinal(outcome: Outcome): boolean {
    return this.#watched.isFinal(outcome);
  }

  /** Whether it is worth another try; false when the run is to end. */
  async #wait(trouble: string): Promise<boolean> {
    const { signal, folder } = this.#watched;
    this.#pause(trouble);
    const until = performance.now() + pauseAfter(this.#pauses++, 'output');
    for (let first = true; !signal.aborted; first = false) {
      const free = await freeBytes(folder.home.path);
      const left = until - performance.now();
      if (left <= 0 || this.#reason === null || (!first && free > this.#mostFree + MORE_ROOM)) break;
      // Files that had no room are removed: that is no room gained.
      this.#mostFree = Math.max(this.#mostFree, free);
      await pauseFor(Math.min(left, HOLDS), signal);
    }
    this.#looked = null;
    return !signal.aborted;
  }

  #pause(reason: string): void {
    if (this.#reason === null) {
      this.#since = performance.now();
      this.#watched.emit({ event: 'paused', reason });
    }
    this.#reason = reason;
  }

  #obstacle(): Promise<string | null> {
    const now = performance.now();
    if (this.#looked === null || now - this.#looked.at > HOLDS)
      this.#looked = { at: now, obstacle: this.#lookForObstacle() };
    return this.#looked.obstacle;
  }

  async #lookForObstacle(): Promise<string | null> {
    return (await this.#whereabouts()) ?? (await shortage(this.#watched.folder.home.path, this.#watched.minFree));
  }

  #whereabouts(): Promise<string | null> {
    return this.#watched.folder.whereabouts(this.#watched.returned);
  }
}

/** What is wrong with the room on the disk, or null. */
async function shortage(place: string, minFree: number): Promise<string | null> {
  try {
    const { bavail, blocks } = await fs.statfs(place);
    const percent = (100 * bavail) / blocks;
    // Some shares tell nothing of their size.
    if (blocks === 0 || percent >= minFree) return null;
    return `${place}: ${percent.toFixed(1)} % of the disk is free, less than --min-free ${minFree}; make room`;
  } catch (error) {
    if (!systemError(error)) throw error;
    return null;
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
