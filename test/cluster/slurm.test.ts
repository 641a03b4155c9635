/** The promises of `darkroom slurm`, on a real Slurm of one node: what it prints is all that anybody needs. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { shardOf } from '../../src/model/shard.ts';
import { BIN, darkroom, exposure, folder, journal, lay, outputs, references, report } from '../run/darkroom.ts';
import { differences } from './same-report.ts';
import { Slurm } from './slurm.ts';

const started = await Slurm.start();
const skip = typeof started === 'string' ? started : false;
const slurm = started as Slurm;
after(() => (skip ? undefined : slurm.stop()));

interface Session {
  readonly root: string;
  readonly raw: string;
  readonly out: string;
  /** All of a run but `--out`. */
  readonly run: readonly string[];
}

function session(t: TestContext, count: number, size: { width: number; height: number }): Session {
  const root = folder(t);
  const raw = path.join(root, 'raw');
  // Few different ones: making them takes longer than correcting them.
  const made = Array.from({ length: 8 }, (_, i) => exposure({ ...size, seed: i + 1 }));
  for (let i = 0; i < count; i++) {
    lay(raw, { [`day ${i % 3}/grid${i % 5}/exposure_${String(i).padStart(4, '0')}.mrc`]: made[i % made.length]! });
  }
  const { dark, bright } = references(root, size);
  return {
    root,
    raw,
    out: path.join(root, 'out'),
    run: [raw, '--dark', dark, '--bright', bright, '--no-reference-checks'],
  };
}

/** Does what a person does who reads a line of what was printed. */
function typed(printed: string, before: string): string {
  const line = printed.split('\n').find((each) => each.startsWith(before));
  assert.ok(line, `${before} is missing in ${printed}`);
  const { stdout, stderr, status } = spawnSync('sh', ['-c', line.slice(before.length)], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...slurm.env, PATH: `${path.dirname(commandOf())}:${process.env.PATH}` },
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

let made: string | null = null;

/** The command as `npm link` would put it on the path. */
function commandOf(): string {
  if (made === null) {
    const bin = fs.mkdtempSync(path.join(path.dirname(slurm.env.SLURM_CONF!), 'bin-'));
    made = path.join(bin, 'darkroom');
    fs.writeFileSync(made, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, { mode: 0o755 });
  }
  return made;
}

/** The numbers of the array and of the job that merges. */
function jobsIn(said: string): { array: string; merge: string } {
  const [, array, merge] = /submitted: array (\d+) .*, then (\d+) /.exec(said) ?? [];
  assert.ok(array && merge, said);
  return { array, merge };
}

test('an array of 8 over 400 exposures, from what is printed to the report, equals one run; what failed makes the last job exit 2', {
  skip,
}, async (t) => {
  const { root, raw, out, run } = session(t, 400, { width: 64, height: 48 });
  lay(raw, { 'day 1/short.mrc': 'short' });
  const plain = path.join(root, 'plain');
  const single = darkroom(['run', ...run, '--out', plain, '--threads', '1']);
  const written = await darkroom(['slurm', ...run, '--out', out, '--tasks', '8', '--cpus', '1', '--memory', '200M'], {
    env: slurm.env,
  });
  assert.equal(written.code, 0, written.stderr);
  const { array, merge } = jobsIn(typed(written.stdout, 'to submit:  '));
  assert.equal((await slurm.over(array)).exitCode, 2, 'the task that met the short one');
  const { exitCode } = await slurm.over(merge);
  const log = fs.readFileSync(path.join(out, 'slurm', 'logs', `${merge}_merge.log`), 'utf8');
  assert.equal(exitCode, 2, log);
  assert.match(log, /shards {6}8 of 8 finished/);
  assert.match(log, /400 outputs as the journal says/);
  assert.equal((await single).code, 2);
  assert.deepEqual(outputs(out), outputs(plain));
  assert.deepEqual(differences(report(plain), report(out)), []);
  assert.deepEqual(report(out).run.array?.unfinished, []);
  const looked = typed(written.stdout, 'to look:    ');
  assert.match(looked, /done +400\n +skipped +0\n +failed +1\n/);
  assert.match(looked, /report: .*report\.html/);
});

test('one task cancelled, one put back into the queue, one preempted: submitted again, all is complete and nothing is done twice', {
  skip,
}, async (t) => {
  const { out, run } = session(t, 45, { width: 640, height: 480 });
  const submitted = await darkroom(
    ['slurm', ...run, '--out', out, '--tasks', '3', '--cpus', '1', '--memory', '200M', '--submit'],
    { env: slurm.env },
  );
  assert.equal(submitted.code, 0, submitted.stderr);
  const first = jobsIn(submitted.stdout);
  // Each task stands still in the midst of its exposures, until Slurm ends it.
  await Promise.all([1, 2, 3].map((shard) => halted(out, shard)));
  slurm.ask('scancel', `${first.array}_1`);
  slurm.ask('scontrol', 'requeue', `${first.array}_2`);
  const urgent = slurm.ask(
    'sbatch',
    '--parsable',
    '--partition=high',
    '--cpus-per-task=8',
    '--output=/dev/null',
    '--wrap=true',
  );
  assert.equal((await slurm.over(urgent)).exitCode, 0);
  const restarts = () =>
    [2, 3].map((task) =>
      Number(/Restarts=(\d+)/.exec(slurm.ask('scontrol', 'show', 'job', `${first.array}_${task}`))?.[1]),
    );
  await slurm.over(first.array);
  for (const times of restarts()) assert.ok(times >= 1, 'both ran again');
  assert.equal((await slurm.over(first.merge)).exitCode, 3, 'the part of the cancelled task is missing');
  assert.match(fs.readFileSync(path.join(out, 'slurm', 'logs', `${first.merge}_merge.log`), 'utf8'), /not: 1/);
  const corrected = () => journal(out, 'SELECT count(*) AS n FROM timings')[0]!.n as number;
  const before = corrected();
  assert.ok(before > 30 && before < 45, `${before} exposures`);

  const again = spawnSync('sh', [path.join(out, 'slurm', 'submit.sh')], {
    encoding: 'utf8',
    env: { ...process.env, ...slurm.env },
  });
  const second = jobsIn(again.stdout);
  await slurm.over(second.array);
  assert.equal((await slurm.over(second.merge)).exitCode, 0);
  assert.equal(Object.keys(outputs(out)).length, 45);
  assert.equal(corrected(), 45, 'each was corrected once');
  assert.deepEqual(journal(out, 'SELECT max(corrections) AS c, count(*) AS n FROM exposures'), [{ c: 1, n: 45 }]);
  const { run: joined, totals } = report(out);
  assert.deepEqual([joined.done + joined.skipped, joined.skipped, totals.failed], [45, before, 0]);
});

/** Stops the process of a shard when it has corrected something. */
async function halted(out: string, shard: number): Promise<void> {
  const place = path.join(out, '.darkroom', 'shards', '3', String(shard));
  const isMine = (name: string): boolean => name.endsWith('.mrc') && shardOf(name, 3) === shard;
  for (let i = 0; i < 4000; i++) {
    if (fs.readdirSync(out, { recursive: true, encoding: 'utf8' }).some(isMine)) {
      const { pid } = JSON.parse(fs.readFileSync(path.join(place, 'lock.json'), 'utf8')) as { pid: number };
      process.kill(pid, 'SIGSTOP');
      return;
    }
    await sleep(10);
  }
  throw new Error(`shard ${shard} did not begin`);
}

test('an array stays below the MaxArraySize of the cluster', { skip }, async (t) => {
  const { out, run } = session(t, 3, { width: 64, height: 48 });
  const refused = await darkroom(['slurm', ...run, '--out', out, '--tasks', '101'], { env: slurm.env });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--tasks: found 101, expected 100 at most, which the MaxArraySize of this cluster lets/);
});
