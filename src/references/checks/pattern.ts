/** What a norm says of single pixels: how much more sensitive each is than its neighbours. */

import { around, neighbours, type Plane } from './neighbours.ts';
import { spreadOf } from './spread.ts';

/** A norm above this tells of a pixel that is nearly dead. */
const MOST_NORM = 5;
/** Pixels that differ by more than so many deviations say no more than those at this limit. */
const FAR = 4;

/**
 * u = s / nbr(s) - 1 with s = 1 / norm, parts of the neighbours' sensitivity. 0 at pixels that are marked in `bad` or whose
 * norm is not finite, not positive or above 5, and around them. Limited to four deviations.
 */
export function patternOf({ width, height, pixels }: Plane, bad: Uint8Array): Float32Array {
  const out = Uint8Array.from(bad);
  const sensitivity = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const norm = pixels[i]!;
    // Also false where it is not a number.
    const good = norm > 0 && norm <= MOST_NORM;
    sensitivity[i] = good ? 1 / norm : 1;
    if (!good) out[i] = 1;
  }
  const u = neighbours({ width, height, pixels: sensitivity });
  for (let i = 0; i < u.length; i++) u[i] = sensitivity[i]! / u[i]! - 1;
  const holes = around(out, width, height);
  for (let i = 0; i < u.length; i++) if (holes[i] === 1) u[i] = 0;
  limit(u);
  return u;
}

function limit(u: Float32Array): void {
  // The median of |u| about 0, which `u` has by construction.
  const { median } = spreadOf(u.map((x) => Math.abs(x)));
  const far = FAR * 1.4826 * median;
  for (let i = 0; i < u.length; i++) u[i] = Math.max(-far, Math.min(far, u[i]!));
}
