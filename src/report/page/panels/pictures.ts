/**
 * The exposures themselves: thumbnails of the first, the worst, the suspect and a drawn selection, with their histograms
 * and strongest spikes.
 */

import type { KeptSample, Why } from '../../../journal/pictures.ts';
import type { FirstRow } from '../../../model/exposure.ts';
import { CROP, type Spike, type Thumbnail } from '../../../model/sample.ts';
import { histograms } from '../histogram.ts';
import { html, type Markup } from '../markup.ts';
import { dataUri } from '../picture.ts';
import { digits } from '../wording.ts';
import type { Panel } from './panel.ts';

export const pictures: Panel = {
  id: 'pictures',
  title: 'The exposures',
  short: 'Pictures',
  show({ exposures }, { samples }) {
    if (samples.length === 0) return null;
    const rows = new Map(exposures.map(({ output }, row) => [output, row]));
    return html`
<div class="samples">${samples.map((each) => sample(each, rows.get(each.output)))}</div>
<p class="note">Raw on the left, corrected on the right; each from its 0.5 to its 99.5 percentile, in counts as written below it. First
frame, in boxes. Histograms: one pixel in a thousand or so, logarithmic; what
lies far outside is counted in the outermost bins. ○ marks the strongest spikes; below they stand pixel by
pixel, ${CROP} × ${CROP} px around each, raw above and corrected below, with their counts before (after flat-field) and after.</p>`;
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

function sample({ output, why, firstRow, sample: kept }: KeptSample, row: number | undefined): Markup {
  const { width, height, raw, corrected, spikes } = kept;
  const name = row === undefined ? html`${output}` : html`<a href="#exposure-${row}">${output}</a>`;
  const one = (title: string, { pixels, low, high }: Thumbnail, marks: readonly Spike[]): Markup => html`
<div class="thumb"><div class="framed"><img src="${dataUri(pixels, width, height, firstRow)}" width="${width}" height="${height}" alt="${output}, ${title}" loading="lazy">${marks.map(
    (spike) => place(spike, kept, firstRow),
  )}</div>
<small>${digits(low)} – ${digits(high)}</small></div>`;
  return html`<figure class="sample"><figcaption><span class="chip ${REASONS[why][1]}">${REASONS[why][0]}</span> ${name}</figcaption>
<div class="pairs">${one('raw', raw, spikes)}${one(why === 'failed' ? 'corrected, not written' : 'corrected', corrected, [])}</div>
${histograms(kept.rawHistogram, kept.correctedHistogram)}
${spikes.length > 0 && html`<div class="crops">${spikes.map((spike) => crop(spike, firstRow, output))}</div>`}</figure>`;
}

/** A spike pixel by pixel: before above, after below. */
function crop({ row, col, before, after, raw, corrected }: Spike, firstRow: FirstRow, output: string): Markup {
  const said = `row ${row}, column ${col}: ${digits(before)} → ${digits(after)}`;
  const one = ({ pixels }: Thumbnail, title: string): Markup =>
    html`<img src="${dataUri(pixels, CROP, CROP, firstRow)}" width="${CROP}" height="${CROP}" alt="${title}" loading="lazy">`;
  return html`<div title="${said}">${one(raw, `${output}, spike at ${said}, raw`)}${one(corrected, `${output}, the same pixels, corrected`)}<small>${digits(
    before,
  )} → ${digits(after)}</small></div>`;
}

/** Where a pixel stands on its thumbnail, in per cent. */
function place(
  { row, col, before, after }: Spike,
  { width, height, box }: KeptSample['sample'],
  firstRow: FirstRow,
): Markup {
  const x = (100 * (col + 0.5)) / (width * box);
  const down = (100 * (row + 0.5)) / (height * box);
  const y = firstRow === 'top' ? down : 100 - down;
  return html`<i class="spot" style="left:${x.toFixed(1)}%;top:${y.toFixed(1)}%" title="row ${row}, column ${col}: ${digits(before)} → ${digits(after)}" aria-hidden="true"></i>`;
}
