/** What held the night up, in one or two sentences for the head of the page: gaps in acquisition, and slow steps. */

import { NOTICEABLE } from '../busy.ts';
import type { Cadence } from '../cadence/cadence.ts';
import type { Report } from '../shape.ts';
import { html, type Markup } from './markup.ts';
import { digits, duration, plural, whole, worth } from './wording.ts';

/** A kind of longer intervals is worth a sentence where it took at least this part of the time. */
const WORTH_SAYING = 0.15;

/** Null where nothing is known. Why the times of the exposures do not tell is said in the panel of the pace. */
export function heldUp({ cadence, busy }: Report): Markup | null {
  const reasons = [
    ...(cadence.silent === null ? acquisition(cadence) : []),
    ...(busy.waited !== null && busy.waited >= NOTICEABLE
      ? [
          html`<a href="#busy">something else used the cores</a> of this computer for ${digits(100 * busy.waited)} % of the run`,
        ]
      : []),
  ];
  if (reasons.length === 0) return null;
  return html`<p class="held"><b>What held it up:</b> ${reasons.map((reason, i) => html`${i > 0 && '; '}${reason}`)}.${
    cadence.silent === null &&
    html` Otherwise one exposure every ${duration(cadence.clusters[0]?.median ?? cadence.interval.median!)}.`
  }</p>`;
}

function acquisition({ gaps, clusters }: Cadence): Markup[] {
  const missed = gaps.reduce((sum, { seconds }) => sum + seconds, 0);
  const all = clusters.reduce((sum, { seconds }) => sum + seconds, missed);
  const [longest] = gaps.toSorted((a, b) => b.seconds - a.seconds);
  const slow = clusters.slice(1).filter(({ seconds }) => seconds >= WORTH_SAYING * all);
  return [
    longest
      ? html`<a href="#cadence">${plural(gaps.length, 'gap')} of ${duration(missed)}${gaps.length > 1 && ' in all'}</a>, ${gaps.length > 1 && 'the longest '}${longest.from.slice(11, 16)} to ${longest.to.slice(11, 16)} UTC (${gaps.length > 1 && `${duration(longest.seconds)}, `}${worth(longest.exposures)})`
      : html`<a href="#cadence">no gap in acquisition</a>`,
    ...slow.map(
      ({ median, intervals, seconds }) =>
        html`${whole(intervals)} longer steps of about ${duration(median)} took ${digits((100 * seconds) / all)} % of the time`,
    ),
  ];
}
