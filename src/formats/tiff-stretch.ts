/** Any part of one compressed strip or tile: rising parts are decoded once, a step back decodes the strip again. */

import type { Bench } from '../kernels/bench.ts';
import { Fault } from '../outcome.ts';
import type { Decode, Stretch } from './tiff-decoders.ts';

export class StretchReader {
  readonly #path: string;
  readonly #bench: Bench;
  readonly #decode: Decode;
  #offset = -1;
  #pieces: Generator<Uint8Array> | undefined;
  /** The decoded piece at hand, and where in the strip it begins. */
  #piece = new Uint8Array(0);
  #at = 0;

  constructor(path: string, bench: Bench, decode: Decode) {
    this.#path = path;
    this.#bench = bench;
    this.#decode = decode;
  }

  /**
   * Puts `bytes` decoded bytes of `stretch`, from `from` on, at `address`.
   * @throws Fault 'format' when they are damaged or too few
   */
  read(stretch: Stretch, from: number, bytes: number, address: number): void {
    if (this.#offset !== stretch.offset || from < this.#at) this.#restart(stretch);
    const into = this.#bench.bytes(address, bytes);
    for (let done = 0; done < bytes; ) {
      const skip = from + done - this.#at;
      if (skip >= this.#piece.length) {
        this.#advance(stretch);
        continue;
      }
      const part = this.#piece.subarray(skip, skip + bytes - done);
      into.set(part, done);
      done += part.length;
    }
  }

  #restart(stretch: Stretch): void {
    this.close();
    this.#offset = stretch.offset;
    this.#pieces = this.#decode(stretch);
    this.#piece = new Uint8Array(0);
    this.#at = 0;
  }

  #advance(stretch: Stretch): void {
    this.#at += this.#piece.length;
    this.#piece = new Uint8Array(0);
    let cause: unknown;
    try {
      const next = this.#pieces!.next();
      if (!next.done) {
        this.#piece = next.value as Uint8Array<ArrayBuffer>;
        return;
      }
    } catch (error) {
      if (error instanceof Fault) throw error;
      cause = error;
    }
    this.#offset = -1;
    throw new Fault(
      'format',
      `${this.#path}: the strip or tile at byte ${stretch.offset} is damaged: ${this.#at} bytes can be decoded, expected ${stretch.decoded}; copy the file again`,
      { cause },
    );
  }

  /** Lets go of what a half-read strip holds. */
  close(): void {
    this.#pieces?.return(undefined);
    this.#pieces = undefined;
    this.#offset = -1;
  }
}
