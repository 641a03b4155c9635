/** Signals, tried on a process of its own that hangs as a dead share makes it hang: a thread blocked in the kernel. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderFor } from '../call.ts';

const HANGING = new URL('./hanging.js', import.meta.url).pathname;

/** Starts the process and waits until its thread hangs. */
async function hanging(
  pipe: string,
): Promise<{ child: ChildProcess; said: () => string; until: (text: string) => Promise<void> }> {
  const child = spawn(process.execPath, [HANGING, pipe], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
      for (const look of waiting) look();
    });
  }
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (said.includes(text)) resolve();
      };
      waiting.add(look);
      look();
    });
  await until('hanging');
  return { child, said: () => said, until };
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`the first ${signal} asks to finish with ${code}, the second ends the process at once though a thread hangs in the kernel`, async (t) => {
    const pipe = path.join(folderFor(t), 'pipe');
    if (spawnSync('mkfifo', [pipe]).status !== 0) return t.skip('no mkfifo here');
    const { child, said, until } = await hanging(pipe);
    const ended = new Promise<[number | null, string | null]>((resolve) => child.on('exit', (...how) => resolve(how)));
    child.kill(signal);
    await until(`aborted with ${code}`);
    assert.equal(child.exitCode, null, 'still running');
    if (signal === 'SIGHUP') {
      // A terminal that is closed sends it twice at once.
      child.kill(signal);
      await sleep(1500);
      assert.deepEqual([child.exitCode, child.signalCode], [null, null], 'one hangup');
    }
    child.kill(signal);
    // A shell reports a process that ended by a signal as 128 and its number.
    assert.deepEqual(await ended, [null, signal]);
    assert.match(said(), /stopped at once; the same command goes on/);
  });
}
