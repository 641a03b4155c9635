/**
 * Which exposures have a row of their own in `report.json` and in the table of the page, where there are too many for all:
 * those that ask for a look, and of the others one in so many. Totals, panels and the CSV are of all.
 */

import type { ReportExposure } from './record.ts';

/** Up to so many all have one: a program reads a JSON of that length as one text (200 MB), a browser shows it. */
const ALL_ROWS = 200_000;

/** Rows otherwise, and how many of them may be of exposures that failed or are suspect. */
const ROWS = 20_000;
const ASKING = 10_000;

/** Places in the list, in its order. */
export function selection(exposures: readonly Pick<ReportExposure, 'fault' | 'suspect'>[]): number[] {
  const all = exposures.map((_, i) => i);
  if (all.length <= ALL_ROWS) return all;
  const asks = (i: number): boolean => exposures[i]!.fault !== undefined || exposures[i]!.suspect.length > 0;
  const asking = spread(all.filter(asks), ASKING);
  const others = spread(
    all.filter((i) => !asks(i)),
    ROWS - asking.length,
  );
  return [...asking, ...others].sort((a, b) => a - b);
}

/** So many at most, evenly from the first on. */
const spread = (places: readonly number[], most: number): number[] =>
  places.length <= most
    ? [...places]
    : Array.from({ length: most }, (_, i) => places[Math.floor((i * places.length) / most)]!);
