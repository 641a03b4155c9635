/** The sigma-clipped mean of one pixel, as the manual defines it: slow and plain. */

import type { CameraNoise } from '../../src/tools/make-reference/clipped-mean.ts';

/** Croux & Rousseeuw 1992: the median absolute deviation of few values is too small by these. */
const FEW: Readonly<Record<number, number>> = {
  2: 1.196,
  3: 1.495,
  4: 1.363,
  5: 1.206,
  6: 1.2,
  7: 1.14,
  8: 1.129,
  9: 1.107,
};

const middle = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

export function clippedMean(
  counts: readonly number[],
  { variance, level, shot }: CameraNoise,
): { value: number; left: number } {
  const values = counts.filter(Number.isFinite);
  const centre = middle(values);
  const electron = level > 0 ? variance / level : 0;
  const own = 1.4826 * (FEW[values.length] ?? values.length / (values.length - 0.8));
  const deviation = Math.max(
    own * middle(values.map((x) => Math.abs(x - centre))),
    Math.sqrt(Math.max(1 / 12, shot && level > 0 ? (variance * Math.max(0, centre + electron)) / level : variance)),
  );
  const skew = (15 / 6) * electron;
  const kept = values.filter((x) => x >= centre - 4 * deviation && x <= centre + 4 * deviation + skew);
  return { value: kept.reduce((sum, x) => sum + x, 0) / kept.length, left: counts.length - kept.length };
}
