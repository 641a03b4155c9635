/**
 * The exposures themselves: the mean image of the newest run, where a wrong reference shows at a glance, and thumbnails
 * of the first, the worst, the suspect and a drawn selection, with their histograms and strongest pixels.
 */

import type { KeptSample, MeanImage, Why } from '../../journal/pictures.ts';
import type { Histogram, Strong } from '../../sample.ts';
import { chart, Plot } from '../chart.ts';
import { digits, plural } from '../figures.ts';
import { html, type Markup } from '../markup.ts';
import { grey, png } from '../picture.ts';
import type { Panel } from './panel.ts';

export const pictures: Panel = {
  id: 'pictures',
  title: 'The exposures',
  show({ exposures }, { samples, mean }) {
    if (samples.length === 0 && !mean) return null;
    const rows = new Map(exposures.map(({ output }, row) => [output, row]));
    return html`${mean && meanImage(mean)}
<div class="samples">${samples.map((each) => sample(each, rows.get(each.output)))}</div>
<p class="note">Raw on the left, corrected on the right; each from its 0.5 to its 99.5 percentile, in counts as written below it. First
frame, in boxes; ○ marks the strongest pixels of the raw. Histograms: one pixel in a thousand or so, logarithmic.</p>`;
  },
};

/** What the chip says, and how it looks. */
const REASONS: Record<Why, readonly [said: string, look: string]> = {
  failed: ['failed', 'bad'],
  first: ['first', ''],
  worst: ['most spikes', ''],
  suspect: ['suspect', 'look'],
  drawn: ['drawn', ''],
};

function meanImage({ run, exposures, width, height, box, firstRow, raw, corrected }: MeanImage): Markup {
  const one = (title: string, counts: Float32Array): Markup => {
    const { bytes, low, high } = grey(counts);
    return html`<figure><img src="${png(bytes, width, height, firstRow)}" width="${width * 3}" height="${height * 3}" alt="Mean image, ${title}">
<figcaption><b>${title}</b> <span>${digits(low)} to ${digits(high)} counts</span></figcaption></figure>`;
  };
  return html`<h3>The mean of ${plural(exposures, 'exposure')} (run ${run})</h3>
<p class="lead">What all exposures have in common: a good correction leaves an even grey. Columns, seams or spots on the right mean
a reference that does not fit. Boxes of ${box} × ${box} px.</p>
<div class="means">${one('raw', raw)}${one('corrected', corrected)}</div>`;
}

function sample({ output, why, firstRow, sample: kept }: KeptSample, row: number | undefined): Markup {
  const { width, height, raw, corrected, strongest } = kept;
  const name = row === undefined ? html`${output}` : html`<a href="#exposure-${row}">${output}</a>`;
  const one = (title: string, { pixels, low, high }: typeof raw, marks: readonly Strong[]): Markup => html`
<div class="thumb"><div class="framed"><img src="${png(pixels, width, height, firstRow)}" width="${width}" height="${height}" alt="${title}" loading="lazy">${marks.map(
    (strong) => place(strong, kept, firstRow),
  )}</div>
<small>${digits(low)} – ${digits(high)}</small></div>`;
  const top = strongest.filter(({ before, after }) => after < before).slice(0, 3);
  return html`<figure class="sample"><figcaption><span class="chip ${REASONS[why][1]}">${REASONS[why][0]}</span> ${name}</figcaption>
<div class="pairs">${one('raw', raw, strongest)}${one(why === 'failed' ? 'corrected, not written' : 'corrected', corrected, [])}</div>
${histograms(kept.rawHistogram, kept.correctedHistogram)}
<p class="note">${
    top.length > 0 && `strongest: ${top.map(({ before, after }) => `${digits(before)} → ${digits(after)}`).join(', ')}`
  }</p></figure>`;
}

/** Where a pixel stands on its thumbnail, in per cent. */
function place(
  { row, col, before, after }: Strong,
  { width, height, box }: KeptSample['sample'],
  firstRow: 'top' | 'bottom',
): Markup {
  const x = (100 * (col + 0.5)) / (width * box);
  const down = (100 * (row + 0.5)) / (height * box);
  const y = firstRow === 'top' ? down : 100 - down;
  return html`<i class="spot" style="left:${x.toFixed(1)}%;top:${y.toFixed(1)}%" title="row ${row}, column ${col}: ${digits(before)} → ${digits(after)}"></i>`;
}

function histograms(raw: Histogram, corrected: Histogram): Markup {
  const steps = ({ low, high, counts }: Histogram, name: string) => {
    const width = (high - low) / counts.length;
    return counts.map((count, i) => ({ at: low + (i + 0.5) * width, count: Math.max(0.5, count), name }));
  };
  return chart({
    label: 'Histogram of the raw and of the corrected exposure, logarithmic',
    width: 280,
    height: 84,
    margins: { left: 8, right: 8, top: 4, bottom: 18 },
    x: { label: null, ticks: 4, tickFormat: '~s' },
    y: { type: 'log', axis: null },
    color: { domain: ['raw', 'corrected'], range: ['var(--stage-0)', 'var(--accent)'] },
    marks: [
      Plot.line([...steps(raw, 'raw'), ...steps(corrected, 'corrected')], {
        x: 'at',
        y: 'count',
        stroke: 'name',
        strokeWidth: 1.3,
        curve: 'step',
      }),
    ],
  });
}
