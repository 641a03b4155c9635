/**
 * The histograms beside the pictures. They look as Plot would draw them, which takes milliseconds for each: a page has two
 * dozen, all alike.
 */

import type { Histogram } from '../../model/sample.ts';
import { html, type Markup } from './markup.ts';

const [WIDTH, HEIGHT] = [280, 84];
const [LEFT, RIGHT, TOP, BOTTOM] = [8, WIDTH - 8, 4, HEIGHT - 18];

/** What an empty bin is drawn as: a logarithm needs something. */
const EMPTY = 0.5;

/** Counts of both on one axis, pixels on a logarithmic one. */
export function histograms(...whole: readonly [raw: Histogram, corrected: Histogram]): Markup {
  const [raw, corrected] = whole.map(withoutEmptyEnds) as [Histogram, Histogram];
  const both = [raw, corrected];
  const from = Math.min(...both.map((each) => middle(each, 0)));
  const to = Math.max(...both.map((each) => middle(each, each.counts.length - 1)));
  const pixels = both.flatMap(({ counts }) => counts);
  const fewest = Math.log(Math.max(EMPTY, Math.min(...pixels)));
  const most = Math.log(Math.max(EMPTY, Math.max(...pixels)));
  const x = (at: number): number => LEFT + (RIGHT - LEFT) * part(at, from, to);
  const y = (count: number): number => BOTTOM - (BOTTOM - TOP) * part(Math.log(Math.max(EMPTY, count)), fewest, most);
  const line = (of: Histogram, colour: string): Markup => html`<path stroke="${colour}" d="${steps(of, x, y)}"/>`;
  const said = inPrefixes(Math.max(Math.abs(from), Math.abs(to)));
  const ticks = round(from, to).map((at) => ({
    at: tenths(x(at)),
    said: said(to > from ? at : Number(at.toPrecision(4))),
  }));
  return html`<svg class="chart" role="img" aria-label="Histogram of the raw and of the corrected exposure, logarithmic" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" fill="none" font-family="system-ui, sans-serif" font-size="10"
><path aria-hidden="true" stroke="currentColor" d="${ticks.map(({ at }) => `M${at},${BOTTOM}v6`).join('')}"/><g fill="currentColor" text-anchor="middle" font-variant="tabular-nums">${ticks.map(
    ({ at, said }) => html`<text x="${at}" y="${BOTTOM + 9}" dy="0.7em">${said}</text>`,
  )}</g><g stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">${line(raw, 'var(--stage-0)')}${line(corrected, 'var(--accent)')}</g></svg>`;
}

/** Pixels on either side that may be cut away, as a part of all, and how narrow the rest must be for it to be worth it. */
const CUT = 0.001;
const NARROW = 1 / 3;

/** Older samples reach from the darkest pixel to the brightest: one far pixel pushes them into a corner. */
function withoutEmptyEnds({ low, high, counts }: Histogram): Histogram {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return { low, high, counts };
  let [first, last] = [0, counts.length - 1];
  for (let cut = counts[first]!; first < last && cut <= CUT * all; cut += counts[first]!) first++;
  for (let cut = counts[last]!; last > first && cut <= CUT * all; cut += counts[last]!) last--;
  if (last - first + 1 > NARROW * counts.length) return { low, high, counts };
  const [from, to] = [Math.max(0, first - 2), Math.min(counts.length, last + 3)];
  const width = (high - low) / counts.length;
  return { low: low + from * width, high: low + to * width, counts: counts.slice(from, to) };
}

/** Of a bin, counts. */
const middle = ({ low, high, counts }: Histogram, bin: number): number =>
  low + (bin + 0.5) * ((high - low) / counts.length);

/** In the middle where there is no range. */
const part = (value: number, from: number, to: number): number => (to > from ? (value - from) / (to - from) : 0.5);

const tenths = (place: number): number => Math.round(place * 10) / 10;

/** From bin to bin half way between their middles. */
function steps(of: Histogram, x: (at: number) => number, y: (count: number) => number): string {
  let path = '';
  let before = 0;
  for (const [bin, count] of of.counts.entries()) {
    const at = x(middle(of, bin));
    path += `${bin === 0 ? `M${tenths(at)},` : `H${tenths((before + at) / 2)}V`}${tenths(y(count))}`;
    before = at;
  }
  return `${path}H${tenths(before)}`;
}

/** Where steps become longer: half way between two, as factors. */
const STEPS = [
  { step: 10, from: Math.sqrt(50) },
  { step: 5, from: Math.sqrt(10) },
  { step: 2, from: Math.SQRT2 },
  { step: 1, from: 0 },
] as const;

/** About four round numbers: multiples of 1, 2 or 5 and a power of ten. */
function round(from: number, to: number): number[] {
  if (!(to > from)) return [from];
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.find(({ from: least }) => rough / power >= least)!.step * power;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
}

const PREFIXES = ['p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T'];
const NONE = PREFIXES.indexOf('');

/** 12000 as 12k: all numbers of an axis with the prefix of the `largest`. */
function inPrefixes(largest: number): (value: number) => string {
  const third = Math.floor(Number(largest.toExponential().split('e')[1]) / 3);
  const prefix = Math.max(-NONE, Math.min(PREFIXES.length - 1 - NONE, third));
  return (value) =>
    `${Number((value / 1000 ** prefix).toPrecision(12))}${PREFIXES[NONE + prefix]}`.replace('-', '\u2212');
}
