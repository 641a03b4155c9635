/** The promises of shards: together they are one run, in whatever order, however often, and nothing counts twice. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { differences } from '../cluster/same-report.ts';
import {
  darkroom,
  type Ended,
  exposure,
  folder,
  journal,
  lay,
  longSession,
  outputs,
  Running,
  references,
  report,
} from './darkroom.ts';

/** Tests run in no task of any cluster, wherever they are started. */
for (const name of Object.keys(process.env)) if (name.startsWith('SLURM_')) delete process.env[name];

interface Session {
  readonly root: string;
  readonly raw: string;
  /** All of a run but `--out`. */
  readonly run: readonly string[];
}

const SMALL = { width: 64, height: 48 };

function session(t: TestContext, count = 24, more: Readonly<Record<string, string | Uint8Array>> = {}): Session {
  const root = folder(t);
  const files = Array.from({ length: count }, (_, i): [string, Uint8Array] => [
    `grid ${i % 3}/square${i % 2}/exposure_${String(i).padStart(4, '0')}.mrc`,
    exposure({ ...SMALL, seed: i + 1 }),
  ]);
  const raw = lay(path.join(root, 'raw'), { ...Object.fromEntries(files), ...more });
  const { dark, bright } = references(root, SMALL);
  return { root, raw, run: ['run', raw, '--dark', dark, '--bright', bright, '--threads', '1'] };
}

const shards = (of: number): string[] => Array.from({ length: of }, (_, i) => `${i + 1}/${of}`);

/** All of them at once. */
const array = (run: readonly string[], out: string, of: number, more: readonly string[] = []): Promise<Ended[]> =>
  Promise.all(shards(of).map((shard) => darkroom([...run, '--out', out, '--shard', shard, ...more])));

const codes = (ends: readonly Ended[]): (number | null)[] => ends.map(({ code }) => code);

test('shards that run at the same time and are merged equal one run: every byte, every figure but times', async (t) => {
  const { root, run } = session(t, 30, { 'grid 1/short.mrc': 'short', 'other.ser': 'x' });
  const [plain, out] = [path.join(root, 'plain'), path.join(root, 'sharded')];
  const single = await darkroom([...run, '--out', plain]);
  assert.equal(single.code, 2, single.stderr);
  const ends = await array(run, out, 4);
  assert.deepEqual(codes(ends).sort(), [0, 0, 0, 2]);
  assert.ok(!fs.existsSync(path.join(out, 'report.html')), 'a shard makes no report');
  const merged = await darkroom(['report', out, '--exit-code']);
  assert.equal(merged.code, 2, merged.stderr);
  assert.match(merged.stdout, /shards {6}4 of 4 finished/);
  assert.match(merged.stdout, /elapsed .* node-hours/);
  assert.deepEqual(outputs(out), outputs(plain));
  assert.deepEqual(differences(report(plain), report(out)), []);
  // The hashes of references are kept unless their files are so new that they may change within a tick of their clock.
  const left = fs.readdirSync(path.join(out, '.darkroom')).filter((name) => name !== 'references.json');
  assert.deepEqual(left, ['lock.sqlite'], 'what is merged is removed');
  assert.deepEqual(journal(out, 'PRAGMA foreign_key_check'), []);
  assert.deepEqual(journal(out, 'SELECT count(*) AS n FROM timings'), [{ n: 30 }]);
  const verified = await darkroom(['verify', out]);
  assert.equal(verified.code, 0, verified.stderr);
  assert.match(verified.stdout, /30 outputs as the journal says/);
});

test('a run after an array finds everything done, and an array after a run too, with as many shards as you like', async (t) => {
  const { root, run } = session(t);
  const out = path.join(root, 'out');
  await array(run, out, 3);
  // Nobody has merged them: the run does.
  const planned = await darkroom([...run, '--out', out, '--dry-run']);
  assert.match(planned.stdout, /would correct 0 .*24 done already/);
  const after = await darkroom([...run, '--out', out]);
  assert.match(after.stdout, /nothing new: 24 exposures done already/);
  {
    const of = 2;
    const ends = await array(run, out, of);
    assert.deepEqual(codes(ends), [0, 0]);
    for (const { stdout } of ends) assert.match(stdout, /nothing new: \d+ exposures done already/);
    const shard = await darkroom([...run, '--out', out, '--shard', `1/${of}`, '--dry-run']);
    assert.match(shard.stdout, /would correct 0 /);
    const told = await darkroom(['report', out]);
    assert.match(told.stdout, /done +0\n +skipped +24 /);
  }
  assert.deepEqual(journal(out, 'SELECT count(*) AS n, max(corrections) AS c FROM exposures'), [{ n: 24, c: 1 }]);
  const again = await array(run, out, 2, ['--despike-threshold', '9']);
  for (const { stdout } of again) assert.match(stdout, /\d+ exposures corrected/);
  await darkroom(['report', out]);
  assert.deepEqual(journal(out, 'SELECT count(*) AS n, min(corrections) AS c FROM exposures'), [{ n: 24, c: 2 }]);
  assert.deepEqual(journal(out, 'SELECT sum(first) AS firsts, count(*) AS n FROM timings'), [{ firsts: 24, n: 48 }]);
});

test('a report merges also while shards are at work, again and again, and nothing counts twice', async (t) => {
  const { root, run, raw } = session(t);
  const out = path.join(root, 'out');
  await darkroom([...run, '--out', out, '--shard', '1/2']);
  const slow = longSession(path.join(root, 'long'));
  fs.renameSync(path.join(slow, 'slow.mrc'), path.join(raw, 'slow.mrc'));
  // Without references, so that the long one fits: the shards are of one array all the same.
  const second = ['run', raw, '--no-flat-field', '--threads', '1', '--out', out, '--json'];
  const whose = (await darkroom([...second, '--shard', '1/2', '--dry-run'])).stdout.includes('slow.mrc')
    ? '1/2'
    : '2/2';
  const working = new Running([...second, '--shard', whose]);
  t.after(() => working.kill('SIGKILL'));
  assert.ok(await working.outcomes(5));
  working.kill('SIGSTOP');
  const counts =
    'SELECT (SELECT count(*) FROM exposures) AS e, (SELECT count(*) FROM timings) AS t, (SELECT sum(done) FROM runs) AS d';
  const first = await darkroom(['report', out, '--exit-code']);
  assert.equal(first.code, 3, 'one shard is at work');
  const before = journal(out, counts);
  for (let i = 0; i < 2; i++) assert.equal((await darkroom(['report', out])).code, 0);
  assert.deepEqual(journal(out, counts), before);
  assert.ok(fs.existsSync(path.join(out, '.darkroom', 'shards', '2')), 'what is at work stays');

  const plain = await darkroom([...run, '--out', out]);
  assert.equal(plain.code, 1);
  assert.match(plain.stderr, new RegExp(`process ${working.child.pid} on ${os.hostname()}`));
  const twice = await darkroom([...second, '--shard', whose]);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /shard \d\/2: another run writes here: process/);
  const others = await darkroom([...second, '--shard', '1/3']);
  assert.equal(others.code, 1);
  assert.match(others.stderr, /journals of 2 shards, expected those of 3/);

  working.kill('SIGKILL');
  await working.ended;
  const killed = await darkroom(['report', out, '--exit-code']);
  assert.equal(killed.code, 3, killed.stdout);
  fs.rmSync(path.join(raw, 'slow.mrc'));
  for (const shard of shards(2)) assert.equal((await darkroom([...second, '--shard', shard])).code, 0);
  assert.equal((await darkroom(['report', out, '--exit-code'])).code, 0);
  assert.deepEqual(journal(out, 'SELECT count(*) AS n FROM exposures'), [{ n: 24 }]);
  assert.deepEqual(
    journal(out, 'SELECT count(*) AS n FROM timings'),
    journal(out, 'SELECT sum(done) AS n FROM runs'),
    'each correction was counted once',
  );
  assert.deepEqual(journal(out, 'PRAGMA foreign_key_check'), []);
});

test('of two exposures with one output the same one fails, whichever shards they fall in', async (t) => {
  const { root, run } = session(t, 6, { 'same.mrc': exposure(SMALL), 'same.tif': 'II*' });
  const ends = await array(run, path.join(root, 'out'), 3, ['--format', 'mrc']);
  assert.deepEqual(codes(ends).sort(), [0, 0, 2]);
  assert.match(
    ends.map(({ stderr }) => stderr).join(''),
    /same\.tif: found the same output as for .*same\.mrc, same\.mrc/,
  );
});

test('--expect counts the exposures of all shards', async (t) => {
  const { root, run } = session(t, 6);
  const ends = (expect: string) => array(run, path.join(root, 'out'), 2, ['--expect', expect]);
  assert.deepEqual(codes(await ends('6')), [0, 0]);
  assert.deepEqual(codes(await ends('7')), [2, 2]);
});

test('a shard in which no exposure falls ends well, and the array with it', async (t) => {
  const { root, run } = session(t, 2);
  const out = path.join(root, 'out');
  assert.deepEqual(codes(await array(run, out, 5)), [0, 0, 0, 0, 0]);
  const merged = await darkroom(['report', out, '--exit-code']);
  assert.equal(merged.code, 0, merged.stdout);
  assert.match(merged.stdout, /5 of 5 finished/);
});

test('a task of a Slurm array is its shard without being told; where nobody can tell how many there are, it is asked', async (t) => {
  const { root, raw, run } = session(t, 9);
  const out = path.join(root, 'out');
  const task = (id: number, first: number, last: number, count: number, step = 1) => ({
    env: {
      SLURM_ARRAY_JOB_ID: '77',
      SLURM_ARRAY_TASK_ID: String(id),
      SLURM_ARRAY_TASK_MIN: String(first),
      SLURM_ARRAY_TASK_MAX: String(last),
      SLURM_ARRAY_TASK_COUNT: String(count),
      SLURM_ARRAY_TASK_STEP: String(step),
    },
  });
  for (const id of [0, 1, 2]) {
    const { code, stderr } = await darkroom([...run, '--out', out], task(id, 0, 2, 3));
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`only shard ${id + 1}/3 of the exposures is corrected here`));
  }
  assert.equal((await darkroom(['report', out, '--exit-code'])).code, 0);
  assert.equal(Object.keys(outputs(out)).length, 9);
  const steps = await darkroom([...run, '--out', path.join(root, 'steps')], task(5, 1, 7, 4, 2));
  assert.match(steps.stderr, /only shard 3\/4/);
  // The rest of a larger array; one with gaps.
  for (const [id, first, last, count] of [
    [5, 5, 7, 3],
    [3, 1, 7, 3],
  ] as const) {
    const { code, stderr } = await darkroom([...run, '--out', path.join(root, 'rest')], task(id, first, last, count));
    assert.equal(code, 1);
    assert.match(stderr, /say with --shard i\/n/);
  }
  const all = await darkroom([...run, '--out', path.join(root, 'all'), '--shard', '1/1'], task(5, 5, 7, 3));
  assert.match(all.stdout, /9 exposures corrected/);
  const single = path.join(raw, 'grid 0', 'square0', 'exposure_0000.mrc');
  const one = await darkroom(['run', single, '--no-flat-field', '--out', path.join(root, 'one')], task(2, 1, 3, 3));
  assert.equal(one.code, 1);
  assert.match(one.stderr, /found a single file in task 2\/3/);
  assert.ok(!fs.existsSync(path.join(root, 'one')) && !fs.existsSync(path.join(root, 'rest')));
});

test('what --shard takes is said where it is none', async () => {
  for (const word of ['0/8', '9/8', '3', '3/0', '1/2/3', '1/200000']) {
    const { code, stderr } = await darkroom(['run', 'raw', '--out', 'out', '--shard', word]);
    assert.equal(code, 1);
    assert.match(stderr, /--shard: found "?.*expected a part such as 3\/8/);
  }
});
