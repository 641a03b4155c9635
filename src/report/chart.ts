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
  svg.setAttribute('role', 'img');
  // The page styles all charts at once; Plot would bring the same style with each.
  return new Markup(svg.outerHTML.replace(/<style>.*?<\/style>/gs, '').replace(PLACES, inTenths));
}

/** Where things stand, never what is said of them. */
const PLACES = / (?:d|transform|points|[xyr][12]?|c[xy]|width|height)="[^"]*"/g;

/** A tenth of a pixel is fine enough. */
const inTenths = (places: string): string =>
  places.replace(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10));
