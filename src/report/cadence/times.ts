/** Which times tell when the exposures were taken: those that the microscope states, else those of the files. */

import type { Entry } from '../../journal/contents.ts';
import { milliseconds } from '../record.ts';
import { PAUSE } from './sessions.ts';

export interface TakenExposure {
  readonly entry: Entry;
  /** ms since 1970. */
  readonly at: number;
  /** Exposure time, s; null where nothing states it. */
  readonly exposureSeconds: number | null;
}

export interface Times {
  /** What states them, for people. */
  readonly source: string;
  /** The microscope states them; false: they are the files' own, which copying may have changed. */
  readonly stated: boolean;
  /** Oldest first. Clocks are never mixed: an exposure that this source says nothing of is left out. */
  readonly taken: readonly TakenExposure[];
}

export const MODIFICATION_TIME = 'modification time of the files';

/** The microscope's times count where at least this part of the exposures has them. */
const ENOUGH = 0.5;

export function timesOf(entries: readonly Entry[]): Times {
  const known = entries.filter(({ identity, metadata }) => identity || metadata?.taken !== undefined);
  const stated = known.filter(({ metadata }) => metadata?.taken !== undefined);
  if (stated.length > 0 && stated.length >= ENOUGH * known.length) {
    const names = [...new Set(stated.map(({ metadata }) => metadata!.takenFrom ?? 'metadata'))].sort();
    return { source: names.join(', '), stated: true, taken: sorted(stated, ({ metadata }) => metadata!.taken!) };
  }
  const files = entries.filter(({ identity }) => identity);
  return {
    source: MODIFICATION_TIME,
    stated: false,
    taken: sorted(files, ({ identity }) => milliseconds(identity!.mtimeNs)),
  };
}

const sorted = (entries: readonly Entry[], time: (entry: Entry) => number): TakenExposure[] =>
  entries
    .map((entry) => ({ entry, at: time(entry), exposureSeconds: entry.metadata?.exposureSeconds ?? null }))
    .sort((a, b) => a.at - b.at);

/** Seconds from the exposure before each to it, of the same session; the first of a session has none. */
export function intervalsOf({ taken }: Times): ReadonlyMap<Entry, number> {
  return new Map(
    taken.flatMap(({ entry, at }, i) => {
      const before = taken[i - 1];
      return before && at - before.at <= PAUSE ? [[entry, (at - before.at) / 1000] as const] : [];
    }),
  );
}
