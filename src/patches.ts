/**
 * Counts the patches of replaced pixels by their size, while rows leave: pixels that touch, also by a corner, are one
 * patch. X-rays make patches of 1 to 9 px; what else shows here is worth a look.
 */

import type { Onlooker } from './passage.ts';

/** Sizes that are counted apart, px; the last one stands for itself and all larger. */
export const PATCH_SIZES = 10;

/** The patches that pixels of one row belong to: they may still grow. */
interface Front {
  /** Columns replaced, rising, and for each the patch it is in: an index into `sizes`. */
  readonly columns: readonly number[];
  readonly patches: readonly number[];
  readonly sizes: readonly number[];
}

const NOWHERE: Front = { columns: [], patches: [], sizes: [] };

export class Patches implements Onlooker {
  readonly #counts = new Array<number>(PATCH_SIZES).fill(0);
  #front = NOWHERE;

  row(_frame: number, row: number, replaced: readonly number[]): void {
    // The last row of a frame does not touch the first one of the next.
    if (row === 0) this.#advance([]);
    if (replaced.length > 0 || this.#front.columns.length > 0) this.#advance(replaced);
  }

  /** How many there were of 1, 2, ... px, in all frames; asked once, at the end. */
  finish(): readonly number[] {
    this.#advance([]);
    return this.#counts;
  }

  /** Goes on to the next row: patches grow, or are counted because they do not go on in it. */
  #advance(columns: readonly number[]): void {
    const above = this.#front;
    const sizes = [...above.sizes];
    // What each patch has become a part of; itself while it is whole.
    const into = sizes.map((_, patch) => patch);
    const patches: number[] = [];
    let near = 0; // the first column above that may touch
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      let patch = columns[i - 1] === column - 1 ? wholeOf(patches[i - 1]!, into) : into.push(into.length) - 1;
      sizes[patch] = (sizes[patch] ?? 0) + 1;
      while (above.columns[near]! < column - 1) near++;
      for (let j = near; above.columns[j]! <= column + 1; j++) {
        const touching = wholeOf(above.patches[j]!, into);
        if (touching === patch) continue;
        sizes[touching]! += sizes[patch]!;
        into[patch] = touching;
        patch = touching;
      }
      patches.push(patch);
    }
    this.#front = this.#goingOn(columns, patches, sizes, into);
  }

  /** The patches that have a pixel in the row, numbered anew; the others are counted. */
  #goingOn(columns: readonly number[], patches: number[], sizes: readonly number[], into: readonly number[]): Front {
    const numbers = new Array<number>(into.length).fill(-1);
    const kept: number[] = [];
    for (let i = 0; i < patches.length; i++) {
      const patch = wholeOf(patches[i]!, into);
      if (numbers[patch] === -1) numbers[patch] = kept.push(sizes[patch]!) - 1;
      patches[i] = numbers[patch]!;
    }
    for (let patch = 0; patch < into.length; patch++) {
      if (numbers[patch] === -1 && into[patch] === patch) this.#counts[Math.min(sizes[patch]!, PATCH_SIZES) - 1]!++;
    }
    return { columns: [...columns], patches, sizes: kept };
  }
}

function wholeOf(patch: number, into: readonly number[]): number {
  let whole = patch;
  while (into[whole] !== whole) whole = into[whole]!;
  return whole;
}
