/** The CRC-32 of `node:zlib`, of bytes in the shared memory, three times as fast: see `assembly/checksum.ts`. */

import { crc32 } from 'node:zlib';
import type { Arena } from './arena.ts';

export class Checksum {
  readonly #arena: Arena;
  readonly #state: number;
  readonly #left: number;

  /** Reserves its memory from the arena; touches none of it. */
  constructor(arena: Arena) {
    this.#arena = arena;
    this.#state = arena.take(arena.kernels.checksumBytes());
    this.#left = arena.take(arena.kernels.checksumEndBytes());
  }

  begin(): void {
    this.#arena.kernels.openChecksum(this.#state);
  }

  add(address: number, bytes: number): void {
    this.#arena.kernels.checksumAdd(this.#state, address, bytes);
  }

  /** The CRC-32 of all bytes since `begin`; more may follow. */
  get crc(): number {
    const bytes = this.#arena.kernels.checksumEnd(this.#state, this.#left);
    // `crc32` inverts where it goes on from: this is a remainder of 0.
    return crc32(this.#arena.bytes(this.#left, bytes), 0xffff_ffff);
  }
}
