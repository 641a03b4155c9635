/**
 * The spikes of an exposure's first frame, as rows leave the last step: where they all are, for the counters of the
 * session, and crops of the strongest, for the page.
 */

import { PIXELS, type PixelType } from './exposure.ts';
import type { Bench } from './kernels/bench.ts';
import { UNPACK } from './kernels/kernels.ts';
import type { RawRows } from './raw-rows.ts';
import { CROP, type Spike, type Thumbnail, thumbnail } from './sample.ts';
import type { Line } from './steps/line.ts';

/** Rows that must stay in the line, and of the raw, behind the one that leaves. */
export const LOOK_BACK = (CROP - 1) / 2;

const STRONGEST = 4;

/** Part of the pixels that may be spikes; with more the method is wrong, and what it finds says nothing of the camera. */
const MOST = 0.005;

/** Around an image. */
const NO_IMAGE = Number.NEGATIVE_INFINITY;

/** As `listSpikes` counts them. */
const CODES = Object.keys(PIXELS) as PixelType[];

/**
 * What the references have for a row of the exposure: addresses of dark and norm, 0 where there is none, and the number of
 * the row there.
 */
export type Referred = (row: number) => { readonly dark: number; readonly norm: number; readonly index: number };

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
  readonly raw: Float32Array;
  readonly corrected: Float32Array;
}

export class Spikes {
  readonly #bench: Bench;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #type: PixelType;
  readonly #code: number;
  readonly #referred: Referred;
  readonly #room: number;
  readonly #list: number;
  readonly #highest: number;
  /** A piece of a raw row as counts, its saturation bits, and what was counted of it. */
  readonly #piece: number;
  /** Rise and column of the highest in a row. */
  #top: Float32Array = new Float32Array(2);
  #count = 0;
  #crops: Crop[] = [];

  /** Reserves its memory from the bench; touches none of it. */
  constructor(
    bench: Bench,
    { width, height, type }: { readonly width: number; readonly height: number; readonly type: PixelType },
    referred: Referred,
  ) {
    this.#bench = bench;
    this.#size = { width, height };
    this.#type = type;
    this.#code = CODES.indexOf(type);
    this.#referred = referred;
    this.#room = Math.ceil(width * height * MOST);
    this.#list = bench.take(this.#room * 4);
    this.#highest = bench.take(8);
    this.#piece = bench.take(256);
  }

  /** Sees row `row` of the line, which every step is done with. Rows come in rising order, from the first on. */
  row(row: number, line: Line, raw: RawRows): void {
    if (row === 0) this.#begin();
    const address = line.address(row);
    const { dark, norm, index } = this.#referred(row);
    const found = this.#bench.kernels.listSpikes(
      address + line.marks,
      this.#size.width,
      index,
      raw.address(row),
      this.#code,
      dark,
      norm,
      address,
      this.#list + 4 * this.#count,
      Math.max(0, this.#room - this.#count),
      this.#crops[STRONGEST - 1]?.rise ?? 0,
      this.#highest,
    );
    this.#count += found;
    for (const crop of this.#crops) if (row <= crop.row + LOOK_BACK) this.#copy(crop, row, line, raw);
    const col = this.#top[1]!;
    if (col < 0) return;
    const rise = this.#top[0]!;
    const hidden = this.#crops.some((crop) => crop.rise >= rise && near(crop, row, col));
    if (!hidden) this.#keep(row, col, rise, line, raw);
  }

  /** Null: more than can be spikes. */
  get places(): Places | null {
    return this.#count > this.#room ? null : { address: this.#list, count: this.#count };
  }

  get strongest(): Spike[] {
    return this.#crops.map(({ row, col, rise, after, raw, corrected }) => ({
      row,
      col,
      before: after + rise,
      after,
      raw: shown(raw),
      corrected: shown(corrected),
    }));
  }

  #begin(): void {
    this.#top = this.#bench.floats(this.#highest, 2);
    this.#count = 0;
    this.#crops = [];
  }

  #keep(row: number, col: number, rise: number, line: Line, raw: RawRows): void {
    const blank = (): Float32Array => new Float32Array(CROP * CROP).fill(NO_IMAGE);
    const after = this.#bench.floats(line.address(row) + 4 * col, 1)[0]!;
    const crop = { row, col, rise, after, raw: blank(), corrected: blank() };
    for (let each = Math.max(0, row - LOOK_BACK); each <= row; each++) this.#copy(crop, each, line, raw);
    this.#crops = [...this.#crops.filter((other) => !near(other, row, col)), crop]
      .sort((a, b) => b.rise - a.rise)
      .slice(0, STRONGEST);
  }

  /** Puts the part of a row that a crop shows into it, before and after. */
  #copy(crop: Crop, row: number, line: Line, raw: RawRows): void {
    const { kernels } = this.#bench;
    const left = Math.max(0, crop.col - LOOK_BACK);
    const width = Math.min(this.#size.width, crop.col + LOOK_BACK + 1) - left;
    const at = (row - crop.row + LOOK_BACK) * CROP + left - crop.col + LOOK_BACK;
    const from = raw.address(row) + left * PIXELS[this.#type].bytes;
    const [flags, tally] = [this.#piece + 128, this.#piece + 192];
    kernels[UNPACK[this.#type]](from, this.#piece, width, Number.POSITIVE_INFINITY, flags, tally);
    crop.raw.set(this.#bench.floats(this.#piece, width), at);
    crop.corrected.set(this.#bench.floats(line.address(row) + 4 * left, width), at);
  }
}

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
