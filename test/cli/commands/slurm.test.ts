/** The promises of the scripts that `darkroom slurm` writes, where there is no Slurm. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { darkroom, exposure, folder, lay, outputs, references } from '../../run/darkroom.ts';

const OURS = fileURLToPath(new URL('../../../../samples/slurm/', import.meta.url));

interface Session {
  readonly root: string;
  readonly raw: string;
  readonly out: string;
  readonly run: readonly string[];
}

function session(t: TestContext): Session {
  const root = folder(t);
  const size = { width: 64, height: 48 };
  const raw = lay(path.join(root, "raw it's"), {
    'a.mrc': exposure({ ...size, seed: 1 }),
    'b/c.mrc': exposure({ ...size, seed: 2 }),
  });
  const { dark, bright } = references(root, size);
  return { root, raw, out: path.join(root, 'out'), run: ['slurm', raw, '--dark', dark, '--bright', bright] };
}

/** No command of Slurm is found there. */
const NO_SLURM = { env: { PATH: path.dirname(process.execPath) } };

test('the task of the script, run by a shell in any folder, is a shard with the options that were given', async (t) => {
  const { root, raw, out, run } = session(t);
  const asked = [
    ...run,
    '--tasks',
    '2',
    '--limit',
    '1',
    '--cpus',
    '1',
    '--include',
    '*.mrc',
    '--include',
    'b/*',
    '--no-timings',
  ];
  const written = await darkroom([...asked, '--out', 'out', '--memory', '3G', '--time', '1-0'], {
    ...NO_SLURM,
    cwd: root,
  });
  assert.equal(written.code, 0, written.stderr);
  assert.match(written.stdout, /2 tasks for 2 exposures/);
  const script = path.join(out, 'slurm', 'array.sbatch');
  const text = fs.readFileSync(script, 'utf8');
  for (const line of ['--array=1-2%1', '--cpus-per-task=1', '--mem=3G', '--time=1-0', '--requeue'])
    assert.ok(text.includes(`\n#SBATCH ${line}\n`), `${line} is missing in ${text}`);
  for (const task of ['1', '2']) {
    const { status, stderr } = spawnSync('bash', [script], {
      cwd: '/',
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, SLURM_ARRAY_TASK_ID: task, SLURM_CPUS_PER_TASK: '1' },
    });
    assert.equal(status, 0, stderr);
  }
  const merged = spawnSync('bash', [path.join(out, 'slurm', 'merge.sbatch')], {
    cwd: '/',
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(merged.status, 0, merged.stderr);
  assert.deepEqual(Object.keys(outputs(out)), ['a.mrc', path.join('b', 'c.mrc')]);
  fs.truncateSync(path.join(out, 'a.mrc'), 2000);
  const odd = spawnSync('bash', [path.join(out, 'slurm', 'merge.sbatch')], {
    cwd: '/',
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(odd.status, 2, 'verify finds an output that is not as it was written');
  assert.ok(fs.existsSync(raw));
  // What somebody may have edited stays.
  assert.equal((await darkroom([...run, '--out', out], NO_SLURM)).code, 0);
  assert.ok(fs.existsSync(path.join(out, 'slurm-2', 'submit.sh')));
  assert.equal(fs.readFileSync(script, 'utf8'), text);
});

test("a site's templates take the place of ours; a name that is not known, or one that is missing, is an error", async (t) => {
  const { root, out, run } = session(t);
  const site = path.join(root, 'site');
  lay(site, { 'submit.sh': '#!/bin/sh\necho {{ tasks }} tasks of {{name}}\n' });
  const own = await darkroom([...run, '--out', out, '--template', site, '--tasks', '2'], NO_SLURM);
  assert.equal(own.code, 0, own.stderr);
  assert.match(fs.readFileSync(path.join(out, 'slurm', 'submit.sh'), 'utf8'), /echo 2 tasks of darkroom-out\n/);
  for (const [text, message] of [
    ['{{tasks}} {{arguments}} {{acount}}', /found \{\{acount\}\}, expected one of name, tasks/],
    ['{{tasks}} {{}} {{arguments}}', /found \{\{\}\}/],
    ['{{tasks}}', /\{\{arguments\}\} is not in it/],
  ] as const) {
    lay(site, { 'array.sbatch': text });
    const refused = await darkroom([...run, '--out', path.join(root, 'other'), '--template', site], NO_SLURM);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, message);
    assert.ok(!fs.existsSync(path.join(root, 'other')), 'nothing is written');
  }
  assert.deepEqual(fs.readdirSync(OURS).sort(), ['array.sbatch', 'merge.sbatch', 'submit.sh']);
});

test('wrong references, exposures that cannot be read and too many tasks are refused before anything is written', async (t) => {
  const { root, out, run } = session(t);
  const small = references(lay(path.join(root, 'small'), { x: '' }), { width: 32, height: 48 });
  const cases: [string[], RegExp][] = [
    [[...run.slice(0, 2), '--dark', small.dark, '--bright', small.bright], /references fit none of the exposures/],
    [
      ['slurm', lay(path.join(root, 'bad'), { 'x.mrc': 'x' }), '--no-flat-field'],
      /none of the exposures that were looked at/,
    ],
    [[...run, '--tasks', '1001'], /found 1001, expected 1000 at most/],
    [[...run, '--force'], /there is no option --force/],
  ];
  for (const [words, message] of cases) {
    const { code, stderr } = await darkroom([...words, '--out', out], NO_SLURM);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  assert.ok(!fs.existsSync(out));
});
