/** The CRC-32 of bytes in the kernels' memory, as `node:zlib` has it, but three times as fast: see `assembly/checksum.ts`. */

import { crc32 } from 'node:zlib';
import type { Bench } from './bench.ts';

/** Bytes that are left when all others are folded: 300 words of 16 and less than one more. */
const LEFT_BYTES = 301 * 16;

export class Checksum {
  readonly #bench: Bench;
  readonly #state: number;
  readonly #left: number;

  /** Reserves its memory from the bench; touches none of it. */
  constructor(bench: Bench) {
    this.#bench = bench;
    this.#state = bench.take(bench.kernels.checksumBytes());
    this.#left = bench.take(LEFT_BYTES);
  }

  begin(): void {
    this.#bench.kernels.checksumBegin(this.#state);
  }

  add(address: number, bytes: number): void {
    this.#bench.kernels.checksumAdd(this.#state, address, bytes);
  }

  /** Of all bytes since the beginning; more may come after. */
  get crc(): number {
    const bytes = this.#bench.kernels.checksumEnd(this.#state, this.#left);
    // `crc32` inverts where it goes on from: this is a remainder of 0.
    return crc32(this.#bench.bytes(this.#left, bytes), 0xffff_ffff);
  }
}
