/**
 * How the exposures of a series become one value for each pixel. The sigma-clipped mean leaves out values that are far from
 * the median of the pixel: farther than four of its deviations. As its deviation counts what the series has there (the
 * median absolute deviation, corrected for few values: Croux & Rousseeuw 1992, Computational Statistics 1, 411), at least
 * the noise of the camera. Values above may be farther by as much as the skewness of shot noise makes them (Cornish &
 * Fisher 1938), so that counted electrons are no outliers.
 */

export type Combine = 'sigma-clip' | 'mean' | 'median';

/** Deviations. */
const FAR = 4;

/** By what the median absolute deviation of n values of normal noise has to be multiplied, n = 2 to 9; n / (n - 0.8) beyond. */
const FEW = [1, 1, 1.196, 1.495, 1.363, 1.206, 1.2, 1.14, 1.129, 1.107];
const toDeviation = (count: number): number => 1.4826 * (FEW[count] ?? count / (count - 0.8));

/** Noise of the camera in one exposure. */
export interface CameraNoise {
  /** Variance at `level` counts, counts^2. */
  readonly variance: number;
  readonly level: number;
  /** Under a beam the variance grows with the counts. */
  readonly shot: boolean;
}

/** Integers have at least the noise of rounding. */
const ROUNDING = 1 / 12;

export const varianceAt = ({ variance, level, shot }: CameraNoise, counts: number): number =>
  Math.max(ROUNDING, shot && level > 0 ? (variance * Math.max(0, counts)) / level : variance);

/** The counts of one electron, as far as the noise tells. */
const electron = ({ variance, level }: CameraNoise): number => (level > 0 ? variance / level : 0);

/** The median of few electrons may be one below their mean. */
const varianceAround = (noise: CameraNoise, middle: number): number => varianceAt(noise, middle + electron(noise));

/** Counts by which values above may be farther than those below. */
const skewness = (noise: CameraNoise): number => ((FAR * FAR - 1) / 6) * electron(noise);

/** Counts; what scatters less is no nuisance. */
const MOST_NOISE = 2;

/**
 * How many times its expectation the variance of so many values is at most by chance, one pixel in a thousand million
 * (Wilson & Hilferty 1931, Proc. Natl. Acad. Sci. 17, 684).
 */
function mostVariance(count: number): number {
  const part = 2 / (9 * Math.max(1, count - 1));
  return (1 - part + 6 * Math.sqrt(part)) ** 3;
}

/** What a pixel comes to. `deviation`: of the values that were kept; NaN: of fewer than two. `left`: values left out. */
export interface Value {
  value: number;
  deviation: number;
  left: number;
}

/** Combines the values of one pixel after another: plain, and written for speed where nothing is left out. */
export class Combiner {
  readonly #how: Combine;
  readonly #noise: CameraNoise;
  readonly #skew: number;
  readonly #values: Float64Array;
  readonly #away: Float64Array;
  readonly #factor: number[];
  readonly #most: number[];
  /** Written over by each pixel. */
  readonly value: Value = { value: 0, deviation: 0, left: 0 };

  constructor(how: Combine, noise: CameraNoise, exposures: number) {
    this.#how = how;
    this.#noise = noise;
    this.#skew = skewness(noise);
    this.#values = new Float64Array(exposures);
    this.#away = new Float64Array(exposures);
    this.#factor = Array.from({ length: exposures + 1 }, (_, count) => toDeviation(count));
    this.#most = Array.from({ length: exposures + 1 }, (_, count) => mostVariance(count));
  }

  /** `counts`: those of each exposure one after another, `stride` apart; this pixel's at `at`. */
  combine(counts: Float32Array, stride: number, at: number): void {
    const values = this.#values;
    const { length } = values;
    const first = counts[at]!;
    let [sum, squares, min, max] = [0, 0, first, first];
    for (let i = 0, place = at; i < length; i++, place += stride) {
      const x = counts[place]!;
      values[i] = x;
      const away = x - first;
      sum += away;
      squares += away * away;
      if (x < min) min = x;
      if (x > max) max = x;
    }
    const away = sum / length;
    const mean = first + away;
    const spread = Math.sqrt(Math.max(0, squares / length - away * away));
    const result = this.value;
    // The median is within one deviation of the mean: where the extremes are near enough for that, nothing is left out.
    const near = FAR * Math.sqrt(varianceAround(this.#noise, mean - spread)) - spread;
    if (this.#how === 'mean' || (this.#how === 'sigma-clip' && max - mean <= near && mean - min <= near)) {
      if (Number.isFinite(mean)) {
        result.value = mean;
        result.deviation = spread * Math.sqrt(length / (length - 1));
        result.left = 0;
        return;
      }
    }
    this.#slow();
  }

  /** Whether the values of the last pixel that were kept scatter by more than the noise of the camera, beyond any chance. */
  isDeviant(): boolean {
    const { value, deviation, left } = this.value;
    const kept = this.#values.length - left;
    if (!(kept > 2) || !(deviation > MOST_NOISE)) return false;
    const { variance, level, shot } = this.#noise;
    // What is above the level of a dark came as electrons, with a noise of its own.
    const usual = varianceAt(this.#noise, value) + (shot ? 0 : Math.max(0, value - level));
    return deviation ** 2 > Math.max(9, this.#most[kept]!) * Math.max(variance * 0.01, usual);
  }

  #slow(): void {
    const result = this.value;
    const sorted = inOrder(this.#values);
    // Numbers that are not finite are at the ends.
    let [from, to] = [0, sorted.length];
    while (to > from && !Number.isFinite(sorted[to - 1]!)) to--;
    while (from < to && !Number.isFinite(sorted[from]!)) from++;
    const count = to - from;
    if (count === 0) {
      result.value = result.deviation = Number.NaN;
      result.left = sorted.length;
      return;
    }
    const middle = medianOf(sorted, from, to);
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    if (this.#how === 'sigma-clip') {
      const away = this.#away;
      for (let i = from; i < to; i++) away[i] = Math.abs(sorted[i]! - middle);
      inOrder(away.subarray(from, to));
      const own = this.#factor[count]! * medianOf(away, from, to);
      const limit = FAR * Math.max(own, Math.sqrt(varianceAround(this.#noise, middle)));
      [low, high] = [middle - limit, middle + limit + this.#skew];
    }
    let [sum, squares, kept] = [0, 0, 0];
    for (let i = from; i < to; i++) {
      const x = sorted[i]!;
      if (x < low || x > high) continue;
      sum += x - middle;
      squares += (x - middle) ** 2;
      kept++;
    }
    const away = sum / kept;
    result.value = this.#how === 'median' ? middle : middle + away;
    result.deviation = kept > 1 ? Math.sqrt(Math.max(0, (squares - kept * away * away) / (kept - 1))) : Number.NaN;
    result.left = sorted.length - kept;
  }
}

/** Sorts in place, as few values are sorted faster than by the library. */
function inOrder(values: Float64Array): Float64Array {
  if (values.length > 40) return values.sort();
  for (let i = 1; i < values.length; i++) {
    const x = values[i]!;
    let at = i;
    for (; at > 0 && (values[at - 1]! > x || Number.isNaN(values[at - 1]!)); at--) values[at] = values[at - 1]!;
    values[at] = x;
  }
  return values;
}

/** Of sorted values; of an even number the mean of the two in the middle. */
function medianOf(sorted: Float64Array, from: number, to: number): number {
  const middle = (from + to) >> 1;
  return (to - from) % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
