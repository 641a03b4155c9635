/**
 * What the night shows of the gain beside the norm: the mean of all corrected images, each box against the boxes around it,
 * which takes away slopes and what was photographed at large scale. Even where the norm fits. The limits are those by which
 * facilities judge a gain from the frames of a night: deviation above 0.04, 97.5 to 2.5 percentile above 1.15, highest to
 * 97.5 percentile above 4.5.
 */

import type { MeanImage } from '../../journal/mean-image.ts';
import { rank } from '../../model/rank.ts';
import { described, number, type Of, record, whole } from '../../model/schema.ts';

export const gainSchema = record({
  exposures: whole,
  deviation: described(number, 'standard deviation of the residual, 1 is the mean'),
  spread: described(number, '97.5 percentile divided by the 2.5 percentile'),
  highest: described(number, 'highest value divided by the 97.5 percentile'),
});

export type GainResidual = Of<typeof gainSchema>;

/** Of fewer exposures the mean still shows what was photographed. */
export const FEWEST_EXPOSURES = 30;

const LIMITS = {
  deviation: { most: 0.04, said: 'residual' },
  spread: { most: 1.15, said: '97.5 to 2.5 percentile' },
  highest: { most: 4.5, said: 'highest to 97.5 percentile' },
} as const;

/** Boxes on either side that a box is compared with. */
const AROUND = 2;

/** Null: the image holds nothing to compare. */
export function gainResidual({ exposures, width, height, corrected }: MeanImage): GainResidual | null {
  const parts: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const usual = around(corrected, width, height, row, col);
      const part = corrected[row * width + col]! / usual;
      if (usual > 0 && Number.isFinite(part)) parts.push(part);
    }
  }
  if (parts.length < 2) return null;
  const sorted = Float64Array.from(parts).sort();
  const [low, high] = [rank(sorted, 0.025), rank(sorted, 0.975)];
  if (!(low > 0)) return null;
  const mean = parts.reduce((sum, x) => sum + x, 0) / parts.length;
  const squares = parts.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / parts.length) / mean;
  return { exposures, deviation, spread: high / low, highest: sorted.at(-1)! / high };
}

const near = new Float64Array((2 * AROUND + 1) ** 2);

/** The median of the boxes around one; the lower one of two in the middle. */
function around(counts: Float32Array, width: number, height: number, row: number, col: number): number {
  let count = 0;
  for (let y = Math.max(0, row - AROUND); y <= Math.min(height - 1, row + AROUND); y++) {
    for (let x = Math.max(0, col - AROUND); x <= Math.min(width - 1, col + AROUND); x++) {
      const value = counts[y * width + x]!;
      let at = count++;
      // So few are sorted faster than by the library.
      for (; at > 0 && near[at - 1]! > value; at--) near[at] = near[at - 1]!;
      near[at] = value;
    }
  }
  return near[(count - 1) >> 1]!;
}

/** Each limit that is exceeded, in words. */
export const overLimits = (gain: GainResidual): string[] =>
  (Object.keys(LIMITS) as (keyof typeof LIMITS)[])
    .filter((name) => gain[name] > LIMITS[name].most)
    .map((name) => `${LIMITS[name].said} ${gain[name].toFixed(3)}, at most ${LIMITS[name].most}`);
