/**
 * Seeded randomness: bits, uniform, Gaussian, Poisson. The same seed gives the same numbers on every machine: integers
 * and IEEE arithmetic throughout, and what passes through exp or log (whose last bit an engine may choose) is rounded
 * to float32 before use.
 *
 * Sources: xoshiro128** (Blackman & Vigna 2021, ACM TOMS 47, 36), seeded by splitmix32; ziggurat (Marsaglia & Tsang
 * 2000, J. Stat. Softw. 5; with the constants of Doornik 2005, ZIGNOR); Cornish & Fisher 1938 for large Poisson means.
 */

export interface Noise {
  /** 32 random bits, as a signed integer. */
  bits(): number;
  /** From 0 up to, not including, 1. */
  uniform(): number;
  /** Mean 0, deviation 1. */
  gaussian(): number;
  /** Counts around `mean`, which is at least 0. */
  poisson(mean: number): number;
  /**
   * Turns each of `means` into Poisson counts plus Gaussian noise of `deviation`, no whole number any more. In one go,
   * because large means then need one draw for both.
   */
  detect(means: Float32Array, deviation: number): void;
}

/** One stream of randomness; each list of whole numbers (a session's seed, what for, which exposure) names another. */
export function noise(...seed: readonly number[]): Noise {
  let [a, b, c, d] = spread(seed);
  const ahead = new Int32Array(AHEAD);
  let at = AHEAD;

  // Drawn in blocks: a loop over local variables is three times as fast as keeping the state between calls.
  function refill(): void {
    let [w, x, y, z] = [a, b, c, d];
    for (let i = 0; i < AHEAD; i++) {
      const five = Math.imul(x, 5);
      ahead[i] = Math.imul((five << 7) | (five >>> 25), 9);
      const shifted = x << 9;
      y ^= w;
      z ^= x;
      x ^= y;
      w ^= z;
      y ^= shifted;
      z = (z << 11) | (z >>> 21);
    }
    [a, b, c, d] = [w, x, y, z];
    at = 0;
  }

  function bits(): number {
    if (at === AHEAD) refill();
    return ahead[at++]!;
  }

  const uniform = (): number => (bits() >>> 0) / 4_294_967_296;

  function gaussian(): number {
    // The lowest 7 bits choose the layer, the others the place in it: 98.8 % of the draws end here.
    const drawn = bits();
    const layer = drawn & 127;
    const place = (drawn >> 7) / 16_777_216;
    if (Math.abs(place) < RATIOS[layer]!) return place * EDGES[layer]!;
    return outside(layer, place);
  }

  function outside(layer: number, place: number): number {
    if (layer === 0) return place < 0 ? -tail() : tail();
    const x = place * EDGES[layer]!;
    const low = HEIGHTS[layer]!;
    const high = HEIGHTS[layer + 1]!;
    if (low + uniform() * (high - low) < Math.fround(Math.exp(-0.5 * x * x))) return x;
    return gaussian();
  }

  function tail(): number {
    for (;;) {
      const x = Math.fround(-Math.log(1 - uniform())) / TAIL;
      const y = Math.fround(-Math.log(1 - uniform()));
      if (2 * y > x * x) return TAIL + x;
    }
  }

  function poisson(mean: number): number {
    if (mean >= LARGE) {
      // The quantile of a Gaussian, skewed as Poisson's are; errors below 0.1 counts out to 3 deviations.
      const z = gaussian();
      return Math.max(0, Math.floor(mean + Math.sqrt(mean) * z + (z * z - 1) / 6 + 0.5));
    }
    // Poisson counts add: a tabulated mean below this one, and the rest of less than one step.
    const step = (mean / STEP) | 0;
    return (step > 0 ? tabulated(step) : 0) + few(mean - step * STEP);
  }

  function detect(means: Float32Array, deviation: number): void {
    const variance = deviation * deviation;
    for (let i = 0; i < means.length; i++) {
      const mean = means[i]!;
      // As in `gaussian`, without the call.
      if (at === AHEAD) refill();
      const drawn = ahead[at++]!;
      const layer = drawn & 127;
      const place = (drawn >> 7) / 16_777_216;
      const z = Math.abs(place) < RATIOS[layer]! ? place * EDGES[layer]! : outside(layer, place);
      if (mean >= LARGE) {
        const both = mean + variance;
        means[i] = mean + Math.sqrt(both) * z + (mean / (6 * both)) * (z * z - 1);
      } else {
        means[i] = (mean > 0 ? poisson(mean) : 0) + deviation * z;
      }
    }
  }

  function tabulated(step: number): number {
    const drawn = bits() >>> 0;
    let count = GUIDE[(step << 8) | (drawn >>> 24)]!;
    const row = step * COUNTS;
    while (drawn >= CUMULATIVE[row + count]!) count++;
    return count;
  }

  /** Exact for means below a step; the exponential as its series, good to 1e-7 there. */
  function few(mean: number): number {
    let left = uniform();
    // exp(-x) is never below 1 - x: mostly that settles it.
    if (left < 1 - mean) return 0;
    let chance = 1 - mean * (1 - (mean / 2) * (1 - (mean / 3) * (1 - (mean / 4) * (1 - (mean / 5) * (1 - mean / 6)))));
    let count = 0;
    while (left >= chance && count < 16) {
      left -= chance;
      count++;
      chance *= mean / count;
    }
    return count;
  }

  return { bits, uniform, gaussian, poisson, detect };
}

/** Numbers drawn at once. */
const AHEAD = 1024;

/** Four words of state from any number of seeds: splitmix32, each seed stirred into what came before. */
function spread(seed: readonly number[]): [number, number, number, number] {
  let state = 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  for (const part of seed) {
    state = next() ^ (part | 0);
    // Seeds above 32 bits count whole.
    state = next() ^ Math.floor(part / 4_294_967_296);
  }
  return [next(), next(), next(), next() | 1];
}

/* The ziggurat: 128 layers of equal area under exp(-x² / 2), the lowest with the tail beyond TAIL. */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
const EDGES = new Float64Array(129);
const HEIGHTS = new Float64Array(129);
const RATIOS = new Float64Array(128);
{
  const height = (x: number): number => Math.fround(Math.exp(-0.5 * x * x));
  EDGES[0] = AREA / height(TAIL);
  EDGES[1] = TAIL;
  for (let i = 2; i < 128; i++) {
    EDGES[i] = Math.fround(Math.sqrt(-2 * Math.fround(Math.log(AREA / EDGES[i - 1]! + height(EDGES[i - 1]!)))));
  }
  EDGES[128] = 0;
  for (let i = 1; i <= 128; i++) HEIGHTS[i] = height(EDGES[i]!);
  for (let i = 0; i < 128; i++) RATIOS[i] = EDGES[i + 1]! / EDGES[i]!;
}

/* Poisson means below LARGE in steps of STEP: chances in 1 / 2^32, and where to begin looking for the top 8 bits. */
const LARGE = 30;
const STEP = 0.25;
const STEPS = LARGE / STEP;
const COUNTS = 96;
/** exp(-STEP). */
const NONE_IN_STEP = 0.7788007830714049;
const CUMULATIVE = new Float64Array(STEPS * COUNTS);
const GUIDE = new Uint8Array(STEPS * 256);
for (let step = 1, none = NONE_IN_STEP; step < STEPS; step++, none *= NONE_IN_STEP) {
  let chance = none;
  let sum = 0;
  for (let count = 0; count < COUNTS; count++) {
    sum += chance;
    CUMULATIVE[step * COUNTS + count] = Math.floor(sum * 4_294_967_296);
    chance *= (step * STEP) / (count + 1);
  }
  CUMULATIVE[step * COUNTS + COUNTS - 1] = 4_294_967_296;
  for (let top = 0, count = 0; top < 256; top++) {
    while (CUMULATIVE[step * COUNTS + count]! <= top * 16_777_216) count++;
    GUIDE[(step << 8) | top] = count;
  }
}
