/** The time saved on each basis with its sum, the proof from the files' own times, and the disk. */

import { clock, timeline } from '../../cadence/timeline.ts';
import type { Report } from '../../shape.ts';
import { chart, Plot } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { bytes, digits, duration, figure, minute, moment, plural, whole } from '../wording.ts';
import type { Panel } from './panel.ts';

export const saved: Panel = {
  id: 'saved',
  title: 'Time given back',
  short: 'Time',
  show(report) {
    if (report.timeSaved.length === 0) return null;
    return html`
<p class="lead">Correction time moved off the microscope, at most: what acquisition would have waited, had it corrected
each exposure itself. Each output counts once, at its first correction.</p>
${bases(report)}
<div class="columns">${proof(report)}${disk(report)}</div>`;
  },
};

const bases = ({ timeSaved }: Report): Markup => html`
<div class="scroll"><table class="plain bases">
<thead><tr><th scope="col">Basis</th><th scope="col" class="n">per exposure</th><th scope="col" class="n">exposures</th>
<th scope="col" class="n">in all</th><th scope="col" class="n">per hour of acquisition</th><th scope="col">how it came about</th></tr></thead>
<tbody>${timeSaved.map(
  (basis, i) => html`
<tr class="${i === 0 ? 'headline' : ''}"><th scope="row">${basis.name}${i === 0 && html` <span class="chip">headline</span>`}${basis.name === 'published' && html` <span class="chip">history</span>`}</th>
<td class="n" data-label="an exposure">${figure(basis.secondsPerExposure, `${basis.secondsPerExposure.toFixed(2)} s`)}</td>
<td class="n" data-label="exposures">${figure(basis.exposures, whole(basis.exposures))}</td>
<td class="n strong" data-label="in all">${figure(basis.seconds, duration(basis.seconds))}</td>
<td class="n" data-label="an hour">${basis.secondsPerHour === null ? '–' : figure(basis.secondsPerHour, duration(basis.secondsPerHour))}</td>
<td class="how"><span class="sum">${basis.arithmetic.replaceAll(' x ', ' × ')}</span><span class="source">${basis.source}</span>${
    basis.warning && html`<span class="warning">${basis.warning}</span>`
  }</td></tr>`,
)}</tbody></table></div>`;

/** Sessions listed one by one. */
const LISTED = 14;

function proof({ acquisition, exposures }: Report): Markup {
  const { sessions, exposuresPerHour, medianInterval } = acquisition;
  if (exposuresPerHour === null || medianInterval === null) {
    return html`<section><h3>The proof</h3><p>The files' own times do not differ: they say nothing of the pace of acquisition.</p></section>`;
  }
  if (medianInterval < 1) {
    return html`<section><h3>The proof</h3><p>There is less than a second between the files' own times: they look like times of
copying, and say nothing of the pace of acquisition.</p></section>`;
  }
  return html`<section><h3>The proof: the pace of acquisition</h3>
<p class="pair"><span><b>${figure(exposuresPerHour, digits(exposuresPerHour))}</b> exposures an hour</span>
<span><b>${figure(medianInterval, duration(medianInterval))}</b> median interval</span></p>
<p class="note">By the files' own times, ${
    sessions.length === 1 ? 'one session' : `${whole(sessions.length)} sessions; pauses above 4 h are left out`
  }.</p>
${sessions.length === 1 ? pace(exposures.flatMap(({ taken }) => (taken ? [Date.parse(taken)] : []))) : nights(acquisition)}</section>`;
}

/** Exposures per hour over a session, in bars of a round number of minutes. */
function pace(times: readonly number[]): Markup {
  const { seconds, steps } = timeline([times], 60);
  const bars = steps.map(({ from, to, counts }) => ({ from, to, perHour: (counts[0]! * 3600) / seconds }));
  const minutes = seconds / 60;
  return html`<div class="chart-box">${chart({
    label: `Exposures per hour in steps of ${minutes} minutes`,
    width: 560,
    height: 150,
    x: { type: 'utc', label: null, ticks: 5, tickFormat: clock(seconds) },
    y: { label: `exposures per hour, every ${minutes} min; UTC`, ticks: 3, grid: true },
    marks: [
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
  })}</div>`;
}

const nights = ({ sessions }: Report['acquisition']): Markup => html`
<table class="plain small"><thead><tr><th scope="col">session from</th><th scope="col">to</th><th scope="col" class="n">exposures</th>
<th scope="col" class="n">an hour</th><th scope="col" class="n">interval</th></tr></thead><tbody>${sessions
  .slice(-LISTED)
  .map(
    (session) => html`
<tr><td>${moment(session.first)}</td><td>${moment(session.last)}</td><td class="n">${figure(session.exposures, whole(session.exposures))}</td>
<td class="n">${session.exposuresPerHour === null ? '–' : figure(session.exposuresPerHour, digits(session.exposuresPerHour))}</td>
<td class="n">${session.medianInterval === null ? '–' : figure(session.medianInterval, duration(session.medianInterval))}</td></tr>`,
  )}</tbody></table>${sessions.length > LISTED && html`<p class="note">${plural(sessions.length - LISTED, 'session')} before these: in report.json.</p>`}`;

function disk({ disk: { raw, corrected, savedBy16Bit } }: Report): Markup {
  const all = raw + corrected + savedBy16Bit;
  const part = (name: string, value: number, kind: string): Markup =>
    html`<tr><th scope="row"><i class="key ${kind}" aria-hidden="true"></i>${name}</th><td class="n">${figure(value, bytes(value))}</td></tr>`;
  const share = (value: number, kind: string): Markup =>
    html`<i class="${kind}" style="flex:${all > 0 ? value / all : 0}"></i>`;
  return html`<section><h3>Disk</h3>
<p class="pair"><span><b>${figure(raw + corrected, bytes(raw + corrected))}</b> raw + corrected</span>
${savedBy16Bit > 0 && html`<span><b>${figure(savedBy16Bit, bytes(savedBy16Bit))}</b> saved by 16 bit</span>`}</p>
<div class="bar" aria-hidden="true">${share(raw, 'raw')}${share(corrected, 'corrected')}${share(savedBy16Bit, 'spared')}</div>
<table class="plain small"><tbody>${part('raw exposures', raw, 'raw')}${part('corrected', corrected, 'corrected')}${part('more as float32, not written', savedBy16Bit, 'spared')}</tbody></table></section>`;
}
