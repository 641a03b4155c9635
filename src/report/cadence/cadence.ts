/**
 * The pace of acquisition, from the exposures' own times: how long one waited for the next, what intervals there are, where
 * nothing was taken, and how many exposures an hour gave.
 */

import { median, rank } from '../../model/rank.ts';
import { amount, described, list, type Of, orNull, record, text, time, whole } from '../../model/schema.ts';
import { clusterSchema, clusters } from './clusters.ts';
import { sessionsOf } from './sessions.ts';
import type { Times } from './times.ts';

const stretch = record({
  from: time,
  to: time,
  seconds: amount,
  exposures: described(amount, 'how many intervals of median length it holds: what might have been taken meanwhile'),
});

const hour = record({ from: time, exposures: whole });

export const cadenceSchema = record({
  source: described(text, 'what states the times: the microscope, such as "mdoc DateTime", or the files'),
  exposures: described(whole, 'with such a time'),
  silent: described(orNull(text), 'why the times say nothing of the pace of acquisition; null: they do'),
  interval: described(
    record({ median: orNull(amount), p95: orNull(amount) }),
    'from one exposure to the next of the same session, s; nearest rank',
  ),
  exposureSeconds: described(orNull(amount), 'median of the exposure times that are stated'),
  clusters: described(list(clusterSchema), 'intervals of like length, shortest first; gaps left out'),
  gaps: described(list(stretch), 'intervals of more than five times the median and more than 60 s, oldest first'),
  pauses: described(list(stretch), 'what is longer than 4 h ends a session, and is no gap'),
  perHour: described(
    record({ median: orNull(whole), best: orNull(hour), hours: list(hour) }),
    'whole hours from the first exposure of each session on',
  ),
});

export type Cadence = Of<typeof cadenceSchema>;
export type Stretch = Of<typeof stretch>;

/** A gap is longer than so many median intervals, and than so long, ms. */
const GAP_INTERVALS = 5;
const GAP_AT_LEAST = 60_000;

/** Modification times that are nearer to each other than this look like times of copying, ms. */
const COPIED = 1000;

const HOUR = 3_600_000;

/** From one exposure to the next, ms since 1970. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

const lengthOf = ({ from, to }: Interval): number => to - from;

export function cadence(times: Times): Cadence {
  const { source, taken } = times;
  const sessions = sessionsOf(taken.map(({ at }) => at));
  const intervals = sessions.flatMap((session) => session.slice(1).map((to, i) => ({ from: session[i]!, to })));
  const lengths = intervals.map(lengthOf).sort((a, b) => a - b);
  const middle = median(lengths, 0);
  const silent = whySilent(times, lengths, middle);
  const isGap = (interval: Interval): boolean =>
    lengthOf(interval) > GAP_INTERVALS * middle && lengthOf(interval) > GAP_AT_LEAST;
  const stretchOf = (interval: Interval): Stretch => ({
    from: iso(interval.from),
    to: iso(interval.to),
    seconds: lengthOf(interval) / 1000,
    exposures: middle > 0 ? Math.round(lengthOf(interval) / middle) : 0,
  });
  const stated = taken.flatMap(({ exposureSeconds }) => exposureSeconds ?? []);
  const plain = { source, exposures: taken.length, silent };
  if (silent !== null) return { ...plain, ...NOTHING };
  const hours = sessions.flatMap(wholeHours);
  return {
    ...plain,
    interval: { median: middle / 1000, p95: rank(lengths, 0.95) / 1000 },
    exposureSeconds: stated.length > 0 ? median(stated) : null,
    clusters: clusters(intervals.filter((interval) => !isGap(interval)).map(lengthOf), resolutionOf(taken)),
    gaps: intervals.filter(isGap).map(stretchOf),
    pauses: sessions.slice(1).map((session, i) => stretchOf({ from: sessions[i]!.at(-1)!, to: session[0]! })),
    perHour: {
      median: hours.length > 0 ? median(hours.map(({ exposures }) => exposures)) : null,
      best: hours.reduce<(typeof hours)[number] | null>(
        (best, each) => (best === null || each.exposures > best.exposures ? each : best),
        null,
      ),
      hours,
    },
  };
}

const NOTHING = {
  interval: { median: null, p95: null },
  exposureSeconds: null,
  clusters: [],
  gaps: [],
  pauses: [],
  perHour: { median: null, best: null, hours: [] },
};

/** The one place that decides whether the times tell the pace. */
function whySilent({ stated, taken }: Times, lengths: readonly number[], middle: number): string | null {
  if (taken.length === 0) return 'no exposure has a time';
  if (lengths.length === 0) return 'no two exposures were taken within 4 h of each other';
  if ((lengths.at(-1) ?? 0) === 0) return "the files' own times do not differ";
  if (!stated && middle < COPIED)
    return "there is less than a second between the files' own times: they look like times of copying";
  return null;
}

/** Times in whole seconds tell intervals no better than that, ms. */
const resolutionOf = (taken: Times['taken']): number => (taken.every(({ at }) => at % 1000 === 0) ? 1000 : 0);

/** Exposures of each hour that is over before the session is. */
function wholeHours(session: readonly number[]): { readonly from: string; readonly exposures: number }[] {
  const first = session[0]!;
  const counts = new Array<number>(Math.floor((session.at(-1)! - first) / HOUR)).fill(0);
  for (const at of session) {
    const which = Math.floor((at - first) / HOUR);
    if (which < counts.length) counts[which]!++;
  }
  return counts.map((exposures, i) => ({ from: iso(first + i * HOUR), exposures }));
}

const iso = (at: number): string => new Date(at).toISOString();
