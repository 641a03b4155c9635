/**
 * Gathers the sample of an exposure from its first frame, row by row while the rows are in the cache; for the thumbnails
 * only every fifth row, which is enough for the eye and meets odd and even rows alike.
 */

import type { Bench } from './kernels/bench.ts';
import type { Histogram, Sample, Thumbnail } from './sample.ts';

/** Longer side of a thumbnail, px. */
const SIDE = 128;

const EVERY = 5;
const BINS = 96;
/** Pixels that a histogram is made of, about. */
const DRAWN = 16_384;
const STRONGEST = 8;

export class Sampler {
  readonly #bench: Bench;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #box: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #cells: number;
  readonly #raw: View;
  readonly #corrected: View;
  /** Columns and rows from one pixel of the histograms to the next. */
  readonly #step: number;
  #strongest: { row: number; col: number; before: number; after: number }[] = [];
  #least = Number.NEGATIVE_INFINITY;

  /** Reserves its memory from the bench; touches none of it. */
  constructor(bench: Bench, size: { readonly width: number; readonly height: number }) {
    this.#bench = bench;
    this.#size = size;
    this.#box = Math.ceil(Math.max(size.width, size.height) / SIDE);
    this.#columns = Math.ceil(size.width / this.#box);
    this.#rows = Math.ceil(size.height / this.#box);
    this.#cells = bench.take(this.#columns * 8);
    this.#step = Math.max(1, Math.floor(Math.sqrt((size.width * size.height) / DRAWN)));
    const view = (): View => ({ sums: new Float64Array(this.#columns * this.#rows), drawn: [] });
    this.#raw = view();
    this.#corrected = view();
  }

  /** Takes a raw row, in counts. */
  raw(row: number, address: number): void {
    const { width } = this.#size;
    this.#gather(this.#raw, row, address);
    const top = this.#bench.kernels.peak(address, width);
    if (top <= this.#least) return;
    const col = this.#bench.floats(address, width).indexOf(top);
    this.#strongest.push({ row, col, before: top, after: top });
    this.#strongest.sort((a, b) => b.before - a.before || a.row - b.row);
    this.#strongest.length = Math.min(STRONGEST, this.#strongest.length);
    if (this.#strongest.length === STRONGEST) this.#least = this.#strongest.at(-1)!.before;
  }

  /** Takes the same row when every step is done with it. */
  corrected(row: number, address: number): void {
    this.#gather(this.#corrected, row, address);
    for (const strong of this.#strongest) {
      if (strong.row === row) strong.after = this.#bench.floats(address, this.#size.width)[strong.col]!;
    }
  }

  finish(): Sample {
    return {
      width: this.#columns,
      height: this.#rows,
      box: this.#box,
      raw: this.#thumbnail(this.#raw),
      corrected: this.#thumbnail(this.#corrected),
      rawHistogram: histogram(this.#raw.drawn),
      correctedHistogram: histogram(this.#corrected.drawn),
      strongest: this.#strongest,
    };
  }

  #gather(view: View, row: number, address: number): void {
    const { width } = this.#size;
    if (row % EVERY === 0) {
      const cells = this.#bench.doubles(this.#cells, this.#columns);
      cells.fill(0);
      this.#bench.kernels.boxes(address, width, this.#box, this.#cells);
      const at = Math.floor(row / this.#box) * this.#columns;
      for (let i = 0; i < this.#columns; i++) view.sums[at + i]! += cells[i]!;
    }
    if (row % this.#step === 0) {
      const pixels = this.#bench.floats(address, width);
      const drawn = new Float32Array(Math.ceil(width / this.#step));
      for (let i = 0, col = 0; col < width; col += this.#step) drawn[i++] = pixels[col]!;
      view.drawn.push(drawn);
    }
  }

  #thumbnail({ sums }: View): Thumbnail {
    const { width, height } = this.#size;
    const box = this.#box;
    const means = new Float32Array(sums.length);
    for (let y = 0; y < this.#rows; y++) {
      const to = Math.min(height, (y + 1) * box);
      const rows = Math.ceil(to / EVERY) - Math.ceil((y * box) / EVERY);
      for (let x = 0; x < this.#columns; x++) {
        const at = y * this.#columns + x;
        // Boxes of less than five rows may have met none: they look like the box above.
        means[at] =
          rows > 0 ? sums[at]! / (rows * (Math.min(width, (x + 1) * box) - x * box)) : (means[at - this.#columns] ?? 0);
      }
    }
    const [low, high] = percentiles(means);
    const scale = high > low ? 255 / (high - low) : 0;
    const pixels = new Uint8Array(means.length);
    for (let i = 0; i < means.length; i++) {
      pixels[i] = Math.max(0, Math.min(255, Math.round((means[i]! - low) * scale)));
    }
    return { low, high, pixels };
  }
}

interface View {
  readonly sums: Float64Array;
  readonly drawn: Float32Array[];
}

function histogram(drawn: readonly Float32Array[]): Histogram {
  const all = new Float32Array(drawn.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of drawn) {
    all.set(row, at);
    at += row.length;
  }
  const { low, high, counts } = binned(all, BINS);
  return { low, high, counts: Array.from(counts) };
}

function binned(values: Float32Array, bins: number): { low: number; high: number; counts: Uint32Array } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const counts = new Uint32Array(bins);
  const scale = high > low ? bins / (high - low) : 0;
  for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.floor((values[i]! - low) * scale))]!++;
  return { low, high, counts };
}

/** The 0.5 and the 99.5 percentile, to a four-thousandth of the range: cheaper than sorting. */
function percentiles(values: Float32Array): [low: number, high: number] {
  const { low, high, counts } = binned(values, 4096);
  const width = (high - low) / counts.length;
  const outside = Math.floor(0.005 * values.length);
  let first = 0;
  for (let seen = counts[0]!; seen <= outside && first < counts.length - 1; seen += counts[first]!) first++;
  let last = counts.length - 1;
  for (let seen = counts[last]!; seen <= outside && last > first; seen += counts[last]!) last--;
  return [low + first * width, low + (last + 1) * width];
}
