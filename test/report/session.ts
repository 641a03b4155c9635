/** A session of a day at a microscope in a journal: what a report should show is known, seeded, and looks like life. */

import { DatabaseSync } from '@photostructure/sqlite';
import type { RunStart } from '../../src/journal/contents.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { noCounts, noTimes } from '../../src/model/outcome.ts';
import { done, failed, figures, identity, KEY, start } from '../journal/makers.ts';
import { pictured } from '../journal/makers-sample.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Session {
  readonly exposures: number;
  /** Every so many exposures one fails, one is suspect. */
  readonly failing?: number;
  readonly suspect?: number;
  readonly changes?: Partial<RunStart>;
}

/** Returns what failed. Half-way another norm is used, by a second run. */
export function session(
  journal: Journal,
  { exposures, failing = 40, suspect = 70, changes = {} }: Session,
): { failed: number; suspect: number } {
  const draw = seeded(exposures);
  const spread = (amount: number, by: number): number => amount * (1 + by * (draw() + draw() - 1));
  const counted = { failed: 0, suspect: 0 };
  const began = Date.parse(new Date().toISOString());
  const references = [
    { role: 'dark', name: 'dark_2026-03-01.mrc', hash: 'd'.repeat(64) },
    { role: 'norm', name: 'norm_2026-03-01.mrc', hash: 'b'.repeat(64) },
  ];
  const other = [references[0]!, { role: 'norm', name: 'norm_2026-03-01_evening.mrc', hash: 'c'.repeat(64) }];
  const half = Math.floor(exposures / 2);
  let run = journal.begin({ ...start, references, ...changes });
  let taken = identity.mtimeNs;
  for (let at = 0; at < exposures; at++) {
    if (at === half) {
      journal.finish(run, counted.failed > 0 ? 2 : 0);
      run = journal.begin({ ...start, references: other, ...changes });
    }
    taken += BigInt(Math.round(spread(38e9, 0.3) + (at % 25 === 0 ? 180e9 : 0)));
    const output = `grid${1 + Math.floor(at / 100)}/exposure_${String(at).padStart(5, '0')}.mrc`;
    const own = { ...identity, mtimeNs: taken };
    if (at % failing === failing - 1) {
      counted.failed++;
      const kind = counted.failed % 3 === 0 ? 'geometry' : 'incomplete';
      const message = `/facility/raw/${output}: ends at byte 512, expected 33555456; copy it again`;
      journal.record(failed(output, kind, { identity: own, fault: { kind, message } }), run, KEY);
      continue;
    }
    const odd = at % suspect === suspect - 1;
    if (odd) counted.suspect++;
    const mean = spread(at < half ? 820 : 790, 0.12) * (odd ? 0.02 : 1);
    journal.record(
      done(output, at, {
        identity: own,
        suspect: odd ? [`mean ${mean.toFixed(1)} counts: below 20 counts rounding undoes the norm`] : [],
        counts: {
          ...noCounts(),
          spikes: Math.round(spread(8100, 0.25) * (at % 61 === 60 ? 5 : 1)),
          defects: at < half ? 3120 : 3188,
          clippedLow: draw() < 0.1 ? Math.round(draw() * 40) : 0,
          saturated: draw() < 0.05 ? Math.round(draw() * 300) : 0,
        },
        statistics: {
          ...figures().statistics,
          min: 0,
          max: Math.round(spread(9000, 0.5)),
          mean,
          deviation: spread(Math.sqrt(mean) * 1.6, 0.2),
        },
        sample: pictured(Math.round(mean)),
        steps: ['flat-field', 'defects', 'despike', 'clip'],
        times: {
          ...noTimes(),
          wait: Math.round(spread(60_000, 0.9)),
          read: Math.round(spread(9_000, 0.5)),
          flatField: Math.round(spread(19_000, 0.2)),
          defects: Math.round(spread(2_000, 0.2)),
          despike: Math.round(spread(56_000, 0.15)),
          finish: Math.round(spread(24_000, 0.2)),
          write: Math.round(spread(16_000, 0.6)),
          flush: Math.round(spread(18_000, 0.9)),
        },
      }),
      run,
      KEY,
    );
  }
  journal.finish(run, counted.failed > 0 ? 2 : 0);
  pace(journal.file, began);
  return counted;
}

/** As if the records had come one after another over hours, not in one burst: 80 ms an exposure. */
function pace(file: string, began: number): void {
  const database = new DatabaseSync(file);
  database.exec('BEGIN');
  for (const table of ['exposures', 'runs']) {
    const time = table === 'runs' ? 'started' : 'recorded';
    const rows = database.prepare(`SELECT rowid AS id FROM ${table} ORDER BY ${time}, rowid`).all() as { id: number }[];
    const set = database.prepare(`UPDATE ${table} SET ${time} = ? WHERE rowid = ?`);
    const count = (database.prepare('SELECT count(*) AS n FROM exposures').get() as { n: number }).n;
    rows.forEach(({ id }, i) => {
      const offset = table === 'runs' ? (i * count * 80) / rows.length : i * 80 + 60 * Math.sin(i);
      set.run(new Date(began + Math.max(0, Math.round(offset))).toISOString(), id);
    });
  }
  database.exec(`UPDATE runs SET wall = ${'(SELECT count(*) FROM exposures)'} * 40000`);
  database.exec('COMMIT');
  database.close();
}
