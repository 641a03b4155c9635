/** The defects that a session shows, as a mask in the order of the references' rows. */

import type { Surveyed } from '../../correct/observe/survey.ts';
import { DefectMask } from '../../references/defects.ts';
import { brokenColumns, patternsOf } from './fixed-pattern.ts';
import { hot } from './hot-pixels.ts';

export interface Proposed {
  readonly mask: DefectMask;
  /** Pixels, and columns that are broken as a whole. */
  readonly hot: number;
  readonly columns: number;
}

export function proposedDefects(survey: Surveyed): Proposed {
  const { width, height } = survey;
  const mask = new DefectMask(width, height);
  const pixels = hot(survey);
  for (const i of pixels) mask.mark(Math.floor(i / width), i % width);
  const columns = brokenColumns(patternsOf(survey).corrected);
  for (const col of columns) for (let row = 0; row < height; row++) mask.mark(row, col);
  return { mask, hot: pixels.length, columns: columns.length };
}
