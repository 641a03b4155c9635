/**
 * What shows a camera that is not even, gathered from the corrected first frame: the mean of each row in segments, the sum of
 * each column in bands of rows, and the pixels far from the level around them. One stuck pixel spoils one segment and one
 * band: medians over the others do not see it.
 */

import type { Arena } from '../../kernels/arena.ts';
import type { ReferenceRows } from '../../references/references.ts';
import type { Batch, Observer } from './observer.ts';
import type { Places } from './spikes.ts';
import { everyOf, type Size } from './thumbnails.ts';

/** Segments of a row and bands of rows, at most. */
const PARTS = 16;

/** Part of the pixels that may be far from what is around; with more it is the picture, and says nothing of the camera. */
const MOST = 0.005;

/** How the rows are cut into segments, and the columns into bands. */
export interface Parts {
  /** px of a segment; the last one of a row is shorter. */
  readonly segment: number;
  readonly segments: number;
  /** Rows of a band. */
  readonly band: number;
  readonly bands: number;
}

export function partsOf({ width, height }: Size): Parts {
  const segment = Math.ceil(width / PARTS / 16) * 16;
  const band = Math.ceil(height / PARTS);
  return { segment, segments: Math.ceil(width / segment), band, bands: Math.ceil(height / band) };
}

/** How many rows of each band are added up. */
export function rowsOfBands(size: Size): number[] {
  const { band, bands } = partsOf(size);
  const rows = new Array<number>(bands).fill(0);
  for (let row = 0; row < size.height; row += everyOf(size)) rows[Math.floor(row / band)]!++;
  return rows;
}

/** Rows and pixels in the order of the references. */
export class Evenness implements Observer {
  readonly #arena: Arena;
  readonly #size: Size;
  readonly #parts: Parts;
  readonly #referred: ReferenceRows;
  readonly #room: number;
  readonly #list: number;
  /** Addresses, float32: of each row its segments; of each band its columns. */
  readonly rows: number;
  readonly columns: number;
  readonly #stride: number;
  #count = 0;

  /** Reserves its memory from the arena; touches none of it. */
  constructor(arena: Arena, size: Size, referred: ReferenceRows) {
    this.#arena = arena;
    this.#size = size;
    this.#parts = partsOf(size);
    this.#referred = referred;
    // A few dead rows of a small camera are no picture.
    this.#room = Math.max(Math.ceil(size.width * size.height * MOST), 4 * size.width);
    this.#list = arena.take(this.#room * 4);
    this.#stride = Math.ceil(size.width / 8) * 32;
    this.rows = arena.take(size.height * this.#parts.segments * 4);
    this.columns = arena.take(this.#parts.bands * this.#stride);
  }

  leaves({ frame, from, to, line }: Batch): void {
    if (frame > 0) return;
    const { width, height } = this.#size;
    const { segment, segments, band, bands } = this.#parts;
    const { kernels } = this.#arena;
    const { first, turn } = this.#referred;
    if (from === 0) {
      this.#count = 0;
      this.#arena.bytes(this.columns, bands * this.#stride).fill(0);
    }
    const every = everyOf({ width, height });
    for (let stored = from; stored < to; stored++) {
      const row = first + turn * stored;
      const address = line.address(stored);
      const levels = this.rows + 4 * segments * row;
      kernels.meanSegments(address, width, segment, levels);
      const known = Math.min(this.#count, this.#room);
      const list = this.#list + 4 * known;
      this.#count += kernels.listFar(address, width, segment, levels, row * width, list, this.#room - known);
      if (row % every === 0) kernels.addRow(address, this.column(Math.floor(row / band)), width);
    }
  }

  /** Address of the sums of a band's columns. */
  column(band: number): number {
    return this.columns + band * this.#stride;
  }

  /** Null: more than can be bad. */
  get far(): Places | null {
    return this.#count > this.#room ? null : { address: this.#list, count: this.#count };
  }
}
