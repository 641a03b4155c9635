/** A run that is killed, interrupted or stopped: nothing is lost, nothing is left over, and the same command goes on. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { noise } from '../../src/tools/simulate/noise.ts';
import {
  BIN,
  darkroom,
  exposure,
  folder,
  journal,
  lay,
  longSession,
  outputs,
  pause,
  Running,
  report,
} from './darkroom.ts';

const EXPOSURES = 8;

const KINDS: Record<string, readonly string[]> = {
  MRC: [],
  'TIFF with deflate': ['--format', 'tiff', '--compression', 'deflate', '--type', 'float32'],
};

for (const [kind, options] of Object.entries(KINDS)) {
  test(`killed at random moments and run again, ${kind} outputs are those of an undisturbed run, recorded once`, async (t) => {
    const root = folder(t);
    const files = Array.from({ length: EXPOSURES }, (_, i) => [
      `${i % 2 ? 'grid1/' : ''}e${i}.mrc`,
      exposure({ width: 512, height: 384, seed: i }),
    ]);
    const raw = lay(path.join(root, 'raw'), Object.fromEntries(files));
    const command = (out: string, ...more: string[]): string[] => [
      ...['run', raw, '-o', path.join(root, out), '--no-flat-field', '--json', ...options, ...more],
    ];
    assert.equal((await darkroom(command('undisturbed'))).code, 0);
    const expected = outputs(path.join(root, 'undisturbed'));
    assert.equal(Object.keys(expected).length, EXPOSURES);

    for (const threads of ['1', '2']) {
      const out = path.join(root, `killed-${threads}`);
      const { uniform } = noise(Number(threads), 7);
      let killed = 0;
      for (let round = 0; round < 4; round++) {
        const running = new Running(command(`killed-${threads}`, '--threads', threads));
        await running.outcomes(Math.floor(3 * uniform()));
        await pause(40 * uniform());
        running.kill('SIGKILL');
        const { signal, stderr } = await running.ended;
        if (signal === 'SIGKILL') killed++;
        assert.doesNotMatch(stderr, /(?<!, 0 )failed|another run/);
      }
      assert.ok(killed > 0, 'no run was caught at work');

      const last = await darkroom(command(`killed-${threads}`, '--threads', threads));
      assert.equal(last.code, 0, last.stderr);
      assert.deepEqual(outputs(out), expected);
      assert.deepEqual(fs.readdirSync(path.join(out, '.darkroom')), ['lock.sqlite']);
      assert.deepEqual(journal(out, 'SELECT count(*) AS rows, sum(first) AS first FROM timings'), [
        { rows: EXPOSURES, first: EXPOSURES },
      ]);
      assert.deepEqual(journal(out, 'SELECT sum(done) AS done, sum(failed) AS failed FROM runs'), [
        { done: EXPOSURES, failed: 0 },
      ]);
      assert.equal((await darkroom(['verify', out])).code, 0);
    }
  });
}

test('what a run killed while it wrote a report or the lock left behind stops no run with the same process number', (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'e.mrc': exposure() });
  const out = path.join(root, 'out');
  // The shell becomes the command: what it leaves behind bears the command's own number, as in a container.
  const script = `mkdir -p "$OUT/.darkroom"; cd "$OUT/.darkroom"
    for name in report.json exposures.csv lock.json; do echo half > $name.$$.part; done; echo half > 77-0.part
    exec "$NODE" "$BIN" run "$RAW" -o "$OUT" --no-flat-field`;
  const env = { ...process.env, OUT: out, NODE: process.execPath, BIN, RAW: raw };
  const { status, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  assert.equal(report(out).totals.done, 1);
  assert.deepEqual(fs.readdirSync(path.join(out, '.darkroom')), ['lock.sqlite']);
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} lets the exposures in flight finish and be recorded, ends with ${code}, and the next run goes on`, async (t) => {
    const root = folder(t);
    const files = Array.from({ length: 40 }, (_, i) => [`e${i}.mrc`, exposure({ width: 512, height: 384, seed: i })]);
    const raw = lay(path.join(root, 'raw'), Object.fromEntries(files));
    const out = path.join(root, 'out');
    const command = ['run', raw, '-o', out, '--no-flat-field', '--threads', '2', '--json'];

    const running = new Running(command);
    assert.ok(await running.outcomes(1));
    running.kill(signal);
    const stopped = await running.ended;
    assert.equal(stopped.code, code, stopped.stderr);
    assert.match(stopped.stderr, /finishing up to \d+ exposures under way; press Ctrl-C again to stop at once/);
    const done = stopped.events.filter(({ event }) => event === 'outcome').length;
    assert.ok(done >= 1 && done < 40, `${done} done`);
    assert.equal(Object.keys(outputs(out)).length, done);
    assert.deepEqual(journal(out, 'SELECT done, exit_code FROM runs'), [{ done, exit_code: code }]);
    assert.deepEqual(fs.readdirSync(path.join(out, '.darkroom')), ['lock.sqlite']);
    assert.equal(report(out).totals.done, done);
    assert.equal(report(out).run.exitCode, code);

    const next = await darkroom(command);
    assert.equal(next.code, 0);
    const finished = next.events.find(({ event }) => event === 'finished');
    assert.ok(finished?.event === 'finished');
    assert.deepEqual([finished.done, finished.skipped], [40 - done, done]);
  });

  test(`the second ${signal} ends the run at once, of the signal itself, and leaves no half of an output`, async (t) => {
    const root = folder(t);
    const raw = longSession(root);
    const out = path.join(root, 'out');
    const running = new Running(['run', raw, '-o', out, '--no-flat-field', '--threads', '1', '--json']);
    assert.ok(await running.outcomes(2));
    running.kill(signal);
    assert.ok(await running.says('to stop at once'));
    running.kill(signal);
    const { signal: endedBy, stderr } = await running.ended;
    assert.equal(endedBy, signal);
    assert.match(stderr, /stopped at once; the same command goes on where it stopped/);
    assert.deepEqual(Object.keys(outputs(out)), ['a1.mrc', 'a2.mrc']);

    fs.rmSync(path.join(raw, 'slow.mrc'));
    const next = await darkroom(['run', raw, '-o', out, '--no-flat-field']);
    assert.equal(next.code, 0, next.stderr);
    assert.deepEqual(fs.readdirSync(path.join(out, '.darkroom')), ['lock.sqlite']);
  });
}
