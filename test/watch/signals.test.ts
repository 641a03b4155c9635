/** The second signal, with a worker that hangs in a system call as a dead share makes it hang. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { exposure, leftovers, place, ready, watching } from './watching.ts';

/** strace delays a call of the thread for an hour. */
const HOUR = 3_600_000_000;
const CANNOT_TRACE =
  spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=fsync:delay_enter=1', 'true']).status === 0
    ? os.getPriority() >= 19 && 'needs a priority that can be lowered'
    : 'needs strace, and the right to trace';

const statusOf = (pid: number, thread: number | string): string =>
  fs.readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1');

/** proc(5), stat, field 19. */
function niceOf(pid: number, thread: number | string): number {
  const stat = fs.readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
  return Number(stat.replace(/^.*\) /s, '').split(' ')[16]);
}

/** Workers run at a lower priority than all else. */
const workersOf = (pid: number): string[] =>
  fs.readdirSync(`/proc/${pid}/task`).filter((thread) => niceOf(pid, thread) > niceOf(pid, pid));

test('a worker hangs on its output: the first signal waits for it, the second ends the watch at once', {
  skip: CANNOT_TRACE,
}, async (t) => {
  const at = place(t);
  const watcher = watching(t, at);
  await ready(watcher);
  const pid = watcher.process.pid!;
  await watcher.until('workers run at low priority', () => workersOf(pid).length > 0);
  const workers = workersOf(pid);
  const strace = spawn(
    'strace',
    [
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'trace=fsync',
      '-e',
      `inject=fsync:delay_enter=${HOUR}`,
      ...workers.flatMap((each) => ['-p', each]),
    ],
    { stdio: 'ignore' },
  );
  t.after(() => strace.kill('SIGKILL'));
  const traced = (): boolean => workers.every((each) => /^TracerPid:\t[1-9]/m.test(statusOf(pid, each)));
  await watcher.until('it is traced', traced);
  fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
  // A thread also stands still for a moment when strace attaches: it hangs once its output is begun.
  const hangs = (): boolean =>
    leftovers(at.out).length > 0 && workers.some((each) => /^State:\tt/m.test(statusOf(pid, each)));
  await watcher.until('a worker hangs', hangs);
  watcher.process.kill('SIGTERM');
  await watcher.until('it waits', ({ said }) => /finishing the exposures under way/.test(said()));
  const beat = watcher.status()!.sequence;
  await watcher.until('a heartbeat', ({ status }) => status()!.sequence > beat && status()!.state === 'stopping');
  watcher.process.kill('SIGTERM');
  // Dead at once; buried when strace has let go of the thread.
  await watcher.until('it is dead', () => /^State:\tZ/m.test(statusOf(pid, pid)));
  strace.kill('SIGKILL');
  assert.equal(await watcher.ended(), 'SIGTERM');
  assert.match(watcher.said(), /stopped at once; the same command goes on/);
  const again = watching(t, at, '--until-idle', '1');
  assert.equal(await again.ended(), 0);
  assert.deepEqual([fs.existsSync(path.join(at.out, 'a.mrc')), leftovers(at.out)], [true, []]);
});
