/** The promises of report.json and exposures.csv. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { Journal } from '../../src/journal/journal.ts';
import { noTimes, STAGES } from '../../src/model/outcome.ts';
import { reportOf, writeReports } from '../../src/report/report.ts';
import { type Report, reportSchema } from '../../src/report/shape.ts';
import { settingsOf } from '../cli/call.ts';
import { done, failed, figures, KEY, start } from '../journal/makers.ts';
import { departures } from './conforms.ts';
import { multiply } from './many.ts';
import { empty, night } from './night.ts';

const { recipe: RECIPE } = await settingsOf('raw --no-flat-field --out corrected');

const read = (folder: string): Report =>
  JSON.parse(fs.readFileSync(path.join(folder, 'report.json'), 'utf8')) as Report;

/** Rows of an RFC 4180 table. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

test('report.json begins as promised and keeps to its published schema', async (t) => {
  const { journal, folder } = night(t, { inlineSeconds: 4.5 });
  await writeReports(journal, folder);
  const report = read(folder);
  assert.deepEqual(Object.keys(report), [
    'version',
    'tool',
    'made',
    'run',
    'recipe',
    'effectiveRecipe',
    'references',
    'totals',
    'timeSaved',
    'stages',
    'exposures',
    'days',
    'acquisition',
    'cadence',
    'busy',
    'transfer',
    'disk',
    'pool',
    'watch',
    'camera',
    'referenceChecks',
    'runs',
  ]);
  assert.deepEqual(departures(report, reportSchema), []);
  assert.deepEqual(report.recipe, start.recipe);
  assert.deepEqual(report.references, start.references);
});

test('the schema refuses a report that is not one', (t) => {
  const report = reportOf(night(t).journal.contents()!);
  const wrong = [
    { ...report, version: 2 },
    { ...report, extra: 1 },
    { ...report, exposures: [{ ...report.exposures[0], status: 'perhaps' }] },
    { ...report, exposures: [{ ...report.exposures[0], width: '4096' }] },
    { ...report, totals: { ...report.totals, seconds: {} } },
    { ...report, run: { ...report.run, started: 'yesterday' } },
  ];
  for (const each of wrong) assert.notDeepEqual(departures(each, reportSchema), []);
});

test('what an earlier run corrected is skipped, what failed says why', (t) => {
  const { journal } = night(t);
  const { exposures, totals, run } = reportOf(journal.contents()!);
  const { done: fresh, skipped, failed: bad, exposures: all, suspect } = totals;
  assert.deepEqual([all, fresh, skipped, bad, suspect], [40, 2, 36, 2, 5]);
  assert.deepEqual([run.done, run.skipped, run.failed, run.exitCode], [2, 36, 2, 2]);
  const last = exposures.at(-1)!;
  assert.deepEqual([last.status, last.fault!.kind, last.seconds], ['failed', 'incomplete', null]);
  assert.deepEqual([exposures[0]!.status, 'fault' in exposures[0]!], ['skipped', false]);
});

test('totals are the sums of the rows to the last digit, in JSON, CSV and SQL', async (t) => {
  const { journal, folder } = night(t);
  await writeReports(journal, folder);
  const { totals, stages, exposures } = read(folder);
  const [names, ...rows] = parseCsv(fs.readFileSync(path.join(folder, 'exposures.csv'), 'utf8'));
  const database = new DatabaseSync(journal.file, { readOnly: true });
  t.after(() => database.close());
  const sqlSum = (table: string, column: string): number =>
    database.prepare(`SELECT sum(${column}) AS sum FROM ${table}`).get().sum as number;
  const csvSum = (name: string, unit = 1): number =>
    rows.reduce((sum, row) => sum + Math.round(Number(row[names!.indexOf(name)]) * unit), 0);
  const snake = (name: string): string =>
    name.replace('flatField', 'flat_field').replace(/(clipped|non)([LF])/, '$1_$2');

  for (const stage of STAGES) {
    const micros = exposures.reduce((sum, each) => sum + Math.round((each.seconds?.[stage] ?? 0) * 1e6), 0);
    assert.equal(totals.seconds[stage], micros / 1e6, stage);
    assert.equal(stages.find(({ name }) => name === stage)!.total, micros / 1e6, stage);
    assert.equal(csvSum(`${stage}Seconds`, 1e6), micros, stage);
    assert.equal(sqlSum('timings', snake(stage)), micros, stage);
  }
  for (const name of ['spikes', 'clippedLow', 'saturated'] as const) {
    const sum = exposures.reduce((all, each) => all + (each.counts?.[name] ?? 0), 0);
    assert.ok(sum > 0);
    assert.deepEqual([totals.counts[name], csvSum(name), sqlSum('exposures', snake(name))], [sum, sum, sum], name);
  }
  assert.equal(totals.bytesOut, csvSum('bytesOut'));
});

test('median, 95 % and longest are times that some exposure really took', (t) => {
  const table: [count: number, microseconds: number[]][] = [
    [1, [1, 1, 1]],
    [3, [2, 3, 3]],
    [100, [50, 95, 100]],
  ];
  for (const [count, expected] of table) {
    const { journal } = empty(t);
    const run = journal.begin(start);
    for (let at = 1; at <= count; at++) {
      journal.record(done(`${at}.mrc`, 1, { times: { ...noTimes(), read: at } }), run, KEY);
    }
    const read = reportOf(journal.contents()!).stages.find(({ name }) => name === 'read')!;
    assert.deepEqual(
      [read.median, read.percentile95, read.longest],
      expected.map((micros) => micros / 1e6),
    );
  }
});

test('names with commas, quotes, line breaks and letters of any language survive in the CSV', async (t) => {
  const { journal, folder } = empty(t);
  const run = journal.begin(start);
  const names = ['a,b.mrc', 'a"b.mrc', 'a\nb.mrc', 'a\r\nb.mrc', 'Gitterö 格子.mrc', '"', ' blank '];
  for (const name of names) journal.record(done(name), run, KEY);
  journal.record(
    failed('bad.mrc', 'format', { fault: { kind: 'format', message: 'found "PK",\nexpected an image' } }),
    run,
    KEY,
  );
  await writeReports(journal, folder);
  const [head, ...rows] = parseCsv(fs.readFileSync(path.join(folder, 'exposures.csv'), 'utf8'));
  assert.ok(rows.every((row) => row.length === head!.length));
  const outputs = rows.map((row) => row[head!.indexOf('output')]!);
  assert.deepEqual(outputs.toSorted(), [...names, 'bad.mrc'].sort());
  assert.equal(rows.find((row) => row[1] === 'bad.mrc')!.at(-1), 'found "PK",\nexpected an image');
});

test('a name that begins like a formula is text to a spreadsheet, and one apostrophe away from itself', async (t) => {
  const { journal, folder } = empty(t);
  const run = journal.begin(start);
  const names = [
    '=1+1.mrc',
    '+a.mrc',
    '-b.mrc',
    '@c.mrc',
    '\td.mrc',
    '\re.mrc',
    '＝f.mrc',
    "'g.mrc",
    'h=1.mrc',
    'i.mrc',
  ];
  for (const name of names) journal.record(done(name, 1, { input: name, suspect: [`${name}: odd`] }), run, KEY);
  const fault = { kind: 'format', message: '=HYPERLINK("http://x"): no image' } as const;
  journal.record(failed('bad.mrc', 'format', { fault }), run, KEY);
  await writeReports(journal, folder);
  const [head, ...rows] = parseCsv(fs.readFileSync(path.join(folder, 'exposures.csv'), 'utf8'));
  const texts = rows.flatMap((row) => row.filter((cell) => cell !== '' && !Number.isFinite(Number(cell))));
  assert.deepEqual(
    texts.filter((cell) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell)),
    [],
  );
  const read = (name: string): string[] => rows.map((row) => row[head!.indexOf(name)]!.replace(/^'/, ''));
  assert.deepEqual(read('output').toSorted(), [...names, 'bad.mrc'].toSorted());
  assert.ok(read('suspect').includes('=1+1.mrc: odd') && read('faultMessage').includes(fault.message));
});

test('the recipe as it ran: defaults filled in by method and types, nothing of what did not run', (t) => {
  const { journal } = empty(t);
  const given = { ...RECIPE, steps: ['flat-field', 'despike', 'clip'] };
  const of = (recipe: object, ...outcomes: Parameters<typeof done>[2][]): Record<string, unknown> => {
    const run = journal.begin({ ...start, recipe });
    for (const [i, each] of outcomes.entries()) journal.record(done(`${i}.mrc`, 1, each), run, KEY);
    const { effectiveRecipe } = reportOf(journal.contents()!);
    return Object.fromEntries(
      effectiveRecipe.map(({ name, value, from }) => [name, from === null ? value : [value, from]]),
    );
  };
  const seen = of(given, {});
  assert.deepEqual(seen.despikeThreshold, [8, 'default of robust']);
  assert.deepEqual(
    [seen.clipLow, seen.clipHigh],
    [
      [0, 'range of uint16'],
      [65_535, 'range of uint16'],
    ],
  );
  assert.deepEqual(seen.saturation, [65_535, 'largest value of uint16']);
  assert.equal('despikeSize' in seen, false, 'an option of leginon');

  const old = of({ ...given, despike: 'leginon', clipLow: 'none', clipHigh: 4000, despikeThreshold: 4 }, {});
  assert.deepEqual([old.despikeThreshold, old.despikeSize, old.clipLow, old.clipHigh], [4, 11, 'none', 4000]);
  assert.equal('despikePatch' in old, false);

  const mixed = of({ ...given, scale: 2 }, {}, { type: 'float32' });
  assert.deepEqual(mixed.clipHigh, [
    { float32: 'none', uint16: 32_767.5 },
    'range of float32, uint16, seen through scale and offset',
  ]);
  const off = of({ ...given, despike: 'off', steps: ['flat-field'] }, {}, {});
  assert.deepEqual([off.despike, 'despikeThreshold' in off, 'clipLow' in off], ['off', false, false]);
  const { exposure } = done('0.mrc');
  const stack = of(given, { exposure: { ...exposure, frames: 5 } }, { exposure: { ...exposure, frames: 5 } });
  assert.deepEqual(stack.despike, ['off', 'stacks and 8-bit pixels are not despiked']);
});

test('statistics that are no finite number are null in JSON and empty in CSV', async (t) => {
  const { journal, folder } = empty(t);
  const known = figures().statistics;
  const statistics = { ...known, max: Number.POSITIVE_INFINITY, mean: Number.NaN };
  journal.record(done('a.mrc', 1, { statistics }), journal.begin(start), KEY);
  await writeReports(journal, folder);
  assert.deepEqual(read(folder).exposures[0]!.statistics, { ...known, max: null, mean: null });
  assert.deepEqual(departures(read(folder), reportSchema), []);
});

test('without a run there is no report; a run without exposures has one', async (t) => {
  const { journal, folder } = empty(t);
  assert.equal(await writeReports(journal, folder), null);
  assert.deepEqual(fs.readdirSync(folder), ['darkroom.sqlite']);
  journal.begin(start);
  await writeReports(journal, folder);
  assert.deepEqual(departures(read(folder), reportSchema), []);
  assert.deepEqual(read(folder).exposures, []);
});

test('the report of a journal opened to be read is the same, and is made while the run goes on', async (t) => {
  const { journal, folder } = night(t);
  journal.begin(start);
  const reading = Journal.openReadOnly(journal.file)!;
  t.after(() => reading.close());
  assert.deepEqual(reading.contents(), journal.contents());
  assert.equal((await writeReports(reading, folder))!.run.finished, null);
});

test('a report of twenty thousand exposures has them all', { timeout: 120_000 }, async (t) => {
  const { journal, folder } = empty(t);
  const run = journal.begin(start);
  journal.record(done('seed.mrc'), run, KEY);
  multiply(journal, 20_000);
  const { totals } = (await writeReports(journal, folder))!;
  assert.equal(totals.exposures, 20_000);
});
