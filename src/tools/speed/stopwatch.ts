/** Timing of one task again and again: the median counts, since the machine has other things to do. */

import { median } from '../../model/rank.ts';

/** How often each task is done. */
export const TURNS = 5;

/** Seconds that `work` takes. */
export function clocked(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

/** The median of several turns, s. */
export const inTurns = (work: () => void): number => median(Array.from({ length: TURNS }, () => clocked(work)));
