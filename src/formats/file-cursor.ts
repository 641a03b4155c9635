/** Reads a header value by value, in pieces: whatever its counts say, never more than a piece is in memory. */

import { type OpenFile, readFully } from '../files/input-file.ts';
import { Fault } from '../model/outcome.ts';

const PIECE_BYTES = 1 << 12;

export class FileCursor {
  /** The byte of the file that comes next. */
  at: number;
  readonly #file: OpenFile;
  readonly #littleEndian: boolean;
  #piece: Uint8Array = new Uint8Array(0);
  /** Where the piece stands in the file. */
  #from = 0;

  /** `littleEndian`: the order of its numbers. */
  constructor(file: OpenFile, at = 0, littleEndian = false) {
    this.#file = file;
    this.at = at;
    this.#littleEndian = littleEndian;
  }

  /** The next bytes; they stay what they are until the next are asked for. @throws Fault 'incomplete' */
  view(bytes: number): DataView {
    this.#fill(bytes);
    const view = new DataView(this.#piece.buffer, this.#piece.byteOffset + this.at - this.#from, bytes);
    this.at += bytes;
    return view;
  }

  #fill(bytes: number): void {
    const { size, path } = this.#file;
    if (this.at >= this.#from && this.at + bytes <= this.#from + this.#piece.length) return;
    if (this.at + bytes > size) {
      throw new Fault(
        'incomplete',
        `${path}: ends at byte ${size}, expected ${this.at + bytes - size} more; it is truncated or still being written: copy it again, or run again later`,
      );
    }
    this.#piece = Buffer.allocUnsafeSlow(Math.min(Math.max(bytes, PIECE_BYTES), size - this.at));
    this.#from = this.at;
    readFully(this.#file, this.#piece, this.at);
  }

  /** @throws Fault 'incomplete' when the file ends before that */
  skip(bytes: number): void {
    this.at += bytes;
    if (bytes > 0) {
      this.at--;
      this.view(1);
    }
  }

  uint8(): number {
    return this.view(1).getUint8(0);
  }

  uint16(): number {
    return this.view(2).getUint16(0, this.#littleEndian);
  }

  uint32(): number {
    return this.view(4).getUint32(0, this.#littleEndian);
  }

  /** Above 2^53 it is rounded: as a size or a count it is then refused in any case. */
  uint64(): number {
    return Number(this.view(8).getBigUint64(0, this.#littleEndian));
  }

  float32(): number {
    return this.view(4).getFloat32(0, this.#littleEndian);
  }

  float64(): number {
    return this.view(8).getFloat64(0, this.#littleEndian);
  }

  /** Letters of one byte. */
  text(bytes: number): string {
    const view = this.view(bytes);
    return Buffer.from(view.buffer, view.byteOffset, bytes).toString('latin1');
  }

  /** Letters of two bytes (UTF-16). */
  letters(count: number, littleEndian: boolean): string {
    const view = this.view(2 * count);
    return String.fromCharCode(...Array.from({ length: count }, (_, i) => view.getUint16(2 * i, littleEndian)));
  }
}
