/** Where the time goes: per stage, over the run, and what the pool made of its threads. */

import { type Figure, STAGES, type Stage, TIMES, WORK } from '../../../model/record.ts';
import type { ReportExposure } from '../../record.ts';
import type { Report } from '../../shape.ts';
import { chart, Plot } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { digits, duration, figure, plural, whole } from '../wording.ts';
import type { Panel } from './panel.ts';

export const stages: Panel = {
  id: 'stages',
  title: 'Where the time goes',
  short: 'Stages',
  show(report) {
    if (report.stages.every(({ total }) => total === 0)) return null;
    const timed = report.exposures.filter(({ seconds }) => seconds);
    return html`${waited(report) ? busy(report) : pool(report)}${table(report)}
<div class="columns">${stack(timed)}${throughput(report)}</div>`;
  },
};

const nameOf = (stage: Stage): string => (TIMES[stage] as Figure).label ?? stage;

/** What a thread does, as against what an exposure waits for. */
const isWork = (stage: Stage): boolean => WORK.includes(stage);

const colour = (stage: Stage): string => `var(--stage-${STAGES.indexOf(stage)})`;

function pool({ run, pool: { threads, busySeconds, speedUp, efficiency } }: Report): Markup | null {
  if (speedUp === null || efficiency === null) return null;
  return html`<p class="pair">
${run.exposuresPerSecond !== null && html`<span><b>${figure(run.exposuresPerSecond, digits(run.exposuresPerSecond))}</b> exposures a second</span>`}
${run.megabytesPerSecond !== null && html`<span><b>${figure(run.megabytesPerSecond, digits(run.megabytesPerSecond))}</b> MB/s of raw</span>`}
<span title="${digits(busySeconds)} s of work in threads / ${digits(run.seconds)} s of wall time"><b>${figure(speedUp, `${digits(speedUp)}×`)}</b> speed-up on ${plural(threads, 'thread')}</span>
<span title="speed-up / threads"><b>${figure(efficiency, `${whole(Math.round(efficiency * 100))} %`)}</b> efficiency of the pool</span></p>
<p class="note">This run: ${figure(busySeconds, duration(busySeconds))} of work in threads, within ${figure(run.seconds, duration(run.seconds))} of wall time.</p>`;
}

/** Whether the newest run waited for its exposures: then most of its wall time says nothing of speed. */
const waited = ({ run, exposures }: Report): boolean =>
  exposures.some(({ run: by, seconds }) => by === run.id && seconds !== null && seconds.settle > 0);

function busy({ run, pool: { threads, busySeconds, efficiency } }: Report): Markup | null {
  if (efficiency === null) return null;
  const percent = efficiency * 100;
  return html`<p class="pair">
<span><b>${figure(busySeconds, duration(busySeconds))}</b> of work within ${figure(run.seconds, duration(run.seconds))}</span>
<span><b>${figure(efficiency, percent < 0.1 ? 'under 0.1 %' : `${digits(percent)} %`)}</b> of the time of ${plural(threads, 'thread')}, which waited for exposures otherwise</span></p>`;
}

function table({ stages: all, days }: Report): Markup {
  const shown = all.filter(({ total }) => total > 0);
  const longest = shown.reduce((most, { name, total }) => (isWork(name) ? Math.max(most, total) : most), 0);
  const none = all.filter(({ total }) => total === 0).map(({ name }) => nameOf(name));
  return html`<div class="scroll"><table class="plain stages">
<thead><tr><th scope="col">stage</th><th scope="col" class="n">total</th><th scope="col" class="share"></th><th scope="col" class="n">median</th>
<th scope="col" class="n">95 %</th><th scope="col" class="n">longest</th></tr></thead><tbody>${shown.map(
    (stage) => html`
<tr><th scope="row"><i class="key" style="background:${colour(stage.name)}" aria-hidden="true"></i>${nameOf(stage.name)}</th>
<td class="n strong">${figure(stage.total, duration(stage.total))}</td>
<td class="share">${isWork(stage.name) && html`<i style="width:${((100 * stage.total) / longest).toFixed(1)}%;background:${colour(stage.name)}"></i>`}</td>
${[stage.median, stage.percentile95, stage.longest].map(
  (seconds) => html`<td class="n">${stage.longest > 0 ? figure(seconds, duration(seconds)) : '–'}</td>`,
)}</tr>`,
  )}</tbody></table></div>
<p class="note">Wall seconds over all exposures: waiting for a thread, settling, and the work inside the threads; finish is clip, statistics, conversion and checksum; write is what was left to wait for the disk, which writes while rows are corrected.${
    none.length > 0 && ` No time in ${none.join(', ')}.`
  }${
    days.length > 0 &&
    ` ${plural(
      days.reduce((sum, { corrections }) => sum + corrections, 0),
      'correction',
    )} until ${days.at(-1)!.day} are kept by the day: they are in the totals alone.`
  }</p>`;
}

/** Points along a chart at most: what a screen can show. */
const POINTS = 120;

/** Mean seconds of an exposure by stage, in the order in which they were corrected. */
function stack(timed: readonly ReportExposure[]): Markup | null {
  const ordered = timed.toSorted((a, b) => a.recorded.localeCompare(b.recorded));
  const size = Math.ceil(ordered.length / POINTS);
  if (ordered.length < 2) return null;
  const shown = STAGES.filter((stage) => isWork(stage) && ordered.some(({ seconds }) => seconds![stage] > 0));
  const points = Array.from({ length: Math.ceil(ordered.length / size) }, (_, i) => {
    const part = ordered.slice(i * size, (i + 1) * size);
    return shown.map((stage) => ({
      at: i * size + 1,
      stage,
      seconds: part.reduce((sum, { seconds }) => sum + seconds![stage], 0) / part.length,
    }));
  }).flat();
  return html`<section><h3>An exposure, stage by stage</h3><div class="chart-box">${chart({
    label: 'Seconds of an exposure by stage, in the order of correction',
    width: 560,
    height: 220,
    x: { label: 'exposure, in the order of correction', ticks: 6, labelAnchor: 'center' },
    y: { label: 's, waiting left out', grid: true, ticks: 5 },
    margins: { bottom: 36 },
    color: { domain: shown, range: shown.map(colour) },
    marks: [Plot.areaY(points, { x: 'at', y: 'seconds', fill: 'stage', order: shown }), Plot.ruleY([0])],
  })}</div>
<p class="legend">${shown.map((stage) => html`<span><i class="key" style="background:${colour(stage)}"></i>${nameOf(stage)}</span>`)}</p></section>`;
}

const BARS = 40;

/** Units of time for an axis, s, each from where on it reads better than the one before. */
const UNITS = [
  { name: 's', seconds: 1, from: 0 },
  { name: 'min', seconds: 60, from: 300 },
  { name: 'h', seconds: 3600, from: 3 * 3600 },
] as const;

/** Exposures a unit of time over the newest run, by when each was recorded. */
function throughput({ run, exposures }: Report): Markup | null {
  const began = Date.parse(run.started);
  const seconds = exposures
    .filter((exposure) => exposure.run === run.id && exposure.seconds)
    .map((exposure) => (Date.parse(exposure.recorded) - began) / 1000);
  const last = seconds.reduce((most, time) => Math.max(most, time), 0);
  if (seconds.length < 2 || last <= 0) return null;
  const unit = UNITS.findLast(({ from }) => last >= from)!;
  const end = last / unit.seconds;
  const count = Math.max(4, Math.min(BARS, Math.floor(seconds.length / 5)));
  const width = end / count;
  const bars = Array.from({ length: count }, (_, i) => ({ from: i * width, to: (i + 1) * width, rate: 0 }));
  for (const time of seconds)
    bars[Math.min(count - 1, Math.max(0, Math.floor(time / unit.seconds / width)))]!.rate += 1 / width;
  return html`<section><h3>Throughput of this run</h3><div class="chart-box">${chart({
    label: `Exposures per ${unit.name} over the run`,
    width: 560,
    height: 220,
    x: { label: `${unit.name} since the start`, ticks: 6, labelAnchor: 'center' },
    y: { label: `exposures per ${unit.name}`, grid: true, ticks: 5 },
    margins: { bottom: 36 },
    marks: [
      Plot.rectY(bars, {
        x1: 'from',
        x2: 'to',
        y: 'rate',
        fill: 'var(--accent)',
        fillOpacity: 0.85,
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleY([0]),
    ],
  })}</div></section>`;
}
