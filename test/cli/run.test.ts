/** `darkroom run` and `info` as people and jobs call them: the real program on made exposures. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { EVENT_SCHEMA } from '../../src/cli/event-schema.ts';
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
  assert.match(first.out, /^3 exposures corrected: .*out\n$/m);
  assert.match(first.err, /^3\/3 exposures, .*MB\/s, 0 failed$/m);
  const second = darkroom(...argv);
  assert.deepEqual(
    [second.code, second.out, second.err],
    [0, `nothing new: 3 exposures done already in ${folder}/out\n`, ''],
  );
});

test('a failed exposure is named on one line, the others are corrected, and the exit code is 2', (t) => {
  const folder = folderFor(t);
  const raw = madeNight(folder, 2, true);
  const { code, out, err } = darkroom('run', raw, '-o', path.join(folder, 'out'), '--no-flat-field', '--threads', '1');
  assert.equal(code, 2, err);
  assert.match(out, /^2 exposures corrected, 1 failed: .*; failed ones are tried again by the same command\n$/m);
  assert.match(err, /^failed {2}.*raw\/cut\\u000ashort\.mrc: .*expected/m);
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

test('a dry run says what would be done with each file and why, and makes nothing', (t) => {
  const folder = folderFor(t);
  const raw = madeNight(folder, 1);
  const { code, out } = darkroom('run', raw, '-o', path.join(folder, 'out'), '--no-flat-field', '--dry-run');
  assert.equal(code, 0);
  assert.match(out, /^correct {2}.*raw\/e1\.mrc -> e1\.mrc: .+\ndry run, nothing was written: would correct 1 \(\d/);
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
