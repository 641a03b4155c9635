/** Any part of one compressed strip or tile: rising parts are decoded once, a step back decodes the strip again. */

import type { Arena } from '../../kernels/arena.ts';
import { Fault } from '../../model/outcome.ts';
import type { Decode, Stretch } from './decoders.ts';

/** Bytes past the needed ones that are decoded to come to the checksum; who has more in his strip goes unchecked. */
const TO_CHECKSUM = 1 << 20;

export class StretchReader {
  readonly #path: string;
  readonly #arena: Arena;
  readonly #decode: Decode;
  #offset = -1;
  #pieces: ReturnType<Decode> | undefined;
  /** The decoded piece at hand, and where in the strip it begins. */
  #piece = new Uint8Array(0);
  #at = 0;

  constructor(path: string, arena: Arena, decode: Decode) {
    this.#path = path;
    this.#arena = arena;
    this.#decode = decode;
  }

  /**
   * Puts `bytes` decoded bytes of `stretch`, from `from` on, at `address`.
   * @throws Fault 'format' when they are damaged or too few
   */
  async read(stretch: Stretch, from: number, bytes: number, address: number): Promise<void> {
    if (this.#offset !== stretch.offset || from < this.#at) await this.#restart(stretch);
    const into = this.#arena.bytes(address, bytes);
    for (let done = 0; done < bytes; ) {
      const skip = from + done - this.#at;
      if (skip >= this.#piece.length) {
        if (await this.#advance(stretch)) continue;
        throw this.#damaged(stretch);
      }
      const part = this.#piece.subarray(skip, skip + bytes - done);
      into.set(part, done);
      done += part.length;
    }
    if (from + bytes === stretch.decoded) await this.#check(stretch);
  }

  /** With the last byte delivered, goes on to the end: checksums stand there. */
  async #check(stretch: Stretch): Promise<void> {
    for (let more = 0; more < TO_CHECKSUM; more += this.#piece.length) {
      if (!(await this.#advance(stretch))) break;
    }
    await this.#close();
  }

  async #restart(stretch: Stretch): Promise<void> {
    await this.#close();
    this.#offset = stretch.offset;
    this.#pieces = this.#decode(stretch);
    this.#piece = new Uint8Array(0);
    this.#at = 0;
  }

  /** Takes the next piece, if there is one. */
  async #advance(stretch: Stretch): Promise<boolean> {
    this.#at += this.#piece.length;
    this.#piece = new Uint8Array(0);
    try {
      const next = await this.#pieces!.next();
      if (next.done) return false;
      this.#piece = next.value as Uint8Array<ArrayBuffer>;
      return true;
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw this.#damaged(stretch, error);
    }
  }

  #damaged(stretch: Stretch, cause?: unknown): Fault {
    this.#offset = -1;
    const found = `${this.#at} bytes can be decoded, expected ${stretch.decoded}`;
    const reason = cause instanceof Error ? ` (${cause.message})` : '';
    return new Fault(
      'format',
      `${this.#path}: the strip or tile at byte ${stretch.offset} is damaged: ${found}${reason}; copy the file again`,
      { cause },
    );
  }

  /** Lets go of what a half-read strip holds. */
  async #close(): Promise<void> {
    await this.#pieces?.return(undefined);
    this.#pieces = undefined;
    this.#offset = -1;
  }
}
