/** What people see who look on: the live line on a real terminal, and the warning when more arrives than can be corrected. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN } from '../cli/call.ts';
import { exposure, finished, place, ready, watching, writes } from './watching.ts';

const NO_TERMINAL = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')
  ? false
  : 'needs script of util-linux, which makes terminals';

test('on a terminal one line lives: corrected, queued, being written, failed, delay, pace; Ctrl-C ends it, the cursor is never hidden', {
  skip: NO_TERMINAL,
}, async (t) => {
  const at = place(t);
  const command = `stty cols 100; exec ${process.execPath} ${BIN} watch ${at.raw} -o ${at.out} --no-flat-field --threads 1 --settle 0.5`;
  const { CI: _, ...env } = process.env;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  t.after(() => terminal.kill('SIGKILL'));
  let screen = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    screen += chunk;
  });
  const shows = async (what: RegExp): Promise<void> => {
    for (const end = performance.now() + 60_000; !what.test(screen) && performance.now() < end; ) await sleep(50);
    assert.match(screen, what);
  };
  await shows(/0 corrected, 0 queued, 0 being written, 0 failed; 0\/min arriving/);
  await writes(finished(at, 1), `append,${path.join(at.raw, 'a.mrc')},0,1`);
  fs.writeFileSync(path.join(at.raw, 'bad.mrc'), 'no image '.repeat(500));
  await shows(/1 corrected, 0 queued, 0 being written, \S*1 failed\S*; [\d.]+ s behind; 2\/min/);
  await shows(/failed\S* {2}\S*bad\.mrc: /);
  terminal.stdin.write('\x03');
  const [code] = await once(terminal, 'exit');
  assert.equal(code, 130, screen);
  await shows(/finishing the exposures under way/);
  await shows(/1 exposure corrected, \S*1 failed/);
  assert.ok(!screen.includes('\x1b[?25l'), 'nobody is left without a cursor');
});

test('a terminal that is closed ends the watch in order: its status file says stopped', {
  skip: NO_TERMINAL,
}, async (t) => {
  const at = place(t);
  // A shell between: it hands the hangup on, and the kernel sends another.
  const command = `${process.execPath} ${BIN} watch ${at.raw} -o ${at.out} --no-flat-field --threads 1 --settle 0.5; true`;
  const { CI: _, ...env } = process.env;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
  });
  t.after(() => terminal.kill('SIGKILL'));
  const state = (): { state?: string; pid?: number } => {
    try {
      return JSON.parse(fs.readFileSync(path.join(at.out, 'status.json'), 'utf8'));
    } catch {
      return {};
    }
  };
  const becomes = async (wanted: string): Promise<void> => {
    for (const end = performance.now() + 60_000; state().state !== wanted && performance.now() < end; ) await sleep(50);
    assert.equal(state().state, wanted);
  };
  await becomes('watching');
  const { pid } = state();
  t.after(() => {
    try {
      process.kill(pid!, 'SIGKILL');
    } catch {
      // It ended, as it should.
    }
  });
  // The window is gone: nobody holds the other side of the terminal any more.
  terminal.kill('SIGKILL');
  await becomes('stopped');
});

test('when more arrives than can be corrected it says so, with figures and what to do', async (t) => {
  const at = place(t);
  const watcher = watching(t, at, '--despike', 'leginon', '--despike-size', '31');
  await ready(watcher);
  const first = path.join(at.cupboard, 'large.mrc');
  fs.writeFileSync(first, exposure(1, { width: 2048, height: 2048 }));
  const aside = path.join(at.folder, 'aside');
  fs.mkdirSync(aside);
  for (let i = 0; i < 3000; i++) fs.linkSync(first, path.join(aside, `${i}.mrc`));
  fs.renameSync(aside, path.join(at.raw, 'burst'));
  const behind =
    /falling behind: (\d+) exposures a minute arrive, (\d+) can be corrected, (\d+) wait; give more --threads/;
  await watcher.until('it says so', ({ said }) => behind.test(said()));
  const [arrive, can, wait] = behind.exec(watcher.said())!.slice(1).map(Number) as [number, number, number];
  assert.ok(arrive > can && wait > 5, `${arrive} arrive, ${can} can be corrected, ${wait} wait`);
  assert.equal(await watcher.ended('SIGTERM'), 143);
});
