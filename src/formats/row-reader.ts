/** Reads an image row by row, a band of rows at a time, so that memory does not depend on its size. */

import type { Arena } from '../kernels/arena.ts';
import { PIXELS } from '../model/exposure.ts';
import type { Source } from './format.ts';

/** Bytes read at once. */
const BAND_BYTES = 1 << 20;

export interface Order {
  /** Only so many frames, from the first on; otherwise all. */
  readonly frames?: number;
  /** Reads each frame from its last stored row to its first. */
  readonly fromLast?: boolean;
}

export class RowReader {
  readonly rowBytes: number;
  readonly #source: Source;
  readonly #bandRows: number;
  readonly #band: number;

  /** Takes from `arena` what the source and a band need. */
  constructor(source: Source, arena: Arena) {
    const { width, height, type } = source.exposure;
    this.#source = source;
    this.rowBytes = width * PIXELS[type].bytes;
    this.#bandRows = Math.min(height, Math.max(1, Math.floor(BAND_BYTES / this.rowBytes)));
    source.prepare(arena);
    // Kernels read eight pixels at a time, past the end of the last row.
    this.#band = arena.take(this.#bandRows * this.rowBytes + 64);
  }

  /**
   * Calls `use` with the address of each row: packed, little-endian, unsigned where the type is. The row stays there until
   * `use` returns.
   * @throws Fault 'incomplete', 'format', 'unreadable'
   */
  async each(use: (address: number, row: number, frame: number) => void, order: Order = {}): Promise<void> {
    const { height, frames: all } = this.#source.exposure;
    const { frames = all, fromLast = false } = order;
    for (let frame = 0; frame < frames; frame++) {
      for (let done = 0; done < height; done += this.#bandRows) {
        const rows = Math.min(this.#bandRows, height - done);
        const first = fromLast ? height - done - rows : done;
        await this.#source.read(frame, first, rows, this.#band);
        for (let i = 0; i < rows; i++) {
          const at = fromLast ? rows - 1 - i : i;
          use(this.#band + at * this.rowBytes, first + at, frame);
        }
      }
    }
  }
}
