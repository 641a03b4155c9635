/** Pixels that were spikes too often for chance: proposed defects, and how to make a map of them. */

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
    if (!camera || camera.hotPixels.exposures + camera.brokenColumns.length === 0) return null;
    const { hotPixels: hot, brokenColumns: columns } = camera;
    return html`
<p class="lead">An X-ray hits a pixel once; one that is a spike again and again is hot or dead. A map of defects repairs it before despike has to.</p>
${hot.exposures > 0 && found(hot)}
${columns.length > 0 && html`<p>${plural(columns.length, 'column is', 'columns are')} far off the neighbours in all corrected images: ${columns.join(', ')}.</p>`}
${
  hot.count + columns.length > 0 &&
  html`<p>This makes the map, with the one in use joined to it, for <code>--defects</code> of the next session:<br>
<code>darkroom report ${run.outputFolder} --write-defects NEW.mrc --defects MAP-IN-USE</code></p>`
}
${hot.count > 0 && list(hot, camera.firstRow)}
<p class="note">Limit: the smallest k with P(X ≥ k) ≤ 0.01 / pixels, X binomial with ${hot.exposures} exposures and the part of pixels that were
spikes (or that of the 32 × 32 px around, where it is larger): the chance that any good pixel is called hot is at most 1 % (Bonferroni).</p>`;
  },
};

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
