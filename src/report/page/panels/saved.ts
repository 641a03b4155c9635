/** The time saved on each basis with its sum, in seconds and in exposures, and the disk. */

import type { Report } from '../../shape.ts';
import { html, type Markup } from '../markup.ts';
import { bytes, digits, duration, figure, whole } from '../wording.ts';
import type { Panel } from './panel.ts';

export const saved: Panel = {
  id: 'saved',
  title: 'Time given back',
  short: 'Time',
  show(report) {
    if (report.timeSaved.length === 0) return null;
    return html`
<p class="lead">Correction time moved off the microscope, at most: what acquisition would have waited, had it corrected
each exposure itself. Each output counts once, at its first correction.${
      paced(report) &&
      html` In exposures: how many more these seconds make at the median interval of ${duration(report.cadence.interval.median!)}.`
    }</p>
${bases(report)}
${disk(report)}`;
  },
};

/** Whether the times of the exposures tell the pace; why not is said in the panel of the pace. */
const paced = ({ cadence }: Report): boolean => cadence.silent === null;

const bases = (report: Report): Markup => html`
<div class="scroll"><table class="plain bases">
<thead><tr><th scope="col">Basis</th><th scope="col" class="n">per exposure</th><th scope="col" class="n">exposures</th>
<th scope="col" class="n">in all</th>${paced(report) && html`<th scope="col" class="n">per hour</th><th scope="col" class="n">in exposures</th>`}<th scope="col">how it came about</th></tr></thead>
<tbody>${report.timeSaved.map(
  (basis, i) => html`
<tr class="${i === 0 ? 'headline' : ''}"><th scope="row">${basis.name}${i === 0 && html` <span class="chip">headline</span>`}${basis.name === 'published' && html` <span class="chip">history</span>`}</th>
<td class="n" data-label="an exposure">${figure(basis.secondsPerExposure, `${basis.secondsPerExposure.toFixed(2)} s`)}</td>
<td class="n" data-label="exposures">${figure(basis.exposures, whole(basis.exposures))}</td>
<td class="n strong" data-label="in all">${figure(basis.seconds, duration(basis.seconds))}</td>
${
  basis.secondsPerHour !== null &&
  basis.moreExposures !== null &&
  html`<td class="n" data-label="an hour">${figure(basis.secondsPerHour, duration(basis.secondsPerHour))}</td>
<td class="n" data-label="more exposures">${figure(basis.moreExposures, digits(basis.moreExposures))}<span class="percent">${digits(basis.morePercent)} %</span></td>`
}
<td class="how"><span class="sum">${basis.arithmetic.replaceAll(' x ', ' × ')}</span><span class="source">${basis.source}</span>${
    basis.warning && html`<span class="warning">${basis.warning}</span>`
  }</td></tr>`,
)}</tbody></table></div>`;

function disk({ disk: { raw, corrected, savedBy16Bit } }: Report): Markup {
  const all = raw + corrected + savedBy16Bit;
  const part = (name: string, value: number, kind: string): Markup =>
    html`<tr><th scope="row"><i class="key ${kind}" aria-hidden="true"></i>${name}</th><td class="n">${figure(value, bytes(value))}</td></tr>`;
  const share = (value: number, kind: string): Markup =>
    html`<i class="${kind}" style="flex:${all > 0 ? value / all : 0}"></i>`;
  return html`<section class="disk"><h3>Disk</h3>
<p class="pair"><span><b>${figure(raw + corrected, bytes(raw + corrected))}</b> raw + corrected</span>
${savedBy16Bit > 0 && html`<span><b>${figure(savedBy16Bit, bytes(savedBy16Bit))}</b> saved by 16 bit</span>`}</p>
<div class="bar" aria-hidden="true">${share(raw, 'raw')}${share(corrected, 'corrected')}${share(savedBy16Bit, 'spared')}</div>
<table class="plain small"><tbody>${part('raw exposures', raw, 'raw')}${part('corrected', corrected, 'corrected')}${part('more as float32, not written', savedBy16Bit, 'spared')}</tbody></table></section>`;
}
