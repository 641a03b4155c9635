/** Definition of clip. */

import type { Image } from './image.ts';

/** Ends in counts, rounded to float32 before they are used; an absent end does not clip. */
export interface ClipOptions {
  readonly low?: number;
  readonly high?: number;
  /** 1 where the raw pixel is saturated: clipped as any other, but not counted. Absent: none. */
  readonly saturated?: Uint8Array;
}

/** min(max(x, low), high); counts the pixels that each end changed. A pixel at an end stays as it is, -0 at 0 too. */
export function clip(
  image: Image,
  { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, saturated }: ClipOptions,
): { image: Image; clippedLow: number; clippedHigh: number } {
  const lowest = Math.fround(low);
  const highest = Math.fround(high);
  let clippedLow = 0;
  let clippedHigh = 0;
  const pixels = image.pixels.map((x, i) => {
    const counted = saturated?.[i] !== 1;
    if (x < lowest && counted) clippedLow++;
    if (x > highest && counted) clippedHigh++;
    const raised = x < lowest ? lowest : x;
    return raised > highest ? highest : raised;
  });
  return { image: { ...image, pixels }, clippedLow, clippedHigh };
}
