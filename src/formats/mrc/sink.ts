/** Writes MRC files: the pixels as they come, then the header, which carries the input's words and the statistics. */

import type { OutputFile } from '../../files/output-file.ts';
import type { Arena } from '../../kernels/arena.ts';
import { PIXELS, type Statistics, type WrittenType } from '../../model/exposure.ts';
import type { Plan, Sink } from '../format.ts';
import { swap } from '../stored-rows.ts';
import { HEADER_BYTES, type MrcHeader, view, WORDS } from './header.ts';
import { addLabels, labelsFrom, labelsOf } from './labels.ts';

/** MRC2014, word 4. A mask is int8. */
const WRITTEN: Record<WrittenType | 'mask', { readonly mode: number; readonly bytes: number }> = {
  mask: { mode: 0, bytes: 1 },
  int16: { mode: 1, bytes: PIXELS.int16.bytes },
  float32: { mode: 2, bytes: PIXELS.float32.bytes },
  uint16: { mode: 6, bytes: PIXELS.uint16.bytes },
};

export class MrcSink implements Sink {
  readonly notes: string[] = [];
  readonly #file: OutputFile;
  readonly #plan: Plan;
  readonly #extended: Uint8Array;
  readonly #littleEndian: boolean;
  #arena: Arena | null = null;

  constructor(file: OutputFile, plan: Plan) {
    this.#file = file;
    this.#plan = plan;
    const header = plan.carried.mrc;
    this.#extended = header?.extended ?? new Uint8Array(0);
    // Nobody can swap what nobody describes: with an extended header the output keeps the input's byte order.
    this.#littleEndian = this.#extended.length > 0 ? header!.littleEndian : true;
  }

  prepare(arena: Arena): void {
    this.#arena = arena;
  }

  write(frame: number, row: number, rows: number, address: number): Promise<void> {
    const { width, type } = this.#plan;
    const size = WRITTEN[type].bytes;
    const arena = this.#arena!;
    if (!this.#littleEndian) swap(arena, address, rows * width, size);
    return this.#file.writeAside(arena.bytes(address, rows * width * size), this.position(frame, row));
  }

  position(frame: number, row: number): number {
    const { width, height, type } = this.#plan;
    return HEADER_BYTES + this.#extended.length + (frame * height + row) * width * WRITTEN[type].bytes;
  }

  finish(statistics: Statistics): number {
    this.#file.write(this.#header(statistics), 0);
    this.#file.write(this.#extended, HEADER_BYTES);
    return this.position(this.#plan.frames, 0);
  }

  /** The input's header with our words in it; from another container, a new one. */
  #header({ min, max, mean, deviation }: Statistics): Uint8Array {
    const { width, height, frames, type, carried, provenance } = this.#plan;
    const from = carried.mrc;
    const bytes = from ? inOrder(from, this.#littleEndian) : new Uint8Array(HEADER_BYTES);
    const words = view(bytes);
    const int = (at: number, value: number): void => words.setInt32(at, value, this.#littleEndian);
    const float = (at: number, value: number): void => words.setFloat32(at, value, this.#littleEndian);
    for (const [i, size] of [width, height, frames].entries()) int(WORDS.nx + 4 * i, size);
    int(WORDS.mode, WRITTEN[type].mode);
    if (!from) {
      const spacing = carried.pixelSize ?? 0;
      for (const [i, size] of [width, height, frames].entries()) {
        int(WORDS.mx + 4 * i, size);
        float(WORDS.cella + 4 * i, size * spacing);
        float(WORDS.cellb + 4 * i, 90);
        int(WORDS.mapc + 4 * i, i + 1);
      }
      // A stack of pictures, no volume.
      int(WORDS.mx + 8, 1);
      float(WORDS.cella + 8, spacing);
    }
    for (const [at, value] of [
      [WORDS.amin, min],
      [WORDS.amax, max],
      [WORDS.amean, mean],
      [WORDS.rms, deviation],
    ] as const) {
      float(at, value);
    }
    int(WORDS.nsymbt, this.#extended.length);
    int(WORDS.nversion, from ? versionOf(from) : VERSION);
    bytes.set(Buffer.from('MAP '), WORDS.map);
    bytes.set(this.#littleEndian ? [0x44, 0x44, 0, 0] : [0x11, 0x11, 0, 0], WORDS.machine);
    const { labels, notes } = from
      ? { labels: labelsOf(from.bytes, from.littleEndian), notes: [] }
      : labelsFrom(carried.description);
    this.notes.push(...notes, ...addLabels(bytes, this.#littleEndian, labels, provenance.lines));
    return bytes;
  }
}

/** What a header of ours says of itself: the year of the standard, times ten, and its revision. */
const VERSION = 20_140;

/** The input's own version; nothing of what a later one adds is lost. Older headers have anything there. */
function versionOf({ bytes, littleEndian }: MrcHeader): number {
  const version = view(bytes).getInt32(WORDS.nversion, littleEndian);
  return version >= VERSION && version < 21_000 ? version : VERSION;
}

/** The header's bytes in the wanted order: every word but text is a 32-bit number. */
function inOrder({ bytes, littleEndian }: MrcHeader, wanted: boolean): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (littleEndian === wanted) return copy;
  const words = view(copy);
  const text = (at: number): boolean =>
    at === WORDS.exttyp || at === WORDS.map || at === WORDS.machine || at >= WORDS.labels;
  for (let at = 0; at < HEADER_BYTES; at += 4) {
    if (!text(at)) words.setUint32(at, words.getUint32(at, true), false);
  }
  return copy;
}
