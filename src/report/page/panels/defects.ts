/** Pixels that were spikes too often for chance: proposed defects, and how to make a map of them. */

import type { BadPixels } from '../../camera/bad-pixels.ts';
import type { HotPixels } from '../../camera/hot-pixels.ts';
import { html, type Markup } from '../markup.ts';
import { digits, figure, plural, whole } from '../wording.ts';
import type { Panel } from './panel.ts';

/** In the page; all stand in the report for programs and in the map. */
const SHOWN = 60;

export const defects: Panel = {
  id: 'defects',
  title: 'Proposed defects',
  short: 'Defects',
  show({ camera, run }) {
    if (!camera) return null;
    const { hotPixels: hot, badPixels: bad, badLines: lines } = camera;
    const rows = lines.filter(({ line }) => line === 'row').map(({ at }) => at);
    const columns = camera.brokenColumns;
    const more = columns.length + rows.length + bad.dead + bad.stuck;
    if (hot.exposures + more === 0) return null;
    return html`
<p class="lead">An X-ray hits a pixel once; one that is a spike again and again is hot or dead. A map of defects repairs it before despike has to.</p>
${hot.exposures > 0 && found(hot)}
${bad.dead + bad.stuck > 0 && ofBad(bad)}
${ofLines(columns, 'column')}
${ofLines(rows, 'row')}
${
  hot.count + more > 0 &&
  html`<p>This makes the map, with the one in use joined to it, for <code>--defects</code> of the next session:<br>
<code>darkroom report ${run.outputFolder} --write-defects NEW.mrc --defects MAP-IN-USE</code></p>`
}
${hot.count > 0 && list(hot, camera.firstRow)}
<p class="note">Limit: the smallest k with P(X ≥ k) ≤ 0.01 / pixels, X binomial with ${hot.exposures} exposures and the part of pixels that were
spikes (or that of the 32 × 32 px around, where it is larger): the chance that any good pixel is called hot is at most 1 % (Bonferroni).</p>`;
  },
};

/** Lines that are named; all stand in the report for programs and in the map. */
const ofLines = (at: readonly number[], line: 'row' | 'column'): Markup | false =>
  at.length > 0 &&
  html`<p>${plural(at.length, `${line} is`, `${line}s are`)} far off the neighbours in all corrected images, whole or by half: ${at
    .slice(0, SHOWN)
    .join(', ')}${at.length > SHOWN && ` and ${at.length - SHOWN} more`}.</p>`;

function ofBad({ exposures, dead, stuck, clusters, pixels }: BadPixels): Markup {
  const named = pixels.slice(0, SHOWN).map(({ row, col }) => `column ${col}, row ${row}`);
  return html`<p><b>${plural(dead, 'pixel was', 'pixels were')}</b> dead and <b>${plural(stuck, 'pixel', 'pixels')}</b> stuck, saturated or
in a hot cluster in ${plural(exposures, 'exposure')}${clusters.length > 0 && `, ${plural(clusters.length, 'cluster')} among them`}: ${named.join('; ')}${
    dead + stuck > named.length && ` and ${dead + stuck - named.length} more`
  }.</p>`;
}

function found({ exposures, ppm, limit, count }: HotPixels): Markup {
  const counted = html`In ${figure(exposures, plural(exposures, 'exposure'))} ${figure(ppm, digits(ppm))} ppm of the pixels were spikes`;
  if (limit === null) return html`<p>${counted}: too few exposures to tell hot pixels from chance.</p>`;
  return html`<p>${counted}; by chance no pixel is one in ${figure(limit, whole(limit))} of them or more. ${
    count === 0 ? 'None was.' : html`<b>${figure(count, plural(count, 'pixel was', 'pixels were'))}.</b>`
  }</p>`;
}

function list({ pixels, count, exposures }: HotPixels, firstRow: string | null): Markup {
  const shown = pixels.slice(0, SHOWN);
  return html`<ul class="hot">${shown.map(
    ({ row, col, spikes }) => html`<li>column ${col}, row ${row} <small>${spikes} of ${exposures}</small></li>`,
  )}</ul>
<p class="note">${count > shown.length && `The most frequent ${whole(shown.length)} of ${whole(count)}. `}Rows and columns from 0, as they are stored${
    firstRow && `: row 0 is the ${firstRow} of the picture`
  }.</p>`;
}
