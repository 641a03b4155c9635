/** `darkroom run` and `info` as people and jobs call them: the real program on made exposures. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { EVENT_SCHEMA } from '../../src/cli/terminal/event-schema.ts';
import { madeMrc } from '../made/mrc.ts';
import { departures } from '../report/conforms.ts';
import { BIN, darkroom, folderFor } from './call.ts';

const SIZE = { width: 24, height: 16 };

/** A folder `raw` with that many exposures of the counts 100 to 103, and one that is cut short. */
function madeNight(folder: string, exposures: number, cut = false): string {
  const raw = path.join(folder, 'raw');
  fs.mkdirSync(raw);
  const pixels = Array.from({ length: SIZE.width * SIZE.height }, (_, at) => 100 + (at % 4));
  const whole = madeMrc({ ...SIZE, mode: 6, pixels, pixelSize: 1.5, labels: ['made for a test'] });
  for (let n = 1; n <= exposures; n++) fs.writeFileSync(path.join(raw, `e${n}.mrc`), whole);
  if (cut) fs.writeFileSync(path.join(raw, 'cut\nshort.mrc'), whole.subarray(0, 1100));
  return raw;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test('a run says on stdout what became of the exposures, on stderr how it went; a second one finds nothing new', (t) => {
  const folder = folderFor(t);
  const argv = ['run', madeNight(folder, 3), '-o', path.join(folder, 'out'), '--no-flat-field', '--threads', '1'];
  const first = darkroom(...argv);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /^3 exposures corrected: .*out\nreport: (.*out\/report\.html)\n$/m);
  assert.match(first.err, /^3\/3 exposures, .*MB\/s, 0 failed$/m);
  const second = darkroom(...argv);
  assert.deepEqual(
    [second.code, second.out, second.err],
    [0, `nothing new: 3 exposures done already in ${folder}/out\nreport: ${folder}/out/report.html\n`, ''],
  );
});

test('a failed exposure is named on one line, the others are corrected, and the exit code is 2', (t) => {
  const folder = folderFor(t);
  const raw = madeNight(folder, 2, true);
  const { code, out, err } = darkroom('run', raw, '-o', path.join(folder, 'out'), '--no-flat-field', '--threads', '1');
  assert.equal(code, 2, err);
  assert.match(out, /^2 exposures corrected, 1 failed: .*; failed ones are tried again by the same command\nreport: /m);
  assert.match(err, /^failed {2}.*raw\/cut\\u000ashort\.mrc: .*expected/m);
  assert.equal((out + err).match(/expected \d+/g)?.length, 1, 'its message stands once');
  assert.match(out, /^1 failed, incomplete: .*\n {2}to do: .*copy it again.*\n {4}\S.*raw\/cut\\u000ashort\.mrc\n/m);
});

test('every event of --json fits the published schema, and stdout holds nothing else', (t) => {
  const folder = folderFor(t);
  const argv = [
    'run',
    madeNight(folder, 2, true),
    '-o',
    path.join(folder, 'out'),
    '--no-flat-field',
    '--threads',
    '1',
    '--json',
  ];
  const schema = JSON.parse(darkroom('run', '--json-schema').out) as Record<string, unknown>;
  assert.deepEqual(schema, JSON.parse(JSON.stringify(EVENT_SCHEMA)));
  const seen = new Set<string>();
  for (const more of [['--dry-run'], [], []]) {
    for (const line of lines(darkroom(...argv, ...more).out)) {
      const event = JSON.parse(line) as { event: string; outcome?: { status: string } };
      assert.deepEqual(departures(event, schema), [], line);
      seen.add(event.outcome?.status ?? event.event);
    }
  }
  assert.deepEqual([...seen].sort(), ['done', 'failed', 'finished', 'intention', 'plan', 'skipped', 'started']);
  assert.notDeepEqual(departures({ event: 'finished', exit: 4 }, schema), []);
});

test('with --json also an error that ends everything is an event, the last one', (t) => {
  const folder = folderFor(t);
  const raw = madeNight(folder, 1);
  const schema = JSON.parse(darkroom('run', '--json-schema').out) as Record<string, unknown>;
  for (const argv of [
    ['run', raw, '-o', path.join(folder, 'out'), '--norm', path.join(folder, 'none.mrc'), '--json'],
    ['run', raw, '--json', '--dekspike', 'off'],
    ['watch', path.join(folder, 'nowhere', 'raw'), '-o', path.join(folder, 'out'), '--no-flat-field', '--json'],
  ]) {
    const { code, out, err } = darkroom(...argv);
    const events = lines(out).map((line) => JSON.parse(line) as { event: string; message: string });
    assert.deepEqual([code, events.length, events[0]!.event], [1, 1, 'error'], out);
    assert.deepEqual(departures(events[0], schema), []);
    assert.ok(err.startsWith(`darkroom: ${events[0]!.message}\n`), err);
  }
});

test('--quiet says nothing when all is well, and what failed, grouped, when not', (t) => {
  const folder = folderFor(t);
  const quietly = (raw: string, out: string, ...more: string[]) =>
    darkroom('run', raw, '-o', path.join(folder, out), '--no-flat-field', '--threads', '1', '--quiet', ...more);
  const well = madeNight(folder, 2);
  assert.deepEqual(quietly(well, 'out'), { code: 0, out: '', err: '' });
  assert.deepEqual(quietly(well, 'out'), { code: 0, out: '', err: '' });
  fs.writeFileSync(path.join(well, 'bad.mrc'), 'no image');
  const bad = quietly(well, 'out');
  assert.equal(bad.code, 2);
  assert.match(bad.err, /^failed {2}\S.*bad\.mrc: .*\n$/);
  assert.match(bad.out, /^1 failed, /m);
  assert.match(bad.out, /^0 exposures corrected, 2 done already, 1 failed: /m);
  const empty = path.join(folder, 'empty');
  fs.mkdirSync(empty);
  assert.match(quietly(empty, 'out3').err, /^note {2}nothing to correct/, 'an unmounted share is not well');
});

test('exposures of other sizes than the references are a few lines with the way out, which works', (t) => {
  const folder = folderFor(t);
  const raw = path.join(folder, 'raw');
  const sized = (width: number, seed: number): Uint8Array => {
    const pixels = Float64Array.from({ length: width * 16 }, (_, i) => 100 + ((i * seed) % 7));
    return madeMrc({ width, height: 16, mode: 6, pixels });
  };
  for (const sub of ['', 'atlas', 'square']) fs.mkdirSync(path.join(raw, sub), { recursive: true });
  for (let n = 1; n <= 40; n++) fs.writeFileSync(path.join(raw, 'atlas', `a${n}.mrc`), sized(48, n));
  for (let n = 1; n <= 3; n++) fs.writeFileSync(path.join(raw, 'square', `s${n}.mrc`), sized(12, n));
  for (let n = 1; n <= 2; n++) fs.writeFileSync(path.join(raw, `e${n}.mrc`), sized(24, n));
  const norm = path.join(folder, 'norm.mrc');
  fs.writeFileSync(norm, madeMrc({ width: 24, height: 16, mode: 2, pixels: new Float64Array(24 * 16).fill(1) }));
  const argv = ['run', raw, '-o', path.join(folder, 'out'), '--norm', norm, '--threads', '1'];
  const { code, out, err } = darkroom(...argv);
  assert.equal(code, 2, err);
  assert.ok(lines(out + err).length < 40, out + err);
  assert.match(err, /^failed {2}\S.*a\d+\.mrc: found 48 x 16 px.*\nfailed {2}more exposures of 48 x 16 px; /m);
  assert.match(out, /^40 failed, geometry: exposures of 48 x 16 px do not fit the references \(24 x 16\)$/m);
  assert.match(out, /^3 failed, geometry: exposures of 12 x 16 px do not fit the references \(24 x 16\)$/m);
  const advice = [...out.matchAll(/to do: leave them out with --exclude '(.*?)', or in the recipe with/g)];
  assert.deepEqual(
    advice.map(([, glob]) => glob),
    ['atlas/**', 'square/**'],
  );
  const followed = darkroom(...argv, ...advice.flatMap(([, glob]) => ['--exclude', glob!]));
  assert.equal(followed.code, 0, followed.err);
});

test('a dry run says what would be done with each file and why, and makes nothing', (t) => {
  const folder = folderFor(t);
  const raw = madeNight(folder, 1);
  const { code, out } = darkroom('run', raw, '-o', path.join(folder, 'out'), '--no-flat-field', '--dry-run');
  assert.equal(code, 0);
  assert.match(
    out,
    /^correct {2}.*raw\/e1\.mrc -> e1\.mrc: .+\nsettings\n[\s\S]*\ndry run, nothing was written: would correct 1 \(\d/,
  );
  assert.deepEqual(fs.readdirSync(folder), ['raw']);
});

test('a reader that goes away does not stop a run', async (t) => {
  const folder = folderFor(t);
  const out = path.join(folder, 'out');
  const argv = [BIN, 'run', madeNight(folder, 6), '-o', out, '--no-flat-field', '--threads', '1', '--json'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  child.stderr.destroy();
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0);
  assert.equal(fs.readdirSync(out).filter((name) => name.endsWith('.mrc')).length, 6);
});

test('wrong references are an error before anything is written', (t) => {
  const folder = folderFor(t);
  const raw = madeNight(folder, 1);
  const { code, out, err } = darkroom(
    'run',
    raw,
    '-o',
    path.join(folder, 'out'),
    '--norm',
    path.join(folder, 'none.mrc'),
  );
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^darkroom: --norm: .*none\.mrc: is not there/);
  assert.equal(lines(err).length, 1, 'no hint at the help: the command line was understood');
  assert.deepEqual(fs.readdirSync(folder), ['raw']);
});

test('info tells header and statistics; a file that fails is named, the others go on, and the exit code is 2', (t) => {
  const folder = folderFor(t);
  const raw = madeNight(folder, 2, true);
  const cut = path.join(raw, 'cut\nshort.mrc');
  const { code, out, err } = darkroom('info', path.join(raw, 'e1.mrc'), cut, path.join(raw, 'e2.mrc'));
  assert.equal(code, 2);
  assert.equal([...out.matchAll(/^ {2}image +24 x 16 px, uint16, mrc/gm)].length, 2);
  assert.match(out, /^ {2}counts +100 to 103, mean 101\.5, deviation 1\.11803$/m);
  assert.match(out, /^ {2}pixel size +1\.5 angstrom$/m);
  assert.match(out, /^ {2}description +made for a test$/m);
  assert.match(err, /^failed {2}.*cut\\u000ashort\.mrc: /);
});

test('the statistics of info are those of the definition, for every type, odd widths and many bands', (t) => {
  const folder = folderFor(t);
  const [width, height, frames] = [1031, 641, 2];
  const pixels = Float64Array.from({ length: width * height * frames }, (_, at) => ((at * 7919) % 251) - 100);
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
  for (const mode of [1, 2, 12]) {
    const file = path.join(folder, `mode${mode}.mrc`);
    fs.writeFileSync(file, madeMrc({ width, height, frames, mode, pixels }));
    const { statistics } = JSON.parse(darkroom('info', '--json', file).out) as { statistics: Record<string, number> };
    assert.deepEqual([statistics.min, statistics.max, statistics.nonFinite], [-100, 150, 0]);
    assert.ok(
      Math.abs(statistics.mean! - mean) < 1e-9 && Math.abs(statistics.deviation! - Math.sqrt(variance)) < 1e-9,
      `mode ${mode}`,
    );
  }
});
