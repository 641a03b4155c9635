/** The promises of timings: one row each for as long as they are kept, then figures of the day, and every sum as it was. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Contents } from '../../src/journal/contents.ts';
import { Journal } from '../../src/journal/journal.ts';
import { noTimes } from '../../src/model/outcome.ts';
import { reportOf } from '../../src/report/report.ts';
import { done, failed, folder, KEY, start } from './makers.ts';

/** As if everything in the journal had been recorded so many days earlier. */
function aged(journal: Journal, days: number): void {
  const database = new DatabaseSync(journal.file);
  const earlier = (column: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '-${days} days')`;
  database.exec(`UPDATE timings SET recorded = ${earlier('recorded')}`);
  database.exec(`UPDATE runs SET started = ${earlier('started')}`);
  database.close();
}

const rowsOf = (journal: Journal, table: string): number => {
  const database = new DatabaseSync(journal.file, { readOnly: true });
  const { n } = database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number };
  database.close();
  return n;
};

/** Two runs: forced, corrected again with other steps, and one that failed after it had been done. */
function season(t: TestContext): Journal {
  const journal = Journal.open(path.join(folder(t), 'darkroom.sqlite'), 30);
  for (const steps of [['flat-field', 'despike'], ['flat-field']]) {
    const run = journal.begin({ ...start, inlineSeconds: 4.5 });
    for (let i = 0; i < 20; i++) journal.record(done(`${i}.mrc`, i, { steps }), run, KEY);
    for (let i = 0; i < 5; i++) journal.record(done(`${i}.mrc`, i + 100, { steps }), run, KEY);
    journal.record(done(`new ${steps.length}.mrc`, 7, { steps, type: 'float32' }), run, KEY);
    journal.record(failed('19.mrc'), run, KEY);
    journal.finish(run, 2);
  }
  return journal;
}

function reopened(t: TestContext, journal: Journal, keepDays: number): Journal {
  journal.close();
  const again = Journal.open(journal.file, keepDays);
  t.after(() => again.close());
  return again;
}

const told = (contents: Contents) => {
  const { totals, timeSaved, stages, disk } = reportOf(contents);
  return { totals, timeSaved, totalsOfStages: stages.map(({ name, total }) => [name, total]), disk };
};

test('rows older than --keep-days become figures of the day; totals, time saved and what threads did stay the same', (t) => {
  let journal = season(t);
  aged(journal, 31);
  const before = journal.contents()!;
  journal = reopened(t, journal, 30);
  const run = journal.begin(start);
  const after = journal.contents()!;

  assert.deepEqual([rowsOf(journal, 'timings'), before.days.length, after.days.length], [0, 0, 1]);
  assert.ok(rowsOf(journal, 'daily_timings') < 10);
  assert.ok(after.entries.every(({ corrected }) => corrected === null || corrected.times === null));
  assert.deepEqual([after.batches, after.work], [before.batches, before.work]);
  const { totals: of, ...rest } = told({ ...after, run: before.run, inlineSeconds: 4.5 });
  assert.deepEqual({ totals: of, ...rest }, told(before));
  const sum = (all: Contents): number => reportOf(all).days.reduce((total, { corrections }) => total + corrections, 0);
  assert.equal(sum(after), after.entries.filter(({ corrected }) => corrected).length, 'the newest of each output');

  // Corrected again: still not for the first time.
  journal.record(done('3.mrc', 3), run, KEY);
  assert.deepEqual(journal.contents()!.batches, before.batches);
});

test('younger rows stay as they are, and days are added up whole', (t) => {
  let journal = season(t);
  const before = journal.contents()!;
  aged(journal, 29);
  journal = reopened(t, journal, 30);
  journal.begin(start);
  assert.deepEqual(journal.contents()!.entries, before.entries);
  aged(journal, 2);
  journal = reopened(t, journal, 30);
  journal.begin(start);
  assert.equal(rowsOf(journal, 'timings'), 0);
});

test('a journal that is kept by the day from the start has no row for a correction, and the same sums', (t) => {
  const [byRow, byDay] = [365, 0].map((keepDays) => {
    const journal = Journal.open(path.join(folder(t), 'darkroom.sqlite'), keepDays);
    t.after(() => journal.close());
    const run = journal.begin(start);
    for (let i = 0; i < 30; i++) journal.record(done(`${i}.mrc`, i), run, KEY);
    for (let i = 0; i < 3; i++) journal.record(failed(`bad ${i}.mrc`), run, KEY);
    journal.finish(run, 2);
    return { rows: rowsOf(journal, 'timings'), contents: journal.contents()! };
  }) as [{ rows: number; contents: Contents }, { rows: number; contents: Contents }];
  assert.deepEqual([byRow.rows, byDay.rows], [30, 0]);
  assert.deepEqual(told(byDay.contents), told(byRow.contents));
  assert.deepEqual(byDay.contents.work, byRow.contents.work);
});

test('a watch that goes on for days adds up too, and old and new rows are one sum in time_spent', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-03-01T22:00:00.000Z') });
  const journal = Journal.open(path.join(folder(t), 'darkroom.sqlite'), 1);
  t.after(() => journal.close());
  const run = journal.begin(start);
  const times = { ...noTimes(), read: 3, despike: 5 };
  const left: number[] = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    journal.record(done(`${name}.mrc`, 1, { times }), run, KEY);
    left.push(rowsOf(journal, 'timings'));
    t.mock.timers.tick(86_400_000);
  }
  assert.deepEqual(left, [1, 2, 2, 2], 'of the day before and of the day');
  const database = new DatabaseSync(journal.file, { readOnly: true });
  t.after(() => database.close());
  const days = database
    .prepare('SELECT day, sum(corrections) AS n, sum(read) AS read FROM time_spent GROUP BY day')
    .all();
  assert.deepEqual(
    days.map(({ day, n, read }) => [day, n, read]),
    ['01', '02', '03', '04'].map((day) => [`2026-03-${day}`, 1, 3]),
  );
});
