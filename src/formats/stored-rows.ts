/**
 * Reads pixels that a file holds as they are: rows of packed numbers, wherever they stand, in either byte order. And what
 * every format checks of its header first.
 */

import { type OpenFile, readFully } from '../files/input-file.ts';
import type { Arena } from '../kernels/arena.ts';
import { type Exposure, type Geometry, LIMITS, PIXELS, type PixelType } from '../model/exposure.ts';
import { Fault } from '../model/outcome.ts';
import type { Carried, Source } from './format.ts';

/** @throws Fault 'unsupported' for sizes that are taken for damage */
export function refuseOversize(path: string, { width, height, frames }: Geometry): void {
  if (width <= LIMITS.width && width * height <= LIMITS.pixels && frames <= LIMITS.frames) return;
  throw new Fault(
    'unsupported',
    `${path}: the header says ${width} x ${height} x ${frames}; at most ${LIMITS.width} columns, 2^31 pixels a frame and ${LIMITS.frames} frames are read: is it damaged?`,
  );
}

/** A file that ends before its pixels do. @throws Fault 'incomplete' */
export function refuseShort(
  { path, size }: Pick<OpenFile, 'path' | 'size'>,
  expected: number,
  { width, height, frames }: Geometry,
  type: PixelType,
): void {
  if (size >= expected) return;
  throw new Fault(
    'incomplete',
    `${path}: found ${size} bytes, expected ${expected} (${width} x ${height} x ${frames} ${type}); it is truncated or still being written: copy it again, or run again later`,
  );
}

/** Turns the bytes of `count` numbers of `size` bytes over, in place. */
export function swap({ kernels }: Arena, address: number, count: number, size: number): void {
  if (size === 2) kernels.swap16(address, count);
  if (size === 4) kernels.swap32(address, count);
}

export interface Stored {
  readonly exposure: Exposure;
  readonly carried: Carried;
  readonly littleEndian: boolean;
  /** The byte at which a row begins; the rows of a frame follow each other without a gap. */
  readonly at: (frame: number, row: number) => number;
}

export class StoredRows implements Source {
  readonly exposure: Exposure;
  readonly carried: Carried;
  readonly position?: (frame: number, row: number) => number;
  readonly #file: OpenFile;
  readonly #at: (frame: number, row: number) => number;
  readonly #swapped: boolean;
  #arena: Arena | null = null;

  constructor(file: OpenFile, { exposure, carried, littleEndian, at }: Stored) {
    this.exposure = exposure;
    this.carried = carried;
    this.#file = file;
    this.#at = at;
    this.#swapped = !littleEndian && PIXELS[exposure.type].bytes > 1;
    if (!this.#swapped) this.position = at;
  }

  prepare(arena: Arena): void {
    this.#arena = arena;
  }

  read(frame: number, row: number, rows: number, address: number): void {
    const { width, type } = this.exposure;
    const size = PIXELS[type].bytes;
    const arena = this.#arena!;
    readFully(this.#file, arena.bytes(address, rows * width * size), this.#at(frame, row));
    if (this.#swapped) swap(arena, address, rows * width, size);
  }
}
