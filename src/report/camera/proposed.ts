/** The defects that a session shows, as a mask in the order of the references' rows. */

import type { Surveyed, SurveyedColumns } from '../../correct/observe/survey.ts';
import { DefectMask } from '../../references/defects.ts';
import { badPixelsOf } from './bad-pixels.ts';
import { brokenColumns, patternsOf } from './fixed-pattern.ts';
import { hot } from './hot-pixels.ts';
import { badLines } from './lines.ts';

export interface Proposed {
  readonly mask: DefectMask;
  /** Pixels, and columns and rows that are bad as a whole or by half. */
  readonly hot: number;
  readonly dead: number;
  readonly stuck: number;
  readonly columns: number;
  readonly rows: number;
}

/** Columns that are far from their neighbours: by medians, or as a version found them that kept no more than sums. */
export const broken = (survey: SurveyedColumns): readonly number[] =>
  survey.grids
    ? badLines(survey)
        .filter(({ line }) => line === 'column')
        .map(({ at }) => at)
    : brokenColumns(patternsOf(survey).corrected);

export function proposedDefects(survey: Surveyed): Proposed {
  const { width, height } = survey;
  const mask = new DefectMask(width, height);
  const pixels = hot(survey);
  for (const i of pixels) mask.mark(Math.floor(i / width), i % width);
  const { pixels: bad, times } = badPixelsOf(survey);
  for (const i of bad) mask.mark(Math.floor(i / width), i % width);
  const lines = badLines(survey);
  const columns = broken(survey);
  if (!survey.grids) for (const col of columns) for (let row = 0; row < height; row++) mask.mark(row, col);
  for (const { line, at, from, to } of lines)
    for (let i = from; i < to; i++) line === 'column' ? mask.mark(i, at) : mask.mark(at, i);
  return {
    ...{ mask, hot: pixels.length, columns: columns.length },
    dead: times.filter((each) => each < 0).length,
    stuck: times.filter((each) => each > 0).length,
    rows: lines.filter(({ line }) => line === 'row').length,
  };
}
