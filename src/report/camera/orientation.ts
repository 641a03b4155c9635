/**
 * Are the references turned or flipped? The columns that the raw images share are held against what the columns of
 * 1 / norm would be in each orientation. Columns look the same after a flip from top to bottom, so that the eight
 * orientations fall into four that can be told apart.
 */

import type { Columns, SurveyedColumns } from '../../correct/observe/survey.ts';
import { described, number, type Of, oneOf, record } from '../../model/schema.ts';
import { inParts, likeness, signal } from './fixed-pattern.ts';

export const ORIENTATIONS = [
  'as given',
  'flipped left to right, or turned by 180 degrees',
  'turned by 90 degrees or transposed',
  'turned by 90 degrees the other way, or transposed over the other diagonal',
] as const;

export type Orientation = (typeof ORIENTATIONS)[number];

export const orientationFitSchema = record({
  orientation: oneOf(ORIENTATIONS),
  correlation: described(number, 'with the columns of the raw images'),
});

export type OrientationFit = Of<typeof orientationFitSchema>;

/** Those in which the reference has columns to compare, the best first. */
export function orientationsOf(survey: SurveyedColumns): OrientationFit[] {
  const { raw, dark, sensitivity, sensitivityRows: rows } = survey;
  const seen = inParts(signal(raw, dark));
  // Turned by 90 degrees only square references have the size of their exposures.
  const square = rows !== null && rows[0].length === sensitivity[0].length;
  const columns: readonly (Columns | null)[] = [
    sensitivity,
    reversed(sensitivity),
    square ? rows : null,
    square ? reversed(rows) : null,
  ];
  return columns
    .flatMap((each, i) => {
      const correlation = each && likeness(seen, inParts(each));
      return correlation === null ? [] : [{ orientation: ORIENTATIONS[i]!, correlation }];
    })
    .sort((a, b) => b.correlation - a.correlation);
}

const reversed = ([even, odd]: Columns): Columns => [even.toReversed(), odd.toReversed()];
