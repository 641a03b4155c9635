/** How a watch went: what arrived and what was corrected over time, how long that took, and whether it kept up. */

import { clock, timeline } from '../../cadence/timeline.ts';
import type { Watched } from '../../watched.ts';
import { type Handling, passages } from '../../watched.ts';
import { chart, Plot } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { digits, duration, figure, minute, moment, plural, whole } from '../wording.ts';
import type { Panel } from './panel.ts';

export const watch: Panel = {
  id: 'watch',
  title: 'Beside acquisition',
  short: 'Watch',
  show({ watch: watched, exposures }) {
    if (!watched) return null;
    const passed = passages(exposures);
    return html`${pace(watched)}
<div class="columns">${arrivals(passed, watched)}${delays(passed, watched)}</div>
<p class="note">${plural(watched.exposures, 'exposure')} that arrived from ${moment(watched.first)} to ${moment(watched.last)}, each by its last correction.
The delay is from the last change of the raw file to the corrected file in place, the time to settle included.</p>`;
  },
};

function pace(watched: Watched): Markup {
  const { keptUp, behindSeconds, mostWaiting, mostWaitingAt, arrivalsPerMinute, capacityPerMinute, delay } = watched;
  const most = html`${figure(mostWaiting, plural(mostWaiting, 'exposure'))} at ${moment(mostWaitingAt)}`;
  return html`
<p class="lead">${
    keptUp
      ? html`<span class="chip good">kept up</span> At most ${most} ${mostWaiting === 1 ? 'was' : 'were'} whole and not yet corrected.`
      : html`<span class="chip look">fell behind</span> For ${figure(behindSeconds, duration(behindSeconds))} more than five for each thread waited, at most ${most}.`
  }</p>
<p class="pair"><span><b>${figure(delay.median, duration(delay.median))}</b> median delay</span>
<span><b>${figure(delay.percentile95, duration(delay.percentile95))}</b> 95 % below</span>
<span><b>${figure(delay.worst, duration(delay.worst))}</b> worst</span>
<span title="in the five minutes in which most arrived"><b>${figure(arrivalsPerMinute, digits(arrivalsPerMinute))}</b> a minute arrived at most</span>
<span title="threads / mean time of an exposure in a thread"><b>${figure(capacityPerMinute, digits(capacityPerMinute))}</b> a minute could be corrected</span></p>`;
}

/** A capacity so many times what arrived would flatten the chart: it is only said. */
const FAR_ABOVE = 2.5;

function arrivals(passed: readonly Handling[], { capacityPerMinute }: Watched): Markup {
  const { seconds, steps } = timeline([passed.map((each) => each.arrived), passed.map((each) => each.corrected)]);
  const perMinute = (count: number): number => (count * 60) / seconds;
  const bars = steps.map(({ from, to, counts: [arrived, corrected] }) => ({
    from,
    to,
    middle: new Date((from.getTime() + to.getTime()) / 2),
    arrived: perMinute(arrived!),
    corrected: perMinute(corrected!),
  }));
  const most = bars.reduce((highest, { arrived, corrected }) => Math.max(highest, arrived, corrected), 0);
  const near = capacityPerMinute <= FAR_ABOVE * most;
  return html`<section><h3>Arrived and corrected</h3><div class="chart-box">${chart({
    label: `Exposures per minute that arrived and that were corrected, in steps of ${duration(seconds)}`,
    width: 560,
    height: 200,
    x: { type: 'utc', label: null, ticks: 5, tickFormat: clock(seconds) },
    y: { label: 'exposures per minute; UTC', ticks: 4, grid: true },
    marks: [
      Plot.rectY(bars, {
        x1: 'from',
        x2: 'to',
        y: 'arrived',
        fill: 'var(--stage-7)',
        fillOpacity: 0.6,
        insetLeft: 0.5,
        insetRight: 0.5,
        title: (bar: (typeof bars)[number]) =>
          `${minute(bar.from.toISOString())}: ${digits(bar.arrived)} a minute arrived, ${digits(bar.corrected)} were corrected`,
      }),
      Plot.lineY(bars, {
        x: 'middle',
        y: 'corrected',
        stroke: 'var(--accent)',
        strokeWidth: 2,
        curve: 'step',
      }),
      ...(near ? [Plot.ruleY([capacityPerMinute], { stroke: 'var(--look)', strokeDasharray: '4 3' })] : []),
      Plot.ruleY([0]),
    ],
  })}</div>
<p class="legend"><span><i class="key" style="background:var(--stage-7)"></i>arrived</span><span><i class="key" style="background:var(--accent)"></i>corrected</span>
<span class="change">${near ? 'dashed: what could be corrected' : `what could be corrected, ${whole(Math.round(capacityPerMinute))} a minute, is far above`}</span></p></section>`;
}

/** Bins of equal width on a logarithmic axis. */
const BINS = 32;

function delays(passed: readonly Handling[], { delay }: Watched): Markup {
  const seconds = passed.map(({ arrived, corrected }) => Math.max(1e-3, (corrected - arrived) / 1000));
  const low = seconds.reduce((a, b) => Math.min(a, b)) / 1.05;
  const high = seconds.reduce((a, b) => Math.max(a, b)) * 1.05;
  const step = Math.log(high / low) / BINS;
  const edge = (i: number): number => low * Math.exp(i * step);
  const bins = Array.from({ length: BINS }, (_, i) => ({ from: edge(i), to: edge(i + 1), count: 0 }));
  for (const each of seconds) bins[Math.min(BINS - 1, Math.floor(Math.log(each / low) / step))]!.count++;
  return html`<section><h3>Delay from arrival to corrected</h3><div class="chart-box">${chart({
    label: `Exposures by their delay: median ${duration(delay.median)}, worst ${duration(delay.worst)}`,
    width: 560,
    height: 200,
    x: { type: 'log', label: null, ticks: 5, tickFormat: (at: number) => `${at} s` },
    y: { label: 'exposures; s on a logarithmic axis', ticks: 4, grid: true },
    marks: [
      Plot.rectY(bins, { x1: 'from', x2: 'to', y: 'count', fill: 'var(--accent)', insetLeft: 0.5, insetRight: 0.5 }),
      Plot.ruleX([delay.median, delay.percentile95, delay.worst], { stroke: 'var(--look)', strokeDasharray: '4 3' }),
      Plot.ruleY([0]),
    ],
  })}</div><p class="legend"><span class="change">dashed: median, 95 %, worst</span></p></section>`;
}
