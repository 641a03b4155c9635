/**
 * Pixels that change from exposure to exposure: those whose values scatter by more than the noise of the camera, and those
 * that were hit more often than X-rays do by chance. An X-ray rarely meets the same pixel twice; a pixel that blinks is on
 * again and again.
 */

import { limitOf } from '../../report/camera/hot-pixels.ts';

/**
 * @param deviant pixels whose values scatter too much
 * @param left how many values of each pixel were left out
 */
export function unstablePixels(deviant: readonly number[], left: Uint8Array, exposures: number): number[] {
  let hits = 0;
  for (const count of left) hits += count;
  // Once is never enough.
  const limit = Math.max(2, limitOf(exposures, hits / (exposures * left.length), left.length));
  const found = new Set(deviant);
  for (let at = 0; at < left.length; at++) if (left[at]! >= limit) found.add(at);
  return [...found].sort((a, b) => a - b);
}
