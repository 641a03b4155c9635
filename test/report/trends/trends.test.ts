/** The promises of trends: nights side by side as their own reports have them, on the real program and in a real browser. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { Journal } from '../../../src/journal/journal.ts';
import type { Report } from '../../../src/report/shape.ts';
import type { Night, Trends } from '../../../src/report/trends/trends.ts';
import { darkroom, folderFor } from '../../cli/call.ts';
import { done, failed, identity, KEY, start } from '../../journal/makers.ts';
import { noBrowser, open } from '../page/browser.ts';

interface Making {
  readonly name: string;
  /** Days after the first night; s between exposures. */
  readonly day: number;
  readonly every: number;
  readonly dark?: number;
  readonly failing?: number;
  readonly inlineSeconds?: number;
}

const SEASON: readonly Making[] = [
  { name: 'monday <b>', day: 0, every: 40, dark: 12.5 },
  { name: 'tuesday #2 100%', day: 1, every: 30, dark: 13.25, failing: 3 },
  { name: 'wednesday', day: 2, every: 20 },
];

/** Output folders of a few nights, in `folder`. */
function season(t: TestContext, makings: readonly Making[] = SEASON): { root: string; folders: string[] } {
  const root = folderFor(t);
  const folders = makings.map(({ name, day, every, dark, failing = 0, inlineSeconds = null }) => {
    const folder = path.join(root, 'corrected', name);
    fs.mkdirSync(folder, { recursive: true });
    const journal = Journal.open(path.join(folder, 'darkroom.sqlite'));
    const references = dark === undefined ? [] : [{ role: 'dark', name: 'd.mrc', hash: 'd'.repeat(64), level: dark }];
    const run = journal.begin({ ...start, references, inlineSeconds, outputFolder: folder });
    for (let i = 0; i < 20; i++) {
      const mtimeNs = identity.mtimeNs + BigInt(day * 86_400 + i * every) * 1_000_000_000n;
      journal.record(done(`${i}.mrc`, i + day, { identity: { ...identity, mtimeNs } }), run, KEY);
    }
    for (let i = 0; i < failing; i++) journal.record(failed(`bad ${i}.mrc`, 'format', { identity: null }), run, KEY);
    journal.finish(run, 0);
    journal.close();
    return folder;
  });
  return { root, folders };
}

const json = <T>(...at: string[]): T => JSON.parse(fs.readFileSync(path.join(...at), 'utf8')) as T;

test('several folders: their nights side by side, in the order in which they were taken, with the figures of their reports', (t) => {
  const { root, folders } = season(t);
  const { code, out, err } = darkroom('report', ...folders.toReversed());
  assert.deepEqual([code, err], [0, '']);
  t.diagnostic(`\n${out}`);
  const { nights } = json<Trends>(root, 'corrected', 'trends.json');
  assert.deepEqual(
    nights.map((each) => each.folder),
    folders,
  );
  assert.deepEqual(
    nights.map(({ exposuresPerHour, medianInterval, darkLevel, failed: bad }) => [
      exposuresPerHour,
      medianInterval,
      darkLevel,
      bad,
    ]),
    [
      [90, 40, 12.5, 0],
      [120, 30, 13.25, 3],
      [180, 20, null, 0],
    ],
  );
  assert.deepEqual(
    nights.map(({ gaps, gapSeconds, bestHour }) => [gaps, gapSeconds, bestHour]),
    nights.map(() => [0, 0, null]),
  );
  for (const night of nights) {
    const { totals, timeSaved, exposures } = json<Report>(night.folder, 'report.json');
    const pixels = exposures.reduce((sum, { counts, width, height }) => sum + (counts ? width! * height! : 0), 0);
    const expected: Partial<Night> = {
      corrected: totals.done,
      failed: totals.failed,
      suspect: totals.suspect,
      timeSaved: timeSaved.map(({ name, seconds }) => ({ name, seconds })),
      spikesPpm: Math.round((totals.counts.spikes * 1e9) / pixels) / 1000,
    };
    assert.deepEqual({ ...night, ...expected }, night);
  }
  const lines = out.split('\n');
  assert.ok(out.endsWith(`report: ${path.join(root, 'corrected', 'trends.html')}\n`), out);
  for (const [i, { name }] of SEASON.entries()) assert.ok(lines[i + 1]!.startsWith(name), out);
});

test('--out says where the trends go, --json prints them, and what is no output folder is left out by name', (t) => {
  const { root, folders } = season(t);
  const elsewhere = path.join(root, 'elsewhere');
  fs.mkdirSync(elsewhere);
  const file = path.join(root, 'corrected', 'notes.txt');
  fs.writeFileSync(file, '');
  const { code, out, err } = darkroom('report', file, ...folders, '--json', '--out', elsewhere);
  assert.equal(code, 0);
  assert.match(err, /left out: .*notes\.txt.*found no journal/);
  assert.equal(out, fs.readFileSync(path.join(elsewhere, 'trends.json'), 'utf8'));
  assert.deepEqual(fs.readdirSync(elsewhere).sort(), ['trends.html', 'trends.json']);
  assert.equal(fs.existsSync(path.join(root, 'corrected', 'trends.json')), false);
});

test('a night whose own report warns is no green night, and where nothing failed no bar is drawn', {
  skip: noBrowser,
  timeout: 120_000,
}, async (t) => {
  const { root, folders } = season(
    t,
    SEASON.map((each) => ({ ...each, failing: 0 })),
  );
  // The second one was killed: nothing failed in it, and yet its own page asks for somebody.
  const database = new DatabaseSync(path.join(folders[1]!, 'darkroom.sqlite'));
  database.exec('UPDATE runs SET finished = NULL, exit_code = NULL');
  database.close();
  const { code, out } = darkroom('report', ...folders);
  assert.equal(code, 0);
  const { nights } = json<Trends>(root, 'corrected', 'trends.json');
  assert.deepEqual(
    nights.map(({ verdict, needs }) => [verdict, needs.length]),
    [
      ['well', 0],
      ['look', 1],
      ['well', 0],
    ],
  );
  assert.match(out, /look at it/);
  const { page, complaints } = await open(t, path.join(root, 'corrected', 'trends.html'));
  assert.equal(await page.locator('.verdict.look').count(), 1);
  assert.match(await page.locator('.verdict').innerText(), /1 night needs attention\.\s+tuesday .*has not finished/);
  const failedChart = page.locator('figure', { hasText: 'failed' });
  assert.match(await failedChart.locator('figcaption').innerText(), /none in any night/);
  assert.doesNotMatch(await failedChart.innerHTML(), /NaN/);
  for (const bar of await failedChart.locator('rect').all()) assert.equal(Number(await bar.getAttribute('height')), 0);
  assert.deepEqual(complaints, []);
});

test('wrong words are refused by name before anything is written', (t) => {
  const { root, folders } = season(t);
  const table: [string[], RegExp][] = [
    [[folders[0]!, '--out', root], /--out says where trends go, but one folder is given/],
    [[...folders, '--out', path.join(root, 'none')], /--out .*none: found no folder/],
    [[...folders, '--journal', 'x.sqlite'], /--journal names one journal/],
    [[path.join(root, 'a'), path.join(root, 'b')], /found no journal in any of 2 folders/],
    [['/usr/a', '/var/b'], /no folder but \/ holds them all; say with --out/],
  ];
  for (const [words, says] of table) {
    const { code, err } = darkroom('report', ...words);
    assert.deepEqual([code, says.test(err)], [1, true], err);
  }
  assert.equal(fs.existsSync(path.join(folders[0]!, 'report.json')), false);
});

test("bases are not mixed: one's own is shown where every night has it, else what was measured", (t) => {
  const mine = season(
    t,
    SEASON.map((each) => ({ ...each, inlineSeconds: 4.5 })),
  );
  assert.match(darkroom('report', ...mine.folders).out, /time given back, yours/);
  const some = season(t, [{ ...SEASON[0]!, inlineSeconds: 4.5 }, SEASON[1]!]);
  assert.match(darkroom('report', ...some.folders).out, /time given back, measured/);
});

test('the page shows every night, each figure as in trends.json, and leads to the reports', {
  skip: noBrowser,
  timeout: 120_000,
}, async (t) => {
  const { root, folders } = season(t);
  assert.equal(darkroom('report', ...folders).code, 0);
  const { page, complaints } = await open(t, path.join(root, 'corrected', 'trends.html'));
  assert.match(await page.locator('.verdict').innerText(), /60 exposures corrected, 3 failed/);
  // No night was as long as an hour: of the best one nothing is known.
  assert.equal(await page.locator('svg.chart').count(), 9);
  const { nights } = json<Trends>(root, 'corrected', 'trends.json');
  const said = await page.locator('#nights data').evaluateAll((all) => all.map((each) => each.getAttribute('value')));
  assert.deepEqual(
    said.map(Number),
    nights
      .flatMap((night) => [
        night.corrected,
        night.failed,
        night.exposuresPerHour,
        night.bestHour,
        night.medianInterval,
        night.gaps,
        night.gapSeconds,
        night.timeSaved[0]!.seconds,
        night.spikesPpm,
        night.darkLevel,
      ])
      .filter((each) => each !== null),
  );
  assert.deepEqual(complaints, []);
  const saved = nights[1]!.timeSaved[0]!.seconds;
  assert.equal(await page.getByRole('link', { name: `tuesday #2 100%: ${saved.toFixed(2)} s` }).count(), 1);
  await page.locator('#nights').getByRole('link', { name: 'tuesday #2 100%', exact: true }).click();
  await page.locator('#failures').waitFor();
  assert.equal(await page.locator('h1').innerText(), 'tuesday #2 100%');
});
