/** How well the pattern of a norm explains what was seen, as it was given and turned in every way that keeps its size. */

import type { FirstRow } from '../../model/exposure.ts';
import { type Turn, turnPixels } from '../turns.ts';
import {
  type Correlator,
  type Evidence,
  judged,
  type Shift,
  type Slope,
  slopeAlone,
  slopeOf,
  UNSHIFTED,
} from './slope.ts';

export interface Fit extends Slope {
  readonly turn: Turn;
  /** By how many errors it fits better than the pattern as given; null: the two are too much alike to be told apart. */
  readonly better: number | null;
}

/** Two patterns whose difference has a smaller part of the power are alike. */
const ALIKE = 0.02;

/** With so many errors the pattern as given is there; turns that show less than half of it cannot be the right ones. */
const CLEAR = 8;

/** How the rows of `u` and of what was seen stand, and what the error is measured with. */
export interface Comparison {
  readonly firstRow: FirstRow;
  readonly shifts: readonly Shift[];
  readonly correlator: Correlator;
}

/**
 * The pattern `u` in each of `turns`, the first of which is as given. Where that one is clearly right, turns that show
 * less than half of it are left out: most runs need to wait for no more.
 */
export function fitsOf(u: Float32Array, turns: readonly Turn[], seen: Evidence, comparison: Comparison): Fit[] {
  const { firstRow, shifts, correlator } = comparison;
  const given: Fit = { turn: turns[0]!, better: null, ...slopeOf(u, seen, shifts, correlator) };
  const { power } = correlator.sums(u, seen, [UNSHIFTED])[0]!;
  const others = turns.slice(1).flatMap((turn) => {
    const other = turnPixels(turn, u, seen, firstRow);
    if (given.z >= CLEAR && 2 * slopeAlone(other, seen, correlator) < given.slope) return [];
    const better = betterBy(other, u, power, seen, comparison);
    return [{ turn, ...slopeOf(other, seen, shifts, correlator), better }];
  });
  return [given, ...others];
}

/** The paired test: with d = other - u and m = (other + u) / 2, the slope of the excess less m level on d, in errors. */
function betterBy(
  other: Float32Array,
  u: Float32Array,
  power: number,
  seen: Evidence,
  { shifts, correlator }: Comparison,
): number | null {
  const d = new Float32Array(u.length);
  const left = new Float32Array(u.length);
  for (let i = 0; i < d.length; i++) {
    d[i] = other[i]! - u[i]!;
    left[i] = seen.excess[i]! - ((other[i]! + u[i]!) / 2) * seen.level[i]!;
  }
  if (correlator.sums(d, seen, [UNSHIFTED])[0]!.power < ALIKE * power) return null;
  const { error } = slopeOf(d, seen, shifts, correlator);
  return judged(slopeAlone(d, { ...seen, excess: left }, correlator), [error]).z;
}
