/** What disks and shares took: how late exposures were seen, and how fast they were read and written over the run. */

import { clock } from '../../cadence/timeline.ts';
import type { Transfer } from '../../transfer.ts';
import { chart, Plot } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { digits, duration, figure, plural } from '../wording.ts';
import type { Panel } from './panel.ts';

export const transfer: Panel = {
  id: 'transfer',
  title: 'Disks and shares',
  short: 'Disks',
  show({ transfer: moved }) {
    const { lag, read, write } = moved;
    if (!(lag || read || write)) return null;
    return html`<p class="pair">
${read && html`<span><b>${figure(read.median, digits(read.median))}</b> MB/s read from the source, ${figure(read.slowest, digits(read.slowest))} in the slowest twentieth</span>`}
${write && html`<span><b>${figure(write.median, digits(write.median))}</b> MB/s written to the output, ${figure(write.slowest, digits(write.slowest))} in the slowest twentieth</span>`}
${lag && html`<span><b>${figure(lag.median, signed(lag.median))}</b> until an exposure was seen, ${figure(lag.percentile95, signed(lag.percentile95))} in 95 % at most</span>`}</p>
<p class="note">Bytes by the time that a thread waited for them: unpacking is in it, and what is written while rows are corrected costs nothing.${
      lag &&
      ` Seen: from its own time (${lag.from}) to its last change here, settling not included, of ${plural(lag.exposures, 'exposure')}; below zero where that clock is ahead of this one.`
    }</p>
${moved.steps.length > 2 && plot(moved)}`;
  },
};

const signed = (seconds: number): string => (seconds < 0 ? `−${duration(-seconds)}` : duration(seconds));

function plot({ steps }: Transfer): Markup {
  const points = steps.flatMap(({ from, read, write }) => [
    ...(read === null ? [] : [{ at: new Date(from), what: 'read', speed: read }]),
    ...(write === null ? [] : [{ at: new Date(from), what: 'written', speed: write }]),
  ]);
  const seconds = (Date.parse(steps.at(-1)!.from) - Date.parse(steps[0]!.from)) / 1000;
  const colours = { read: 'var(--stage-7)', written: 'var(--accent)' };
  return html`<div class="chart-box">${chart({
    label: 'MB/s read from the source and written to the output over the run',
    width: 960,
    height: 150,
    x: { type: 'utc', label: null, ticks: 6, tickFormat: clock(seconds < 600 ? 1 : 60) },
    y: { label: 'MB/s; UTC', ticks: 3, grid: true, zero: true },
    color: { domain: Object.keys(colours), range: Object.values(colours) },
    marks: [Plot.line(points, { x: 'at', y: 'speed', stroke: 'what', strokeWidth: 2 }), Plot.ruleY([0])],
  })}</div>
<p class="legend">${Object.entries(colours).map(([name, colour]) => html`<span><i class="key" style="background:${colour}"></i>${name}</span>`)}</p>`;
}
