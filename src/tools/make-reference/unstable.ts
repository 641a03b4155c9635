/**
 * Pixels that change from exposure to exposure: those whose values scatter by more than the noise of the camera, and those
 * that were hit more often than X-rays do by chance. An X-ray rarely meets the same pixel twice; a pixel that blinks is on
 * again and again.
 */

import { limitOf } from '../../report/camera/hot-pixels.ts';

/** A pixel (row x width + column) and how many of its values were left out. */
export interface LeftOut {
  readonly at: number;
  readonly values: number;
}

/**
 * @param deviant pixels whose values scatter too much
 * @param pixels how many there are
 */
export function unstablePixels(
  deviant: readonly number[],
  left: readonly LeftOut[],
  exposures: number,
  pixels: number,
): number[] {
  const hits = left.reduce((sum, { values }) => sum + values, 0);
  // Once is never enough.
  const limit = Math.max(2, limitOf(exposures, hits / (exposures * pixels), pixels));
  const often = left.filter(({ values }) => values >= limit).map(({ at }) => at);
  return [...new Set([...deviant, ...often])].sort((a, b) => a - b);
}
