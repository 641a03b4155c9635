/** Shards in other engines: the samples, and the line for GNU parallel, do what they say. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { BIN, exposure, folder, lay, outputs, references, report } from '../run/darkroom.ts';

const ROOT = new URL('../../../', import.meta.url);
const text = (name: string): string => fs.readFileSync(new URL(name, ROOT), 'utf8');

const installed = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

interface Session {
  readonly root: string;
  readonly options: string;
  /** Runs a script with the command on its path; returns its exit code. */
  run(script: string): number | null;
}

/** `raw/` and `gain.mrc` in a folder of its own, with one exposure that fails. */
function session(t: TestContext): Session {
  const root = folder(t);
  const size = { width: 64, height: 48 };
  lay(path.join(root, 'raw'), {
    'a/short.mrc': 'short',
    ...Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [`a/exposure_${i}.mrc`, exposure({ ...size, seed: i + 1 })]),
    ),
  });
  const { dark, bright } = references(root, size);
  const bin = path.join(root, 'bin');
  lay(bin, { darkroom: `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n` });
  fs.chmodSync(path.join(bin, 'darkroom'), 0o755);
  return {
    root,
    options: `--dark ${path.basename(dark)} --bright ${path.basename(bright)}`,
    run(script) {
      const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: root };
      return spawnSync('bash', ['-c', script], { cwd: root, env, stdio: 'ignore', timeout: 100_000 }).status;
    },
  };
}

function assertWhole(root: string, shards: number): void {
  const out = path.join(root, 'corrected');
  assert.equal(Object.keys(outputs(out)).length, 9);
  const { run, totals } = report(out);
  assert.deepEqual([run.done, run.failed, totals.exposures], [9, 1, 10]);
  assert.deepEqual([run.array?.shards, run.array?.unfinished], [shards, []]);
}

test('the line for GNU parallel in the manual', { skip: !installed('parallel') && 'needs parallel' }, (t) => {
  const { root, options, run } = session(t);
  const line = /^ {4}(parallel .*)$/m.exec(text('src/cli/manual/cluster.md'))?.[1];
  assert.ok(line);
  run(line.replace('--norm gain.mrc', options));
  assert.equal(run('darkroom report corrected/ --exit-code'), 2);
  assertWhole(root, 8);
});

test('the rules for Snakemake', { skip: !installed('snakemake') && 'needs snakemake' }, (t) => {
  const { root, options, run } = session(t);
  fs.writeFileSync(path.join(root, 'Snakefile'), text('samples/Snakefile'));
  run(`snakemake --cores 2 --nolock --config raw=raw out=corrected shards=3 options="${options}"`);
  assertWhole(root, 3);
});

test('the processes for Nextflow: their commands, with its variables filled in as it does', (t) => {
  const { root, options, run } = session(t);
  const sample = text('samples/darkroom.nf');
  assert.match(sample, /Channel\.of\(1\.\.params\.shards\) \| shard \| collect \| merge/);
  const [shard, merge] = [...sample.matchAll(/^ {2}script: "(.*)"$/gm)].map(([, script]) => script!);
  const values: Record<string, string> = {
    'params.raw': path.join(root, 'raw'),
    'params.out': path.join(root, 'corrected'),
    'params.options': options,
    'params.shards': '3',
    'task.cpus': '1',
  };
  const command = (script: string, i: number): string =>
    script
      .replaceAll(
        /(?<!\\)\$\{([\w.]+)\}/g,
        (_, name: string) => ({ ...values, i: String(i) })[name] ?? assert.fail(name),
      )
      .replaceAll('\\$', '$');
  for (const i of [1, 2, 3]) assert.equal(run(command(shard!, i)), 0, 'an exposure that failed stops no other shard');
  assert.equal(run(command(merge!, 0)), 2);
  assertWhole(root, 3);
});
