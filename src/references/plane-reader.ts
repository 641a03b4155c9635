/** Reads the pixels of one reference, band by band, in the order in which references stand in memory. */

import { sha256Of } from '../files/input-file.ts';
import type { Source } from '../formats/format.ts';
import type { OpenExposure } from '../formats/index.ts';
import { RowReader } from '../formats/row-reader.ts';
import { GrowingArena } from '../kernels/growing-arena.ts';
import { extend, type Kernels, UNPACK } from '../kernels/kernels.ts';
import type { Pages } from '../kernels/pages.ts';
import { Tally } from '../kernels/tally.ts';
import type { FirstRow } from '../model/exposure.ts';
import { Refusal } from '../model/outcome.ts';
import { DefectMask } from './defects.ts';
import { type Plane, refuseTooManyDead } from './norm.ts';
import { turnMarks } from './treatment.ts';
import { type Turn, turnedSize, turnPixels } from './turns.ts';
import { isStraight, readStraight } from './whole-plane.ts';

/** How the picture is turned, and which of its rows stands first in memory. */
export interface Turning {
  readonly turn: Turn;
  readonly firstRow: FirstRow;
}

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
  readonly #turn: Turn;
  readonly #firstRow: FirstRow;
  readonly #kernels: Kernels;
  readonly #memory: Pages;
  readonly #growing: GrowingArena;
  readonly #stride: number;
  readonly #hash: string | null;

  /** `turned`: its rows stand in the other order than references do in memory. `hash`: of its file; null: not known yet. */
  constructor(
    name: string,
    open: OpenExposure,
    turned: boolean,
    kernels: Kernels,
    memory: Pages,
    { turn, firstRow }: Turning = { turn: 'none', firstRow: 'bottom' },
    hash: string | null = null,
  ) {
    this.#hash = hash;
    this.#name = name;
    this.#open = open;
    this.#source = open.source;
    this.#turned = turned;
    this.#turn = turn;
    this.#firstRow = firstRow;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#growing = new GrowingArena(kernels, memory);
    this.#stride = Math.ceil(open.source.exposure.width / 8) * 8;
  }

  /** The mean of all frames as float32, averaged in double. Pixels that are not finite become 0 and are marked. */
  async read(mask: DefectMask): Promise<PlaneRead> {
    if (this.#turn === 'none') return await this.#read(mask);
    const { width, height } = this.#source.exposure;
    const own = new DefectMask(width, height);
    const plane = await this.#read(own);
    turnMarks(this.#turn, own, mask, this.#firstRow);
    return this.#moved(plane);
  }

  /** As it stands in the file, but for the order of its rows. */
  async #read(mask: DefectMask): Promise<PlaneRead> {
    const { width, height, frames } = this.#source.exposure;
    const stride = this.#stride;
    const address = extend(this.#memory, this.#bytes());
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
      hash = await readStraight(this.#open, place, this.#hash, (row) => {
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
      hash = this.#hash ?? sha256Of(this.#open.file);
    }
    // In a stack one frame is enough: the others' mean is not the mean.
    for (let row = 0; lost > 0 && row < height; row++) {
      for (let col = 0; col < width; col++) if (mask.has(row, col)) pixels[row * stride + col] = 0;
    }
    refuseTooManyDead(lost, width * height, this.#name, 'is the file damaged?');
    return { address, pixels, width, height, stride, hash };
  }

  /** Room for the plane, however it is turned. */
  #bytes(): number {
    const { width, height } = this.#source.exposure;
    const across = Math.ceil(height / 8) * 8 * width;
    return Math.max(this.#stride * height, across) * 4 + 64;
  }

  /** Turns a plane where it stands. */
  #moved({ address, pixels, width, height, stride, hash }: PlaneRead): PlaneRead {
    const packed = new Float32Array(width * height);
    for (let row = 0; row < height; row++) packed.set(pixels.subarray(row * stride, row * stride + width), row * width);
    const size = turnedSize(this.#turn, { width, height });
    const out = turnPixels(this.#turn, packed, { width, height }, this.#firstRow);
    const wide = Math.ceil(size.width / 8) * 8;
    const room = new Float32Array(this.#memory.buffer, address, wide * size.height);
    for (let row = 0; row < size.height; row++) {
      room.fill(0, row * wide, (row + 1) * wide);
      room.set(out.subarray(row * size.width, (row + 1) * size.width), row * wide);
    }
    return { address, pixels: room, ...size, stride: wide, hash };
  }

  /** Marks the ones of a 0/1 map. Returns the SHA-256 of its file. */
  async mark(mask: DefectMask): Promise<string> {
    if (this.#turn === 'none') return await this.#mark(mask);
    const { width, height } = this.#source.exposure;
    const own = new DefectMask(width, height);
    const hash = await this.#mark(own);
    turnMarks(this.#turn, own, mask, this.#firstRow);
    return hash;
  }

  async #mark(mask: DefectMask): Promise<string> {
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
    return this.#hash ?? sha256Of(this.#open.file);
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
