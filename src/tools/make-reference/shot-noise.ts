/**
 * Whether the noise of a series grows with its counts, as that of electrons does. Where a pixel is brighter than its
 * neighbours its exposures scatter more: under a beam the variance rises in proportion to the counts, without one it
 * does not. After the photon transfer of Janesick 2001, Scientific Charge-Coupled Devices.
 */

import { median } from '../../model/rank.ts';

/** The middle of the exposures is enough, px. */
const SIDE = 512;
/** Deviations from the median beyond which a pixel is a defect of the camera. */
const OUTLIER = 4;
/** Times the usual variance beyond which a pixel was hit by an X-ray. */
const HIT = 25;

export interface ShotNoise {
  /** Counts. */
  readonly level: number;
  /** Relative change of the variance with that of the counts, and its error. A beam gives 1 to 2, a dark 0. */
  readonly slope: number;
  readonly error: number;
}

export class NoiseOfSeries {
  readonly #top: number;
  readonly #left: number;
  readonly #width: number;
  readonly #height: number;
  readonly #sums: Float64Array;
  /** Of each pixel, squares of the differences between exposures that follow one another. */
  readonly #squares: Float64Array;
  #now: Float32Array;
  #before: Float32Array | null = null;
  #exposures = 0;

  constructor({ width, height }: { readonly width: number; readonly height: number }) {
    this.#width = Math.min(width, SIDE);
    this.#height = Math.min(height, SIDE);
    this.#left = (width - this.#width) >> 1;
    this.#top = (height - this.#height) >> 1;
    const pixels = this.#width * this.#height;
    this.#sums = new Float64Array(pixels);
    this.#squares = new Float64Array(pixels);
    this.#now = new Float32Array(pixels);
  }

  /** The rows that it wants, rising. */
  get rows(): number[] {
    return Array.from({ length: this.#height }, (_, i) => this.#top + i);
  }

  /** Takes row `row` of an exposure: `counts` from index `from` on. Rows come in rising order. */
  add(row: number, counts: Float32Array, from: number): void {
    const at = row - this.#top;
    if (at < 0 || at >= this.#height) return;
    const first = from + this.#left;
    this.#now.set(counts.subarray(first, first + this.#width), at * this.#width);
    if (at === this.#height - 1) this.#endExposure();
  }

  #endExposure(): void {
    const now = this.#now;
    const before = this.#before;
    this.#exposures++;
    for (let i = 0; i < now.length; i++) this.#sums[i]! += now[i]!;
    if (before) {
      // A beam that grew weaker in between is no noise.
      let drift = 0;
      for (let i = 0; i < now.length; i++) drift += now[i]! - before[i]!;
      drift /= now.length;
      for (let i = 0; i < now.length; i++) this.#squares[i]! += (now[i]! - before[i]! - drift) ** 2;
    }
    this.#now = before ?? new Float32Array(now.length);
    this.#before = now;
  }

  /** Null with fewer than two exposures, or where nothing varies. */
  measured(): ShotNoise | null {
    const exposures = this.#exposures;
    if (exposures < 2) return null;
    const means = this.#sums.map((sum) => sum / exposures);
    const variances = this.#squares.map((square) => square / (2 * (exposures - 1)));
    const level = median(means);
    const reach = OUTLIER * 1.4826 * median(means.map((x) => Math.abs(x - level)));
    const good = [...means.keys()].filter((i) => Math.abs(means[i]! - level) < reach);
    const usual = average(good, variances);
    const kept = good.filter((i) => variances[i]! < HIT * usual);
    const mean = average(kept, means);
    const variance = average(kept, variances);
    let [xx, xy, yy] = [0, 0, 0];
    for (const i of kept) {
      const x = means[i]! - mean;
      const y = variances[i]! - variance;
      xx += x * x;
      xy += x * y;
      yy += y * y;
    }
    const slope = xy / xx;
    const error = Math.sqrt(Math.max(0, yy - slope * xy) / (kept.length - 2) / xx);
    const relative = mean / variance;
    if (!Number.isFinite(slope * relative) || !Number.isFinite(error)) return null;
    return { level, slope: slope * relative, error: error * Math.abs(relative) };
  }
}

const average = (places: readonly number[], values: Float64Array): number =>
  places.reduce((sum, i) => sum + values[i]!, 0) / places.length;
