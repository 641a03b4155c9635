/**
 * The packed rows of the raw as they were read, a ring of bands: who looks at rows that leave the last step finds here
 * what they were.
 */

import type { Arena } from '../../kernels/arena.ts';

export class RawRows {
  readonly #base: number;
  readonly rowBytes: number;
  readonly #bandRows: number;
  readonly #bands: number;

  /** Keeps at least `kept` rows in front of the band that was read last. Reserves its memory from the arena; touches none of it. */
  constructor(arena: Arena, rowBytes: number, bandRows: number, kept: number) {
    this.rowBytes = rowBytes;
    this.#bandRows = bandRows;
    this.#bands = Math.ceil(kept / bandRows) + 1;
    // SIMD may look a little past the last row.
    this.#base = arena.take(this.#bands * bandRows * rowBytes + 64);
  }

  /** The first row behind `row` that does not stand `rowBytes` behind the one before it. */
  bandEnd(row: number): number {
    return (Math.floor(row / this.#bandRows) + 1) * this.#bandRows;
  }

  /** Rows of a band stand one behind the other. */
  address(row: number): number {
    const band = Math.floor(row / this.#bandRows) % this.#bands;
    return this.#base + (band * this.#bandRows + (row % this.#bandRows)) * this.rowBytes;
  }
}
