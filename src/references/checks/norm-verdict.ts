/** What the slopes of a norm come to: the rules, in their order. */

import type { Turn } from '../turns.ts';
import type { Fit } from './fits.ts';
import type { Slope } from './slope.ts';

export type NormVerdict =
  | { readonly verdict: 'right' | 'weak' | 'cannot tell' | 'already corrected' | 'inverted' | 'absent' }
  | { readonly verdict: 'turned' | 'inverted and turned'; readonly turn: Turn };

/** Errors from which on a pattern is there, and from which on something is said against a reference. */
const THERE = 5;
const CERTAIN = 6;
/** Where the right pattern would have fewer errors, nothing is said; so many it must have before it is said to be absent. */
const TELLING = 12;
const MISSED = 25;
/** A pattern with a smaller slope becomes stronger when the norm multiplies: (1 - b)^2 > b^2. */
const HELPS = 0.5;
/** Where the slope may be this much, it is not absent. */
const TRACE = 0.15;

/** The pattern is in blocks, columns or rows, though it is hidden by the norm's own noise in single pixels. */
const IN_LARGER = 3;

/**
 * @param fits the first one is as given; it may stand alone where it is clearly right
 * @param larger of the pattern in blocks, columns and rows, as given
 */
export function normVerdict(fits: readonly Fit[], larger: readonly Slope[]): NormVerdict {
  const given = fits[0]!;
  const best = fits.reduce((most, each) => (each.z > most.z ? each : most));
  if (best !== given && best.z >= CERTAIN && best.better !== null && best.better >= CERTAIN) {
    return { verdict: 'turned', turn: best.turn };
  }
  if (given.z >= THERE) return { verdict: given.slope + 3 * given.error >= HELPS ? 'right' : 'weak' };
  if (given.expected < TELLING) return { verdict: 'cannot tell' };
  if (given.z <= -CERTAIN) return { verdict: given.slope <= -HELPS ? 'inverted' : 'already corrected' };
  const upsideDown = fits.find(({ z, slope }) => z <= -CERTAIN && slope <= -HELPS);
  if (upsideDown) return { verdict: 'inverted and turned', turn: upsideDown.turn };
  const absent =
    given.expected >= MISSED &&
    fits.every(({ z }) => z < THERE) &&
    given.slope + 2 * given.error < TRACE &&
    larger.every(({ z }) => z < IN_LARGER);
  return { verdict: absent ? 'absent' : 'cannot tell' };
}
