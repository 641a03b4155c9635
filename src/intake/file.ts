/** One file in a watched folder, from when it was found until it is gone; and those that wait for a thread. */

import type { Job, Look } from '../model/outcome.ts';
import type { Folder } from './folder.ts';
import type { Settling } from './settle.ts';

export interface File {
  readonly job: Job;
  readonly folder: Folder<File>;
  readonly name: string;
  state: 'settling' | 'ready' | 'under way' | 'finished' | 'gone';
  look: Look;
  /** Null when it is finished. */
  settling: Settling | null;
  /** The system reported a change since the last look. */
  touched: boolean;
  /** When it was last found to be whole. */
  wholeAt: number;
}

/** Files that are whole, oldest first. */
export class Queue {
  /** Youngest first, when sorted. */
  #files: File[] = [];
  #sorted = true;
  #offer: (() => void) | null = null;

  get length(): number {
    return this.#files.length;
  }

  push(file: File): void {
    this.#files.push(file);
    this.#sorted = false;
    this.#offer?.();
  }

  oldest(): File | undefined {
    if (!this.#sorted)
      this.#files.sort((a, b) => b.look.mtimeMs - a.look.mtimeMs || (a.job.input < b.job.input ? 1 : -1));
    this.#sorted = true;
    return this.#files.pop();
  }

  /** Until there is something new, or it was cleared. */
  news(): Promise<void> {
    return new Promise((resolve) => {
      this.#offer = resolve;
    });
  }

  clear(): void {
    this.#files = [];
    this.#offer?.();
  }
}
