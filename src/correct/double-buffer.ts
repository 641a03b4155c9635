/**
 * The loads in which packed rows go to the sink. Rows are packed into one room while those in the other are written, and
 * lie there as `OutputFile.block` wants them.
 */

import { OutputFile } from '../files/output-file.ts';
import type { Sink } from '../formats/format.ts';
import type { Arena } from '../kernels/arena.ts';
import { type Geometry, PIXELS, type WrittenType } from '../model/exposure.ts';

/** Bytes written at once: the system takes large pieces several times as fast as pieces of 128 kB. */
const LOAD_BYTES = 1 << 21;

export interface Packing {
  readonly type: WrittenType;
  /** The output's rows stand in the other order. */
  readonly turned: boolean;
}

export class DoubleBuffer {
  readonly rowBytes: number;
  readonly #sink: Sink;
  readonly #height: number;
  readonly #turned: boolean;
  /** Rows of a load. */
  readonly #rows: number;
  /** Each has room for a block more. */
  readonly #rooms: [number, number];
  /** Where in the first of the rooms the next rows go. */
  #packed = 0;
  /** Rows of the frame that are written, or on their way. */
  #written = 0;
  #onTheirWay: Promise<void> = Promise.resolve();

  /** Reserves its memory from the arena; touches none of it. */
  constructor(sink: Sink, arena: Arena, { width, height }: Pick<Geometry, 'width' | 'height'>, packing: Packing) {
    this.rowBytes = width * PIXELS[packing.type].bytes;
    this.#sink = sink;
    this.#height = height;
    this.#turned = packing.turned;
    this.#rows = Math.max(1, Math.min(height, Math.floor(LOAD_BYTES / this.rowBytes)));
    const room = (): number => arena.take(this.#rows * this.rowBytes + OutputFile.block + 64);
    this.#rooms = [room(), room()];
  }

  /** Begins the next load of a frame; the first one before its first row is packed. */
  begin(frame: number): void {
    const first = this.#turned ? this.#height - this.#written - this.#rows : this.#written;
    const position = this.#sink.position?.(frame, first) ?? 0;
    const { block } = OutputFile;
    const [room] = this.#rooms;
    this.#packed = room + ((((position - room) % block) + block) % block);
  }

  /** Where a packed row goes: behind the row before it, or in front of it when the output is flipped vertically. */
  place(row: number): number {
    const index = row - this.#written;
    return this.#packed + (this.#turned ? this.#rows - 1 - index : index) * this.rowBytes;
  }

  /** Whether the rows of the frame up to `to` are to be sent before another one is packed. */
  isFull(to: number): boolean {
    return to === this.#height || to - this.#written === this.#rows;
  }

  /** Hands the packed rows up to `to` to the sink, which may write them while the next ones are packed into the other room. */
  async send(frame: number, to: number): Promise<void> {
    const rows = to - this.#written;
    const first = this.#turned ? this.#height - to : this.#written;
    const address = this.place(this.#turned ? to - 1 : this.#written);
    await this.#onTheirWay;
    this.#onTheirWay = Promise.resolve(this.#sink.write(frame, first, rows, address));
    // Who waits for it next hears of a failure; until then it is nobody's.
    this.#onTheirWay.catch(() => undefined);
    this.#rooms.reverse();
    this.#written = to === this.#height ? 0 : to;
    this.begin(frame);
  }

  /** Resolves when all that was sent is written. */
  written(): Promise<void> {
    return this.#onTheirWay;
  }
}
