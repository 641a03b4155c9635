/**
 * What all exposures have in common, before and after: where a wrong reference shows at a glance, in pictures, column by
 * column and as the step between readouts.
 */

import type { Surveyed } from '../../../correct/observe/survey.ts';
import type { MeanImage } from '../../../journal/mean-image.ts';
import { rank } from '../../../model/rank.ts';
import { type ReferenceCheck, type ReferenceChecks, sentence } from '../../../model/reference-checks.ts';
import type { CameraReport } from '../../camera/camera.ts';
import { percent, standsOut } from '../../camera/camera.ts';
import { patternsOf, type Seam } from '../../camera/fixed-pattern.ts';
import { chart, Plot } from '../chart.ts';
import { html, type Markup } from '../markup.ts';
import { dataUri, shades, withoutSlopes } from '../picture.ts';
import { digits, figure, plural } from '../wording.ts';
import type { Panel } from './panel.ts';

export const fixedPattern: Panel = {
  id: 'pattern',
  title: 'What all exposures share',
  short: 'References',
  show({ camera, referenceChecks }, { mean, survey }) {
    if (!mean && !referenceChecks) return null;
    const before = referenceChecks && firstExposures(referenceChecks);
    if (!mean) return before;
    return html`
<p class="lead">What the specimens do not explain is the camera's. With references that fit, it stands in the raw and is gone from the
corrected.</p>
${before}
${camera && verdict(camera)}
${meanImage(mean)}
${camera && survey && columns(survey)}
${camera && table(camera)}`;
  },
};

/** What was known before the first exposure was corrected. */
function firstExposures({ exposures, checks }: ReferenceChecks): Markup {
  const state = ({ verdict, refused }: ReferenceCheck): string =>
    refused || verdict === 'weak' ? 'look' : verdict === 'right' ? 'good' : '';
  return html`<h3>Before correcting</h3>
<p class="note">The references against ${plural(exposures, 'first exposure')}: darkroom help reference-checks.</p>
<ul class="checks">${checks.map(
    (each) =>
      html`<li><span class="chip ${state(each)}">${each.verdict}</span> ${each.reference}: ${each.check} <small>${sentence(each)}</small></li>`,
  )}</ul>`;
}

function verdict({ warnings, columns, checks }: CameraReport): Markup {
  const finding =
    warnings.length > 0
      ? html`<ul class="finding look">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`
      : html`<p class="finding well">The references fit: columns of ${percent(columns.raw.strength)} of the mean in the raw, ${percent(
          columns.corrected.strength,
        )} when corrected; no step where readouts meet.</p>`;
  return html`${finding}
<ul class="checks">${checks.map(({ name, passed, found }) => {
    const [state, said] = passed === null ? ['', 'not checked'] : passed ? ['good', 'passed'] : ['look', 'failed'];
    return html`<li><span class="chip ${state}">${said}</span> ${name} <small>${found}</small></li>`;
  })}</ul>`;
}

function meanImage({ run, exposures, width, height, box, firstRow, raw, corrected }: MeanImage): Markup {
  const one = (title: string, said: string, bytes: Uint8Array): Markup => html`<figure><img src="${dataUri(
    bytes,
    width,
    height,
    firstRow,
  )}" width="${width * 3}" height="${height * 3}" alt="Mean image of ${exposures} exposures, ${title}">
<figcaption><b>${title}</b> <span>${said}</span></figcaption></figure>`;
  const [before, after] = [partsOf(raw), partsOf(corrected)];
  const range = Math.max(spread(before), spread(after));
  const rest = withoutSlopes(after, width, height);
  const near = Math.max(0.005, spread(rest));
  const level = (counts: Float32Array): string =>
    `mean ${digits(counts.reduce((sum, x) => sum + x, 0) / counts.length)} counts`;
  return html`<h3>The mean of ${plural(exposures, 'exposure')} (up to run ${run})</h3>
<div class="means">${one('raw', `${level(raw)}, black to white ±${percent(range)}`, shades(before, range))}${one(
    'corrected',
    `${level(corrected)}, the same ±${percent(range)}`,
    shades(after, range),
  )}${one('corrected, what is left', `slopes taken away, ±${percent(near)}`, shades(rest, near))}</div>
<p class="note">Boxes of ${box} × ${box} px. An even grey is right; what is left of few exposures is what was photographed. Stripes, a cross
through the middle, or spots mean a reference that does not fit.</p>`;
}

/** Differences from the mean, in parts of it. */
function partsOf(counts: Float32Array): Float32Array {
  const mean = counts.reduce((sum, x) => sum + x, 0) / counts.length;
  return counts.map((x) => (mean === 0 ? 0 : x / mean - 1));
}

/** What 99 of 100 boxes keep below. */
function spread(parts: Float32Array): number {
  return rank(parts.map(Math.abs).sort(), 0.99);
}

/** Points drawn of a profile, each as the lowest and the highest of its columns. */
const DRAWN = 512;

function columns(survey: Surveyed): Markup {
  const { raw, corrected } = patternsOf(survey);
  const profiles = [
    ['raw, less the dark', raw.profile, 'var(--quiet)'],
    ['corrected', corrected.profile, 'var(--accent)'],
  ] as const;
  const all = Float64Array.from([...raw.profile, ...corrected.profile], Math.abs).sort();
  // Dead columns go off the chart.
  const most = Math.max(0.002, 1.3 * rank(all, 0.99)) * 100;
  return html`<h3>Columns</h3>
<div class="multiples">${profiles.map(
    ([title, profile, colour]) =>
      html`<figure><figcaption><b>${title}</b> <span>each column against its neighbours, per cent of the mean</span></figcaption>${chart(
        {
          label: `Mean of each column against its neighbours, ${title}`,
          width: 480,
          height: 130,
          margins: { top: 8, bottom: 20, left: 44 },
          x: { label: null, ticks: 5 },
          y: { label: null, ticks: 5, grid: true, domain: [-most, most] },
          marks: [
            Plot.areaY(drawn(profile, most), {
              x: 'at',
              y1: 'low',
              y2: 'high',
              fill: colour,
              stroke: colour,
              strokeWidth: 0.7,
            }),
          ],
        },
      )}</figure>`,
  )}</div>`;
}

function drawn(profile: Float64Array, most: number): { at: number; low: number; high: number }[] {
  const size = Math.max(1, profile.length / DRAWN);
  const within = (part: number): number => Math.max(-most, Math.min(most, 100 * part));
  return Array.from({ length: Math.floor(profile.length / size) }, (_, i) => {
    const part = profile.subarray(Math.floor(i * size), Math.floor((i + 1) * size));
    return { at: Math.floor(i * size), low: within(Math.min(...part)), high: within(Math.max(...part)) };
  });
}

function table({ columns, seams, exposures }: CameraReport): Markup {
  const part = (value: number): Markup => figure(value, percent(value));
  const alike = (value: number | null): Markup | string => (value === null ? '–' : figure(value, value.toFixed(2)));
  const seam = (each: Seam, state: string): Markup =>
    html`<td class="${state}">${part(each.part)}, ${figure(each.counts, digits(each.counts))} counts <small>elsewhere ${percent(each.usual)}</small></td>`;
  return html`<div class="scroll"><table class="pattern"><thead><tr><th></th><th>raw</th><th>corrected</th></tr></thead><tbody>
<tr><th>deviation from column to column</th><td>${part(columns.raw.strength)}</td><td>${part(columns.corrected.strength)}</td></tr>
<tr><th>correlation with the columns of the norm (1 / norm)</th><td>${alike(columns.raw.correlation)}</td><td>${alike(columns.corrected.correlation)}</td></tr>
${seams.raw.map(
  (raw, i) =>
    html`<tr><th>step in the middle, along the ${raw.along}</th>${seam(raw, '')}${seam(seams.corrected[i]!, standsOut(seams.corrected[i]!) ? 'look' : '')}</tr>`,
)}</tbody></table></div>
<p class="note">Of ${plural(exposures, 'exposure')}, each counted once; one row in five or nine of the first frames. Steps are those between boxes on both
sides of the middle, less what their slopes explain; “elsewhere” is how large such steps are in the rest of the picture.</p>`;
}
