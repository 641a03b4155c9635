/** Reports of more exposures than one text can hold a row for. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeWhole } from '../../src/files/output-file.ts';
import { csv } from '../../src/report/csv.ts';
import { page } from '../../src/report/page/html.ts';
import { reportOf, toJson } from '../../src/report/report.ts';
import { selection } from '../../src/report/selection.ts';
import type { Report } from '../../src/report/shape.ts';
import { failed, KEY, start } from '../journal/makers.ts';
import { night } from './night.ts';

const MANY = 200_001;
const FAILED = [7, 100_000, MANY - 1];

test('up to 200 000 exposures all have a row; of more those that ask for a look and one in so many of the others', () => {
  const plain = { suspect: [] };
  assert.equal(selection(Array(MANY - 1).fill(plain)).length, MANY - 1);
  const many = Array(MANY).fill(plain);
  for (const at of FAILED) many[at] = { suspect: ['dark'] };
  const chosen = selection(many);
  assert.equal(chosen.length, 20_000);
  for (const at of FAILED) assert.ok(chosen.includes(at), `${at} is missing`);
  const gaps = chosen.slice(1).map((place, i) => place - chosen[i]!);
  assert.ok(
    gaps.every((gap) => gap >= 1 && gap <= 11),
    'evenly, each once, in their order',
  );
  const bad = selection(Array(MANY).fill({ suspect: ['dark'] }));
  assert.equal(bad.length, 10_000);
});

test('report.json and the page of many exposures are whole: totals of all, some rows; the CSV has a row for each', (t) => {
  const report = manyOf(t);
  const json = JSON.parse(toJson(report)) as Report;
  assert.deepEqual({ ...json, exposures: [] }, { ...JSON.parse(JSON.stringify({ ...report, exposures: [] })) });
  assert.equal(json.exposures.length, 20_000);
  for (const at of FAILED) assert.ok(json.exposures.some(({ output }) => output === report.exposures[at]!.output));
  let lines = 0;
  for (const line of csv(report.exposures)) lines += line.endsWith('\r\n') ? 1 : 0;
  assert.equal(lines, MANY + 1);
  const shown = page(report);
  assert.match(shown, /Of 200.001 exposures 20.000 have a row here/);
  const sent = JSON.parse(/<script type="application\/json" id="rows">(.*?)<\/script>/s.exec(shown)![1]!);
  assert.equal(sent.rows.length, 20_000);
  const name = sent.columns.findIndex((column: { name: string }) => column.name === 'exposure');
  // Links name an exposure by its place among all.
  for (const [i, row] of sent.rows.entries()) assert.equal(row[name], report.exposures[sent.places[i]]!.output);
});

test('a text of many parts is written whole, wherever its pieces end', (t) => {
  const folder = fs.mkdtempSync(path.join(import.meta.dirname, 'parts-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'exposures.csv');
  const parts = Array.from({ length: 300 }, (_, i) => `${i} µm – é\r\n`.repeat(1 + ((i * 7919) % 900)));
  writeWhole({ file, within: folder, replaces: null, way: 'choose another folder' }, parts, folder);
  assert.ok(parts.join('').length > 2 ** 20);
  assert.equal(fs.readFileSync(file, 'utf8'), parts.join(''));
});

/** One exposure of a night under many names, three of which failed. */
function manyOf(t: TestContext): Report {
  const { journal } = night(t);
  const run = journal.begin(start);
  journal.record(failed('broken.mrc'), run, KEY);
  journal.finish(run, 2);
  const report = reportOf(journal.contents()!);
  const [good, bad] = [
    report.exposures.find(({ fault, suspect }) => !fault && suspect.length === 0)!,
    report.exposures.find(({ fault }) => fault)!,
  ];
  const exposures = Array.from({ length: MANY }, (_, i) => ({
    ...(FAILED.includes(i) ? bad : good),
    output: `exposure_${String(i).padStart(6, '0')}.mrc`,
  }));
  return { ...report, exposures };
}
