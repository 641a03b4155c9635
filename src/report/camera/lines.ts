/**
 * Rows and columns that are off, whole or by half, and steps between groups of them. Each line is cut into parts, each part is
 * compared with the same part of the lines around, and the median over the parts decides: neither a stuck pixel, which
 * spoils one part, nor a specimen makes a line bad.
 */

import { partsOf } from '../../correct/observe/evenness.ts';
import type { SurveyedColumns } from '../../correct/observe/survey.ts';
import { median } from '../../model/rank.ts';
import { described, number, type Of, oneOf, record, whole } from '../../model/schema.ts';

const amountOff = described(number, 'parts of the level around: -1 is dead');

export const lineSchema = record({
  line: oneOf(['row', 'column']),
  at: described(whole, "in the references' order of rows"),
  from: described(whole, 'first pixel along the line that is off'),
  to: described(whole, 'the one behind the last'),
  off: amountOff,
});

export type BadLine = Of<typeof lineSchema>;

export const edgeSchema = record({
  between: oneOf(['rows', 'columns']),
  at: described(whole, 'the first row or column behind the step'),
  half: described(oneOf(['first', 'last']), 'of the rows or columns along which it runs'),
  part: described(number, 'how much higher it is behind: parts of the mean'),
});

export type Edge = Of<typeof edgeSchema>;

/** A line is bad that is off by so much, parts of the level around. */
const OFF = 0.01;

/** A step that is said, parts of the mean. */
const STEP = 0.005;

/** And both by so many robust deviations of all lines: nothing reaches that by chance, nor what was photographed. */
const BEYOND = 8;

/** Lines on either side that a line is compared with. */
const AROUND = 24;

/** At the ends at least these: there are none on the other side, and the beam falls off. */
const FEWEST_AROUND = 4;

/** By so many times the usual limit one of the last lines must be off. */
const AT_AN_END = 3;

/** Lines on either side of a step whose means it lies between. */
const SIDE = 12;

/**
 * And that its parts agree on: all but one in eight are off by half of the median at least, to the same side. What was
 * photographed differs from part to part.
 */
const AGREE = 7 / 8;

/** Parts that a median over a half needs: two good ones outvote a spoilt one. */
const FEWEST_PARTS = 3;

/** Lines on either side in which a step has happened that is the camera's, and the part of it: edges in a specimen are softer. */
const NEAR = 3;
const SHARP = 0.6;

/** What stands in the way of figures: fewer lines tell nothing of what is usual. */
const FEWEST_LINES = 4 * AROUND;

/** `value(part, line)`: mean counts. */
interface Grid {
  readonly line: BadLine['line'];
  readonly lines: number;
  readonly parts: number;
  /** px along a line. */
  readonly length: number;
  readonly partLength: number;
  readonly value: (part: number, line: number) => number;
}

function gridsOf({ width, height, grids }: SurveyedColumns): Grid[] {
  if (!grids) return [];
  const { band, bands, segment, segments } = partsOf({ width, height });
  return [
    {
      ...{ line: 'column', lines: width, parts: bands, length: height, partLength: band },
      value: (part, line) => grids.columns[part * width + line]!,
    },
    {
      ...{ line: 'row', lines: height, parts: segments, length: width, partLength: segment },
      value: (part, line) => grids.rows[line * segments + part]!,
    },
  ];
}

const worked = new WeakMap<SurveyedColumns, readonly BadLine[]>();

/** All that are bad; worked out once for all who ask. */
export function badLines(survey: SurveyedColumns): readonly BadLine[] {
  let lines = worked.get(survey);
  if (!lines) {
    lines = gridsOf(survey).flatMap(linesOf);
    worked.set(survey, lines);
  }
  return lines;
}

const halvesOf = (parts: number): [number, number][] => [
  [0, parts >> 1],
  [(parts + 1) >> 1, parts],
];

function linesOf(grid: Grid): BadLine[] {
  const { line, lines, parts, length, partLength } = grid;
  const [[, half]] = halvesOf(parts) as [[number, number]];
  if (lines < FEWEST_LINES || half < FEWEST_PARTS) return [];
  const relative = Array.from({ length: parts }, (_, part) =>
    againstAround(Float64Array.from({ length: lines }, (_, at) => grid.value(part, at))),
  );
  const over = (from: number, to: number) => {
    const its = relative.slice(from, to);
    const offs = overParts(its);
    const limit = Math.max(OFF, BEYOND * deviation(offs));
    const isBad = (at: number): boolean => {
      const isLast = Math.min(at, lines - 1 - at) < FEWEST_AROUND;
      return Math.abs(offs[at]!) >= (isLast ? AT_AN_END : 1) * limit && agree(its, at, offs[at]!);
    };
    return { offs, isBad, from, to };
  };
  const all = over(0, parts);
  const halves = halvesOf(parts).map(([from, to]) => over(from, to));
  const found: BadLine[] = [];
  for (let at = 0; at < lines; at++) {
    // Half a bad line can pull the median of the whole with it.
    const bad = halves.filter(({ isBad }) => isBad(at));
    const [its] = bad.length === 1 ? bad : bad.length === 2 || all.isBad(at) ? [all] : [];
    if (!its) continue;
    const stretch = { from: its.from * partLength, to: Math.min(length, its.to * partLength) };
    found.push({ line, at, ...stretch, off: its.offs[at]! });
  }
  return found;
}

/** Steps between rows and between columns, anywhere; the middle of the picture is also looked at box by box. */
export const edgesOf = (survey: SurveyedColumns): Edge[] => gridsOf(survey).flatMap(edgesIn);

function edgesIn(grid: Grid): Edge[] {
  const { line, lines, parts } = grid;
  const edges: Edge[] = [];
  for (const [i, [from, to]] of halvesOf(parts).entries()) {
    if (lines < FEWEST_LINES || to - from < FEWEST_PARTS) continue;
    const levels = Array.from({ length: to - from }, (_, k) => {
      const values = Float64Array.from({ length: lines }, (_, at) => grid.value(from + k, at));
      const mean = values.reduce((sum, x) => sum + x, 0) / lines;
      return withoutBad(values.map((x) => (mean > 0 ? x / mean : 0)));
    });
    const its = levels.map((level) => stepsIn(level));
    const steps = overParts(its);
    const sharp = overParts(levels.map((level) => stepsIn(level, NEAR)));
    const limit = Math.max(STEP, BEYOND * deviation(steps));
    const isStep = (at: number): boolean => agree(its, at, steps[at]!) && sharp[at]! / steps[at]! >= SHARP;
    const half = (['first', 'last'] as const)[i]!;
    for (const at of peaks(steps, limit))
      if (isStep(at)) edges.push({ between: `${line}s`, at, half, part: steps[at]! });
  }
  return edges;
}

/** From the mean of the lines in front of each to that of those from it on, less what the slope explains. */
function stepsIn(level: Float64Array, side = SIDE): Float64Array {
  const sums = new Float64Array(level.length + 1);
  for (let i = 0; i < level.length; i++) sums[i + 1] = sums[i]! + level[i]!;
  const rise = (at: number): number => (sums[at + side]! - 2 * sums[at]! + sums[at - side]!) / side;
  const steps = new Float64Array(level.length);
  for (let at = 2 * SIDE; at + 2 * SIDE <= level.length; at++)
    steps[at] = rise(at) - (rise(at - side) + rise(at + side)) / 2;
  return steps;
}

/** The largest first; what is near a larger one is its shadow. */
function peaks(steps: Float64Array, limit: number): number[] {
  const over = Array.from(steps.keys()).filter((at) => Math.abs(steps[at]!) >= limit);
  over.sort((a, b) => Math.abs(steps[b]!) - Math.abs(steps[a]!));
  const found: number[] = [];
  for (const at of over) if (found.every((other) => Math.abs(other - at) > 2 * SIDE)) found.push(at);
  return found.sort((a, b) => a - b);
}

/** A bad line is no step: it gets the level around it. */
const withoutBad = (level: Float64Array): Float64Array => {
  const offs = againstAround(level);
  const limit = BEYOND * deviation(offs);
  return level.map((x, at) => (Math.abs(offs[at]!) > limit ? x / (1 + offs[at]!) : x));
};

function agree(parts: readonly Float64Array[], at: number, off: number): boolean {
  const alike = parts.filter((part) => part[at]! / off >= 1 / 2).length;
  return alike >= Math.ceil(AGREE * parts.length);
}

/** The median over the parts, the lower one of two in the middle: so few are sorted faster than by the library. */
function overParts(parts: readonly Float64Array[]): Float64Array {
  const sorted = new Float64Array(parts.length);
  const middle = (parts.length - 1) >> 1;
  return parts[0]!.map((_, at) => {
    for (let i = 0; i < parts.length; i++) {
      const value = parts[i]![at]!;
      let to = i;
      for (; to > 0 && sorted[to - 1]! > value; to--) sorted[to] = sorted[to - 1]!;
      sorted[to] = value;
    }
    return sorted[middle]!;
  });
}

const deviation = (values: Float64Array): number => {
  const middle = median(values, 0);
  return (
    1.4826 *
    median(
      values.map((x) => Math.abs(x - middle)),
      0,
    )
  );
};

/** Each value against the median of as many on either side and itself, in parts of it. */
function againstAround(values: Float64Array): Float64Array {
  const last = values.length - 1;
  let window: number[] = [];
  return values.map((value, at) => {
    const side = Math.max(FEWEST_AROUND, Math.min(AROUND, at, last - at));
    if (side < AROUND || at === AROUND) {
      window = Array.from(values.slice(Math.max(0, at - side), at + side + 1).sort());
    } else {
      window.splice(place(window, values[at + AROUND]!), 0, values[at + AROUND]!);
      window.splice(place(window, values[at - AROUND - 1]!), 1);
    }
    const middle = window[(window.length - 1) >> 1]!;
    return middle > 0 ? value / middle - 1 : 0;
  });
}

/** The first place whose value is not below. */
function place(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
