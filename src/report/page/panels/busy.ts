/** Whether something else kept the computer busy while it corrected: a sentence, and a small plot over the run. */

import { type Busy, NOTICEABLE, waited } from '../../busy.ts';
import { clock } from '../../cadence/timeline.ts';
import { chart, Plot } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { digits, figure } from '../wording.ts';
import type { Panel } from './panel.ts';

export const busy: Panel = {
  id: 'busy',
  title: 'Was the computer busy with something else?',
  short: 'Load',
  show({ busy: load }) {
    if (load.steps.length === 0) return null;
    if (load.waited === null)
      return html`<p>It cannot be told: this system does not count what threads wait for (pressure stall information of Linux).</p>`;
    return html`<p class="finding ${load.waited >= NOTICEABLE ? 'look' : 'well'}">For ${percent(load.waited)} of the run, threads waited for a core that something else used.</p>
${others(load)}${load.steps.length > 2 && plot(load)}`;
  },
};

const percent = (part: number): Markup => figure(part, `${digits(100 * part)} %`);

function others({ io, memory, steal }: Busy): Markup {
  const sentences = [
    io !== null && html`For ${percent(io)} of the run some thread on this computer waited for a disk or share`,
    memory !== null && html`for ${percent(memory)} for memory`,
    steal !== null && html`the host of this computer took ${percent(steal)} of its cores’ time for others`,
  ].filter((each) => each !== false);
  return html`<p class="note">${sentences.map((sentence, i) => html`${i > 0 && '; '}${sentence}`)}.</p>`;
}

function plot({ steps }: Busy): Markup {
  const bars = steps.map((step) => ({
    from: new Date(step.at),
    to: new Date(Date.parse(step.at) + step.seconds * 1000),
    percent: 100 * (waited(step) ?? 0),
  }));
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  return html`<div class="chart-box">${chart({
    label: 'Part of the time in which threads waited for a core that something else used',
    width: 960,
    height: 130,
    x: { type: 'utc', label: null, ticks: 6, tickFormat: clock(seconds < 600 ? 1 : 60) },
    y: { label: 'waited for a core, % of the time; UTC', ticks: 3, grid: true, domain: [0, 100] },
    marks: [
      Plot.rectY(bars, {
        x1: 'from',
        x2: 'to',
        y: 'percent',
        fill: 'var(--look)',
        title: (bar: (typeof bars)[number]) => `${digits(bar.percent)} %`,
      }),
      Plot.ruleY([0]),
    ],
  })}</div>`;
}
