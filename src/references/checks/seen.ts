/** What the first exposures show of single pixels, added up. */

import { neighbours, type Plane } from './neighbours.ts';
import { spreadOf } from './spread.ts';

/** Beyond so many deviations stand edges and spikes. */
const FAR = 4;

export class Seen {
  readonly width: number;
  readonly height: number;
  /** Counts by which pixels exceed their neighbours, and the neighbours' counts, both above the dark; 0 where left out. */
  readonly excess: Float32Array;
  readonly level: Float32Array;
  /** The same excess without the dark's, and without leaving anything out. */
  readonly raw: Float32Array;
  exposures = 0;
  /** Of all that were added. */
  frames = 0;
  #sumOfRaw = 0;
  readonly #dark: { readonly excess: Float32Array; readonly level: Float32Array } | null;

  /** `dark`: of one frame, what is subtracted; null: nothing is. */
  constructor(width: number, height: number, dark: Float32Array | null) {
    [this.width, this.height] = [width, height];
    this.excess = new Float32Array(width * height);
    this.level = new Float32Array(width * height);
    this.raw = new Float32Array(width * height);
    this.#dark = dark && split({ width, height, pixels: dark });
  }

  /** Raw counts, the sum of `frames` frames. */
  add(pixels: Float32Array, frames: number): void {
    const { excess, level } = split({ width: this.width, height: this.height, pixels });
    const { raw } = this;
    let sum = 0;
    for (let i = 0; i < raw.length; i++) {
      raw[i]! += excess[i]!;
      sum += pixels[i]!;
    }
    const dark = this.#dark;
    if (dark) {
      for (let i = 0; i < excess.length; i++) {
        excess[i]! -= frames * dark.excess[i]!;
        level[i]! -= frames * dark.level[i]!;
      }
    }
    this.#addNear(excess, level);
    this.#sumOfRaw += sum / pixels.length;
    this.exposures++;
    this.frames += frames;
  }

  /** Mean counts of a frame, as they were saved. */
  get meanRaw(): number {
    return this.#sumOfRaw / this.frames;
  }

  /** Mean counts of a frame above the dark, of the pixels that were not left out. */
  get meanLevel(): number {
    return this.level.reduce((sum, x) => sum + x, 0) / this.level.length / this.frames;
  }

  #addNear(excess: Float32Array, level: Float32Array): void {
    const q = new Float32Array(excess.length);
    for (let i = 0; i < q.length; i++) q[i] = excess[i]! / Math.sqrt(Math.max(level[i]!, 1));
    const { median, deviation } = spreadOf(q);
    const far = FAR * deviation;
    for (let i = 0; i < q.length; i++) {
      if (!(Math.abs(q[i]! - median) < far)) continue;
      this.excess[i]! += excess[i]!;
      this.level[i]! += Math.max(level[i]!, 0);
    }
  }
}

/** Pixels as the neighbours' mean and what exceeds it. */
export function split(plane: Plane): { excess: Float32Array; level: Float32Array } {
  const level = neighbours(plane);
  const excess = new Float32Array(level.length);
  for (let i = 0; i < excess.length; i++) excess[i] = plane.pixels[i]! - level[i]!;
  return { level, excess };
}
