/** What differs between the reports of two runs that did the same: everything but times, and where it was done. */

import type { Report } from '../../src/report/shape.ts';

/** Values that are times, or follow from them; and the names of folders and processes. */
const TIMES =
  /^\/(made|timeSaved|stages|pool|busy|transfer)(\/|$)|\/(seconds|recorded|started|finished|command|outputFolder|host|exposuresPerSecond|megabytesPerSecond|array)(\/|$)|^\/days\//;

/** Figures of the camera are made of means: sums of float32 in another order. */
const ROUNDED = /^\/camera\//;

/** As parts of what is compared, or, for what is near 0, counts and parts of the mean. */
const [RELATIVE, ABSOLUTE] = [1e-3, 1e-3];

/** By their paths in the JSON. */
export function differences(one: Report, other: Report): string[] {
  const found: string[] = [];
  const compare = (a: unknown, b: unknown, at: string): void => {
    if (TIMES.test(at)) return;
    if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
      const names = new Set([...Object.keys(a), ...Object.keys(b)]);
      for (const name of names) {
        compare((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name], `${at}/${name}`);
      }
    } else if (typeof a === 'number' && typeof b === 'number' && ROUNDED.test(at) && !Number.isInteger(a)) {
      if (Math.abs(a - b) > ABSOLUTE + RELATIVE * Math.abs(a)) found.push(`${at}: ${a}, ${b}`);
    } else if (a !== b) found.push(`${at}: ${a}, ${b}`);
  };
  compare(one, other, '');
  return found;
}
