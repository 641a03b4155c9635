/** The files of a report in an output folder, and what may be replaced by each: those of earlier reports, nobody else's. */

import path from 'node:path';
import { permitText, type Target, type TextMark } from '../files/ownership.ts';
import { Fault } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';

const MARKS = {
  'report.json': 'figures',
  'exposures.csv': 'table',
  'report.html': 'page',
} as const satisfies Record<string, TextMark>;

export type FileName = keyof typeof MARKS;

export const FILES = Object.keys(MARKS) as FileName[];

export const placeOf = (folder: string, name: FileName): Target<TextMark> => ({
  file: path.join(folder, name),
  within: folder,
  replaces: MARKS[name],
  way: 'go without this part of the report',
});

/** What speaks against writing the reports into a folder: files of others with their names. */
export function reportsInTheWay(folder: string): string[] {
  return FILES.flatMap((name) => {
    try {
      permitText(placeOf(folder, name));
      return [];
    } catch (error) {
      if (error instanceof Fault) return [error.message];
      if (!systemError(error)) throw error;
      return [];
    }
  });
}
