/** What the survey of a session says of the camera and its references, as figures and in plain sentences. */

import type { Pictures } from '../journal/pictures.ts';
import { brokenColumns, patternsOf, type Seam, seams } from './fixed-pattern.ts';
import { type HotPixels, hotPixels } from './hot-pixels.ts';

export interface CameraReport {
  /** In the survey. */
  readonly exposures: number;
  /** Which row of the picture is row 0; null: rows as they are stored. */
  readonly firstRow: 'bottom' | 'top' | null;
  readonly columns: Readonly<Record<'raw' | 'corrected', ColumnFigures>>;
  readonly seams: Readonly<Record<'raw' | 'corrected', readonly Seam[]>>;
  readonly hotPixels: HotPixels;
  /** Columns that are far from their neighbours when corrected, which no map of defects has repaired. */
  readonly brokenColumns: readonly number[];
  /** What a person should look at. */
  readonly warnings: readonly string[];
}

export interface ColumnFigures {
  /** Standard deviation from column to column, parts of the mean. */
  readonly strength: number;
  readonly correlation: number | null;
}

/** Columns and steps that the eye sees in an image, parts of the mean. */
const COLUMNS_SEEN = 0.004;
const STEP_SEEN = 0.003;

/** Times what is usual elsewhere. */
const STANDS_OUT = 5;

const ALIKE = 0.5;

/** Columns that a warning names. */
const NAMED = 8;

export function cameraOf({ survey, mean }: Pictures): CameraReport | null {
  if (!survey) return null;
  const { raw, corrected } = patternsOf(survey);
  const figures = ({ strength, correlation }: ColumnFigures): ColumnFigures => ({ strength, correlation });
  const columns = { raw: figures(raw), corrected: figures(corrected) };
  const steps = {
    raw: mean ? seams(mean, 'raw', survey) : [],
    corrected: mean ? seams(mean, 'corrected', survey) : [],
  };
  const broken = brokenColumns(corrected);
  return {
    exposures: survey.exposures,
    firstRow: survey.firstRow,
    columns,
    seams: steps,
    hotPixels: hotPixels(survey),
    brokenColumns: broken,
    warnings: [...columnWarnings(columns), ...brokenWarnings(broken), ...seamWarnings(steps.corrected)],
  };
}

function columnWarnings({ raw, corrected }: CameraReport['columns']): string[] {
  const warnings: string[] = [];
  const left = `columns of ${percent(corrected.strength)} of the mean (raw: ${percent(raw.strength)})`;
  if (corrected.strength >= COLUMNS_SEEN) {
    const pattern = Math.abs(corrected.correlation ?? 0) >= ALIKE;
    warnings.push(
      pattern
        ? `The corrected images still carry the pattern of the norm, ${left}: wrong reference? Take new ones, with this camera mode.`
        : `The corrected images have ${left} that are not those of the norm: has the camera changed since? Take new references.`,
    );
  }
  if (raw.correlation !== null && raw.correlation < ALIKE && raw.strength >= COLUMNS_SEEN) {
    warnings.push(
      `The raw images do not show the columns of the norm (correlation ${raw.correlation.toFixed(2)}): is it that of another camera or mode, or turned over?`,
    );
  }
  return warnings;
}

function brokenWarnings(broken: readonly number[]): string[] {
  if (broken.length === 0) return [];
  const named = `${broken.slice(0, NAMED).join(', ')}${broken.length > NAMED ? ` and ${broken.length - NAMED} more` : ''}`;
  return [
    `${broken.length === 1 ? 'A column is' : `${broken.length} columns are`} far from the neighbours in all corrected images (${named}): make a map of defects, see below.`,
  ];
}

export const standsOut = ({ part, usual }: Seam): boolean =>
  Math.abs(part) >= STEP_SEEN && Math.abs(part) >= STANDS_OUT * usual;

function seamWarnings(corrected: readonly Seam[]): string[] {
  const found = corrected.filter(standsOut);
  if (found.length === 0) return [];
  const where = found.map(({ along, part }) => `${percent(part)} along the ${along}`).join(', ');
  return [
    `The corrected images have a step in the middle, where two readouts meet (${where}): dark or norm do not fit. Take new references.`,
  ];
}

/** 0.0213 as `2.1 %`. */
export const percent = (part: number): string => {
  const value = 100 * part;
  return `${value.toFixed(Math.abs(value) < 0.995 ? 2 : 1)}\u00a0%`;
};
