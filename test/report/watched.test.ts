/** The promises of the watch panel: its figures follow from the journal alone, and the page stays fresh while a watch goes on. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { needsSomebody } from '../../src/report/page/headline.ts';
import { reportOf, writeReports } from '../../src/report/report.ts';
import { exposure, place, watching } from '../watch/watching.ts';
import { night } from './night.ts';
import { noBrowser, open } from './page/browser.ts';
import { type Arrival, EVENING, watch } from './watched.ts';

const at = (seconds: number): string => new Date(EVENING + seconds * 1000).toISOString();

/** One every 10 s, settled after 2 s, corrected half a second later. */
const steady = (count: number): Arrival[] =>
  Array.from({ length: count }, (_, i) => ({
    arrived: 10 * i,
    whole: 10 * i + 2,
    corrected: 10 * i + 2.5,
    busy: 0.25,
  }));

test('delay, arrivals against capacity, and that it kept up, from the journal alone', (t) => {
  const slow = { arrived: 1000, whole: 1006, corrected: 1009, busy: 0.25 };
  const { journal } = watch(t, [...steady(99), slow]);
  assert.deepEqual(reportOf(journal.contents()!).watch, {
    exposures: 100,
    first: at(0),
    last: at(1009),
    delay: { median: 2.5, percentile95: 2.5, worst: 9 },
    arrivalsPerMinute: 6,
    capacityPerMinute: 240,
    mostWaiting: 1,
    mostWaitingAt: at(2),
    behindSeconds: 0,
    keptUp: true,
  });
});

test('a watch that fell behind says for how long, how many waited and when', (t) => {
  // Thirty at once; one thread takes four seconds for each. More than five wait until the 25th is corrected.
  const burst = Array.from({ length: 30 }, (_, i) => ({ arrived: 0, whole: 2, corrected: 6 + 4 * i, busy: 4 }));
  const { journal } = watch(t, burst);
  const told = reportOf(journal.contents()!).watch!;
  assert.deepEqual(
    [told.keptUp, told.behindSeconds, told.mostWaiting, told.mostWaitingAt, told.arrivalsPerMinute],
    [false, 100, 30, at(2), 6],
  );
  const six = reportOf(watch(t, burst, 6).journal.contents()!).watch!;
  assert.deepEqual([six.keptUp, six.behindSeconds], [true, 0], 'thirty are five for each of six threads');
  const quick = burst.map((each, i) => ({ ...each, corrected: 3 + i, busy: 1 }));
  const { keptUp, behindSeconds } = reportOf(watch(t, quick).journal.contents()!).watch!;
  assert.deepEqual([keptUp, behindSeconds], [true, 25], 'less than a minute is a handful at once');
});

test('the verdict says that somebody is needed when more arrived than could be corrected, not when a heap was caught up with', (t) => {
  const needs = (count: number, busy: number): string[] => {
    const heap = Array.from({ length: count }, (_, i) => ({ arrived: 0, whole: 2, corrected: 3 + i * busy, busy }));
    return needsSomebody(reportOf(watch(t, heap).journal.contents()!, true)).map(([what]) => what);
  };
  assert.deepEqual(needs(30, 4), []);
  assert.match(needs(30, 20).join(), /^The watch fell behind for 8 min .* s: more arrived than it could correct$/);
});

test('exposures that a run found were not waited for: there is no such panel', (t) => {
  assert.equal(reportOf(night(t).journal.contents()!).watch, null);
});

test('the panel shows both charts and the figures of report.json', {
  skip: noBrowser,
  timeout: 120_000,
}, async (t) => {
  const { journal, folder } = watch(t, steady(200));
  const { watch: told } = (await writeReports(journal, folder))!;
  const { page, complaints } = await open(t, path.join(folder, 'report.html'));
  assert.match(await page.locator('#watch .lead').innerText(), /^kept up At most 1 exposure at 2026-03-01 18:00 UTC/);
  assert.equal(await page.locator('#watch svg.chart').count(), 2);
  const said = await page.locator('#watch data').evaluateAll((all) => all.map((each) => each.getAttribute('value')));
  const { delay, mostWaiting, arrivalsPerMinute, capacityPerMinute } = told!;
  assert.deepEqual(said.map(Number), [
    mostWaiting,
    delay.median,
    delay.percentile95,
    delay.worst,
    arrivalsPerMinute,
    capacityPerMinute,
  ]);
  assert.deepEqual(complaints, []);
});

test('while a watch goes on its page is made again and again, and an open one shows the newest', {
  skip: noBrowser,
  timeout: 300_000,
}, async (t) => {
  const here = place(t);
  const watcher = watching(t, here);
  const file = path.join(here.out, 'report.html');
  const corrected = async (count: number): Promise<void> => {
    while (!fs.existsSync(file) || !fs.readFileSync(file, 'utf8').includes(`"${count}.mrc"`)) await sleep(200);
  };
  fs.writeFileSync(path.join(here.raw, '1.mrc'), exposure(1));
  await corrected(1);
  const { page, complaints } = await open(t, file, { clock: true });
  assert.match(await page.locator('.verdict').innerText(), /All is well, and it goes on\. 1 exposure corrected/);
  assert.equal(await page.locator('#watch').count(), 1);
  await page.locator('#search').fill('1.mrc');

  for (const name of ['2', '3']) fs.writeFileSync(path.join(here.raw, `${name}.mrc`), exposure(Number(name)));
  await corrected(3);
  assert.equal(watcher.process.exitCode, null, 'it still watches');
  await page.clock.fastForward(3_600_000);
  assert.match(await page.locator('.verdict').innerText(), /1 exposure corrected/, 'whoever searches is left alone');
  await page.locator('#search').fill('');
  await page.clock.fastForward(3_600_000);
  await page.getByText('3 exposures corrected').waitFor();

  assert.equal(await watcher.ended('SIGTERM'), 143);
  await page.reload();
  assert.match(await page.locator('.verdict').innerText(), /All is well\. 3 exposures corrected/);
  assert.deepEqual(complaints, []);
});
