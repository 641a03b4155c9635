/** Second processes for the tests: they run a file of `scripts/` until they are killed. */

import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Starts `scripts/<name>.js` and waits until it says that it is ready. */
export async function started(t: TestContext, name: string, ...args: string[]): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(`./scripts/${name}.js`, import.meta.url)), args, {
    execArgv: ['--expose-gc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [said] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => ['exited'])]);
  if (said !== 'ready') throw new Error(`${name}: ${said}`);
  return child;
}

export async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

export const NO_SQLITE =
  spawnSync('sqlite3', ['--version']).status === 0 ? false : 'the sqlite3 command is not installed';

/** What the sqlite3 command prints. */
export function sqlite3(file: string, sql: string): string {
  const { stdout, stderr, status } = spawnSync('sqlite3', ['-readonly', '-cmd', '.timeout 60000', file, sql], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** Whether another process than ours has the file open. */
export const isReadElsewhere = (file: string): boolean =>
  fs.readdirSync('/proc').some((pid) => {
    try {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
      const open = fs.readdirSync(`/proc/${pid}/fd`);
      return open.some((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === file);
    } catch {
      // It has ended, or closed it.
      return false;
    }
  });
