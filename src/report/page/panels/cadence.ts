/** The pace of acquisition: how long one exposure waited for the next, what kinds of waits there are, and where nothing was taken. */

import type { Cadence } from '../../cadence/cadence.ts';
import { clock, timeline } from '../../cadence/timeline.ts';
import { MODIFICATION_TIME } from '../../cadence/times.ts';
import type { Report } from '../../shape.ts';
import { chart, Plot } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { digits, duration, figure, minute, moment, plural, whole, worth } from '../wording.ts';
import type { Panel } from './panel.ts';

export const cadence: Panel = {
  id: 'cadence',
  title: 'The pace of acquisition',
  short: 'Pace',
  show(report) {
    const { cadence: pace, acquisition } = report;
    if (report.exposures.length === 0) return null;
    if (pace.silent !== null) {
      return html`<p class="lead">Not known, and neither is what the time given back makes in exposures: ${pace.silent}.
Times that the microscope states (mdoc, EPU XML, TIFF, extended headers) would tell, or files copied with their times.</p>`;
    }
    return html`
<p class="lead">By ${pace.source === MODIFICATION_TIME ? `the ${MODIFICATION_TIME}` : pace.source}, of ${plural(pace.exposures, 'exposure')}${
      acquisition.sessions.length > 1 &&
      `, in ${whole(acquisition.sessions.length)} sessions; pauses above 4 h are left out`
    }.</p>
${figures(report)}
<div class="columns"><section><h3>Over time</h3>${overTime(report)}</section>
<section><h3>Kinds of intervals</h3>${kinds(pace)}</section></div>
<div class="columns"><section>${gaps(pace)}</section><section>${sessions(report)}</section></div>`;
  },
};

function figures({ cadence: pace, acquisition }: Report): Markup {
  const { median, p95 } = pace.interval;
  const { best, median: usual } = pace.perHour;
  return html`<p class="pair">
<span><b>${figure(acquisition.exposuresPerHour!, digits(acquisition.exposuresPerHour))}</b> exposures an hour</span>
<span><b>${figure(median!, duration(median!))}</b> median interval</span>
<span><b>${figure(p95!, duration(p95!))}</b> in 95 % at most</span>
${
  pace.exposureSeconds !== null &&
  html`<span><b>${figure(pace.exposureSeconds, duration(pace.exposureSeconds))}</b> of exposure, ${percent(pace.exposureSeconds / median!)} of it</span>`
}
${
  best &&
  html`<span><b>${figure(best.exposures, whole(best.exposures))}</b> in the best hour (${span(best.from, 3600)}), ${figure(usual!, whole(usual!))} in the median hour</span>`
}</p>`;
}

const percent = (part: number): string => `${digits(100 * part)} %`;

/** `14:02 to 14:31`. */
const span = (from: string, seconds: number): string =>
  `${from.slice(11, 16)} to ${new Date(Date.parse(from) + seconds * 1000).toISOString().slice(11, 16)}`;

/** When each exposure was taken, by the same clock as the cadence; ms since 1970. */
const takenAt = ({ exposures, cadence: { source } }: Report): number[] =>
  exposures.flatMap(({ taken, metadata }) => {
    const time = source === MODIFICATION_TIME ? taken : metadata?.taken;
    return time ? [Date.parse(String(time))] : [];
  });

/** Exposures per hour in bars of a round number of minutes; gaps are shaded. */
function overTime(report: Report): Markup {
  const { seconds, steps } = timeline([takenAt(report)], 60);
  const bars = steps.map(({ from, to, counts }) => ({ from, to, perHour: (counts[0]! * 3600) / seconds }));
  const highest = bars.reduce((most, { perHour }) => Math.max(most, perHour), 0);
  const holes = report.cadence.gaps.map(({ from, to, seconds: long, exposures }) => ({
    from: new Date(from),
    to: new Date(to),
    top: highest,
    said: `${span(from, long)}: ${duration(long)}, ${worth(exposures)}`,
  }));
  const minutes = seconds / 60;
  return html`<div class="chart-box">${chart({
    label: `Exposures per hour in steps of ${minutes} minutes, and ${plural(holes.length, 'gap')}`,
    width: 560,
    height: 190,
    x: { type: 'utc', label: null, ticks: 5, tickFormat: clock(seconds) },
    y: { label: `exposures per hour, every ${minutes} min; UTC`, ticks: 3, grid: true },
    marks: [
      Plot.rectY(holes, {
        x1: 'from',
        x2: 'to',
        y1: 0,
        y2: 'top',
        fill: 'var(--look)',
        fillOpacity: 0.22,
        title: 'said',
      }),
      Plot.rectY(bars, {
        x1: 'from',
        x2: 'to',
        y: 'perHour',
        fill: 'var(--accent)',
        insetLeft: 0.5,
        insetRight: 0.5,
        title: (bar: (typeof bars)[number]) => `${minute(bar.from.toISOString())}: ${digits(bar.perHour)} an hour`,
      }),
      Plot.ruleY([0]),
    ],
  })}</div>${holes.length > 0 && html`<p class="note">Shaded: gaps.</p>`}`;
}

/** What intervals of such an order usually are: nothing in the files says it. */
const USUALLY: Readonly<Record<number, readonly string[]>> = {
  1: ['the usual step'],
  2: ['such as a beam shift', 'such as a stage move'],
  3: ['such as a beam shift', 'such as a stage move', 'such as a new square or focusing'],
};

function kinds({ clusters, gaps, interval }: Cadence): Markup {
  const missed = gaps.reduce((sum, { seconds }) => sum + seconds, 0);
  const all = clusters.reduce((sum, { seconds }) => sum + seconds, missed);
  const rows = clusters.map((cluster, i) => ({
    ...cluster,
    name: USUALLY[clusters.length]?.[i] ?? '',
    label: `${duration(cluster.median)}`,
  }));
  const part = (seconds: number): Markup =>
    html`<td class="n">${figure(seconds, duration(seconds))}</td><td class="n strong">${percent(all > 0 ? seconds / all : 0)}</td>`;
  return html`<table class="plain small"><thead><tr><th scope="col">median</th><th scope="col">from, to</th><th scope="col" class="n">intervals</th>
<th scope="col" class="n">in all</th><th scope="col" class="n">of the time</th></tr></thead><tbody>${rows.map(
    ({ name, label, median, shortest, longest, intervals, seconds }) => html`
<tr><th scope="row">${figure(median, label)}${name && html` <span class="kind">${name}</span>`}</th><td>${duration(shortest)} to ${duration(longest)}</td>
<td class="n">${figure(intervals, whole(intervals))}</td>${part(seconds)}</tr>`,
  )}${
    gaps.length > 0 &&
    html`
<tr><th scope="row">gaps</th><td>above ${duration(Math.max(60, 5 * interval.median!))}</td><td class="n">${figure(gaps.length, whole(gaps.length))}</td>${part(missed)}</tr>`
  }</tbody></table>${
    clusters.length > 1 &&
    html`<p class="note">“Such as” is what intervals of this order usually are; the files do not say it.</p>`
  }`;
}

/** Gaps listed one by one, the longest first. */
const LISTED = 10;

function gaps({ gaps: all, pauses }: Cadence): Markup {
  if (all.length + pauses.length === 0)
    return html`<h3>Gaps</h3><p>None: no interval was longer than five times the median and than 60 s.</p>`;
  const longest = all.toSorted((a, b) => b.seconds - a.seconds).slice(0, LISTED);
  const lost = all.reduce((sum, { exposures }) => sum + exposures, 0);
  return html`<h3>Gaps</h3>${
    all.length > 0 &&
    html`<table class="plain small"><thead><tr><th scope="col">from</th><th scope="col">to</th><th scope="col" class="n">length</th><th scope="col" class="n">exposures’ worth</th></tr></thead><tbody>${longest.map(
      ({ from, to, seconds, exposures }) => html`
<tr><td>${moment(from)}</td><td>${to.slice(11, 16)}</td><td class="n">${figure(seconds, duration(seconds))}</td><td class="n">${figure(exposures, whole(exposures))}</td></tr>`,
    )}</tbody></table>
<p class="note">Longer than five times the median interval and than 60 s: ${plural(all.length, 'gap')}, ${worth(lost)} in all.${
      all.length > LISTED && ` The others are in report.json.`
    }</p>`
  }${pauses.map(
    ({ from, to, seconds }) =>
      html`<p class="note">Pause between sessions: ${moment(from)} to ${moment(to)}, ${duration(seconds)}.</p>`,
  )}`;
}

/** Sessions listed one by one. */
const SESSIONS = 14;

function sessions({ acquisition: { sessions: all } }: Report): Markup | null {
  if (all.length < 2) return null;
  return html`<h3>Sessions</h3>
<table class="plain small"><thead><tr><th scope="col">from</th><th scope="col">to</th><th scope="col" class="n">exposures</th>
<th scope="col" class="n">an hour</th><th scope="col" class="n">interval</th></tr></thead><tbody>${all
    .slice(-SESSIONS)
    .map(
      (session) => html`
<tr><td>${moment(session.first)}</td><td>${moment(session.last)}</td><td class="n">${figure(session.exposures, whole(session.exposures))}</td>
<td class="n">${session.exposuresPerHour === null ? '–' : figure(session.exposuresPerHour, digits(session.exposuresPerHour))}</td>
<td class="n">${session.medianInterval === null ? '–' : figure(session.medianInterval, duration(session.medianInterval))}</td></tr>`,
    )}</tbody></table>${all.length > SESSIONS && html`<p class="note">${plural(all.length - SESSIONS, 'session')} before these: in report.json.</p>`}`;
}
