/** The promises of reports that are made in a process of their own. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { writeReportsApart } from '../../src/report/apart.ts';
import { done, KEY, start } from '../journal/makers.ts';
import { multiply } from './many.ts';
import { empty, night } from './night.ts';

const homeOf = (folder: string) => ({ path: folder, device: fs.statSync(folder).dev });

test('reports made apart are those of the journal, and say that the run goes on', async (t) => {
  const { journal, folder } = night(t);
  journal.record(done('new.mrc'), journal.begin(start), KEY);
  await writeReportsApart(journal.file, homeOf(folder));
  const { run, totals } = JSON.parse(fs.readFileSync(path.join(folder, 'report.json'), 'utf8'));
  assert.deepEqual([run.goesOn, totals.exposures], [true, 41]);
});

test('while they are made the journal itself is not held: a record need not wait for them', async (t) => {
  const { journal, folder } = empty(t);
  journal.record(done('seed.mrc'), journal.begin(start), KEY);
  multiply(journal, 20_000);
  const workshop = path.join(folder, '.darkroom');
  const over = writeReportsApart(journal.file, homeOf(folder));
  const ended = over.then(() => true);
  const begun = (): boolean =>
    fs.existsSync(workshop) && fs.readdirSync(workshop).some((name) => name.includes('report.json'));
  while (!begun()) assert.ok(!(await Promise.race([ended, sleep(1, false)])), 'they are being made');
  const writer = new DatabaseSync(journal.file, { timeout: 0 });
  writer.exec('BEGIN EXCLUSIVE');
  writer.exec('ROLLBACK');
  writer.close();
  await over;
  assert.deepEqual(fs.readdirSync(workshop), []);
});

test('reports that nobody wants any more are dropped at any moment, and nothing half-made is left', async (t) => {
  const { journal, folder } = empty(t);
  journal.record(done('seed.mrc'), journal.begin(start), KEY);
  multiply(journal, 20_000);
  const workshop = path.join(folder, '.darkroom');
  for (const wanted of ['nothing', 'report.json', 'report.html']) {
    const needless = new AbortController();
    const over = writeReportsApart(journal.file, homeOf(folder), needless.signal);
    const begun = (): boolean =>
      wanted === 'nothing' ||
      (fs.existsSync(workshop) && fs.readdirSync(workshop).some((name) => name.includes(wanted)));
    let ended = false;
    const watching = over.then(() => {
      ended = true;
    });
    while (!begun() && !ended) await sleep(1);
    needless.abort();
    await watching;
    if (wanted === 'nothing') assert.deepEqual(fs.readdirSync(folder), ['darkroom.sqlite'], 'it was dropped');
    else assert.deepEqual(fs.readdirSync(workshop), []);
  }
  await writeReportsApart(journal.file, homeOf(folder));
  assert.deepEqual(fs.readdirSync(workshop), []);
  assert.deepEqual(
    fs
      .readdirSync(folder)
      .filter((name) => name.includes('.'))
      .sort(),
    ['.darkroom', 'darkroom.sqlite', 'exposures.csv', 'report.html', 'report.json'],
  );
});
