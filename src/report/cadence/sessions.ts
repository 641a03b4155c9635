/** Sessions: stretches of acquisition without a long pause. */

/** Longer than a change of the grid, shorter than a day off: a pause that ends a session, ms. */
export const PAUSE = 4 * 3600 * 1000;

/** @param times ms since 1970, in any order; each session comes oldest first */
export function sessionsOf(times: readonly number[]): number[][] {
  const sessions: number[][] = [];
  for (const time of times.toSorted((a, b) => a - b)) {
    const session = sessions.at(-1);
    if (session && time - session.at(-1)! <= PAUSE) session.push(time);
    else sessions.push([time]);
  }
  return sessions;
}
