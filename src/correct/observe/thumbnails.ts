/**
 * Gathers the sample of an exposure from its first frame, row by row while the rows are in the cache; for the thumbnails
 * only every fifth or ninth row, which is enough for the eye and meets odd and even rows alike.
 */

import type { Arena } from '../../kernels/arena.ts';
import { type Histogram, type Sample, type Thumbnail, thumbnail, usable } from '../../model/sample.ts';
import type { Batch, Observed, Observer } from './observer.ts';

/** Longer side of a thumbnail, px. */
const SIDE = 128;

const BINS = 96;
/** Pixels that a histogram is made of, about. */
const DRAWN = 16_384;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Addresses of the sums over the rows looked at, one per column (float32): of even and of odd rows of boxes. */
export type ColumnSums = readonly [even: number, odd: number];

/** One of the two, raw or corrected, while it is gathered. All addresses in the arena's memory. */
interface View {
  readonly columns: ColumnSums;
  /** Sums of the boxes and of all that stand two, four ... rows of boxes before them, float64. */
  readonly boxes: number;
  /** Pixels for the histogram, float32. */
  readonly drawn: number;
  /** The next row that is worth a look. */
  next: number;
}

export class Thumbnails implements Observer {
  readonly #arena: Arena;
  readonly #size: Size;
  readonly #box: number;
  readonly #every: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #raw: View;
  readonly #corrected: View;
  /** Columns and rows from one pixel of the histograms to the next. */
  readonly #step: number;
  /** How many there are in a row, and in how many rows. */
  readonly #across: number;
  readonly #down: number;

  /** Reserves its memory from the arena; touches none of it. */
  constructor(arena: Arena, size: Size) {
    this.#arena = arena;
    this.#size = size;
    this.#box = boxOf(size);
    this.#every = everyOf(size);
    this.#columns = Math.ceil(size.width / this.#box);
    this.#rows = Math.ceil(size.height / this.#box);
    this.#step = Math.max(1, Math.floor(Math.sqrt((size.width * size.height) / DRAWN)));
    this.#across = Math.ceil(size.width / this.#step);
    this.#down = Math.ceil(size.height / this.#step);
    const padded = Math.ceil(size.width / 8) * 8 * 4;
    const view = (): View => ({
      columns: [arena.take(padded), arena.take(padded)],
      boxes: arena.take(this.#columns * this.#rows * 8),
      drawn: arena.take(this.#across * this.#down * 4),
      next: 0,
    });
    this.#raw = view();
    this.#corrected = view();
  }

  arrives(batch: Batch): void {
    this.#gatherAll(this.#raw, batch);
  }

  leaves(batch: Batch): void {
    this.#gatherAll(this.#corrected, batch);
  }

  get columns(): { readonly raw: ColumnSums; readonly corrected: ColumnSums } {
    return { raw: this.#raw.columns, corrected: this.#corrected.columns };
  }

  finish(): Pick<Observed, 'thumbnails'> {
    return { thumbnails: this.#sample() };
  }

  #sample(): Omit<Sample, 'spikes'> {
    return {
      width: this.#columns,
      height: this.#rows,
      box: this.#box,
      raw: this.#thumbnail(this.#raw),
      corrected: this.#thumbnail(this.#corrected),
      rawHistogram: this.#histogram(this.#raw),
      correctedHistogram: this.#histogram(this.#corrected),
    };
  }

  #gatherAll(view: View, { frame, from, to, line }: Batch): void {
    if (frame > 0) return;
    for (let row = from; row < to; row++) this.#gather(view, row, line.address(row));
  }

  #gather(view: View, row: number, address: number): void {
    if (row === 0) this.#clear(view);
    if (row < view.next) return;
    const { width, height } = this.#size;
    const { kernels } = this.#arena;
    const y = Math.floor(row / this.#box);
    const sums = view.columns[y % 2]!;
    if (row % this.#every === 0) kernels.addRow(address, sums, width);
    if ((row + 1) % this.#box === 0 || row === height - 1)
      kernels.sumBoxes(sums, width, this.#box, view.boxes + 8 * y * this.#columns);
    if (row % this.#step === 0) {
      kernels.pickPixels(address, width, this.#step, view.drawn + 4 * this.#across * (row / this.#step));
    }
    const after = (every: number, offset: number): number => row + every - ((row + offset) % every);
    view.next = Math.min(
      after(this.#every, 0),
      after(this.#step, 0),
      after(this.#box, 1),
      Math.max(row + 1, height - 1),
    );
  }

  #clear(view: View): void {
    view.next = 0;
    for (const address of view.columns) this.#arena.floats(address, this.#size.width).fill(0);
  }

  #histogram({ drawn }: View): Histogram {
    const values = this.#arena.floats(drawn, this.#across * this.#down);
    const { low, high, counts } = binned(values, BINS, usual(values));
    return { low, high, counts: Array.from(counts) };
  }

  #thumbnail({ boxes }: View): Thumbnail {
    const { width, height } = this.#size;
    const box = this.#box;
    const sums = this.#arena.doubles(boxes, this.#columns * this.#rows);
    const means = new Float32Array(sums.length);
    for (let y = 0; y < this.#rows; y++) {
      const to = Math.min(height, (y + 1) * box);
      const rows = Math.ceil(to / this.#every) - Math.ceil((y * box) / this.#every);
      for (let x = 0; x < this.#columns; x++) {
        const at = y * this.#columns + x;
        // Boxes of a few rows may have met none: they look like the box above.
        if (rows === 0) {
          means[at] = means[at - this.#columns] ?? 0;
          continue;
        }
        const sum = sums[at]! - (y < 2 ? 0 : sums[at - 2 * this.#columns]!);
        means[at] = sum / (rows * (Math.min(width, (x + 1) * box) - x * box));
      }
    }
    const [low, high] = percentiles(means);
    return thumbnail(means, low, high);
  }
}

/** Side of the boxes of a thumbnail, px. */
export const boxOf = ({ width, height }: Size): number => Math.ceil(Math.max(width, height) / SIDE);

/** Every so many rows are looked at: at least three of a box where it has them. */
export const everyOf = (size: Size): number => (boxOf(size) >= 27 ? 9 : 5);

type Range = readonly [low: number, high: number];

/** Of the usable values; 0 to 0 where there is none. */
function range(values: Float32Array): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!usable(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 0] : [low, high];
}

/** Without what is not usable. What lies outside the range is counted in the first and in the last bin. */
function binned(
  values: Float32Array,
  bins: number,
  [low, high] = range(values),
): { low: number; high: number; counts: Uint32Array } {
  const counts = new Uint32Array(bins);
  const scale = high > low ? bins / (high - low) : 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (usable(value)) counts[Math.max(0, Math.min(bins - 1, Math.floor((value - low) * scale)))]!++;
  }
  return { low, high, counts };
}

/** Where nearly all values are and as much again on either side: an X-ray does not squeeze a histogram into its corner. */
function usual(values: Float32Array): Range {
  const [low, high] = range(values);
  const [from, to] = percentiles(values, 0.002);
  return [Math.max(low, 2 * from - to), Math.min(high, 2 * to - from)];
}

/** The 0.5 and the 99.5 percentile, to a four-thousandth of the range: cheaper than sorting. `beyond`: the part on either side. */
function percentiles(values: Float32Array, beyond = 0.005): [low: number, high: number] {
  const { low, high, counts } = binned(values, 4096);
  const width = (high - low) / counts.length;
  const outside = Math.floor(beyond * values.length);
  let first = 0;
  for (let seen = counts[0]!; seen <= outside && first < counts.length - 1; seen += counts[first]!) first++;
  let last = counts.length - 1;
  for (let seen = counts[last]!; seen <= outside && last > first; seen += counts[last]!) last--;
  return [low + first * width, low + (last + 1) * width];
}
