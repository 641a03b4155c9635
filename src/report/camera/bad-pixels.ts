/**
 * Dead and stuck pixels: those that were far from the level around them, always to the same side, in more exposures than
 * chance allows (as for hot pixels, see there) and in half of them at least. Those that touch form a cluster. Pixels of rows and columns that
 * are bad are left to these.
 */

import type { SurveyedColumns } from '../../correct/observe/survey.ts';
import { described, list, type Of, record, whole } from '../../model/schema.ts';
import { limitOf } from './hot-pixels.ts';
import { badLines } from './lines.ts';

/** Fewer exposures show the specimen as well. */
const FEWEST_EXPOSURES = 6;

/** A larger one is more likely something that never moved, such as a beam stop. */
const LARGEST_CLUSTER = 64;

/** Listed at most; all are counted, and stand in the map. */
const LISTED = 1000;

const badPixel = record({
  row: described(whole, "in the references' order of rows"),
  col: whole,
  times: described(whole, 'exposures in which it was far from the level around it; 127: that many or more'),
});

const cluster = record({
  row: described(whole, 'of the first pixel'),
  col: described(whole, 'of the leftmost pixel'),
  pixels: whole,
});

export const badPixelsSchema = record({
  exposures: described(whole, 'in which pixels were compared with the level around them'),
  dead: described(whole, 'below a quarter of the level around'),
  stuck: described(whole, 'above twice the level around, and left by despike: stuck, saturated, or in a hot cluster'),
  clusters: described(list(cluster), 'pixels that touch, four or more; the largest first'),
  left: described(whole, 'pixels of larger patches that are always dark or bright: they are named nowhere else'),
  pixels: described(list(badPixel), 'row by row, at most 1000'),
});

export type BadPixels = Of<typeof badPixelsSchema>;

/** row * width + column, rising, and how often: below 0 dark. */
export interface Bad {
  readonly pixels: readonly number[];
  readonly times: readonly number[];
  readonly clusters: BadPixels['clusters'];
  readonly left: number;
}

const NONE: Bad = { pixels: [], times: [], clusters: [], left: 0 };

const worked = new WeakMap<SurveyedColumns, Bad>();

/** Worked out once for all who ask. */
export function badPixelsOf(survey: SurveyedColumns): Bad {
  let bad = worked.get(survey);
  if (!bad) {
    bad = find(survey);
    worked.set(survey, bad);
  }
  return bad;
}

export function badPixels(survey: SurveyedColumns): BadPixels {
  const { pixels, times, clusters, left } = badPixelsOf(survey);
  return {
    exposures: survey.far?.exposures ?? 0,
    dead: times.filter((each) => each < 0).length,
    stuck: times.filter((each) => each > 0).length,
    ...{ clusters, left },
    pixels: pixels.slice(0, LISTED).map((pixel, i) => ({
      row: Math.floor(pixel / survey.width),
      col: pixel % survey.width,
      times: Math.abs(times[i]!),
    })),
  };
}

function find(survey: SurveyedColumns): Bad {
  const { far, width, height } = survey;
  if (!far || far.exposures < FEWEST_EXPOSURES) return NONE;
  const size = width * height;
  const least = Math.max(limitOf(far.exposures, far.events / (far.exposures * size), size), far.exposures / 2);
  if (least > far.exposures) return NONE;
  const known = new Map<number, number>();
  const inLine = linesHold(survey);
  for (const [i, pixel] of far.pixels.entries()) {
    if (Math.abs(far.counts[i]!) < Math.min(127, least)) continue;
    if (!inLine(Math.floor(pixel / width), pixel % width)) known.set(pixel, far.counts[i]!);
  }
  const groups = grouped(known, width);
  const good = groups.filter((group) => group.length <= LARGEST_CLUSTER);
  const pixels = good.flat().sort((a, b) => a - b);
  const clusters = good
    .filter((group) => group.length >= 4)
    .sort((a, b) => b.length - a.length)
    .map((group) => ({
      row: Math.floor(Math.min(...group) / width),
      col: Math.min(...group.map((pixel) => pixel % width)),
      pixels: group.length,
    }));
  return { pixels, times: pixels.map((pixel) => known.get(pixel)!), clusters, left: known.size - pixels.length };
}

function linesHold(survey: SurveyedColumns): (row: number, col: number) => boolean {
  const [rows, columns] = [new Map<number, [number, number]>(), new Map<number, [number, number]>()];
  for (const { line, at, from, to } of badLines(survey)) (line === 'row' ? rows : columns).set(at, [from, to]);
  const holds = (stretch: [number, number] | undefined, at: number): boolean =>
    stretch !== undefined && at >= stretch[0] && at < stretch[1];
  return (row, col) => holds(rows.get(row), col) || holds(columns.get(col), row);
}

/** Pixels that touch, corners too. */
function grouped(known: ReadonlyMap<number, number>, width: number): number[][] {
  const seen = new Set<number>();
  const groups: number[][] = [];
  for (const start of known.keys()) {
    if (seen.has(start)) continue;
    seen.add(start);
    const group = [start];
    for (let i = 0; i < group.length; i++) {
      const col = group[i]! % width;
      for (const down of [-width, 0, width])
        for (let x = Math.max(0, col - 1); x <= Math.min(width - 1, col + 1); x++) {
          const other = group[i]! - col + down + x;
          if (!known.has(other) || seen.has(other)) continue;
          seen.add(other);
          group.push(other);
        }
    }
    groups.push(group);
  }
  return groups;
}
