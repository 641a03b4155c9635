/** A watch in a journal, second by second as it is told: when each exposure arrived, was whole and was corrected. */

import { DatabaseSync } from '@photostructure/sqlite';
import { noTimes } from '../../src/model/outcome.ts';
import { done, KEY, start } from '../journal/makers.ts';
import { empty, type Night } from './night.ts';

/** 2026-03-01 18:00 UTC. */
export const EVENING = Date.parse('2026-03-01T18:00:00.000Z');

/** Seconds since the evening, and the seconds that a thread worked on it. */
export interface Arrival {
  readonly arrived: number;
  readonly whole: number;
  readonly corrected: number;
  readonly busy: number;
}

export function watch(t: Parameters<typeof empty>[0], arrivals: readonly Arrival[], threads = 1): Night {
  const made = empty(t);
  const { journal } = made;
  const run = journal.begin({ ...start, threads, command: 'darkroom watch raw --out corrected' });
  const micros = (seconds: number): number => Math.round(seconds * 1e6);
  for (const [i, { arrived, whole, corrected, busy }] of arrivals.entries()) {
    const times = {
      ...noTimes(),
      settle: micros(whole - arrived),
      wait: micros(corrected - whole - busy),
      despike: micros(busy),
    };
    journal.record(done(`${i}.mrc`, i, { times }), run, KEY);
  }
  const database = new DatabaseSync(journal.file);
  const set = database.prepare('UPDATE exposures SET recorded = ? WHERE output = ?');
  for (const [i, { corrected }] of arrivals.entries())
    set.run(new Date(EVENING + corrected * 1000).toISOString(), `${i}.mrc`);
  database.close();
  return made;
}
