/**
 * An exposure as acquisition would correct it inline: whole float32 images in memory, and Leginon's corrections on them,
 * pass after pass. Exposures are corrected elsewhere; this is what the time given back is measured with.
 */

import type { InlinePass } from '../../journal/contents.ts';
import { type Kernels, MEMORY_LIMIT } from '../../kernels/kernels.ts';
import { PIXELS, type PixelType } from '../../model/exposure.ts';

export interface InlineImage {
  /** px */
  readonly width: number;
  readonly height: number;
  /** Of the raw. */
  readonly type: PixelType;
  readonly despikeSize: number;
  /** Deviations. */
  readonly threshold: number;
}

/** Limits of clip, counts: those of uint16. */
const [LOW, HIGH] = [0, 65_535];

const SIGNED: ReadonlySet<PixelType> = new Set(['int8', 'int16']);

const PAGE = 65_536;

/** Bytes that an image, its raw pixels and its references take. */
export const bytesOf = ({ width, height, type }: InlineImage): number =>
  PAGE * (2 + Math.ceil((width * height * (PIXELS[type].bytes + 3 * 4)) / PAGE));

export class WholeImage {
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #image: InlineImage;
  readonly #count: number;
  readonly #statistics: number;
  readonly #dark: number;
  readonly #norm: number;
  readonly #corrected: number;
  readonly #raw: number;

  /**
   * Takes its memory, of which nobody else has anything.
   * @throws RangeError when there is not so much
   */
  constructor(kernels: Kernels, memory: WebAssembly.Memory, image: InlineImage) {
    if (bytesOf(image) > MEMORY_LIMIT - PAGE) throw new RangeError('an image larger than the memory of WebAssembly');
    const count = image.width * image.height;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#image = image;
    this.#count = count;
    this.#statistics = memory.grow(bytesOf(image) / PAGE) * PAGE;
    this.#dark = this.#statistics + PAGE;
    this.#norm = this.#dark + 4 * count;
    this.#corrected = this.#norm + 4 * count;
    this.#raw = this.#corrected + 4 * count;
  }

  /** Raw pixels as they stand in the file, little-endian; to be filled. */
  get raw(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#raw, this.#count * PIXELS[this.#image.type].bytes);
  }

  /** References; to be filled. */
  get dark(): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#dark, this.#count);
  }

  get norm(): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#norm, this.#count);
  }

  /** The image as the passes leave it. */
  get corrected(): Float32Array {
    return new Float32Array(this.#memory.buffer, this.#corrected, this.#count);
  }

  /** Minimum, maximum, mean and deviation, as the pass `statistics` found them. */
  get statistics(): readonly number[] {
    return [...new Float64Array(this.#memory.buffer, this.#statistics, 4)];
  }

  /** The first makes the image anew from the raw; each goes on from what the one before it left. */
  pass(name: InlinePass): void {
    const { width, height, type, despikeSize, threshold } = this.#image;
    const image = this.#corrected;
    const count = this.#count;
    const kernels = this.#kernels;
    if (name === 'flatField') {
      kernels.inlineDark(this.#raw, PIXELS[type].bytes, SIGNED.has(type), this.#dark, image, count);
      kernels.inlineNorm(image, this.#norm, count);
      kernels.inlineFinite(image, count);
    } else if (name === 'clip') kernels.inlineClip(image, count, LOW, HIGH);
    else if (name === 'statistics') kernels.inlineStatistics(image, count, this.#statistics);
    else if (width >= despikeSize && height >= despikeSize)
      kernels.inlineDespike(image, width, height, despikeSize, threshold);
  }
}
