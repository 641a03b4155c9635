/** The door to Observable Plot: charts as static SVG, coloured by the page's own variables so that they follow its theme. */

import * as Plot from '@observablehq/plot';
// One file instead of its hundred modules: loaded in half the time.
import { parseHTML } from 'linkedom/worker';
import { Markup } from './markup.ts';

export { Plot };

export interface ChartOptions {
  /** What a person who cannot see the chart should know of it. */
  readonly label: string;
  readonly width?: number;
  readonly height: number;
  readonly marks: Plot.Markish[];
  readonly x?: Plot.ScaleOptions;
  readonly y?: Plot.ScaleOptions;
  readonly color?: Plot.ScaleOptions;
  readonly margins?: { left?: number; right?: number; top?: number; bottom?: number };
}

const PREFIXES = ['', 'k', 'M', 'G', 'T'];

/** A number for an axis: 0.5, 1283, 12k. Plot's own would say 1.282692k. */
export function tick(value: number): string {
  const size = Math.abs(value);
  const thousands = size < 1e4 ? 0 : Math.min(PREFIXES.length - 1, Math.floor(Math.log10(size) / 3));
  return `${Number((value / 1000 ** thousands).toPrecision(4))}${PREFIXES[thousands]}`.replace('-', '\u2212');
}

const { document } = parseHTML('<!doctype html><html><body></body></html>');

export function chart({ label, width = 960, height, marks, x, y, color, margins = {} }: ChartOptions): Markup {
  const svg = Plot.plot({
    document: document as never,
    className: 'chart',
    width,
    height,
    marginLeft: margins.left ?? 48,
    marginRight: margins.right ?? 12,
    marginTop: margins.top ?? 24,
    marginBottom: margins.bottom ?? 28,
    ariaLabel: label,
    marks,
    ...(x && { x }),
    ...(y && { y }),
    ...(color && { color }),
  }) as unknown as { outerHTML: string; setAttribute(name: string, value: string): void };
  // Links are lost inside an image: a chart that has some is a group.
  svg.setAttribute('role', svg.outerHTML.includes('<a ') ? 'group' : 'img');
  // The page styles all charts at once; Plot would bring the same style with each.
  return new Markup(named(svg.outerHTML.replace(/<style>.*?<\/style>/gs, '')).replace(PLACES, inTenths));
}

/** Plot names its groups and shapes, which ARIA allows neither: what a link leads to is the link's name, the rest is for the style. */
const named = (svg: string): string =>
  svg
    .replace(/<a ([^>]*)>(<[a-z]+[^>]*?) aria-label="([^"]*)"/g, '<a $1 aria-label="$3">$2')
    .replace(/<g ([^>]*?)aria-label="([^"]*)"/g, '<g $1data-mark="$2"');

/** Where things stand, never what is said of them. */
const PLACES = / (?:d|transform|points|[xyr][12]?|c[xy]|width|height)="[^"]*"/g;

/** A tenth of a pixel is fine enough. */
const inTenths = (places: string): string =>
  places.replace(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10));
