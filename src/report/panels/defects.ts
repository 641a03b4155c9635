/** Pixels that were spikes too often for chance: proposed defects, and how to make a map of them. */

import { digits, figure, plural, whole } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import type { Report } from '../shape.ts';
import type { Panel } from './panel.ts';

/** In the page; all stand in the report for programs and in the map. */
const SHOWN = 60;

export const defects: Panel = {
  id: 'defects',
  title: 'Proposed defects',
  show({ camera, run }) {
    if (!camera || camera.hotPixels.exposures + camera.brokenColumns.length === 0) return null;
    const { hotPixels: hot } = camera;
    if (hot.limit === null)
      return html`<p class="lead">Hot pixels, which are spikes again and again where an X-ray hits a pixel once, cannot be told yet: ${plural(
        hot.exposures,
        'exposure was',
        'exposures were',
      )} counted.</p>`;
    return html`
<p class="lead">${
      hot.count === 0
        ? 'No pixel was a spike more often than chance allows.'
        : html`${figure(hot.count, plural(hot.count, 'pixel was', 'pixels were'))} a spike more often than chance allows: hot, not hit by X-rays. A
map of defects repairs them before despike has to.`
    } In ${figure(hot.exposures, plural(hot.exposures, 'exposure'))} ${figure(hot.ppm, digits(hot.ppm))} ppm of the pixels were spikes; a good one is expected
to be one in fewer than ${figure(hot.limit, whole(hot.limit))} of them.</p>
${
  hot.count > 0 &&
  html`<p>Make the map, with the one in use joined to it, and give it to the next session as <code>--defects</code>:<br>
<code>darkroom report ${run.outputFolder} --write-defects defects.mrc --defects MAP-IN-USE</code></p>
${list(hot, camera.firstRow)}`
}
<p class="note">Limit: the smallest k with P(X ≥ k) ≤ 0.01 / pixels for X binomial with ${hot.exposures} exposures and the part of pixels that were
spikes, or that of the 32 × 32 px around where it is larger: the chance that any good pixel is called hot is 1 % (Bonferroni).</p>`;
  },
};

function list(
  { pixels, count, exposures }: NonNullable<Report['camera']>['hotPixels'],
  firstRow: string | null,
): Markup {
  const shown = pixels.slice(0, SHOWN);
  return html`<ul class="hot">${shown.map(
    ({ row, col, spikes }) => html`<li>column ${col}, row ${row} <small>${spikes} of ${exposures}</small></li>`,
  )}</ul>
<p class="note">${count > shown.length && `The most frequent ${whole(shown.length)} of ${whole(count)}. `}Rows and columns from 0, as they are stored${
    firstRow && `: row 0 is the ${firstRow} of the picture`
  }.</p>`;
}
