/** A sample of two by two boxes: dark above, bright below. */

import { CROP, type Sample } from '../../src/model/sample.ts';

/** @param low counts of the dark boxes; the bright ones have 255 more */
export function pictured(low: number): Sample {
  const view = { low, high: low + 255, pixels: Uint8Array.of(0, 0, 255, 255) };
  const crop = { low, high: low + 90, pixels: new Uint8Array(CROP * CROP).fill(low % 256) };
  const histogram = { low, high: low + 255, counts: [1, 10, 100, 1000, 100, 10, 1] };
  return {
    width: 2,
    height: 2,
    box: 2048,
    raw: view,
    corrected: view,
    rawHistogram: histogram,
    correctedHistogram: histogram,
    spikes: [{ row: 10, col: 4000, before: 9000, after: 500, raw: crop, corrected: crop }],
  };
}
