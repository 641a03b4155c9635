/**
 * Counts the patches of replaced pixels by their size, while rows leave: pixels that touch, also by a corner, are one
 * patch. X-rays make patches of 1 to 9 px; what else shows here is worth a look.
 */

import type { Onlooker } from './passage.ts';

/** Sizes that are counted apart, px; the last one stands for itself and all larger. */
export const PATCH_SIZES = 10;

interface Patch {
  size: number;
  /** What it has become a part of. */
  into: Patch | null;
}

export class Patches implements Onlooker {
  readonly #sizes = new Array<number>(PATCH_SIZES).fill(0);
  /** Patches of the row before, by column; they may still grow. */
  #open: ReadonlyMap<number, Patch> = new Map();

  row(_frame: number, row: number, replaced: readonly number[]): void {
    // The last row of a frame does not touch the first one of the next.
    if (row === 0) this.#close(new Map());
    if (replaced.length === 0 && this.#open.size === 0) return;
    const here = new Map<number, Patch>();
    for (const col of replaced) {
      const patch: Patch = { size: 1, into: null };
      for (const touching of [here.get(col - 1), ...[-1, 0, 1].map((step) => this.#open.get(col + step))]) {
        if (touching && whole(touching) !== patch) join(whole(touching), patch);
      }
      here.set(col, patch);
    }
    this.#close(here);
  }

  /** How many there were of 1, 2, ... px, in all frames; asked once, at the end. */
  finish(): readonly number[] {
    this.#close(new Map());
    return this.#sizes;
  }

  /** Counts the open patches that do not go on in `here`, which takes their place. */
  #close(here: ReadonlyMap<number, Patch>): void {
    const growing = new Set([...here.values()].map(whole));
    for (const patch of new Set([...this.#open.values()].map(whole))) {
      if (!growing.has(patch)) this.#sizes[Math.min(patch.size, PATCH_SIZES) - 1]!++;
    }
    this.#open = here;
  }
}

function whole(patch: Patch): Patch {
  return patch.into ? whole(patch.into) : patch;
}

function join(part: Patch, patch: Patch): void {
  patch.size += part.size;
  part.into = patch;
}
