/** A worker's arena: the kernels, and a slot of the shared memory that is handed out piece by piece for one exposure. */

import type { Kernels } from './kernels.ts';
import type { Pages } from './pages.ts';

/** A stretch of the shared memory, in bytes. */
export interface Slot {
  readonly address: number;
  readonly bytes: number;
}

export class Arena {
  readonly kernels: Kernels;
  readonly #memory: Pages;
  readonly #slot: Slot;
  #taken = 0;

  constructor(kernels: Kernels, memory: Pages, slot: Slot) {
    this.kernels = kernels;
    this.#memory = memory;
    this.#slot = slot;
  }

  /**
   * Reserves `bytes` and returns their address, aligned to 64 bytes. It never fails: everything is reserved before
   * anything is touched, then `shortage` tells whether the slot is large enough.
   */
  take(bytes: number): number {
    const address = this.#slot.address + this.#taken;
    this.#taken += Math.ceil(bytes / 64) * 64;
    return address;
  }

  /** Bytes the slot would need; 0 when it has them. */
  get shortage(): number {
    return this.#taken > this.#slot.bytes ? this.#taken : 0;
  }

  /** A view of a stretch of memory. Made anew each time: the memory may have grown since. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  /** Sixty-four-bit counters that kernels add to, in `count` cells. */
  cells(address: number, count: number): BigInt64Array {
    return new BigInt64Array(this.#memory.buffer, address, count);
  }

  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, count);
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, count);
  }
}
