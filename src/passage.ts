/**
 * The passage of an exposure's pixels: read in bands, through the steps while they are in the cache, packed and written.
 * No image exists anywhere: memory depends on the width and on how far the steps look, not on height or frames.
 */

import type { ReferenceRows } from './calibration/references.ts';
import { PIXELS, type WrittenType } from './exposure.ts';
import type { Sink, Source } from './formats/format.ts';
import type { Bench } from './kernels/bench.ts';
import { Checksum } from './kernels/checksum.ts';
import { PACK, UNPACK } from './kernels/kernels.ts';
import type { Tally } from './kernels/tally.ts';
import { noTimes, type Stage, type StageTimes } from './outcome.ts';
import { OutputFile } from './output-file.ts';
import { RawRows } from './raw-rows.ts';
import type { Sample } from './sample.ts';
import { Sampler } from './sampler.ts';
import { LOOK_BACK, Spikes } from './spikes.ts';
import { Line } from './steps/line.ts';
import type { Work } from './steps/step.ts';
import type { Gathered } from './survey.ts';

/** Bytes written at once: the system takes large pieces several times as fast as pieces of 128 kB. */
const LOAD_BYTES = 1 << 21;

const NONE = new Uint32Array(0);

/** A step at work, and where its time is counted. */
export interface Station {
  readonly name: string;
  readonly stage: Stage;
  readonly work: Work;
}

/** Looks on as rows leave the line, after the last step: for who counts or draws the pixels that despike replaced. */
export interface Onlooker {
  /**
   * Called for each row of each frame, in rising order. `replaced`: the columns that despike replaced, rising; the list
   * is used again for the next row.
   */
  row(frame: number, row: number, replaced: Uint32Array): void | Promise<void>;
}

export interface PassageOptions {
  readonly type: WrittenType;
  readonly scale: number;
  readonly offset: number;
  readonly saturation: number;
  /** The output's rows stand in the other order. */
  readonly turned: boolean;
  /** Bytes of float32 rows in a band: what fits the second-level cache beside the references' rows. */
  readonly bandBytes: number;
  /** What belongs to its rows. */
  readonly references: ReferenceRows;
  readonly onlookers?: readonly Onlooker[];
}

export class Passage {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #stations: readonly Station[];
  readonly #tally: Tally;
  readonly #bench: Bench;
  readonly #options: PassageOptions;
  readonly #line: Line;
  readonly #bandRows: number;
  readonly #raw: RawRows;
  /** Rows are packed into one room while those in the other are written; each has room for a block more. */
  readonly #rooms: [number, number];
  /** Where in the first of the rooms the next rows go. */
  #packed = 0;
  /** Rows that are written at once. */
  readonly #loadRows: number;
  /** Rows of the frame that are written, or on their way. */
  #written = 0;
  #onTheirWay: Promise<void> = Promise.resolve();
  readonly #sampler: Sampler;
  readonly #spikes: Spikes;
  /** Room for the columns of a row. */
  readonly #columns: number;
  readonly #checksum: Checksum;
  readonly #times: StageTimes = noTimes();
  #since = 0;

  /** Reserves all memory of the passage from the bench; touches none of it. */
  constructor(
    source: Source,
    sink: Sink,
    stations: readonly Station[],
    tally: Tally,
    bench: Bench,
    options: PassageOptions,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.#stations = stations;
    this.#tally = tally;
    this.#bench = bench;
    this.#options = options;
    const { width, height, type } = source.exposure;
    this.#bandRows = Math.max(1, Math.min(height, Math.floor(options.bandBytes / (4 * width))));
    const waiting = stations.reduce((rows, { work }) => rows + work.ahead + work.behind, 0);
    // Twice the band, so that the rows that wait move to the front only every other time.
    this.#line = new Line(bench, { width, height }, LOOK_BACK + waiting + 2 * this.#bandRows);
    this.#raw = new RawRows(bench, width * PIXELS[type].bytes, this.#bandRows, LOOK_BACK + waiting);
    const rowBytes = width * PIXELS[options.type].bytes;
    this.#loadRows = Math.max(1, Math.min(height, Math.floor(LOAD_BYTES / rowBytes)));
    const room = (): number => bench.take(this.#loadRows * rowBytes + OutputFile.block + 64);
    this.#rooms = [room(), room()];
    this.#columns = bench.take(4 * width);
    this.#checksum = new Checksum(bench);
    this.#sampler = new Sampler(bench, { width, height });
    this.#spikes = new Spikes(bench, source.exposure, options.references);
    source.prepare(bench);
    sink.prepare(bench);
  }

  /** Takes all frames through; the tally has the counts afterwards. Times in microseconds, fractions included. */
  async run(): Promise<{ crc: number; times: StageTimes; sample: Sample }> {
    this.#tally.reset();
    this.#checksum.begin();
    try {
      for (let frame = 0; frame < this.#source.exposure.frames; frame++) await this.#frame(frame);
      await this.#onTheirWay;
      this.#lap('write');
    } finally {
      // Also after a failure: nobody may close the file or take the memory while rows of it are written.
      await this.#onTheirWay.catch(() => undefined);
    }
    // What the page shows is no correction: its time belongs to no stage.
    const sample = { ...this.#sampler.finish(), spikes: this.#spikes.strongest };
    return { crc: this.#checksum.crc, times: this.#times, sample };
  }

  /** What the first frame tells of the camera; stays in the bench's memory until another passage takes it. */
  get gathered(): Gathered {
    const { places } = this.#spikes;
    const despiked = this.#stations.some(({ stage }) => stage === 'despike');
    return { columns: this.#sampler.columns, places, despiked };
  }

  async #frame(frame: number): Promise<void> {
    const { height } = this.#source.exposure;
    const line = this.#line;
    line.begin();
    this.#beginLoad(frame);
    // done[i]: rows that station i has corrected; the last entry: rows that left the line.
    const done = new Array<number>(this.#stations.length + 1).fill(0);
    while (done.at(-1)! < height) {
      await this.#arrive(frame, done);
      let released = line.end;
      for (const [i, { work, stage }] of this.#stations.entries()) {
        const until = released === height ? height : Math.max(done[i]!, released - work.ahead);
        if (until > done[i]!) work.work(line, done[i]!, until - done[i]!);
        done[i] = until;
        released = until === height ? height : Math.max(0, until - work.behind);
        this.#lap(stage);
      }
      await this.#leave(frame, done.at(-1)!, released);
      done[done.length - 1] = Math.max(done.at(-1)!, released);
    }
  }

  /** Reads the next band and unpacks it into the line. */
  async #arrive(frame: number, done: readonly number[]): Promise<void> {
    const { width, height, type } = this.#source.exposure;
    const { kernels } = this.#bench;
    const line = this.#line;
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
      if (frame === 0) this.#sampler.raw(first + i, address);
      address += line.stride;
    }
    this.#lap('flatField');
  }

  /** Packs the rows from `from` to `to`, which no step needs any more, and writes them whenever a load is full. */
  async #leave(frame: number, from: number, to: number): Promise<void> {
    const { width, height } = this.#source.exposure;
    const { type, scale, offset, onlookers = [] } = this.#options;
    const pack = this.#bench.kernels[PACK[type]];
    if (frame === 0) this.#spikes.rows(from, to, this.#line, this.#raw);
    for (let row = from; row < to; row++) {
      if (frame === 0) this.#sampler.corrected(row, this.#line.address(row));
      const replaced = onlookers.length > 0 ? this.#replaced(row) : NONE;
      for (const onlooker of onlookers) {
        const busy = onlooker.row(frame, row, replaced);
        if (busy) await busy;
      }
      const place = this.#place(row);
      pack(this.#line.address(row), place, width, scale, offset, this.#tally.address);
      this.#checksum.add(place, width * PIXELS[type].bytes);
      const next = row + 1;
      if (next < height && next - this.#written < this.#loadRows) continue;
      this.#lap('finish');
      await this.#write(frame, next);
      this.#lap('write');
    }
    this.#lap('finish');
  }

  /** The columns that despike replaced in a row. */
  #replaced(row: number): Uint32Array {
    const { width } = this.#source.exposure;
    const count = this.#bench.kernels.listBits(this.#line.address(row) + this.#line.marks, width, this.#columns);
    return count > 0 ? this.#bench.words(this.#columns, count) : NONE;
  }

  /** Begins a load where its rows lie in memory as `OutputFile.block` wants them. */
  #beginLoad(frame: number): void {
    const { height } = this.#source.exposure;
    const { turned } = this.#options;
    const first = turned ? height - this.#written - this.#loadRows : this.#written;
    const position = this.#sink.position?.(frame, first) ?? 0;
    const { block } = OutputFile;
    const [room] = this.#rooms;
    this.#packed = room + ((((position - room) % block) + block) % block);
  }

  /** Where a packed row goes: behind the row before it, or in front of it when the output is turned over. */
  #place(row: number): number {
    const rowBytes = this.#source.exposure.width * PIXELS[this.#options.type].bytes;
    const index = row - this.#written;
    return this.#packed + (this.#options.turned ? this.#loadRows - 1 - index : index) * rowBytes;
  }

  /** Hands the packed rows up to `to` to the sink, which may write them while the next ones are packed into the other room. */
  async #write(frame: number, to: number): Promise<void> {
    const { height } = this.#source.exposure;
    const { turned } = this.#options;
    const rows = to - this.#written;
    const first = turned ? height - to : this.#written;
    const address = this.#place(turned ? to - 1 : this.#written);
    await this.#onTheirWay;
    this.#onTheirWay = Promise.resolve(this.#sink.write(frame, first, rows, address));
    // Who waits for it next hears of a failure; until then it is nobody's.
    this.#onTheirWay.catch(() => undefined);
    this.#rooms.reverse();
    this.#written = to === height ? 0 : to;
    this.#beginLoad(frame);
  }

  #lap(stage: Stage): void {
    const now = performance.now();
    this.#times[stage] += (now - this.#since) * 1000;
    this.#since = now;
  }
}
