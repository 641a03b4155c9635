/**
 * The spikes of an exposure's first frame, as rows leave the last step: where they all are, for the counters of the
 * session, and crops of the strongest, for the page.
 */

import type { Arena } from '../../kernels/arena.ts';
import { PIXELS, type PixelType } from '../../model/exposure.ts';
import { CROP, type Spike, type Thumbnail, thumbnail } from '../../model/sample.ts';
import type { ReferenceRows } from '../../references/references.ts';
import type { LineBuffer } from '../line-buffer.ts';
import type { Batch, Observed, Observer } from './observer.ts';
import type { RawRows } from './raw-rows.ts';

/** Rows around a spike that its crop shows. */
const LOOK_BACK = (CROP - 1) / 2;

const STRONGEST = 4;

/** Part of the pixels that may be spikes; with more the method is wrong, and what it finds says nothing of the camera. */
const MOST = 0.005;

/** Around an image. */
const NO_IMAGE = Number.NEGATIVE_INFINITY;

/** As `listSpikes` counts them. */
const CODES = Object.keys(PIXELS) as PixelType[];

/** Where the spikes stand: `count` indices (uint32, row of the references * width + column) at `address`. */
export interface Places {
  readonly address: number;
  readonly count: number;
}

interface Crop {
  readonly row: number;
  readonly col: number;
  readonly rise: number;
  readonly after: number;
  /** Address of its CROP x CROP raw pixels, and behind them the corrected ones (float32). */
  readonly pixels: number;
  /** The first row that it does not show yet. */
  next: number;
}

const CROP_BYTES = CROP * CROP * 4;

export class Spikes implements Observer {
  readonly lookBack = LOOK_BACK;
  readonly #arena: Arena;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #code: number;
  readonly #referred: ReferenceRows;
  readonly #room: number;
  readonly #list: number;
  readonly #state: number;
  /** Places of crops that are free. */
  #free: number[] = [];
  readonly #places: readonly number[];
  #count = 0;
  #crops: Crop[] = [];

  /** Reserves its memory from the arena; touches none of it. */
  constructor(
    arena: Arena,
    { width, height, type }: { readonly width: number; readonly height: number; readonly type: PixelType },
    referred: ReferenceRows,
  ) {
    this.#arena = arena;
    this.#size = { width, height };
    this.#code = CODES.indexOf(type);
    this.#referred = referred;
    this.#room = Math.ceil(width * height * MOST);
    this.#list = arena.take(this.#room * 4);
    this.#state = arena.take(arena.kernels.spikesBytes());
    this.#places = Array.from({ length: STRONGEST + 1 }, () => arena.take(2 * CROP_BYTES));
  }

  leaves({ frame, from, to, line, raw }: Batch): void {
    if (frame > 0) return;
    if (from === 0) this.#begin(line, raw);
    const { kernels } = this.#arena;
    const state = this.#state;
    for (let row = from; row < to; ) {
      const until = Math.min(to, raw.bandEnd(row));
      const least = this.#crops[STRONGEST - 1]?.rise ?? 0;
      row += kernels.listSpikes(state, line.address(row), row, until - row, raw.address(row), least);
      const col = kernels.spikeCol(state);
      if (col >= 0) this.#consider(row - 1, col, kernels.spikeRise(state), line);
    }
    this.#count = kernels.spikesFound(state);
    for (const crop of this.#crops) this.#copy(crop, to, line, raw);
  }

  /** Null: more than can be spikes. */
  get places(): Places | null {
    return this.#count > this.#room ? null : { address: this.#list, count: this.#count };
  }

  finish(): Pick<Observed, 'spikes'> {
    return { spikes: this.#strongest() };
  }

  #strongest(): Spike[] {
    return this.#crops.map(({ row, col, rise, after, pixels }) => ({
      row,
      col,
      before: finite(after + rise),
      after: finite(after),
      raw: shown(this.#arena.floats(pixels, CROP * CROP)),
      corrected: shown(this.#arena.floats(pixels + CROP_BYTES, CROP * CROP)),
    }));
  }

  #begin(line: LineBuffer, raw: RawRows): void {
    const { kernels } = this.#arena;
    const { dark, norm, step, first, turn } = this.#referred;
    kernels.openSpikes(this.#state, line.layout, this.#code, raw.rowBytes, this.#list, this.#room, CROP_BYTES);
    kernels.referSpikes(this.#state, dark, norm, step, first, turn);
    this.#count = 0;
    this.#crops = [];
    this.#free = [...this.#places];
  }

  /** Keeps it if it is the strongest around; the weakest of the others then goes. */
  #consider(row: number, col: number, rise: number, line: LineBuffer): void {
    const around = this.#crops.filter((crop) => near(crop, row, col));
    if (around.some((crop) => crop.rise >= rise)) return;
    const after = this.#arena.floats(line.address(row) + 4 * col, 1)[0]!;
    const crop = { row, col, rise, after, pixels: this.#free.pop()!, next: Math.max(0, row - LOOK_BACK) };
    const sorted = [...this.#crops, crop].sort((a, b) => b.rise - a.rise).filter((each) => !around.includes(each));
    this.#crops = sorted.slice(0, STRONGEST);
    for (const gone of [...around, ...sorted.slice(STRONGEST)]) this.#free.push(gone.pixels);
  }

  /** Puts what a crop shows of the rows in front of `to` into it, before and after; most do not live to see it. */
  #copy(crop: Crop, to: number, line: LineBuffer, raw: RawRows): void {
    const { row, col, pixels } = crop;
    const until = Math.min(to, row + LOOK_BACK + 1);
    if (crop.next >= until) return;
    const [top, left] = [row - LOOK_BACK, Math.max(0, col - LOOK_BACK)];
    const count = Math.min(this.#size.width, col + LOOK_BACK + 1) - left;
    if (crop.next <= row) this.#arena.floats(pixels, 2 * CROP * CROP).fill(NO_IMAGE);
    for (; crop.next < until; crop.next++) {
      const at = pixels + 4 * ((crop.next - top) * CROP + left - col + LOOK_BACK);
      const [before, after] = [raw.address(crop.next), line.address(crop.next)];
      this.#arena.kernels.copyPiece(this.#state, after, before, left, count, at);
    }
  }
}

const finite = (counts: number): number | null => (Number.isFinite(counts) ? counts : null);

const near = (crop: Crop, row: number, col: number): boolean =>
  Math.abs(crop.row - row) <= LOOK_BACK && Math.abs(crop.col - col) <= LOOK_BACK;

/** Deviations of what is around that are black and white: noise is a dark grey, on which spikes shine. */
const [BLACK, WHITE] = [4, 12];

/** Black where there is no image. */
function shown(counts: Float32Array): Thumbnail {
  const sorted = counts.toSorted();
  const first = sorted.lastIndexOf(NO_IMAGE) + 1;
  const at = (part: number): number => sorted[first + Math.floor(part * (sorted.length - 1 - first))]!;
  // Of Gaussian noise two deviations lie between these percentiles, which no few pixels move.
  const deviation = Math.max(0.5, (at(0.84) - at(0.16)) / 2);
  return thumbnail(counts, at(0.5) - BLACK * deviation, at(0.5) + WHITE * deviation);
}
