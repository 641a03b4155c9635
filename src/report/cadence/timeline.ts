/** Moments counted in steps of a round length: what the charts over time are drawn from. */

export interface Step {
  readonly from: Date;
  readonly to: Date;
  /** Moments in it, in the order in which the series were given. */
  readonly counts: readonly number[];
}

/** Wide enough each to be told apart. */
const STEPS = 48;

/** Round lengths, s. */
const LENGTHS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800];

/** Several series of moments, ms since 1970, over the span of them all. `seconds`: how long a step is. */
export function timeline(
  series: readonly (readonly number[])[],
  shortest = 1,
): { readonly seconds: number; readonly steps: Step[] } {
  const all = series.flat();
  const first = all.reduce((a, b) => Math.min(a, b));
  const last = all.reduce((a, b) => Math.max(a, b));
  const fits = (length: number): boolean => length >= shortest && (last - first) / (length * 1000) <= STEPS;
  const seconds = LENGTHS.find(fits) ?? 86_400 * Math.ceil((last - first) / (86_400_000 * STEPS));
  const width = seconds * 1000;
  const begin = Math.floor(first / width) * width;
  const steps = Array.from({ length: Math.floor((last - begin) / width) + 1 }, (_, i) => ({
    from: new Date(begin + i * width),
    to: new Date(begin + (i + 1) * width),
    counts: series.map(() => 0),
  }));
  for (const [which, times] of series.entries())
    for (const time of times) steps[Math.floor((time - begin) / width)]!.counts[which]!++;
  return { seconds, steps };
}

/** A time of day for an axis, `18:20`; with seconds where steps are shorter than a minute. */
export const clock =
  (seconds: number) =>
  (time: Date): string =>
    time.toISOString().slice(11, seconds < 60 ? 19 : 16);
