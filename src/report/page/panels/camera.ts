/**
 * Is the camera all right? Figures of every exposure in the order in which they were taken, as small multiples; what
 * stands far outside is ringed and leads to its row, and changes of the references are marked.
 */

import type { Counts } from '../../../model/outcome.ts';
import { median, rank } from '../../../model/rank.ts';
import type { ReportExposure } from '../../record.ts';
import type { Report } from '../../shape.ts';
import { chart, Plot, tick } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { digits, whole } from '../wording.ts';
import type { Panel } from './panel.ts';

/** Pixels of that fate per million. */
const ppm =
  (...names: readonly (keyof Counts)[]) =>
  ({ counts, width, height, frames }: ReportExposure): number | null =>
    counts && width && height && frames
      ? (names.reduce((sum, name) => sum + (counts[name] ?? 0), 0) / (width * height * frames)) * 1e6
      : null;

/** `least`: a difference that nobody needs to hear of. */
const FIGURES: readonly {
  name: string;
  unit: string;
  least?: number;
  of: (exposure: ReportExposure) => number | null;
}[] = [
  { name: 'Mean', unit: 'counts', of: ({ statistics }) => statistics?.mean ?? null },
  { name: 'Deviation', unit: 'counts', of: ({ statistics }) => statistics?.deviation ?? null },
  { name: 'Spikes', unit: 'ppm', least: 50, of: ppm('spikes') },
  { name: 'Saturated', unit: 'ppm', least: 50, of: ppm('saturated') },
  { name: 'Clipped low', unit: 'ppm', least: 50, of: ppm('clippedLow') },
  { name: 'Clipped high', unit: 'ppm', least: 50, of: ppm('clippedHigh', 'outOfRange') },
  { name: 'Defects repaired', unit: 'ppm', least: 50, of: ppm('defects') },
  { name: 'Defects left', unit: 'ppm', least: 50, of: ppm('unrepaired') },
  { name: 'Not finite', unit: 'ppm', least: 50, of: ppm('nonFinite') },
];

export const camera: Panel = {
  id: 'camera',
  title: 'The camera',
  short: 'Camera',
  show({ exposures, runs }) {
    // Rows of the table are counted in the order of the report.
    const taken = exposures
      .map((exposure, row) => ({ exposure, row }))
      .filter(({ exposure }) => exposure.counts)
      .sort((a, b) => (a.exposure.taken ?? '').localeCompare(b.exposure.taken ?? ''));
    if (taken.length === 0) return null;
    const changes = changesOfReferences(taken, runs);
    const all = FIGURES.map((each) => ({ ...each, points: pointsOf(taken, each.of) }));
    const shown = all.filter(({ points }) => points.some(({ value }) => value !== 0));
    const quiet = all.filter((each) => !shown.includes(each)).map(({ name }) => name.toLowerCase());
    return html`
<p class="lead">Every exposure in the order in which it was taken. A ring: far outside the others; a triangle: so
far that the axis ends before it. Both lead to their row.${
      changes.length > 0 && html` <span class="change">Dashed: other references from here on.</span>`
    }</p>
<div class="multiples">${shown.map((each) => multiple(each, taken, changes))}</div>
${quiet.length > 0 && html`<p class="note">Nothing at all: ${quiet.join(', ')}.</p>`}`;
  },
};

interface Taken {
  readonly exposure: ReportExposure;
  readonly row: number;
}

interface Point {
  readonly at: number;
  readonly value: number;
  readonly row: number;
  readonly name: string;
}

const pointsOf = (taken: readonly Taken[], of: (exposure: ReportExposure) => number | null): Point[] =>
  taken.flatMap(({ exposure, row }, i) => {
    const value = of(exposure);
    return value === null ? [] : [{ at: i + 1, value, row, name: exposure.output }];
  });

/** Points drawn one by one; more are drawn as a band with a line in it. */
const SINGLE = 400;

function multiple(
  { name, unit, points, least = 0 }: { name: string; unit: string; points: readonly Point[]; least?: number },
  taken: readonly Taken[],
  changes: readonly number[],
): Markup {
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  const middle = rank(sorted, 0.5);
  const limit = limitOf(sorted, least);
  const away = ({ value }: Point): number => Math.abs(value - middle);
  const outside = points.filter((point) => away(point) > limit).sort((a, b) => away(b) - away(a));
  const far = outside.slice(0, RINGS);
  // One outlier must not flatten all others: what is farther than this stands at the edge.
  const reach = 1.5 * limit;
  const [low, high] = [Math.max(sorted[0]!, middle - reach), Math.min(sorted.at(-1)!, middle + reach)];
  const within = ({ value }: Point): number => Math.max(low, Math.min(high, value));
  const beyond = far.filter((point) => away(point) > reach);
  const common = {
    x: 'at',
    stroke: 'var(--bad)',
    fill: 'var(--bad)',
    fillOpacity: 0.15,
    href: ({ row }: Point) => `#exposure-${row}`,
    ariaLabel: said(unit),
    title: said(unit),
  };
  const marks =
    points.length <= SINGLE
      ? [Plot.dot(points, { x: 'at', y: within, r: 1.7, fill: 'var(--accent)', fillOpacity: 0.75, title: said(unit) })]
      : bands(points);
  return html`<figure><figcaption><b>${name}</b> <span>median ${digits(middle)} ${unit}, ${digits(sorted[0]!)} to ${digits(
    sorted.at(-1)!,
  )}${beyond.length > 0 && `, ${whole(beyond.length)} beyond the axis`}</span></figcaption>${chart({
    label: `${name} of each exposure in ${unit}: median ${digits(middle)}, ${whole(far.length)} far outside`,
    width: 480,
    height: 140,
    margins: { top: 10, bottom: 22, left: 52 },
    x: {
      label: null,
      ticks: 5,
      domain: [1, Math.max(2, taken.length)],
      tickFormat: (at: number) => (Number.isInteger(at) ? whole(at) : ''),
    },
    y: {
      label: null,
      ticks: 4,
      grid: true,
      nice: true,
      tickFormat: tick,
      ...(high > low ? { domain: [low, high] } : { ticks: [low] }),
    },
    marks: [
      Plot.ruleX(changes, { stroke: 'var(--look)', strokeDasharray: '4 3' }),
      ...marks,
      Plot.dot(
        far.filter((point) => away(point) <= reach),
        { ...common, y: 'value', r: 4 },
      ),
      Plot.dot(beyond, {
        ...common,
        y: within,
        r: 4,
        symbol: ({ value }: Point) => (value > middle ? 'triangle' : 'triangle2'),
      }),
    ],
  })}</figure>`;
}

const said =
  (unit: string) =>
  ({ name, value }: Point): string =>
    `${name}: ${digits(value)} ${unit}`;

const BUCKETS = 200;

/** From the 5th to the 95th percentile, with the median as a line. */
function bands(points: readonly Point[]): Plot.Markish[] {
  const size = points.length / BUCKETS;
  const parts = Array.from({ length: BUCKETS }, (_, i) => {
    const part = points.slice(Math.floor(i * size), Math.floor((i + 1) * size));
    const values = part.map(({ value }) => value).sort((a, b) => a - b);
    return { at: part[0]!.at, low: rank(values, 0.05), middle: rank(values, 0.5), high: rank(values, 0.95) };
  });
  return [
    Plot.areaY(parts, { x: 'at', y1: 'low', y2: 'high', fill: 'var(--accent)', fillOpacity: 0.25 }),
    Plot.lineY(parts, { x: 'at', y: 'middle', stroke: 'var(--accent)', strokeWidth: 1.2 }),
  ];
}

/** Rings drawn at most, the farthest ones. */
const RINGS = 12;

/** Deviations, by the median absolute deviation, from which an exposure is named. */
const FAR = 6;

/** How far from the median an exposure must be to be named. */
function limitOf(sorted: readonly number[], least: number): number {
  const middle = rank(sorted, 0.5);
  const away = sorted.map((value) => Math.abs(value - middle));
  // Where more than half are equal the deviation is 0: then a hundredth of the median tells what is far.
  return Math.max(least, FAR * Math.max(1.4826 * median(away), Math.abs(middle) / 100));
}

/** Places in the order of acquisition where the references are no longer those of the exposure before. */
function changesOfReferences(taken: readonly Taken[], runs: Report['runs']): number[] {
  const used = new Map(
    runs.map(({ id, references }) => [id, JSON.stringify(references.map(({ role, hash }) => [role, hash]))]),
  );
  return taken.flatMap(({ exposure }, i) => {
    const before = taken[i - 1]?.exposure;
    return before && used.get(before.run) !== used.get(exposure.run) ? [i + 0.5] : [];
  });
}
