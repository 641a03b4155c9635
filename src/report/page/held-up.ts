/** What held the night up, in one or two sentences for the head of the page: gaps in acquisition, and slow steps. */

import type { Report } from '../shape.ts';
import { html, type Markup } from './markup.ts';
import { digits, duration, plural, whole, worth } from './wording.ts';

/** A kind of longer intervals is worth a sentence where it took at least this part of the time. */
const WORTH_SAYING = 0.15;

/** Null where the times do not tell; why not is said in the panel of the pace. */
export function heldUp({ cadence: { silent, gaps, clusters, interval } }: Report): Markup | null {
  if (silent !== null) return null;
  const longest = gaps.reduce<(typeof gaps)[number] | null>(
    (most, gap) => (most === null || gap.seconds > most.seconds ? gap : most),
    null,
  );
  const missed = gaps.reduce((sum, { seconds }) => sum + seconds, 0);
  const all = clusters.reduce((sum, { seconds }) => sum + seconds, missed);
  const slow = clusters.slice(1).filter(({ seconds }) => seconds >= WORTH_SAYING * all);
  return html`<p class="held"><b>What held it up:</b> ${
    longest
      ? html`<a href="#cadence">${plural(gaps.length, 'gap')} of ${duration(missed)} in all</a>, the longest ${longest.from.slice(11, 16)} to ${longest.to.slice(11, 16)} UTC (${duration(longest.seconds)}, ${worth(longest.exposures)})`
      : html`<a href="#cadence">no gap in acquisition</a>`
  }${slow.map(
    ({ median, intervals, seconds }) =>
      html`; ${whole(intervals)} longer steps of about ${duration(median)} took ${digits((100 * seconds) / all)} % of the time`,
  )}. Otherwise one exposure every ${duration(clusters[0]?.median ?? interval.median!)}.</p>`;
}
