/**
 * Dark current grows with the exposure time: pixels that stand out in the dark stand out in the exposures by the ratio of
 * both times. It is 0 where the dark was subtracted already or is turned.
 */

import { judged, type Slope } from './slope.ts';
import { spreadOf } from './spread.ts';

/** Deviations by which a pixel of the dark stands out, and beyond which a pixel does not follow the others. */
const STANDS_OUT = 6;
const FAR = 5;
/** Fewer pixels tell nothing. */
export const LEAST_PIXELS = 20;

/** Pixels of the dark that stand out, by their place; `holes`: not looked at. */
export function outstanding(excess: Float32Array, holes: Uint8Array): Int32Array {
  const { median, deviation } = spreadOf(excess);
  const limit = STANDS_OUT * deviation;
  const found: number[] = [];
  for (let i = 0; i < excess.length; i++) {
    if (holes[i] === 0 && Math.abs(excess[i]! - median) > limit) found.push(i);
  }
  return Int32Array.from(found);
}

export interface TimeRatio extends Slope {
  /** So many pixels of the dark stand out. */
  readonly pixels: number;
}

/** Passes over the pixels in which those that do not follow are limited to where the others end. */
const PASSES = 8;

/**
 * The slope of what the exposures show at these pixels on what the dark shows, residuals limited at five deviations; its
 * error from the residuals themselves (White 1980, Econometrica 48, 817), since hot pixels are noisier than others.
 * @param dark excess of the dark, `seen` of the sum of `frames` frames
 */
export function timeRatio(places: Int32Array, dark: Float32Array, seen: Float32Array, frames: number): TimeRatio {
  const pixels = places.length;
  const none = { slope: 0, error: Number.POSITIVE_INFINITY, z: 0, expected: 0, pixels };
  if (pixels < LEAST_PIXELS) return none;
  const x = Float32Array.from(places, (at) => dark[at]!);
  const y = Float32Array.from(places, (at) => seen[at]! / frames);
  const power = x.reduce((sum, each) => sum + each * each, 0);
  // Half of the pixels follow what the median of the ratios says.
  let slope = spreadOf(x.map((each, i) => y[i]! / each)).median;
  let residuals: Float32Array = y;
  for (let pass = 0; pass < PASSES; pass++) {
    const line = slope;
    const left = x.map((each, i) => y[i]! - line * each);
    const { median, deviation } = spreadOf(left);
    const far = FAR * deviation;
    residuals = left.map((r) => Math.max(median - far, Math.min(median + far, r)));
    slope = line + x.reduce((sum, each, i) => sum + each * residuals[i]!, 0) / power;
  }
  const error = Math.sqrt(x.reduce((sum, each, i) => sum + (each * residuals[i]!) ** 2, 0)) / power;
  return { ...judged(slope, [error]), pixels };
}
