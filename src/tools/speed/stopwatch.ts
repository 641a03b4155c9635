/** Timing of one task again and again: what is told is the middle, since the machine has other things to do. */

/** How often each task is done. */
export const TURNS = 5;

/** Seconds that `work` takes. */
export function clocked(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

export const middle = (seconds: readonly number[]): number => seconds.toSorted((a, b) => a - b)[seconds.length >> 1]!;

/** The middle of several turns, s. */
export const inTurns = (work: () => void): number => middle(Array.from({ length: TURNS }, () => clocked(work)));
