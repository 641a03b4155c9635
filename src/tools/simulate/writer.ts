/**
 * Writes the exposures of simulated sessions through the formats' own sinks, band by band: no second writer exists. The
 * bands stand in a stretch of the kernels' memory, where sinks take them from.
 */

import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { OutputFile } from '../../files/output-file.ts';
import { FORMATS } from '../../formats/index.ts';
import { permitImage } from '../../formats/ours.ts';
import { Arena } from '../../kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate, type Kernels } from '../../kernels/kernels.ts';
import type { FormatName, WrittenType } from '../../model/exposure.ts';

interface Bands {
  readonly uint16: Uint16Array;
  readonly int16: Int16Array;
  readonly float32: Float32Array;
}

type ViewOf<Band> = new (memory: ArrayBufferLike, address: number, length: number) => Band;

const VIEWS: { readonly [Type in WrittenType]: ViewOf<Bands[Type]> } = {
  uint16: Uint16Array,
  int16: Int16Array,
  float32: Float32Array,
};

/** Angstrom per pixel. */
const PIXEL_SIZE = 1.2;
/** About as much as fits into the cache of a core, px. */
const BAND_PIXELS = 1 << 17;
/** What a sink may want beside the band. */
const SINK_BYTES = 1 << 16;

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

export class Writer {
  /** With the dot. */
  readonly extension: string;
  readonly #format: FormatName;
  readonly #label: string;
  readonly #memory = createMemory();
  readonly #kernels: Kernels;
  #slot = { address: 0, bytes: 0 };

  /** `label`: at most 80 ASCII characters, what made the files. */
  constructor(format: FormatName, label: string) {
    this.#format = format;
    this.#label = label.slice(0, 80);
    this.#kernels = instantiate(compileKernels(), this.#memory);
    this.extension = FORMATS[format].extensions[0]!;
  }

  /**
   * Creates `file`, which must not be there yet; `fill` puts `rows` rows of `frame` from `first` on into `band` (rows x
   * width), which holds what was there before.
   */
  async write<Type extends WrittenType>(
    file: string,
    { width, height, frames }: Shape,
    type: Type,
    fill: (first: number, rows: number, band: Bands[Type], frame: number) => void,
  ): Promise<void> {
    const View: ViewOf<Bands[Type]> = VIEWS[type];
    const most = Math.min(height, Math.max(1, Math.floor(BAND_PIXELS / width)));
    const { address, arena } = this.#benchFor(most * width * 4);
    await permitImage({ file, within: path.dirname(file), replaces: null, way: 'choose another folder' });
    const output = OutputFile.create(file);
    try {
      const sink = FORMATS[this.#format].create(output, {
        path: file,
        width,
        height,
        frames,
        type,
        compression: 'none',
        turned: false,
        carried: { pixelSize: PIXEL_SIZE, description: [] },
        // Without the version: the same options give the same bytes as long as the model stays.
        provenance: { software: 'darkroom simulate', lines: [this.#label] },
      });
      sink.prepare(arena);
      if (arena.shortage > 0) throw new Error(`a sink wants ${arena.shortage} bytes`);
      const tally = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, sum: 0, squares: 0 };
      for (let frame = 0; frame < frames; frame++) {
        for (let first = 0; first < height; first += most) {
          const rows = Math.min(most, height - first);
          const band = new View(this.#memory.buffer, address, rows * width);
          fill(first, rows, band, frame);
          count(band, width, tally);
          await sink.write(frame, first, rows, address);
        }
        // Nothing above waits for the system: without a pause no line of progress would ever be drawn.
        await setImmediate();
      }
      const pixels = width * height * frames;
      const mean = tally.sum / pixels;
      const deviation = Math.sqrt(Math.max(0, tally.squares / pixels - mean * mean));
      await sink.finish({ min: tally.min, max: tally.max, mean, deviation });
    } finally {
      output.close();
    }
  }

  #benchFor(bytes: number): { address: number; arena: Arena } {
    const wanted = bytes + SINK_BYTES;
    if (this.#slot.bytes < wanted) this.#slot = { address: extend(this.#memory, wanted), bytes: wanted };
    const arena = new Arena(this.#kernels, this.#memory, this.#slot);
    return { address: arena.take(bytes), arena };
  }
}

interface Tally {
  min: number;
  max: number;
  sum: number;
  squares: number;
}

function count(pixels: Bands[WrittenType], width: number, tally: Tally): void {
  for (let at = 0; at < pixels.length; at += width) {
    let { min, max } = tally;
    let sum = 0;
    let squares = 0;
    for (let i = at; i < at + width; i++) {
      const value = pixels[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      squares += value * value;
    }
    tally.min = min;
    tally.max = max;
    tally.sum += sum;
    tally.squares += squares;
  }
}
