/**
 * The timings of corrections: one row each for as long as they are asked for row by row, then daily figures, so that a
 * journal that grows for years stays small. What is added up keeps its sums to the microsecond.
 */

import { TIME_FIGURES } from '../model/record.ts';
import type { Connection } from './connection.ts';
import { type Done, now, type Row, timingRow } from './rows.ts';
import { column } from './schema.ts';

/** How long rows are kept unless somebody says otherwise, days. */
export const KEEP_DAYS = 365;

/** What is added up, and what tells one sum from another. */
const SUMS = ['bytes_written', ...TIME_FIGURES.map(({ name }) => column(name))];
const KEYS = ['day', 'run', 'first', 'last', 'steps', 'type_written', 'frames', 'pixels'];

const OLD = 't.recorded < $before';

/** SQLite must see where the rows end before what to do about those that are there. */
const ADDED = `ON CONFLICT (${KEYS.join(', ')}) DO UPDATE SET ${['corrections', ...SUMS]
  .map((name) => `${name} = ${name} + excluded.${name}`)
  .join(', ')}`;

const ADD_UP = `
INSERT INTO daily_timings (${[...KEYS, 'corrections', ...SUMS].join(', ')})
SELECT substr(t.recorded, 1, 10) AS day, t.run, t.first, e.output IS NOT NULL AS last, t.steps,
       t.type_written, t.frames, t.pixels, count(*), ${SUMS.map((name) => `sum(t.${name})`).join(', ')}
FROM timings t LEFT JOIN exposures e ON e.output = t.output AND e.timing = t.id
WHERE ${OLD} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ${ADDED}`;

const ADD_ONE = `
INSERT INTO daily_timings (${[...KEYS, 'corrections', ...SUMS].join(', ')})
VALUES (${[...KEYS, 'corrections', ...SUMS].map((name) => `$${name}`).join(', ')}) ${ADDED}`;

const OLD_ROWS = `SELECT t.id FROM timings t WHERE ${OLD}`;

const DAY = 86_400_000;

/** Every method runs within a transaction of the journal's. */
export class TimingBook {
  readonly #connection: Connection;
  readonly #keepDays: number;

  /** `keepDays`: 0 keeps daily figures alone. */
  constructor(connection: Connection, keepDays: number) {
    this.#connection = connection;
    this.#keepDays = keepDays;
  }

  /** Returns the id of the row; null where it is only added to the day's figures. */
  take(outcome: Done, run: number, first: boolean): number | null {
    const row: Row = { ...timingRow(outcome, run, first) };
    if (this.#keepDays > 0) return this.#connection.put('timings', row);
    const { recorded, output: _, ...figures } = row;
    const day = String(recorded).slice(0, 10);
    this.#connection.statement(ADD_ONE).run({ ...figures, day, last: 1, corrections: 1 });
    return null;
  }

  /** Adds up what is older than it is to be kept. A day is added up whole. */
  thin(): void {
    const before = { before: new Date(Date.parse(now().slice(0, 10)) - this.#keepDays * DAY).toISOString() };
    this.#connection.statement(ADD_UP).run(before);
    this.#connection.statement(`UPDATE exposures SET timing = NULL WHERE timing IN (${OLD_ROWS})`).run(before);
    this.#connection.statement(`DELETE FROM timings WHERE id IN (${OLD_ROWS})`).run(before);
  }
}
