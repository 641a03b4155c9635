/**
 * How a watch went, from the journal alone: when exposures arrived, were whole and were corrected, and whether that kept
 * pace. An exposure that was waited for has a settle time; those that a run found have none.
 */

import { STAGES } from '../model/outcome.ts';
import { rank } from '../model/rank.ts';
import { amount, described, each, flag, type Of, record, time, whole } from '../model/schema.ts';
import type { ReportExposure } from './record.ts';

/** How a watch went. Seconds; ranks are the nearest. */
export const watchedSchema = record({
  exposures: described(whole, 'corrected ones that were waited for'),
  first: described(time, 'the first arrival'),
  last: described(time, 'when the last one was corrected'),
  delay: described(
    each(['median', 'percentile95', 'worst'], described(amount, 's')),
    'from the last change of an exposure to the corrected one in place',
  ),
  arrivalsPerMinute: described(amount, 'in the five minutes in which most arrived'),
  capacityPerMinute: described(amount, 'what the threads could have corrected'),
  mostWaiting: described(whole, 'whole and not yet corrected at one moment'),
  mostWaitingAt: described(time, 'that moment'),
  behindSeconds: described(amount, 'how long more than five exposures per thread were in that state'),
  keptUp: described(flag, 'it was so for less than a minute: a handful of files at once is no falling behind'),
});

export type Watched = Of<typeof watchedSchema>;

/** Milliseconds since 1970. */
export interface Handling {
  readonly arrived: number;
  readonly whole: number;
  readonly corrected: number;
}

/** Exposures that may wait for each thread before a watch is said to be behind: as the watch itself warns. */
const MANY_PER_THREAD = 5;

/** s. */
const LONG = 60;

/** ms. */
const WINDOW = 5 * 60_000;

const micros = (seconds: number): number => Math.round(seconds * 1e6);

/** From its last change to the corrected one, microseconds. */
const delayOf = (seconds: NonNullable<ReportExposure['seconds']>): number =>
  STAGES.reduce((sum, stage) => sum + micros(seconds[stage]), 0);

/** When each exposure that was waited for arrived, was whole and was corrected, in the order of arrival. */
export function passages(exposures: readonly ReportExposure[]): Handling[] {
  return exposures
    .flatMap(({ seconds, recorded }) => {
      if (!seconds || seconds.settle === 0) return [];
      const corrected = Date.parse(recorded);
      const arrived = corrected - delayOf(seconds) / 1000;
      return [{ arrived, whole: arrived + seconds.settle * 1000, corrected }];
    })
    .sort((a, b) => a.arrived - b.arrived);
}

/** Null where nothing was waited for. `threads`: of the newest run. */
export function watched(exposures: readonly ReportExposure[], threads: number): Watched | null {
  const waitedFor = exposures.flatMap(({ seconds }) => (seconds && seconds.settle > 0 ? [seconds] : []));
  if (waitedFor.length === 0) return null;
  const passed = passages(exposures);
  const delays = waitedFor.map(delayOf).sort((a, b) => a - b);
  const delay = (part: number): number => rank(delays, part) / 1e6;
  const busy = waitedFor.reduce((sum, each) => sum + delayOf(each) - micros(each.wait) - micros(each.settle), 0);
  const backlog = backlogOf(passed, MANY_PER_THREAD * threads);
  return {
    exposures: passed.length,
    first: iso(passed[0]!.arrived),
    last: iso(passed.reduce((latest, { corrected }) => Math.max(latest, corrected), 0)),
    delay: { median: delay(0.5), percentile95: delay(0.95), worst: delay(1) },
    arrivalsPerMinute: (busiest(passed) * 60_000) / WINDOW,
    capacityPerMinute: thousandths((60e6 * threads * waitedFor.length) / Math.max(1, busy)),
    ...backlog,
    keptUp: backlog.behindSeconds < LONG,
  };
}

const iso = (time: number): string => new Date(Math.round(time)).toISOString();

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

/** Most arrivals in any window. */
function busiest(passed: readonly Handling[]): number {
  let most = 0;
  let from = 0;
  for (const [at, { arrived }] of passed.entries()) {
    while (passed[from]!.arrived <= arrived - WINDOW) from++;
    most = Math.max(most, at - from + 1);
  }
  return most;
}

function backlogOf(
  passed: readonly Handling[],
  many: number,
): Pick<Watched, 'mostWaiting' | 'mostWaitingAt' | 'behindSeconds'> {
  // What leaves at a moment makes room for what comes at the same.
  const changes = passed
    .flatMap(({ whole, corrected }) => [
      { time: whole, by: 1 },
      { time: corrected, by: -1 },
    ])
    .sort((a, b) => a.time - b.time || a.by - b.by);
  let [waiting, most, mostAt, behind] = [0, 0, changes[0]!.time, 0];
  for (const [i, { time, by }] of changes.entries()) {
    if (waiting > many) behind += time - changes[i - 1]!.time;
    waiting += by;
    if (waiting > most) [most, mostAt] = [waiting, time];
  }
  return { mostWaiting: most, mostWaitingAt: iso(mostAt), behindSeconds: Math.round(behind) / 1000 };
}
