/** The survey of the camera: what all exposures share, gathered by real runs, whole, killed, resumed and forced. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Surveyed } from '../../src/correct/observe/survey.ts';
import { Journal } from '../../src/journal/journal.ts';
import { madeMrc } from '../made/mrc.ts';
import { readPlainMrc } from '../oracle/plain-mrc.ts';
import { darkroom, exposure, folder, journal, lay, pause, Running, references, report } from './darkroom.ts';

const EXPOSURES = 6;

function session(root: string, { exposures = EXPOSURES, width = 128, height = 96 } = {}) {
  const files = Array.from({ length: exposures }, (_, i) => [
    `e${String(i).padStart(3, '0')}.mrc`,
    exposure({ seed: 1 + (i % 9), width, height }),
  ]);
  const raw = lay(path.join(root, 'raw'), Object.fromEntries(files));
  const { dark, bright } = references(root, { width, height });
  // The references are noise of their own, which the exposures do not have.
  return { raw, with: ['--dark', dark, '--bright', bright, '--no-reference-checks'] };
}

function pictures(out: string) {
  const journal = Journal.openReadOnly(path.join(out, 'darkroom.sqlite'))!;
  try {
    return journal.pictures();
  } finally {
    journal.close();
  }
}

const surveyIn = (out: string): Surveyed => pictures(out).survey!;

test('each counter is how often despike replaced that pixel, on any number of threads', async (t) => {
  const root = folder(t);
  const { raw, with: given } = session(root);
  const found = await Promise.all(
    ['1', '3'].map(async (threads) => {
      const out = path.join(root, threads);
      const { code } = await darkroom(['run', raw, ...given, '-o', out, '--threads', threads, '--write-masks']);
      assert.equal(code, 0);
      return surveyIn(out);
    }),
  );
  assert.deepEqual(found[1], found[0]);
  const expected = new Uint8Array(128 * 96);
  for (let i = 0; i < EXPOSURES; i++) {
    const { pixels } = readPlainMrc(path.join(root, '1', `e00${i}_spikes.mrc`));
    for (const [at, spike] of pixels.entries()) expected[at]! += spike;
  }
  assert.deepEqual(found[0]!.counts, expected);
  const { exposures, despiked, spikes } = found[0]!;
  const sum = expected.reduce((all, each) => all + each, 0);
  assert.deepEqual({ exposures, despiked, spikes }, { exposures: EXPOSURES, despiked: EXPOSURES, spikes: sum });
  assert.ok(sum > 0);
});

test('the profiles are means over every fifth row, apart by rows of boxes, of raw, corrected and references', async (t) => {
  const root = folder(t);
  const { raw, with: given } = session(root, { width: 300, height: 203 });
  const out = path.join(root, 'out');
  assert.equal((await darkroom(['run', raw, ...given, '-o', out, '--type', 'float32'])).code, 0);
  const survey = surveyIn(out);
  const box = 3; // 300 px in at most 128 boxes
  const means = (files: readonly string[], half: number): Float64Array => {
    const sums = new Float64Array(300);
    let rows = 0;
    for (const file of files) {
      const { pixels } = readPlainMrc(file);
      for (let row = 0; row < 203; row += 5) {
        if (Math.floor(row / box) % 2 !== half) continue;
        rows++;
        for (let col = 0; col < 300; col++) sums[col]! += pixels[row * 300 + col]!;
      }
    }
    return sums.map((sum) => sum / rows);
  };
  const names = fs.readdirSync(raw);
  const close = (a: Float64Array, b: Float64Array): void =>
    assert.ok(a.every((x, i) => Math.abs(x - b[i]!) <= 1e-3 * Math.max(1, b[i]!)));
  for (const half of [0, 1] as const) {
    const read = (folderOf: string) =>
      means(
        names.map((name) => path.join(folderOf, name)),
        half,
      );
    close(survey.raw[half], read(raw));
    close(survey.corrected[half], read(out));
    close(survey.dark[half], means([given[1]!], half));
  }
});

test('references in TIFF, exposures in MRC: counters stand in the order of the references', async (t) => {
  const root = folder(t);
  const { raw, with: given } = session(root);
  const tiff = path.join(root, 'tiff');
  const converted = await darkroom([
    ...['run', given[1]!, given[3]!, '--no-flat-field', '--despike', 'off', '--format', 'tiff', '-o', tiff],
  ]);
  assert.equal(converted.code, 0);
  const [dark, bright] = ['dark.tif', 'bright.tif'].map((name) => path.join(tiff, name)) as [string, string];
  const [straight, turned] = ['straight', 'turned'].map((name) => path.join(root, name)) as [string, string];
  assert.equal((await darkroom(['run', raw, ...given, '-o', straight])).code, 0);
  assert.equal((await darkroom(['run', raw, '--dark', dark, '--bright', bright, '-o', turned])).code, 0);
  const [a, b] = [surveyIn(straight), surveyIn(turned)];
  assert.deepEqual([a.firstRow, b.firstRow], ['bottom', 'top']);
  for (let row = 0; row < 96; row++) {
    const rows = [a.counts.subarray(row * 128, (row + 1) * 128), b.counts.subarray((95 - row) * 128, (96 - row) * 128)];
    assert.deepEqual(rows[1], rows[0], `row ${row}`);
  }
});

test('killed, resumed and forced: each exposure is counted once for each set of references', async (t) => {
  const root = folder(t);
  const many = 120;
  const { raw, with: given } = session(root, { exposures: many, width: 512, height: 512 });
  const out = path.join(root, 'out');
  const command = ['run', raw, ...given, '-o', out, '--json', '--threads', '1'];
  const running = new Running(command);
  await running.outcomes(1);
  await pause(1500);
  running.kill('SIGKILL');
  const killed = await running.ended;
  if (killed.signal !== 'SIGKILL') t.diagnostic('the run was over before it was killed');
  const left = pictures(out);
  assert.ok(left.survey!.exposures > 0 && left.mean!.exposures > 0, 'a killed run leaves what it had');
  // Not by the events: of the last ones that were recorded none was printed yet.
  const recorded = journal(out, 'SELECT count(*) AS n FROM timings')[0]!.n as number;
  const lost = recorded - left.survey!.exposures;

  assert.equal((await darkroom(command)).code, 0);
  const resumed = pictures(out);
  for (const { exposures } of [resumed.survey!, resumed.mean!])
    assert.ok(exposures <= many && exposures >= many - Math.max(0, lost) - 2, `${exposures}, and ${lost} lost`);
  assert.equal(resumed.survey!.despiked, resumed.survey!.exposures);

  assert.equal((await darkroom([...command, '--force'])).code, 0);
  assert.deepEqual(surveyIn(out), resumed.survey);
  assert.deepEqual(pictures(out).mean, resumed.mean);

  // Another dark: another session, of all exposures.
  fs.writeFileSync(
    given[1]!,
    madeMrc({ width: 512, height: 512, mode: 6, pixels: new Uint16Array(512 * 512).fill(20) }),
  );
  assert.equal((await darkroom(command)).code, 0);
  assert.deepEqual([surveyIn(out).exposures, pictures(out).mean!.exposures], [many, many]);
});

test('what fails is not counted, and without references nothing is surveyed', async (t) => {
  const root = folder(t);
  const { raw, with: given } = session(root);
  const out = path.join(root, 'out');
  assert.equal((await darkroom(['run', raw, ...given, '-o', out, '--max-spikes', '0'])).code, 2);
  assert.equal(pictures(out).survey, null);
  assert.equal(report(out).camera, null);
  const bare = path.join(root, 'bare');
  assert.equal((await darkroom(['run', raw, '--no-flat-field', '-o', bare])).code, 0);
  assert.equal(pictures(bare).survey, null);
  assert.ok(pictures(bare).mean);
});

test('report --write-defects: hot pixels as a map that --defects takes, joined with the map in use', async (t) => {
  const root = folder(t);
  const [width, height] = [256, 192];
  const hot = [
    [20, 31],
    [100, 200],
  ] as const;
  const files = Array.from({ length: 10 }, (_, i) => {
    const bytes = exposure({ seed: 50 + i, width, height });
    const counts = new DataView(bytes.buffer, 1024);
    for (const [row, col] of hot) counts.setUint16(2 * (row * width + col), 4000, true);
    return [`e${i}.mrc`, bytes];
  });
  const raw = lay(path.join(root, 'raw'), Object.fromEntries(files));
  const { dark, bright } = references(root, { width, height });
  const known = new Uint8Array(width * height);
  known[77 * width + 5] = 1;
  const old = path.join(root, 'old.mrc');
  fs.writeFileSync(old, madeMrc({ width, height, mode: 0, pixels: known }));
  const out = path.join(root, 'out');
  const given = ['run', raw, '--dark', dark, '--bright', bright, '--no-reference-checks'];
  assert.equal((await darkroom([...given, '--defects', old, '-o', out])).code, 0);
  assert.deepEqual(
    report(out).camera!.hotPixels.pixels,
    hot.map(([row, col]) => ({ row, col, spikes: 10 })),
  );

  const map = path.join(root, 'new.mrc');
  const written = await darkroom(['report', out, '--write-defects', map, '--defects', old]);
  assert.equal(written.code, 0, written.stderr);
  assert.match(written.stderr, /2 hot pixels .* 3 pixels marked in all/);
  const { pixels } = readPlainMrc(map);
  const marked = Array.from(pixels.keys()).filter((i) => pixels[i] === 1);
  assert.deepEqual(marked, [20 * width + 31, 77 * width + 5, 100 * width + 200]);

  const again = path.join(root, 'again');
  assert.equal((await darkroom([...given, '--defects', map, '-o', again])).code, 0);
  assert.equal(report(again).camera!.hotPixels.count, 0);
  const refused = await darkroom(['report', out, '--write-defects', map]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /new\.mrc: exists; move it away, or name another file/);
});
