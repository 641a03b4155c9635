/** An arena for exposures that one thread reads one after the other: its slot grows with the largest of them. */

import { Arena, type Slot } from './arena.ts';
import { extend, type Kernels } from './kernels.ts';
import type { Pages } from './pages.ts';

export class GrowingArena {
  readonly #kernels: Kernels;
  readonly #memory: Pages;
  #slot: Slot = { address: 0, bytes: 0 };

  constructor(kernels: Kernels, memory: Pages) {
    this.#kernels = kernels;
    this.#memory = memory;
  }

  /** An arena from which `reserve` has taken what it needs. Where the slot is too small, `reserve` is called again with a larger one. */
  lay<Reserved>(reserve: (arena: Arena) => Reserved): Reserved & { readonly arena: Arena } {
    const arena = new Arena(this.#kernels, this.#memory, this.#slot);
    const reserved = reserve(arena);
    if (arena.shortage === 0) return { ...reserved, arena };
    this.#slot = { address: extend(this.#memory, arena.shortage), bytes: arena.shortage };
    return this.lay(reserve);
  }
}
