/** Reads the pixels of one reference, band by band, in the order in which references stand in memory. */

import { sha256Of } from '../files/input-file.ts';
import type { Source } from '../formats/format.ts';
import type { OpenExposure } from '../formats/index.ts';
import { RowReader } from '../formats/row-reader.ts';
import { GrowingArena } from '../kernels/growing-arena.ts';
import { extend, type Kernels, UNPACK } from '../kernels/kernels.ts';
import type { Pages } from '../kernels/pages.ts';
import { Tally } from '../kernels/tally.ts';
import { Refusal } from '../model/outcome.ts';
import type { DefectMask } from './defects.ts';
import { type Plane, refuseTooManyDead } from './norm.ts';
import { isStraight, readStraight } from './whole-plane.ts';

/** A plane in the memory of the kernels, and the SHA-256 of its file. */
export interface PlaneRead extends Plane {
  readonly address: number;
  readonly hash: string;
}

export class PlaneReader {
  readonly #name: string;
  readonly #open: OpenExposure;
  readonly #source: Source;
  readonly #turned: boolean;
  readonly #kernels: Kernels;
  readonly #memory: Pages;
  readonly #growing: GrowingArena;
  readonly #stride: number;

  /** `turned`: its rows stand in the other order than references do in memory. */
  constructor(name: string, open: OpenExposure, turned: boolean, kernels: Kernels, memory: Pages) {
    this.#name = name;
    this.#open = open;
    this.#source = open.source;
    this.#turned = turned;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#growing = new GrowingArena(kernels, memory);
    this.#stride = Math.ceil(open.source.exposure.width / 8) * 8;
  }

  /** The mean of all frames as float32, averaged in double. Pixels that are not finite become 0 and are marked. */
  async read(mask: DefectMask): Promise<PlaneRead> {
    const { width, height, frames } = this.#source.exposure;
    const stride = this.#stride;
    const address = extend(this.#memory, stride * 4 * height + 64);
    const pixels = new Float32Array(this.#memory.buffer, address, stride * height);
    let lost = 0;
    const lose = (row: number, raw: Float32Array): void => {
      for (let col = 0; col < width; col++) {
        if (Number.isFinite(raw[col]!)) continue;
        if (!mask.has(row, col)) lost++;
        mask.mark(row, col);
      }
    };
    let hash: string;
    if (isStraight(this.#source)) {
      const place = { memory: this.#memory, address, stride, turned: this.#turned };
      hash = await readStraight(this.#open, place, (row) => {
        const at = row * stride;
        // Behind the end of a row stand zeros.
        if (!this.#kernels.allFinite(address + 4 * at, stride)) lose(row, pixels.subarray(at, at + width));
      });
    } else {
      const sums = frames > 1 ? new Float64Array(stride * height) : null;
      // A single frame is unpacked to where it stays.
      await this.#eachRow(sums ? null : address, (row, counts, raw) => {
        const at = row * stride;
        if (sums) for (let col = 0; col < width; col++) sums[at + col] = sums[at + col]! + counts[col]!;
        if (raw) lose(row, raw);
      });
      if (sums) for (let at = 0; at < sums.length; at++) pixels[at] = sums[at]! / frames;
      hash = sha256Of(this.#open.file);
    }
    // In a stack one frame is enough: the others' mean is not the mean.
    for (let row = 0; lost > 0 && row < height; row++) {
      for (let col = 0; col < width; col++) if (mask.has(row, col)) pixels[row * stride + col] = 0;
    }
    refuseTooManyDead(lost, width * height, this.#name, 'is the file damaged?');
    return { address, pixels, width, height, stride, hash };
  }

  /** Marks the ones of a 0/1 map. Returns the SHA-256 of its file. */
  async mark(mask: DefectMask): Promise<string> {
    const { frames, width } = this.#source.exposure;
    if (frames > 1)
      throw new Refusal(`${this.#name}: found ${frames} frames, expected one image of 0 (good) and 1 (bad)`);
    await this.#eachRow(null, (row, counts, raw) => {
      for (let col = 0; col < width; col++) {
        // What is not finite would be 0 in the counts, and pass for a good pixel.
        const value = raw?.[col] ?? counts[col]!;
        if (value !== 0 && value !== 1) {
          throw new Refusal(
            `${this.#name}: found the value ${value} at column ${col}, row ${row}; expected a map of 0 (good) and 1 (bad): is it an image?`,
          );
        }
        if (value === 1) mask.mark(row, col);
      }
    });
    return sha256Of(this.#open.file);
  }

  /**
   * Unpacks each row to its place in the plane at `into`, or (null) always to the same place, which `use` gets as `counts`.
   * `raw`: the row before its non-finite pixels became 0; null where there are none, and for integers.
   */
  async #eachRow(
    into: number | null,
    use: (row: number, counts: Float32Array, raw: Float32Array | null) => void,
  ): Promise<void> {
    const { width, height, type } = this.#source.exposure;
    const { rows, out, flags, tally } = this.#growing.lay((arena) => ({
      rows: new RowReader(this.#source, arena),
      out: arena.take(this.#stride * 4),
      flags: arena.take(this.#stride / 8),
      tally: new Tally(arena, 'float32'),
    }));
    tally.reset();
    let lost = 0;
    const counts = new Float32Array(this.#memory.buffer, out, this.#stride);
    await rows.each((at, stored) => {
      const row = this.#turned ? height - 1 - stored : stored;
      const place = into === null ? out : into + row * this.#stride * 4;
      this.#kernels[UNPACK[type]](at, place, width, Number.POSITIVE_INFINITY, flags, tally.address);
      const odd = type === 'float32' && tally.nonFinite > lost;
      const raw = odd ? new Float32Array(this.#memory.buffer, at, width) : null;
      if (odd) lost = tally.nonFinite;
      use(row, counts, raw);
    });
    if (type === 'float16' && tally.nonFinite > 0) {
      throw new Refusal(`${this.#name}: found pixels that are not finite in float16; convert the reference to float32`);
    }
  }
}
