/**
 * Writes an image that a function makes, band by band, through the sink of its format: references, maps of defects,
 * simulated exposures. Its statistics are counted on the way.
 */

import { setImmediate } from 'node:timers/promises';
import type { OutputFile } from '../files/output-file.ts';
import type { GrowingArena } from '../kernels/growing-arena.ts';
import type { Statistics } from '../model/exposure.ts';
import type { Plan, WritableFormat } from './format.ts';

/** How pixels of a type look to JavaScript. */
export interface Pixels {
  readonly uint16: Uint16Array;
  readonly int16: Int16Array;
  readonly float32: Float32Array;
  readonly mask: Uint8Array;
}

type ViewOf<Band> = {
  new (memory: ArrayBufferLike, address: number, length: number): Band;
  readonly BYTES_PER_ELEMENT: number;
};

const VIEWS: { readonly [Type in keyof Pixels]: ViewOf<Pixels[Type]> } = {
  uint16: Uint16Array,
  int16: Int16Array,
  float32: Float32Array,
  mask: Uint8Array,
};

/** About as much as fits into the cache of a core, px. */
const BAND_PIXELS = 1 << 17;

/** Puts `rows` rows of `frame`, from `first` on, into `band` (rows x width), which holds what was there before. */
export type Fill<Band> = (first: number, rows: number, band: Band, frame: number) => void;

/** Uncompressed, rows in the order of the format. A mask takes one byte a pixel here: not for formats that pack them. */
export type Image<Type extends keyof Pixels> = Omit<Plan, 'type' | 'compression' | 'turned'> & { readonly type: Type };

/** Leaves publishing the file to the caller. @throws what the system says */
export async function writeImage<Type extends keyof Pixels>(
  file: OutputFile,
  format: WritableFormat,
  image: Image<Type>,
  growing: GrowingArena,
  fill: Fill<Pixels[Type]>,
): Promise<void> {
  const { width, height, frames, type } = image;
  const View = VIEWS[type];
  const bandRows = Math.min(height, Math.max(1, Math.floor(BAND_PIXELS / width)));
  const sink = format.create(file, { ...image, compression: 'none', turned: false });
  const { arena, address } = growing.lay((each) => {
    sink.prepare(each);
    return { address: each.take(bandRows * width * View.BYTES_PER_ELEMENT) };
  });
  const sums: Sums = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, sum: 0, squares: 0 };
  for (let frame = 0; frame < frames; frame++) {
    for (let first = 0; first < height; first += bandRows) {
      const rows = Math.min(bandRows, height - first);
      const band = new View(arena.bytes(address, 0).buffer, address, rows * width);
      fill(first, rows, band, frame);
      count(band, width, sums);
      await sink.write(frame, first, rows, address);
    }
    // Nothing above waits for the system: without a pause no line of progress would ever be drawn.
    await setImmediate();
  }
  await sink.finish(statisticsOf(sums, width * height * frames));
}

interface Sums {
  min: number;
  max: number;
  sum: number;
  squares: number;
}

/** Row by row, so that the sums do not depend on the height of the bands. */
function count(pixels: Pixels[keyof Pixels], width: number, sums: Sums): void {
  for (let at = 0; at < pixels.length; at += width) {
    let { min, max } = sums;
    let sum = 0;
    let squares = 0;
    for (let i = at; i < at + width; i++) {
      const value = pixels[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      squares += value * value;
    }
    sums.min = min;
    sums.max = max;
    sums.sum += sum;
    sums.squares += squares;
  }
}

function statisticsOf({ min, max, sum, squares }: Sums, pixels: number): Statistics {
  const mean = sum / pixels;
  return { min, max, mean, deviation: Math.sqrt(Math.max(0, squares / pixels - mean * mean)) };
}
