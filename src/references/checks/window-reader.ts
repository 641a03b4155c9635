/** Reads what the window shows of an exposure, and no more rows than that. */

import type { OpenExposure } from '../../formats/index.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { type Kernels, UNPACK } from '../../kernels/kernels.ts';
import { Tally } from '../../kernels/tally.ts';
import { PIXELS } from '../../model/exposure.ts';
import type { Window } from './window.ts';

/** Bytes read at once. */
const BAND_BYTES = 1 << 20;

/** Frames of a stack that are summed: more would cost time and tell nothing new. */
const FRAMES = 16;

export class WindowReader {
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #growing: GrowingArena;

  constructor(kernels: Kernels, memory: WebAssembly.Memory) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#growing = new GrowingArena(kernels, memory);
  }

  /**
   * The sum of up to 16 frames. `turned`: the rows of the exposure stand in the other order than those of the references.
   * @throws Fault 'incomplete', 'format', 'unreadable'
   */
  async read(
    { source }: OpenExposure,
    { left, top, width, height }: Window,
    turned: boolean,
  ): Promise<{ pixels: Float32Array; frames: number }> {
    const { exposure } = source;
    const frames = Math.min(exposure.frames, FRAMES);
    const rowBytes = exposure.width * PIXELS[exposure.type].bytes;
    const bandRows = Math.min(height, Math.max(1, Math.floor(BAND_BYTES / rowBytes)));
    const padded = Math.ceil(exposure.width / 8) * 8;
    const { band, row, flags, tally } = this.#growing.lay((arena) => {
      source.prepare(arena);
      return {
        // Kernels read eight pixels at a time, past the end of the last row.
        band: arena.take(bandRows * rowBytes + 64),
        row: arena.take(padded * 4 + 64),
        flags: arena.take(padded / 8 + 64),
        tally: new Tally(arena, 'float32'),
      };
    });
    tally.reset();
    const pixels = new Float32Array(width * height);
    for (let frame = 0; frame < frames; frame++) {
      for (let done = 0; done < height; done += bandRows) {
        const rows = Math.min(bandRows, height - done);
        await source.read(frame, top + done, rows, band);
        for (let i = 0; i < rows; i++) {
          this.#kernels[UNPACK[exposure.type]](
            band + i * rowBytes,
            row,
            exposure.width,
            Number.POSITIVE_INFINITY,
            flags,
            tally.address,
          );
          const counts = new Float32Array(this.#memory.buffer, row + 4 * left, width);
          const to = (turned ? height - 1 - (done + i) : done + i) * width;
          for (let col = 0; col < width; col++) pixels[to + col]! += counts[col]!;
        }
      }
    }
    return { pixels, frames };
  }
}
