/** Adds up the products of a pattern and what was seen: the arithmetic that takes most of the time, by a kernel. */

import { GrowingArena } from '../../kernels/growing-arena.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { Correlator, Evidence, Shift, Sums } from './slope.ts';

export class KernelCorrelator implements Correlator {
  readonly #kernels: Kernels;
  readonly #growing: GrowingArena;

  constructor(kernels: Kernels, memory: WebAssembly.Memory) {
    this.#kernels = kernels;
    this.#growing = new GrowingArena(kernels, memory);
  }

  sums(u: Float32Array, { width, height, excess, level }: Evidence, shifts: readonly Shift[]): Sums[] {
    const bytes = 4 * width * height;
    const { arena, ...at } = this.#growing.lay((room) => ({
      u: room.take(bytes),
      excess: room.take(bytes),
      level: room.take(bytes),
      sums: room.take(16),
    }));
    arena.floats(at.u, u.length).set(u);
    arena.floats(at.excess, excess.length).set(excess);
    arena.floats(at.level, level.length).set(level);
    const totals = arena.doubles(at.sums, 2);
    return shifts.map(({ down, right }) => {
      totals.fill(0);
      for (let row = 0; row < height; row++) {
        const to = 4 * row * width;
        const from = at.u + 4 * ((row + height - down) % height) * width;
        // What is moved beyond the last column comes back at the first.
        const left = 4 * right;
        const back = from + 4 * (width - right);
        this.#kernels.correlate(back, at.excess + to, at.level + to, right, at.sums);
        this.#kernels.correlate(from, at.excess + to + left, at.level + to + left, width - right, at.sums);
      }
      return { product: totals[0]!, power: totals[1]! };
    });
  }
}
