/**
 * What a camera leaves in all exposures alike, before and after: columns, and steps where two readouts meet. A correction
 * with the right references leaves nothing of either.
 */

import type { Columns, SurveyedColumns } from '../../correct/observe/survey.ts';
import type { MeanImage } from '../../journal/mean-image.ts';
import { median } from '../../model/rank.ts';
import { described, number, type Of, oneOf, record } from '../../model/schema.ts';

/** Columns on either side that a column is compared with: near enough to be lit the same. */
const NEIGHBOURS = 8;

/** The same for columns that are broken: more of them may lie side by side. */
const WIDE = 24;

/** Deviations beyond which a column is bad rather than patterned: it counts as that far. */
const FAR = 5;

/** Parts of the mean. */
export interface ColumnPattern {
  /** Each column against its neighbours. */
  readonly profile: Float64Array;
  /** Standard deviation of the columns, without what is chance. */
  readonly strength: number;
  /** Correlation with the columns of the camera's sensitivity, 1 / norm, see `likeness`. */
  readonly correlation: number | null;
  /** What is certain of both, see `certainty`. */
  readonly certain: Certainty;
  /** Columns that are broken rather than patterned, see `brokenIn`. */
  readonly broken: readonly number[];
}

/** How far chance, and what was photographed, may have moved the figures: few exposures of few counts prove nothing. */
export interface Certainty {
  /** The strength is at least this; parts of the mean. */
  readonly leastStrength: number;
  /** Of the columns of the norm, at most this part is in what was seen: 1 where they fit. Null: the norm has no columns. */
  readonly mostOfNorm: number | null;
}

/** Below this the norm has no columns to speak of. */
const FLAT = 0.0005;

export function columnPattern(counts: Columns, sensitivity: Columns): ColumnPattern {
  const halves = inParts(counts);
  const reference = inParts(sensitivity);
  return {
    profile: mean(halves),
    strength: strengthOf(halves),
    correlation: likeness(halves, reference),
    certain: certainty(halves, reference),
    broken: brokenIn(counts),
  };
}

type Halves = readonly [Float64Array, Float64Array];

/** Each half of what was counted, against the neighbours. */
export const inParts = ([even, odd]: Columns): Halves => [relative(even), relative(odd)];

/** Both halves show the pattern, each with its own chance: what they share is the pattern. */
const strengthOf = ([even, odd]: Halves): number => Math.sqrt(Math.max(0, covariance(limited(even), limited(odd))));

/**
 * Pearson's correlation of two patterns, as it would be without chance: divided by what the halves share rather than by all
 * that they show (Spearman 1904, Am. J. Psychol. 15, 72), so that few counts do not look like another camera. Null: one of
 * the two has no pattern.
 */
export function likeness(seen: Halves, reference: Halves): number | null {
  const spread = strengthOf(seen) * strengthOf(reference);
  if (spread === 0 || strengthOf(reference) < FLAT) return null;
  return Math.max(-1, Math.min(1, covariance(limited(mean(reference)), limited(mean(seen))) / spread));
}

/** Errors that nothing reaches by chance in hundreds of sessions. */
const ERRORS = 5;

/**
 * The covariance of the halves has the error s1 s2 / sqrt(n) where they share nothing. The slope of what was seen on the
 * columns of the norm has the error of a regression.
 */
function certainty(seen: Halves, reference: Halves): Certainty {
  const [even, odd] = [limited(seen[0]), limited(seen[1])];
  const columns = Math.max(1, even.length);
  const error = Math.sqrt((covariance(even, even) * covariance(odd, odd)) / columns);
  const leastStrength = Math.sqrt(Math.max(0, covariance(even, odd) - ERRORS * error));
  const shared = strengthOf(reference) ** 2;
  if (shared < FLAT ** 2) return { leastStrength, mostOfNorm: null };
  const [x, y] = [limited(mean(reference)), limited(mean(seen))];
  const slope = covariance(x, y) / shared;
  const rest = y.map((value, i) => value - slope * x[i]!);
  const ofSlope = Math.sqrt(covariance(rest, rest) / columns / shared);
  return { leastStrength, mostOfNorm: slope + ERRORS * ofSlope };
}

export type Patterns = Readonly<Record<'raw' | 'corrected', ColumnPattern>>;

const worked = new WeakMap<SurveyedColumns, Patterns>();

/** Those of a survey, the raw less the dark: worked out once for all who ask. */
export function patternsOf(survey: SurveyedColumns): Patterns {
  let patterns = worked.get(survey);
  if (!patterns) {
    const { raw, corrected, dark, sensitivity } = survey;
    patterns = {
      raw: columnPattern(signal(raw, dark), sensitivity),
      corrected: columnPattern(corrected, sensitivity),
    };
    worked.set(survey, patterns);
  }
  return patterns;
}

/** Counts above the dark. */
export const signal = (counts: Columns, dark: Columns): Columns => [
  counts[0].map((x, col) => x - dark[0][col]!),
  counts[1].map((x, col) => x - dark[1][col]!),
];

const mean = ([a, b]: Halves): Float64Array => a.map((x, i) => (x + b[i]!) / 2);

/** Each column's difference from the median of its neighbours and itself, in parts of that median: a dead one moves no other. */
function relative(columns: Float64Array, neighbours = NEIGHBOURS): Float64Array {
  const parts = new Float64Array(columns.length);
  // In order, and kept so as they change by one: so few are sorted a hundred times as fast as by the library.
  const sorted = new Float64Array(2 * neighbours + 2);
  let count = 0;
  for (let next = 0; next < columns.length + neighbours; next++) {
    if (next < columns.length) {
      let at = count++;
      for (; at > 0 && sorted[at - 1]! > columns[next]!; at--) sorted[at] = sorted[at - 1]!;
      sorted[at] = columns[next]!;
    }
    const gone = next - 2 * neighbours - 1;
    if (gone >= 0) {
      let at = 0;
      while (at < count - 1 && sorted[at] !== columns[gone]) at++;
      count--;
      for (; at < count; at++) sorted[at] = sorted[at + 1]!;
    }
    const col = next - neighbours;
    if (col < 0) continue;
    const around = sorted[(count - 1) >> 1]!;
    parts[col] = around > 0 ? columns[col]! / around - 1 : 0;
  }
  return parts;
}

/** A corrected column that differs at least that much from its neighbours is broken, parts of the mean. */
const BROKEN = 0.03;
/** And at least so many deviations of all columns: noise, a pattern that is left, what was photographed. */
const BEYOND_PATTERN = 10;

/**
 * Columns that are far from their neighbours in both halves of the rows. A single pixel, however hot, is in one half; the
 * smaller of the two figures counts.
 */
function brokenIn([even, odd]: Columns): number[] {
  const [first, second] = [relative(even, WIDE), relative(odd, WIDE)];
  const both = first.map((x, col) => {
    const y = second[col]!;
    return x * y <= 0 ? 0 : Math.sign(x) * Math.min(Math.abs(x), Math.abs(y));
  });
  const usual = mean([first, second]);
  const middle = median(usual, 0);
  const deviation =
    1.4826 *
    median(
      usual.map((x) => Math.abs(x - middle)),
      0,
    );
  const limit = Math.max(BROKEN, BEYOND_PATTERN * deviation);
  return Array.from(both.keys()).filter((col) => Math.abs(both[col]!) > limit);
}

export const brokenColumns = ({ broken }: ColumnPattern): readonly number[] => broken;

function limited(values: Float64Array): Float64Array {
  const middle = median(values, 0);
  const far =
    FAR *
    1.4826 *
    median(
      values.map((x) => Math.abs(x - middle)),
      0,
    );
  return values.map((x) => Math.max(middle - far, Math.min(middle + far, x)));
}

function covariance(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - meanA) * (b[i]! - meanB);
  return sum / a.length;
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** The step where two readouts meet in the middle of the camera, along one half of the line. */
const part = described(number, 'parts of the mean');

export const seamSchema = record({
  along: described(
    oneOf(['first rows', 'last rows', 'first columns', 'last columns']),
    'half of the stored rows or columns along which it is measured',
  ),
  counts: number,
  part,
  usual: described(
    number,
    'how large steps are elsewhere in the picture, by chance and by what was photographed: parts of the mean',
  ),
});

export type Seam = Of<typeof seamSchema>;

export function seams(image: MeanImage, name: 'raw' | 'corrected', { width, height }: SurveyedColumns): Seam[] {
  const counts = image[name];
  const level = counts.reduce((sum, x) => sum + x, 0) / counts.length;
  const at = (row: number, col: number): number => counts[row * image.width + col]!;
  const across = (row: number, col: number): number => at(col, row);
  return [
    ...halves(image.height).map(([first, last], i) => ({
      along: (['first rows', 'last rows'] as const)[i]!,
      ...step(at, first, last, image.width, width / image.box, level),
    })),
    ...halves(image.width).map(([first, last], i) => ({
      along: (['first columns', 'last columns'] as const)[i]!,
      ...step(across, first, last, image.height, height / image.box, level),
    })),
  ];
}

const halves = (boxes: number): [number, number][] => [
  [0, Math.floor(boxes / 2)],
  [Math.ceil(boxes / 2), boxes],
];

/** Steps between one box and the next along the lines `first` to `last`; `boxes`: how many there are in a line, with fractions. */
function step(
  at: (line: number, box: number) => number,
  first: number,
  last: number,
  whole: number,
  boxes: number,
  level: number,
): Omit<Seam, 'along'> {
  const middle = boxes / 2;
  // A box that the seam goes through is left out.
  const [left, right] = [Math.ceil(middle) - 1 - (Number.isInteger(middle) ? 0 : 1), Math.ceil(middle)];
  const measured = between(at, first, last, left, right);
  const others: number[] = [];
  for (let box = 1; box + 2 < whole; box++) {
    if (Math.abs(box - middle) > 4) others.push(between(at, first, last, box, box + right - left));
  }
  const usual = 1.4826 * median(others.map(Math.abs), 0);
  const part = (counts: number): number => (level === 0 ? 0 : counts / level);
  return { counts: measured, part: part(measured), usual: part(usual) };
}

/** From the boxes up to `left` to those from `right` on, less what the slopes on both sides explain: the median over the lines. */
function between(
  at: (line: number, box: number) => number,
  first: number,
  last: number,
  left: number,
  right: number,
): number {
  const steps = new Float64Array(Math.max(0, last - first));
  let known = 0;
  for (let line = first; line < last; line++) {
    const slope = (at(line, left) - at(line, left - 1) + at(line, right + 1) - at(line, right)) / 2;
    const step = at(line, right) - at(line, left) - slope * (right - left);
    if (Number.isFinite(step)) steps[known++] = step;
  }
  return median(steps.subarray(0, known), 0);
}
