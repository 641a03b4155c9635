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
import { DoubleBuffer, type Packing } from './double-buffer.ts';
import { LineBuffer } from './line-buffer.ts';
import type { Observer } from './observe/observer.ts';
import { RawRows } from './observe/raw-rows.ts';
import type { OpenStep } from './steps/step.ts';

export interface PipelineOptions extends Packing {
  readonly scale: number;
  readonly offset: number;
  readonly saturation: number;
  /** Bytes of float32 rows in a band: what fits the second-level cache beside the references' rows. */
  readonly bandBytes: number;
  readonly observers: readonly Observer[];
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
  /** Rows that observers still need behind those that leave. */
  readonly #lookBack: number;
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
    this.#lookBack = Math.max(0, ...options.observers.map(({ lookBack = 0 }) => lookBack));
    // Twice the band, so that the rows that wait move to the front only every other time.
    const floats = PIXELS[type].highest === Number.POSITIVE_INFINITY;
    this.#lines = new LineBuffer(arena, { width, height }, this.#lookBack + waiting + 2 * this.#bandRows, floats);
    this.#raw = new RawRows(arena, width * PIXELS[type].bytes, this.#bandRows, this.#lookBack + waiting);
    this.#packed = new DoubleBuffer(sink, arena, { width, height }, options);
    this.#checksum = new Checksum(arena);
    source.prepare(arena);
    sink.prepare(arena);
  }

  /** Takes all frames through; the tally has the counts afterwards. Times in microseconds, fractions included. */
  async run(): Promise<{ crc: number; times: StageTimes }> {
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
    return { crc: this.#checksum.crc, times: this.#times };
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
    // A step releases only rows that it no longer reads: all that have not left the line stay, and what observers look back on.
    let address = line.arrive(rows, Math.max(0, done.at(-1)! - this.#lookBack));
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
      address += line.stride;
    }
    const batch = { frame, from: first, to: first + rows, line, raw: this.#raw };
    for (const observer of this.#options.observers) observer.arrives?.(batch);
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
    if (from === to) return;
    const { type, scale, offset, observers } = this.#options;
    const packed = this.#packed;
    const pack = this.#arena.kernels[PACK[type]];
    const batch = { frame, from, to, line: this.#lines, raw: this.#raw };
    for (const observer of observers) {
      const busy = observer.leaves?.(batch);
      if (busy) await busy;
    }
    for (let row = from; row < to; row++) {
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

  #lap(stage: Stage): void {
    const now = performance.now();
    this.#times[stage] += (now - this.#since) * 1000;
    this.#since = now;
  }
}
