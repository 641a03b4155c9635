/** The slots of shared memory that are lent with each task and come back with its outcome, or its worker's death. */

import type { Slot } from '../kernels/arena.ts';
import { extend } from '../kernels/kernels.ts';

/** Enough for uncompressed exposures up to about 11 000 px wide; wider ones and large strips ask for more. */
const USUAL_BYTES = 14 << 20;

export class Slots {
  readonly #memory: WebAssembly.Memory;
  readonly #free: Slot[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /**
   * The smallest free slot of at least `bytes`, or a new one.
   * @throws RangeError when the kernels' memory (4 GiB) is used up
   */
  lend(bytes = 0): Slot {
    const fitting = this.#free.filter((slot) => slot.bytes >= bytes).sort((a, b) => a.bytes - b.bytes);
    // Without a wish the largest is best: what one exposure needed the next needs too.
    const slot = bytes > 0 ? fitting[0] : fitting.at(-1);
    if (slot) {
      this.#free.splice(this.#free.indexOf(slot), 1);
      return slot;
    }
    const wanted = Math.max(bytes, USUAL_BYTES);
    return { address: extend(this.#memory, wanted), bytes: wanted };
  }

  giveBack(slot: Slot): void {
    this.#free.push(slot);
  }
}
