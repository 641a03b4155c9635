/** Median and deviation that outliers do not move. */

/** So many values tell both well enough: their error is below half a percent of the deviation. */
const ENOUGH = 40_000;

export interface Spread {
  readonly median: number;
  /** 1.4826 times the median absolute deviation: the standard deviation where the values are Gaussian. */
  readonly deviation: number;
}

/** Of all values up to 40 000, otherwise of values at equal distances. */
export function spreadOf(values: Float32Array): Spread {
  // Odd, so that it does not fall in step with the columns of a camera.
  const step = Math.max(1, Math.floor(values.length / ENOUGH)) | 1;
  const some = new Float32Array(Math.ceil(values.length / step));
  for (let i = 0; i < some.length; i++) some[i] = values[i * step]!;
  const median = middle(some.sort());
  return { median, deviation: 1.4826 * middle(some.map((x) => Math.abs(x - median)).sort()) };
}

const middle = (sorted: Float32Array): number =>
  sorted.length === 0 ? 0 : (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
