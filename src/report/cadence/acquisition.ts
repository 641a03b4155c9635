/** The sessions in which the exposures were taken, by their own times: the proof that stands beside the time saved. */

import { median } from '../../model/rank.ts';
import { amount, described, list, type Of, orNull, record, time, whole } from '../../model/schema.ts';
import { sessionsOf } from './sessions.ts';

const session = record({
  first: time,
  last: time,
  exposures: whole,
  exposuresPerHour: orNull(amount),
  medianInterval: orNull(amount),
});

export const acquisitionSchema = record({
  sessions: described(list(session), 'stretches without a long pause, oldest first'),
  seconds: described(amount, 'of all sessions, pauses between them left out, s'),
  exposuresPerHour: described(orNull(amount), 'null where no session lasted'),
  medianInterval: described(orNull(amount), 'between one exposure and the next of the same session, s'),
});

export type Acquisition = Of<typeof acquisitionSchema>;
export type Session = Of<typeof session>;

/** @param times ms since 1970, in any order */
export function acquisition(times: readonly number[]): Acquisition {
  const groups = sessionsOf(times);
  const milliseconds = groups.reduce((sum, group) => sum + lasted(group), 0);
  const intervals = groups.flatMap(between);
  return {
    sessions: groups.map((group) => ({
      first: new Date(group[0]!).toISOString(),
      last: new Date(group.at(-1)!).toISOString(),
      exposures: group.length,
      exposuresPerHour: perHour(group.length - 1, lasted(group)),
      medianInterval: medianOf(between(group)),
    })),
    seconds: milliseconds / 1000,
    exposuresPerHour: perHour(intervals.length, milliseconds),
    medianInterval: medianOf(intervals),
  };
}

const lasted = (group: readonly number[]): number => group.at(-1)! - group[0]!;

const between = (group: readonly number[]): number[] => group.slice(1).map((time, i) => time - group[i]!);

/** Counted from the first exposure to the last: n exposures are n - 1 intervals. */
const perHour = (intervals: number, milliseconds: number): number | null =>
  milliseconds > 0 ? Math.round((intervals * 3_600_000_000) / milliseconds) / 1000 : null;

/** s. */
const medianOf = (milliseconds: readonly number[]): number | null =>
  milliseconds.length === 0 ? null : median(milliseconds) / 1000;
