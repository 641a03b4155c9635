/** The exit codes that a nightly job trusts. 130 and 143 stand with the interrupted runs. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { madeMrc } from '../made/mrc.ts';
import { darkroom, exposure, folder, isRoot, lay, outputs, references, tree } from './darkroom.ts';

/** A raw folder with right references, and wrong ones beside them. */
function session(t: TestContext) {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'a.mrc': exposure({ seed: 1 }), 'b.mrc': exposure({ seed: 2 }) });
  const { dark, bright } = references(root);
  return { root, raw, dark, bright };
}

test('everything done is 0, done already is 0, nothing found is 0', async (t) => {
  const { root, raw, dark, bright } = session(t);
  const command = ['run', raw, '--dark', dark, '--bright', bright, '-o', path.join(root, 'out')];
  assert.equal((await darkroom(command)).code, 0);
  assert.equal((await darkroom(command)).code, 0);
  fs.mkdirSync(path.join(root, 'empty'));
  const nothing = await darkroom(['run', path.join(root, 'empty'), '--no-flat-field', '-o', path.join(root, 'none')]);
  assert.equal(nothing.code, 0);
  assert.match(nothing.stderr, /nothing to correct in \S.*empty/);
  assert.ok(!fs.existsSync(path.join(root, 'none')), 'no folder for nothing');
});

test('success without work says why and what to do; with --expect it is 2, and following the advice ends well', async (t) => {
  const { root } = session(t);
  lay(root, { 'foreign/a.mib': 'x', 'foreign/b.eer': 'x' });
  for (const name of ['empty', 'linked']) fs.mkdirSync(path.join(root, name));
  fs.symlinkSync('../raw', path.join(root, 'linked/session'));
  const out = path.join(root, 'out');
  for (const [name, found] of [
    [
      'empty',
      /nothing to correct in \S.*empty: found no file that ends in \.tif.*is mounted; --expect 1 makes this exit code 2/,
    ],
    ['foreign', /found 2 files of formats that are not read; convert them as the notes say/],
    ['linked', /linked\/session: is a link to a folder, which is not followed; name the folder that it leads to/],
  ] as const) {
    const command = ['run', path.join(root, name), '--no-flat-field', '-o', out];
    const { code, stderr } = await darkroom(command);
    assert.equal(code, 0, stderr);
    assert.match(stderr, found);
    const expecting = await darkroom([...command, '--expect', '1', '--json']);
    assert.equal(expecting.code, 2);
    assert.match(expecting.stderr, /expected 1 exposures \(--expect\)/);
    assert.equal(expecting.events.find((event) => event.event === 'finished')?.exit, 2);
  }
  const advised = await darkroom(['run', path.join(root, 'linked/session'), '--no-flat-field', '-o', out]);
  assert.equal(advised.code, 0, advised.stderr);
  assert.deepEqual(Object.keys(outputs(out)), ['a.mrc', 'b.mrc']);
});

test('fewer exposures than --expect are 2, also when all are done; done and failed ones count; a recipe may say it', async (t) => {
  const { root, raw } = session(t);
  const command = ['run', raw, '--no-flat-field', '-o', path.join(root, 'out')];
  for (const how of ['corrected now', 'done already']) {
    const { code, stdout, stderr } = await darkroom([...command, '--expect', '3']);
    assert.equal(code, 2, how);
    assert.match(stderr, /found 2 exposures, expected at least 3 \(--expect\)/);
    assert.match(stdout, /fewer exposures than expected/);
    assert.doesNotMatch(stdout, /tried again/);
  }
  assert.equal((await darkroom([...command, '--expect', '2'])).code, 0);
  lay(root, { 'night.yaml': 'noFlatField: true\nexpect: 3\n' });
  assert.equal(
    (await darkroom(['run', raw, '-o', path.join(root, 'out'), '--recipe', path.join(root, 'night.yaml')])).code,
    2,
  );
  lay(raw, { 'c.mrc': 'short' });
  const { stderr } = await darkroom([...command, '--expect', '3']);
  assert.doesNotMatch(stderr, /expected at least/);
  assert.equal(
    (await darkroom(['watch', ...command.slice(1), '--until-idle', '1', '--settle', '0.1', '--expect', '4'])).code,
    2,
  );
});

/** One of each kind of wrong command line; the tests of the command line hold the others. */
const WRONG: readonly (readonly [string, RegExp])[] = [
  ['run raw --no-flat-field', /--out is missing/],
  ['run -o out --no-flat-field', /found no file or folder/],
  ['run nowhere -o out --no-flat-field', /nowhere: there is no such file or folder/],
  ['run raw -o dark.mrc --no-flat-field', /dark\.mrc is a file, expected a folder/],
  ['run raw -o out', /found no references/],
  ['run raw -o out --bright bright.mrc', /--bright needs --dark/],
  ['run raw -o out --no-flat-field --despike-treshold 4', /did you mean --despike-threshold\?/],
  ['run raw -o out --no-flat-field --despike-threshold four', /found "four", expected a number/],
  ['run raw -o out --no-flat-field --despike-threshold 4 --despike-threshold 5', /given 2 times \(4, 5\)/],
  ['run raw -o out --no-flat-field --threads 0', /expected a whole number from 1/],
  ['run raw -o out --no-flat-field --format mrc --compression zstd', /--compression is for TIFF/],
  ['run raw -o out --recipe none.yaml', /none\.yaml: is not there/],
  ['run raw -o out --recipe key.yaml', /key\.yaml: there is no option "despikeTreshold"; did you mean/],
  ['run raw -o out --dark none.mrc --bright bright.mrc', /--dark: \S.*none\.mrc: is not there/],
  ['run raw -o out --dark text.mrc --bright bright.mrc', /--dark: \S.*text\.mrc: found no header of MRC, TIFF/],
  ['run raw -o out --dark bright.mrc --bright dark.mrc', /are --dark and --bright swapped\?/],
  ['run raw -o out --dark dark.mrc --bright half.mrc', /half\.mrc: /],
  ['run raw -o out --dark dark.mrc --bright small.mrc', /differ in size/],
  ['run raw -o out --no-flat-field --defects bright.mrc', /expected a map of 0 \(good\) and 1 \(bad\)/],
  ['verify raw', /found no journal/],
];

test('wrong words and wrong references are 1, said on stderr alone; no output folder is made, no exposure is read', async (t) => {
  const { root, raw } = session(t);
  const [width, height] = [128, 96];
  const half = Float32Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 4000 : 20));
  lay(root, {
    'half.mrc': madeMrc({ width, height, mode: 6, pixels: half }),
    'small.mrc': exposure({ width: 64, height: 64 }),
    'text.mrc': 'no image at all\n'.repeat(100),
    'key.yaml': 'noFlatField: true\ndespikeTreshold: 4\n',
  });
  const seen = readingShows(raw);
  const before = tree(root);
  resetAccess(raw);
  if (!seen) t.diagnostic('this file system keeps no access times: whether exposures are read is not looked at');
  const cases = WRONG.map(([line, said]) => ({ line, said }));
  // A few at a time: each is a process of its own.
  await Promise.all(
    [0, 1, 2].map(async (lane) => {
      for (const { line, said } of cases.filter((_, i) => i % 3 === lane)) {
        const { code, stdout, stderr } = await darkroom(line.split(' '), { cwd: root });
        assert.equal(code, 1, `${line}: ${stderr}`);
        assert.equal(stdout, '', line);
        assert.match(stderr, /^darkroom: /, line);
        assert.match(stderr, said, line);
        assert.ok(stderr.trim().split('\n').length <= 2, `${line}: ${stderr}`);
      }
    }),
  );
  // In this order: to compare the trees is to read them.
  if (seen) assert.deepEqual(accessed(raw), [], 'these were read');
  assert.deepEqual(tree(root), before);
});

test('references that fit no exposure are 1, and no output folder is made; one that they fit is enough', async (t) => {
  const { root, raw, dark, bright } = session(t);
  const sizes = lay(path.join(root, 'others'), { 'c.mrc': exposure({ width: 64, height: 64 }) });
  const before = tree(root);
  const command = ['--dark', dark, '--bright', bright, '-o', path.join(root, 'out')];
  for (const more of [[], ['--dry-run']]) {
    const { code, stderr } = await darkroom(['run', sizes, ...command, ...more]);
    assert.equal(code, 1);
    assert.match(stderr, /the references fit none of the exposures; \S.*c\.mrc: .*64 x 64/);
  }
  assert.deepEqual(tree(root), before);
  const some = await darkroom(['run', sizes, raw, ...command]);
  assert.equal(some.code, 2);
  assert.deepEqual(Object.keys(outputs(path.join(root, 'out'))), ['a.mrc', 'b.mrc']);
});

test('an exposure that failed is 2, named with its reason, and the others are done', async (t) => {
  const { root, raw } = session(t);
  lay(raw, { 'aa.mrc': 'short' });
  const out = path.join(root, 'out');
  const { code, stderr, stdout } = await darkroom(['run', raw, '--no-flat-field', '-o', out]);
  assert.equal(code, 2);
  assert.match(stderr, /^failed {2}\S.*aa\.mrc: found 5 bytes, expected an MRC header of 1024/m);
  assert.match(stdout, /2 exposures corrected, 1 failed.*tried again by the same command/);
  assert.deepEqual(Object.keys(outputs(out)), ['a.mrc', 'b.mrc']);
});

test('a full disk is 3: what is there is whole, and with more room the same command finishes', async (t) => {
  const root = folder(t);
  const full = path.join(root, 'full');
  fs.mkdirSync(full);
  const mounted = isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', full]).status === 0;
  if (!mounted) return t.skip('a small file system cannot be mounted (needs root)');
  try {
    await fillUp(root, full);
  } finally {
    spawnSync('umount', ['-l', full]);
  }
});

async function fillUp(root: string, full: string): Promise<void> {
  const files = Array.from({ length: 10 }, (_, i) => [`e${i}.mrc`, exposure({ width: 512, height: 480, seed: i })]);
  const raw = lay(path.join(root, 'raw'), Object.fromEntries(files));
  const out = path.join(full, 'out');
  const command = ['run', raw, '--no-flat-field', '--threads', '2', '-o'];
  assert.equal((await darkroom([...command, path.join(root, 'roomy')])).code, 0);

  for (const run of [1, 2]) {
    const { code, stderr, stdout } = await darkroom([...command, out]);
    assert.equal(code, 3, `run ${run}: ${stderr}`);
    assert.match(stderr, /stopping: .*no room on the disk/);
    assert.doesNotMatch(stderr, /\bbug\b|\n {4}at /);
    assert.match(stdout, /stopped early, the same command goes on/);
    assert.deepEqual(
      fs.readdirSync(path.join(out, '.darkroom')).filter((name) => name.endsWith('.part')),
      [],
    );
  }
  const some = outputs(out);
  const all = outputs(path.join(root, 'roomy'));
  assert.ok(Object.keys(some).length > 0 && Object.keys(some).length < 10, `${Object.keys(some).length} of 10`);
  for (const [name, hash] of Object.entries(some)) assert.equal(hash, all[name], name);
  const verified = await darkroom(['verify', out]);
  assert.equal(verified.code, 0, verified.stderr);

  assert.equal(spawnSync('mount', ['-o', 'remount,size=60m', full]).status, 0);
  const last = await darkroom([...command, out]);
  assert.equal(last.code, 0, last.stderr);
  assert.deepEqual(outputs(out), all);
}

/** Files whose access time is no longer the one that `readingShows` gave them. */
const accessed = (folder: string): string[] =>
  fs.readdirSync(folder).filter((name) => fs.statSync(path.join(folder, name)).atimeMs !== LONG_AGO);

const LONG_AGO = 1_000_000_000_000;

/** Whether reading files of a folder changes their access times; not on every file system. */
function readingShows(folder: string): boolean {
  resetAccess(folder);
  fs.readFileSync(path.join(folder, fs.readdirSync(folder)[0]!));
  return accessed(folder).length > 0;
}

function resetAccess(folder: string): void {
  for (const name of fs.readdirSync(folder)) fs.utimesSync(path.join(folder, name), LONG_AGO / 1000, LONG_AGO / 1000);
}
