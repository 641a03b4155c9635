/** The compressed bytes of a TIFF file, read in pieces of 1 MB into a worker's memory, so that small strips share a read. */

import { type OpenFile, readFully } from '../../files/input-file.ts';
import type { Arena } from '../../kernels/arena.ts';

const WINDOW = 1 << 20;

/** Kernels may read a few bytes past the end of what they are given. */
const SLACK = 64;

export class TiffInput {
  readonly file: OpenFile;
  readonly arena: Arena;
  readonly #window: number;
  #at = 0;
  #bytes = 0;

  constructor(file: OpenFile, arena: Arena) {
    this.file = file;
    this.arena = arena;
    this.#window = arena.take(WINDOW + SLACK);
  }

  /**
   * Address of the file's byte `offset`, and how many of the `wanted` bytes from there on are in memory: at least 4096
   * or all of them.
   */
  locate(offset: number, wanted: number): { address: number; bytes: number } {
    if (offset < this.#at || offset + Math.min(wanted, 4096) > this.#at + this.#bytes) {
      this.#bytes = 0;
      const bytes = Math.min(WINDOW, this.file.size - offset);
      readFully(this.file, this.arena.bytes(this.#window, bytes), offset);
      this.#at = offset;
      this.#bytes = bytes;
    }
    return { address: this.#window + offset - this.#at, bytes: Math.min(wanted, this.#at + this.#bytes - offset) };
  }

  /** All of a stretch at once; a view that is valid until the next call where it is short, a copy where it is long. */
  whole(offset: number, bytes: number): Uint8Array {
    const near = this.locate(offset, bytes);
    if (near.bytes === bytes) return this.arena.bytes(near.address, bytes);
    const copy = Buffer.allocUnsafe(bytes);
    readFully(this.file, copy, offset);
    return copy;
  }

  /** A stretch in pieces of at most `size` bytes, each valid until the next is asked for. */
  *pieces(offset: number, bytes: number, size: number): Generator<Uint8Array> {
    for (let done = 0; done < bytes; ) {
      const near = this.locate(offset + done, Math.min(size, bytes - done));
      yield this.arena.bytes(near.address, near.bytes);
      done += near.bytes;
    }
  }
}
