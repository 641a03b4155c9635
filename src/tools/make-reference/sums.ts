/** Adds up the exposures of a series pixel by pixel, but for those pixels of each that were spikes. */

import type { Batch } from '../../correct/observe/observer.ts';
import type { Sink, Source } from '../../formats/format.ts';
import type { Arena } from '../../kernels/arena.ts';
import { type Exposure, PIXELS, type PixelType } from '../../model/exposure.ts';
import { Blocks } from '../../references/blocks.ts';
import { NoiseOfSeries } from './shot-noise.ts';

/** How raw rows look to JavaScript. */
const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
};
export type Readable = keyof typeof ARRAYS;

/** Whether series of this type can be added up. */
export const isReadable = (type: PixelType): type is Readable => type in ARRAYS;

/** A pixel that was a spike: in how many exposures, and the sum of its raw counts there. */
interface Spiky {
  times: number;
  counts: number;
}

export class Sums implements Sink {
  readonly notes: readonly string[] = [];
  exposures = 0;
  readonly #width: number;
  readonly #height: number;
  readonly #type: Readable;
  readonly #sums: Float64Array;
  readonly noise: NoiseOfSeries;
  #blocks: Blocks[] = [];
  readonly #spiky = new Map<number, Spiky>();
  /** Raw rows on their way through despike, and the spikes of rows that are about to be written. */
  readonly #raw = new Map<number, InstanceType<(typeof ARRAYS)[Readable]>>();
  readonly #replaced = new Map<number, readonly number[]>();
  #arena: Arena | null = null;

  constructor({ width, height }: Exposure, type: Readable) {
    this.#width = width;
    this.#height = height;
    this.#type = type;
    this.#sums = new Float64Array(width * height);
    this.noise = new NoiseOfSeries({ width, height });
  }

  /** The source, with its raw rows remembered until they have passed despike. */
  watched(source: Source): Source {
    const { exposure, carried } = source;
    const rowBytes = this.#width * PIXELS[this.#type].bytes;
    return {
      exposure,
      carried,
      prepare: (arena) => source.prepare(arena),
      read: async (frame, row, rows, address) => {
        await source.read(frame, row, rows, address);
        for (let i = 0; i < rows; i++) {
          const bytes = this.#arena!.bytes(address + i * rowBytes, rowBytes).slice();
          this.#raw.set(row + i, new ARRAYS[this.#type](bytes.buffer as ArrayBuffer));
        }
      },
    };
  }

  /** Takes rows that despike is done with, before they are written. */
  leaves({ from, to, line }: Batch): void {
    for (let row = from; row < to; row++) this.#leave(row, line.replaced(row));
  }

  #leave(row: number, replaced: Uint32Array): void {
    const raw = this.#raw.get(row)!;
    this.#raw.delete(row);
    if (row === this.#height - 1) this.exposures++;
    if (replaced.length === 0) return;
    this.#replaced.set(row, [...replaced]);
    for (const col of replaced) {
      const at = row * this.#width + col;
      const spiky = this.#spiky.get(at) ?? { times: 0, counts: 0 };
      spiky.times++;
      spiky.counts += Number.isFinite(raw[col]) ? raw[col]! : 0;
      this.#spiky.set(at, spiky);
    }
  }

  prepare(arena: Arena): void {
    this.#arena = arena;
  }

  write(_frame: number, row: number, rows: number, address: number): void {
    const width = this.#width;
    const counts = this.#arena!.floats(address, rows * width);
    for (let at = row; at < row + rows; at++) {
      if (at === 0) this.#blocks.push(new Blocks(width, this.#height));
      this.#blocks.at(-1)!.add(at, counts, (at - row) * width);
      this.noise.add(at, counts, (at - row) * width);
      for (const col of this.#replaced.get(at) ?? []) counts[(at - row) * width + col] = 0;
      this.#replaced.delete(at);
    }
    const sums = this.#sums.subarray(row * width, (row + rows) * width);
    for (let i = 0; i < sums.length; i++) sums[i]! += counts[i]!;
  }

  /** The large-scale picture of each frame since this was asked last, spikes replaced. */
  takeBlocks(): Blocks[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    return blocks;
  }

  finish(): number {
    return 0;
  }

  /** `spikes`: pixels left out of single exposures; `lasting`: pixels that were a spike in most, and were kept. */
  mean(): { pixels: Float32Array; exposures: number; spikes: number; lasting: number } {
    const { exposures } = this;
    const pixels = Float32Array.from(this.#sums, (sum) => sum / exposures);
    let [spikes, lasting] = [0, 0];
    for (const [at, { times, counts }] of this.#spiky) {
      const isCameras = 2 * times > exposures;
      if (isCameras) lasting++;
      else spikes += times;
      const sum = this.#sums[at]!;
      pixels[at] = isCameras ? (sum + counts) / exposures : sum / (exposures - times);
    }
    return { pixels, exposures, spikes, lasting };
  }
}
