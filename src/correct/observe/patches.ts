/**
 * Counts the patches of replaced pixels by their size, while rows leave: pixels that touch, also by a corner, are one
 * patch. X-rays make patches of 1 to 9 px; what else shows here is worth a look.
 */

import { OTHERS } from '../../model/record.ts';
import type { Batch, Observed, Observer } from './observer.ts';

/** Sizes that are counted apart, px; the last one stands for itself and all larger. */
export const PATCH_SIZES = OTHERS.patches.length;

/** So many are held before those that cannot grow any more are counted: memory does not depend on the image. */
const HELD = 1 << 16;

export class Patches implements Observer {
  readonly #counts = new Array<number>(PATCH_SIZES).fill(0);
  /** By column: the row of the last pixel replaced in it, and the patch that this pixel is in. */
  readonly #rows: Int32Array;
  readonly #patches: Int32Array;
  /** By patch: its size, and what it has become a part of: itself while it is whole. */
  readonly #sizes: Int32Array;
  readonly #into: Int32Array;
  #held = 0;

  constructor(width: number) {
    this.#rows = new Int32Array(width + 1).fill(-2);
    this.#patches = new Int32Array(width + 1);
    this.#sizes = new Int32Array(HELD + width);
    this.#into = new Int32Array(HELD + width);
  }

  leaves({ from, to, line }: Batch): void {
    for (let row = from; row < to; row++) this.row(row, line.replaced(row));
  }

  /** Takes a row and the columns that were replaced in it, rising. */
  row(row: number, replaced: Uint32Array): void {
    // The last row of a frame does not touch the first one of the next.
    if (row === 0) this.#countAll();
    if (this.#held >= HELD) this.#countClosed(row);
    for (let i = 0; i < replaced.length; i++) this.#take(row, replaced[i]!);
  }

  /** How many there were of 1, 2, ... px, in all frames; asked once, at the end. */
  finish(): Pick<Observed, 'patches'> {
    this.#countAll();
    return { patches: this.#counts };
  }

  #take(row: number, col: number): void {
    const patch = this.#held++;
    this.#sizes[patch] = 1;
    this.#into[patch] = patch;
    let whole = patch;
    // The pixel on the left has joined what is above it: either of both is enough.
    if (col > 0 && this.#rows[col - 1]! >= row - 1) whole = this.#join(whole, this.#patches[col - 1]!);
    if (this.#rows[col] === row - 1) whole = this.#join(whole, this.#patches[col]!);
    if (this.#rows[col + 1] === row - 1) whole = this.#join(whole, this.#patches[col + 1]!);
    this.#rows[col] = row;
    this.#patches[col] = whole;
  }

  #join(patch: number, touching: number): number {
    const whole = this.#whole(touching);
    if (whole === patch) return patch;
    this.#sizes[whole]! += this.#sizes[patch]!;
    this.#into[patch] = whole;
    return whole;
  }

  #whole(patch: number): number {
    let whole = patch;
    while (this.#into[whole] !== whole) whole = this.#into[whole]!;
    return whole;
  }

  #count(patch: number): void {
    this.#counts[Math.min(this.#sizes[patch]!, PATCH_SIZES) - 1]!++;
  }

  #countAll(): void {
    for (let patch = 0; patch < this.#held; patch++) if (this.#into[patch] === patch) this.#count(patch);
    this.#held = 0;
    this.#rows.fill(-2);
  }

  /** Counts the patches without a pixel in the row before this one, and gives the others the first numbers. */
  #countClosed(row: number): void {
    const numbers = new Map<number, number>();
    for (let col = 0; col < this.#rows.length; col++) {
      if (this.#rows[col] !== row - 1) continue;
      const whole = this.#whole(this.#patches[col]!);
      if (!numbers.has(whole)) numbers.set(whole, numbers.size);
      this.#patches[col] = numbers.get(whole)!;
    }
    const sizes = [...numbers.keys()].map((patch) => this.#sizes[patch]!);
    for (let patch = 0; patch < this.#held; patch++) {
      if (this.#into[patch] === patch && !numbers.has(patch)) this.#count(patch);
    }
    this.#sizes.set(sizes);
    for (let patch = 0; patch < sizes.length; patch++) this.#into[patch] = patch;
    this.#held = sizes.length;
  }
}
