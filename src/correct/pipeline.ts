/**
 * The pipeline of an exposure's pixels: read in bands, through the steps while they are in the cache, packed and written.
 * No image exists anywhere: memory depends on the width and on how far the steps look, not on height or frames.
 */

import type { Sink, Source } from '../formats/format.ts';
import type { Arena } from '../kernels/arena.ts';
import { Checksum } from '../kernels/checksum.ts';
import { PACK, UNPACK } from '../kernels/kernels.ts';
import type { Tally } from '../kernels/tally.ts';
import { PIXELS } from '../model/exposure.ts';
import { noTimes, type Stage, type StageTimes } from '../model/outcome.ts';
import type { Sample } from '../model/sample.ts';
import type { ReferenceRows } from '../references/references.ts';
import { DoubleBuffer, type Packing } from './double-buffer.ts';
import { LineBuffer } from './line-buffer.ts';
import { RawRows } from './observe/raw-rows.ts';
import { LOOK_BACK, Spikes } from './observe/spikes.ts';
import type { Gathered } from './observe/survey.ts';
import { Sampler } from './observe/thumbnails.ts';
import type { OpenStep } from './steps/step.ts';

const NONE = new Uint32Array(0);

/** Looks on as rows leave the line, after the last step: for who counts or draws the pixels that despike replaced. */
export interface Onlooker {
  /**
   * Called for each row of each frame, in rising order. `replaced`: the columns that despike replaced, rising; the list
   * is used again for the next row.
   */
  row(frame: number, row: number, replaced: Uint32Array): void | Promise<void>;
}

export interface PipelineOptions extends Packing {
  readonly scale: number;
  readonly offset: number;
  readonly saturation: number;
  /** Bytes of float32 rows in a band: what fits the second-level cache beside the references' rows. */
  readonly bandBytes: number;
  /** What belongs to its rows. */
  readonly references: ReferenceRows;
  readonly onlookers?: readonly Onlooker[];
}

export class Pipeline {
  readonly #source: Source;
  readonly #steps: readonly OpenStep[];
  readonly #tally: Tally;
  readonly #arena: Arena;
  readonly #options: PipelineOptions;
  readonly #lines: LineBuffer;
  readonly #bandRows: number;
  readonly #raw: RawRows;
  readonly #packed: DoubleBuffer;
  readonly #sampler: Sampler;
  readonly #spikes: Spikes;
  /** Room for the columns of a row. */
  readonly #columns: number;
  readonly #checksum: Checksum;
  readonly #times: StageTimes = noTimes();
  #since = 0;
  /** Pixels that were no finite numbers, so far. */
  #lost = 0;

  /** Reserves all memory of the pipeline from the arena; touches none of it. */
  constructor(
    source: Source,
    sink: Sink,
    steps: readonly OpenStep[],
    tally: Tally,
    arena: Arena,
    options: PipelineOptions,
  ) {
    this.#source = source;
    this.#steps = steps;
    this.#tally = tally;
    this.#arena = arena;
    this.#options = options;
    const { width, height, type } = source.exposure;
    this.#bandRows = Math.max(1, Math.min(height, Math.floor(options.bandBytes / (4 * width))));
    const waiting = steps.reduce((rows, { ahead, behind }) => rows + ahead + behind, 0);
    // Twice the band, so that the rows that wait move to the front only every other time.
    const floats = PIXELS[type].highest === Number.POSITIVE_INFINITY;
    this.#lines = new LineBuffer(arena, { width, height }, LOOK_BACK + waiting + 2 * this.#bandRows, floats);
    this.#raw = new RawRows(arena, width * PIXELS[type].bytes, this.#bandRows, LOOK_BACK + waiting);
    this.#packed = new DoubleBuffer(sink, arena, { width, height }, options);
    this.#columns = arena.take(4 * width);
    this.#checksum = new Checksum(arena);
    this.#sampler = new Sampler(arena, { width, height });
    this.#spikes = new Spikes(arena, source.exposure, options.references);
    source.prepare(arena);
    sink.prepare(arena);
  }

  /** Takes all frames through; the tally has the counts afterwards. Times in microseconds, fractions included. */
  async run(): Promise<{ crc: number; times: StageTimes; sample: Sample }> {
    this.#tally.reset();
    this.#lost = 0;
    this.#checksum.begin();
    try {
      for (let frame = 0; frame < this.#source.exposure.frames; frame++) await this.#frame(frame);
      await this.#packed.written();
      this.#lap('write');
    } finally {
      // Also after a failure: nobody may close the file or take the memory while rows of it are written.
      await this.#packed.written().catch(() => undefined);
    }
    // What the page shows is no correction: its time belongs to no stage.
    const sample = { ...this.#sampler.finish(), spikes: this.#spikes.strongest };
    return { crc: this.#checksum.crc, times: this.#times, sample };
  }

  /** What the first frame tells of the camera; stays in the arena's memory until another pipeline takes it. */
  get gathered(): Gathered {
    const { places } = this.#spikes;
    const despiked = this.#steps.some(({ marks }) => marks);
    return { columns: this.#sampler.columns, places, despiked };
  }

  async #frame(frame: number): Promise<void> {
    const { height } = this.#source.exposure;
    const line = this.#lines;
    line.begin();
    this.#packed.begin(frame);
    // done[i]: rows that step i has corrected; the last entry: rows that left the line.
    const done = new Array<number>(this.#steps.length + 1).fill(0);
    while (done.at(-1)! < height) {
      await this.#arrive(frame, done);
      let released = line.end;
      for (const [i, step] of this.#steps.entries()) {
        const until = released === height ? height : Math.max(done[i]!, released - step.ahead);
        if (until > done[i]!) step.work(line, done[i]!, until - done[i]!);
        done[i] = until;
        released = until === height ? height : Math.max(0, until - step.behind);
        this.#lap(step.stage);
      }
      await this.#leave(frame, done.at(-1)!, released);
      done[done.length - 1] = Math.max(done.at(-1)!, released);
    }
  }

  /** Reads the next band and unpacks it into the line. */
  async #arrive(frame: number, done: readonly number[]): Promise<void> {
    const { width, height, type } = this.#source.exposure;
    const { kernels } = this.#arena;
    const line = this.#lines;
    const first = line.end;
    const rows = Math.min(this.#bandRows, height - first);
    this.#since = performance.now();
    await this.#source.read(frame, first, rows, this.#raw.address(first));
    this.#lap('read');
    // A step releases only rows that it no longer reads: all that have not left the line stay, and what spikes look back on.
    let address = line.arrive(rows, Math.max(0, done.at(-1)! - LOOK_BACK));
    for (let i = 0; i < rows; i++) {
      kernels[UNPACK[type]](
        this.#raw.address(first + i),
        address,
        width,
        this.#options.saturation,
        address + line.flags,
        this.#tally.address,
      );
      if (line.lost > 0) this.#noteLost(first + i, address);
      if (frame === 0) this.#sampler.raw(first + i, address);
      address += line.stride;
    }
    this.#lap('flatField');
  }

  /** Marks the pixels of a row at `address` that were no finite numbers, where unpacking met any. */
  #noteLost(row: number, address: number): void {
    const { nonFinite } = this.#tally;
    if (nonFinite === this.#lost) return;
    this.#lost = nonFinite;
    const { width, type } = this.#source.exposure;
    this.#arena.kernels.markNonFinite(this.#raw.address(row), PIXELS[type].bytes, width, address + this.#lines.lost);
    this.#lines.lack(row);
  }

  /** Packs the rows from `from` to `to`, which no step needs any more, and writes them whenever a load is full. */
  async #leave(frame: number, from: number, to: number): Promise<void> {
    const { width } = this.#source.exposure;
    const { type, scale, offset, onlookers = [] } = this.#options;
    const packed = this.#packed;
    const pack = this.#arena.kernels[PACK[type]];
    if (frame === 0) this.#spikes.rows(from, to, this.#lines, this.#raw);
    for (let row = from; row < to; row++) {
      if (frame === 0) this.#sampler.corrected(row, this.#lines.address(row));
      const replaced = onlookers.length > 0 ? this.#replaced(row) : NONE;
      for (const onlooker of onlookers) {
        const busy = onlooker.row(frame, row, replaced);
        if (busy) await busy;
      }
      const place = packed.place(row);
      pack(this.#lines.address(row), place, width, scale, offset, this.#tally.address);
      this.#checksum.add(place, packed.rowBytes);
      if (!packed.isFull(row + 1)) continue;
      this.#lap('finish');
      await packed.send(frame, row + 1);
      this.#lap('write');
    }
    this.#lap('finish');
  }

  /** The columns that despike replaced in a row. */
  #replaced(row: number): Uint32Array {
    const { width } = this.#source.exposure;
    const count = this.#arena.kernels.listBits(this.#lines.address(row) + this.#lines.marks, width, this.#columns);
    return count > 0 ? this.#arena.words(this.#columns, count) : NONE;
  }

  #lap(stage: Stage): void {
    const now = performance.now();
    this.#times[stage] += (now - this.#since) * 1000;
    this.#since = now;
  }
}
