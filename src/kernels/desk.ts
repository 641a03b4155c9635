/** A bench for who reads one exposure after the other on one thread: its slot grows with the largest of them. */

import { Bench, type Slot } from './bench.ts';
import { extend, type Kernels } from './kernels.ts';

export class Desk {
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  #slot: Slot = { address: 0, bytes: 0 };

  constructor(kernels: Kernels, memory: WebAssembly.Memory) {
    this.#kernels = kernels;
    this.#memory = memory;
  }

  /** A bench with all that `reserve` takes from it. Called twice where the slot is too small: only then it is known how large. */
  lay<Reserved>(reserve: (bench: Bench) => Reserved): Reserved & { readonly bench: Bench } {
    const bench = new Bench(this.#kernels, this.#memory, this.#slot);
    const reserved = reserve(bench);
    if (bench.shortage === 0) return { ...reserved, bench };
    this.#slot = { address: extend(this.#memory, bench.shortage), bytes: bench.shortage };
    return this.lay(reserve);
  }
}
