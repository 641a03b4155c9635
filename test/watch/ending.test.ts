/** How a watch ends and begins again: every way to stop it, kills at any moment, and two of them on one output folder. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../src/model/events.ts';
import { darkroom } from '../cli/call.ts';
import {
  assertAsBatch,
  corrections,
  done,
  exposure,
  exposuresIn,
  finished,
  leftovers,
  place,
  ready,
  type Watcher,
  watching,
  writes,
} from './watching.ts';

describe('a watch', { concurrency: 2 }, () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    test(`ends with ${code} by ${signal}, what is under way finished and recorded`, async (t) => {
      const at = place(t);
      for (let i = 0; i < 30; i++) fs.writeFileSync(path.join(at.raw, `${i}.mrc`), exposure(i));
      const watcher = watching(t, at);
      await watcher.until('some are corrected', ({ outcomes }) => outcomes().length >= 3);
      assert.equal(await watcher.ended(signal), code);
      const last = watcher.events.at(-1);
      assert.ok(last?.event === 'finished' && last.exit === code);
      assert.equal(last.done, corrections(watcher.outcomes()));
      assert.deepEqual(exposuresIn(at.out).length, last.done, 'no output without a record');
      assert.deepEqual(leftovers(at.out), []);
      const report = JSON.parse(fs.readFileSync(path.join(at.out, 'report.json'), 'utf8')) as { run: { done: number } };
      assert.equal(report.run.done, last.done, 'the report has them');
      const status = JSON.parse(fs.readFileSync(path.join(at.out, 'status.json'), 'utf8')) as Status;
      assert.deepEqual([status.state, status.counts.corrected], ['stopped', last.done]);
    });
  }

  test('ends with 0 when its stop file appears, and refuses to begin while it is there', async (t) => {
    const at = place(t);
    const stop = path.join(at.folder, 'stop');
    const watcher = watching(t, at, '--stop-file', stop);
    fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
    await done(watcher, 'a.mrc');
    fs.writeFileSync(stop, '');
    assert.equal(await watcher.ended(), 0);
    const again = watching(t, at, '--stop-file', stop);
    assert.equal(await again.ended(), 1);
    assert.match(again.said(), /--stop-file .*stop: is there already/);
  });

  test('ends with 0 after --until-idle, counted from the last exposure', async (t) => {
    const at = place(t);
    const watcher = watching(t, at, '--until-idle', '3');
    await ready(watcher);
    await sleep(1500);
    await writes(finished(at, 1), `append,${path.join(at.raw, 'late.mrc')},0,1`);
    assert.equal(await watcher.ended(), 0);
    assert.deepEqual(assertAsBatch(at), ['late.mrc']);
  });

  test('of an empty folder is idle, not dead: the sequence of its status file rises, and it is whole at any moment', async (t) => {
    const at = place(t);
    const file = path.join(at.folder, 'elsewhere.json');
    const watcher = watching(t, at, '--status-file', file);
    await ready(watcher);
    const sequences = new Set<number>();
    const first = fs.openSync(file, 'r');
    await watcher.until('three heartbeats', () => {
      const status = JSON.parse(fs.readFileSync(file, 'utf8')) as Status;
      assert.equal(status.state, 'watching');
      sequences.add(status.sequence);
      return sequences.size >= 3;
    });
    assert.deepEqual([...sequences], [...sequences].sort());
    // Each is another file, renamed into its place: whoever reads one reads all of it.
    const { sequence } = JSON.parse(fs.readFileSync(first, 'utf8')) as Status;
    fs.closeSync(first);
    assert.equal(sequence, [...sequences][0]);
    assert.equal(await watcher.ended('SIGTERM'), 143);
  });

  test('refuses files, folders that are not there, and the output folder: exit code 1, nothing is made', (t) => {
    const at = place(t);
    const file = finished(at, 1);
    for (const [word, says] of [
      [file, /is a file, expected a folder to watch; for single files use darkroom run/],
      [path.join(at.folder, 'none', 'none'), /there is no such folder/],
    ] as const) {
      const { code, err } = darkroom('watch', word, '--out', at.out, '--no-flat-field');
      assert.deepEqual([code, says.test(err)], [1, true], err);
    }
    assert.match(darkroom('watch', '--out', at.out).err, /found no folder to watch/);
    assert.equal(fs.existsSync(at.out), false);
  });

  test('lets no second one, and no run, into its output folder, and says who holds it', async (t) => {
    const at = place(t);
    const watcher = watching(t, at);
    await ready(watcher);
    for (const command of ['watch', 'run']) {
      const end = command === 'watch' ? ['--until-idle', '1'] : [];
      const { code, err } = darkroom(command, at.raw, '--out', at.out, '--no-flat-field', '--threads', '1', ...end);
      // A run that finds nothing to do writes nothing, and needs no lock.
      if (command === 'run') assert.equal(code, 0, err);
      else assert.deepEqual([code, err.includes(`process ${watcher.process.pid}`)], [1, true], err);
    }
    fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
    const { code, err } = darkroom('run', at.raw, '--out', at.out, '--no-flat-field', '--threads', '1');
    assert.deepEqual([code, err.includes(`process ${watcher.process.pid}`)], [1, true], err);
    await done(watcher, 'a.mrc');
    assert.equal(await watcher.ended('SIGTERM'), 143);
  });
});

test('killed again and again it goes on where it was: nothing is missed, and a kill repeats what was under way at most', async (t) => {
  const at = place(t);
  const KILLS = 4;
  let corrected = 0;
  let watcher: Watcher | null = null;
  for (let kill = 0; kill <= KILLS; kill++) {
    for (let i = 0; i < 25; i++) fs.writeFileSync(path.join(at.raw, `${kill}-${i}.mrc`), exposure(kill * 100 + i));
    watcher = watching(t, at, '--until-idle', '2', '--settle', '0.3');
    if (kill === KILLS) break;
    await watcher.until('some are corrected', ({ outcomes }) => corrections(outcomes()) >= 5 + kill);
    assert.equal(await watcher.ended('SIGKILL'), 'SIGKILL');
    corrected += corrections(watcher.outcomes());
  }
  assert.equal(await watcher!.ended(), 0);
  corrected += corrections(watcher!.outcomes());
  const all = 25 * (KILLS + 1);
  assert.equal(assertAsBatch(at).length, all);
  // One thread, and one exposure that waits for it; events that were not read any more count as not corrected.
  assert.ok(corrected <= all + 2 * KILLS, `${corrected} corrections of ${all} exposures`);
});

test('10 000 exposures dropped at once are corrected, oldest first', async (t) => {
  // In memory where there is such a folder: the disk is not what is tried here.
  const at = place(t, fs.existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const COUNT = 10_000;
  const bytes = exposure(1, { width: 16, height: 8 });
  const watcher = watching(t, at, '--until-idle', '2', '--settle', '1');
  await ready(watcher);
  const order = Array.from({ length: COUNT }, (_, i) => (i * 7919) % COUNT);
  const aside = path.join(at.folder, 'drop');
  fs.mkdirSync(aside);
  for (const i of order) {
    const file = path.join(aside, `${i}.mrc`);
    fs.writeFileSync(file, bytes);
    fs.utimesSync(file, 1_600_000_000 + i, 1_600_000_000 + i);
  }
  fs.renameSync(aside, path.join(at.raw, 'drop'));
  const memory = (): number => {
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${watcher.process.pid}/status`, 'utf8'))?.[1];
    return Number(rss) / 1024;
  };
  await watcher.until('a tenth is corrected', ({ events }) => events.length > COUNT / 10);
  const before = memory();
  await watcher.until('nearly all are corrected', ({ events }) => events.length > 0.95 * COUNT);
  const after = memory();
  assert.equal(await watcher.ended(), 0);
  const corrected = watcher.outcomes().map(({ input }) => Number(path.basename(input, '.mrc')));
  assert.equal(corrected.length, COUNT);
  // Some are looked into at once, and become ready in any order; without any order the mean would be a third of all.
  const astray = corrected.reduce((sum, each, i) => sum + Math.abs(each - i), 0) / COUNT;
  assert.ok(astray < 50, `${astray} places from where the oldest first would have it`);
  // How much is a matter of the machine and of Node's version: said, not judged.
  t.diagnostic(`resident after a tenth ${before.toFixed(0)} MB, after nearly all ${after.toFixed(0)} MB`);
});
