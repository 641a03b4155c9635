/** Finished files are looked at again, a few every second in turn, so that one that is replaced is found without any hint. */

import type { File } from './file.ts';
import type { Tree } from './tree.ts';

/** All of them in about this time, but never more than so many a second; ms. */
const ROUND = 30_000;
const MOST = 300;

export class Sweep {
  readonly #tree: Tree<File>;
  /** When there are more to look at. */
  due = 0;
  #files: Iterator<File> | null = null;

  constructor(tree: Tree<File>) {
    this.#tree = tree;
  }

  /** Those whose turn it is; `finished`: how many there are in all. */
  next(now: number, finished: number): File[] {
    if (now < this.due) return [];
    this.due = now + 1000;
    const files: File[] = [];
    const most = Math.min(MOST, Math.ceil((finished * 1000) / ROUND));
    while (files.length < most) {
      this.#files ??= this.#everyFinished();
      const { value, done } = this.#files.next();
      if (done) {
        this.#files = null;
        break;
      }
      files.push(value);
    }
    return files;
  }

  *#everyFinished(): Generator<File> {
    for (const folder of this.#tree.folders) {
      for (const file of folder.names.values()) {
        if (file?.state === 'finished' && !this.#tree.isAway(folder)) yield file;
      }
    }
  }
}
