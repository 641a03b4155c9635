/** What an exposure holds: the statistics of its raw pixels, read band by band, so that memory does not depend on its size. */

import type { OpenExposure } from '../formats/index.ts';
import { RowReader } from '../formats/row-reader.ts';
import { GrowingArena } from '../kernels/growing-arena.ts';
import { type Kernels, UNPACK } from '../kernels/kernels.ts';
import { Tally } from '../kernels/tally.ts';
import type { Statistics } from '../model/exposure.ts';

/** Of the raw pixels, all frames, in counts. */
export interface Pixels extends Statistics {
  /** Pixels that are no finite number; the statistics take them for 0. */
  readonly nonFinite: number;
}

export class Inspection {
  readonly #kernels: Kernels;
  readonly #growing: GrowingArena;

  constructor(kernels: Kernels, memory: WebAssembly.Memory) {
    this.#kernels = kernels;
    this.#growing = new GrowingArena(kernels, memory);
  }

  /** @throws Fault 'incomplete', 'format', 'unreadable' */
  async pixels({ source }: OpenExposure): Promise<Pixels> {
    const { width, height, frames, type } = source.exposure;
    const { tally, rows, row, flags } = this.#growing.lay((arena) => {
      const padded = Math.ceil(width / 8) * 8;
      // Room behind a row for the pixels that do not fill eight.
      return {
        tally: new Tally(arena, 'float32'),
        rows: new RowReader(source, arena),
        row: arena.take(padded * 4 + 64),
        flags: arena.take(padded / 8 + 64),
      };
    });
    tally.reset();
    await rows.each((raw) => {
      this.#kernels[UNPACK[type]](raw, row, width, Number.POSITIVE_INFINITY, flags, tally.address);
      this.#kernels.packFloat32(row, row, width, 1, 0, tally.address);
    });
    return { ...tally.statistics(width * height * frames), nonFinite: tally.counts().nonFinite };
  }
}
