/** What an exposure holds: the statistics of its raw pixels, read band by band, so that memory does not depend on its size. */

import type { OpenExposure } from '../formats/index.ts';
import { GrowingArena } from '../kernels/growing-arena.ts';
import { type Kernels, UNPACK } from '../kernels/kernels.ts';
import { Tally } from '../kernels/tally.ts';
import { PIXELS, type Statistics } from '../model/exposure.ts';

/** Of the raw pixels, all frames, in counts. */
export interface Pixels extends Statistics {
  /** Pixels that are no finite number; the statistics take them for 0. */
  readonly nonFinite: number;
}

/** Bytes read at once. */
const BAND_BYTES = 1 << 20;

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
    const rowBytes = width * PIXELS[type].bytes;
    const bandRows = Math.min(height, Math.max(1, Math.floor(BAND_BYTES / rowBytes)));
    const { tally, band, row, flags } = this.#growing.lay((arena) => {
      source.prepare(arena);
      const padded = Math.ceil(width / 8) * 8;
      // Room behind a row for the pixels that do not fill eight.
      return {
        tally: new Tally(arena, 'float32'),
        band: arena.take(bandRows * rowBytes + 64),
        row: arena.take(padded * 4 + 64),
        flags: arena.take(padded / 8 + 64),
      };
    });
    tally.reset();
    for (let frame = 0; frame < frames; frame++) {
      for (let first = 0; first < height; first += bandRows) {
        const rows = Math.min(bandRows, height - first);
        await source.read(frame, first, rows, band);
        for (let i = 0; i < rows; i++) {
          this.#kernels[UNPACK[type]](band + i * rowBytes, row, width, Number.POSITIVE_INFINITY, flags, tally.address);
          this.#kernels.packFloat32(row, row, width, 1, 0, tally.address);
        }
      }
    }
    return { ...tally.statistics(width * height * frames), nonFinite: tally.counts().nonFinite };
  }
}
