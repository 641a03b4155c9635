/**
 * The line: the rows of a frame that are on their way, in one stretch of memory, each at its place from the first step
 * to the last. Steps work on it in place; every step has a cursor, and the rows between two cursors are what the later
 * step still has to wait for, or the earlier one still looks back on.
 *
 *     row 0 ..................... rows leave here (finish)
 *       |  despike looks back     released by despike
 *       |  despike works here     released by flat-field
 *       |  flat-field works here
 *     newest row ................ rows arrive here (unpack)
 *
 * A row is float32 counts, padded to a multiple of 8 pixels, followed by one bit per pixel that says: saturated in the
 * raw, by one that says: replaced by despike, and where the raw is of floating point by one that says: lost, since it was no
 * finite number. When the end of the stretch is reached the live rows move to its front.
 */

import type { Arena } from '../kernels/arena.ts';

const NONE = new Uint32Array(0);

const NOT_REPAIRED = { address: 0, stride: 0 };

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

export class LineBuffer {
  readonly width: number;
  readonly height: number;
  /** Bytes from a row to the next. */
  readonly stride: number;
  /** Bytes from a row's address to its saturation bits. */
  readonly flags: number;
  /** Bytes from a row's address to its bits of replaced pixels; clear when a row arrives. */
  readonly marks: number;
  /** Bytes from a row's address to its bits of lost pixels; clear when a row arrives. 0: raw pixels are always numbers. */
  readonly lost: number;
  /** Address of all that, as kernels want to know it; valid from `begin` on. */
  readonly layout: number;
  /** Bits of the pixels that were repaired: those of row 0, and bytes from a row to the next. Address 0: none are known. */
  repaired = NOT_REPAIRED;
  readonly #arena: Arena;
  readonly #base: number;
  readonly #room: number;
  /** Room for the columns of a row. */
  readonly #columns: number;
  #first = 0;
  #end = 0;
  /** Rows of the frame that have lost pixels: most frames have none. */
  readonly #lacking = new Set<number>();

  /** `room`: how many rows it holds at least; `floats`: raw pixels are of floating point. */
  constructor(arena: Arena, size: { readonly width: number; readonly height: number }, room: number, floats: boolean) {
    this.width = size.width;
    this.height = size.height;
    this.flags = aligned(Math.ceil(size.width / 8) * 8 * 4);
    const bits = aligned(Math.ceil(size.width / 8));
    this.marks = this.flags + bits;
    this.lost = floats ? this.marks + bits : 0;
    this.stride = this.marks + (floats ? 2 * bits : bits);
    this.layout = arena.take(arena.kernels.rowLayoutBytes());
    this.#arena = arena;
    this.#room = room;
    // SIMD may look a little past the last row.
    this.#base = arena.take(room * this.stride + 64);
    this.#columns = arena.take(4 * size.width);
  }

  /** Rows of the frame that have arrived. */
  get end(): number {
    return this.#end;
  }

  begin(): void {
    this.#first = 0;
    this.#end = 0;
    this.#lacking.clear();
    this.repaired = NOT_REPAIRED;
    const { width, height, stride, flags, marks, lost } = this;
    this.#arena.kernels.openRowLayout(this.layout, width, height, stride, flags, marks, lost);
  }

  /** Notes that a row has bits of lost pixels. */
  lack(row: number): void {
    this.#lacking.add(row);
  }

  /** Whether any row from `first` to `last`, of those that have arrived, has lost pixels. */
  lacks(first: number, last: number): boolean {
    if (this.#lacking.size === 0) return false;
    for (let row = first; row <= last; row++) if (this.#lacking.has(row)) return true;
    return false;
  }

  /** Makes room for `rows` new rows behind those from `kept` on, which stay; returns the first new row's address. */
  arrive(rows: number, kept: number): number {
    if (this.#end + rows - this.#first > this.#room) {
      const live = this.#end - kept;
      this.#arena
        .bytes(this.#base, this.#room * this.stride)
        .copyWithin(0, (kept - this.#first) * this.stride, (kept - this.#first + live) * this.stride);
      this.#first = kept;
    }
    const address = this.address(this.#end);
    this.#end += rows;
    this.#arena.kernels.clearBits(this.layout, address, rows);
    return address;
  }

  /** The columns of the pixels that were replaced in a row, rising; the list is used again for the next row. */
  replaced(row: number): Uint32Array {
    const count = this.#arena.kernels.listBits(this.address(row) + this.marks, this.width, this.#columns);
    return count > 0 ? this.#arena.words(this.#columns, count) : NONE;
  }

  address(row: number): number {
    return this.#base + (row - this.#first) * this.stride;
  }
}
