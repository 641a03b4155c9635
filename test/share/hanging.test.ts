/** The second signal ends the process whatever hangs: a share that no longer answers, with anything on it. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BIN } from '../cli/call.ts';
import { exposure, type Place, place } from '../watch/watching.ts';
import { NO_SHARE, Share } from './share.ts';

/** The promise is two seconds; the machine may be busy. */
const AT_ONCE = 5000;

/** So long something may take that makes no promise, ms. */
const PATIENCE = 60_000;

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What lies on the share: the roles of folders and files, by the option that names them. */
const ON_SHARE = {
  input: ['raw'],
  output: ['out'],
  journal: ['--journal'],
  'status file': ['--status-file'],
  log: ['log'],
  everything: ['raw', 'out', '--journal', '--status-file', 'log'],
} as const;

/** A command that works on the share, and has something to do for ever. */
async function working(t: TestContext, command: 'run' | 'watch', on: readonly string[]) {
  const share = await Share.open(t);
  const at = place(t);
  const where = (role: string, name: string): string => path.join(on.includes(role) ? share.mount : at.folder, name);
  const files: Place = { ...at, raw: where('raw', 'raw'), out: where('out', 'out') };
  fs.mkdirSync(files.raw, { recursive: true });
  for (let i = 0; i < (command === 'run' ? 400 : 2); i++)
    fs.writeFileSync(path.join(files.raw, `e${i}.mrc`), exposure(i));
  const options = [command, files.raw, '--out', files.out, '--no-flat-field', '--threads', '1', '--json'];
  options.push('--journal', path.join(where('--journal', 'journal'), 'd.sqlite'));
  fs.mkdirSync(where('--journal', 'journal'));
  if (command === 'watch') options.push('--settle', '0.5', '--status-file', where('--status-file', 'status'));
  const log = where('log', 'log');
  const [out, err] = [fs.openSync(log, 'a'), fs.openSync(path.join(at.folder, 'err'), 'a')];
  const child = spawn(process.execPath, [BIN, ...options], { stdio: ['ignore', out, on.includes('log') ? out : err] });
  for (const fd of [out, err]) fs.closeSync(fd);
  t.after(() => child.kill('SIGKILL'));
  const said = (): string => fs.readFileSync(log, 'utf8');
  return { share, child, said, raw: files.raw };
}

async function until(what: string, within: number, so: () => boolean): Promise<void> {
  for (const end = performance.now() + within; performance.now() < end && !so(); ) await sleep(10);
  assert.ok(so(), what);
}

/** Of its main thread. Others may be kept by a request that the share took before it hung; they go when it is answered. */
const isDead = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null || /^State:\tZ/m.test(fs.readFileSync(`/proc/${pid}/status`, 'latin1'));

/**
 * Whether signals are heard by the process rather than carried out by the kernel; proc(5), SigCgt. Asked for SIGHUP: Node
 * itself catches SIGINT and SIGTERM from its start, to tidy up the terminal before it dies of them.
 */
function hears(child: ChildProcess): boolean {
  const caught = fs.readFileSync(`/proc/${child.pid}/status`, 'latin1').match(/^SigCgt:\t(\w+)/m)![1]!;
  return (BigInt(`0x${caught}`) & 1n) !== 0n;
}

for (const command of ['run', 'watch'] as const) {
  for (const [what, on] of Object.entries(ON_SHARE)) {
    if (command === 'run' && what === 'status file') continue;
    test(`${command}: ${what} on a share that hangs: the second signal ends it`, { skip: NO_SHARE }, async (t) => {
      const { share, child, said, raw } = await working(t, command, on);
      const ended = once(child, 'exit');
      await until('it works', PATIENCE, () => said().includes('"event":"outcome"') || isDead(child));
      share.hang();
      const behind = raw.startsWith(share.mount) ? raw.replace(share.mount, share.behind) : raw;
      fs.writeFileSync(path.join(behind, 'one-more.mrc'), exposure(7));
      // Until what can hang does: the heartbeat comes every five seconds.
      await sleep(command === 'watch' ? 5500 : 500);
      const signals: readonly Signal[] = command === 'run' ? ['SIGINT', 'SIGINT'] : ['SIGHUP', 'SIGTERM'];
      assert.equal(isDead(child), false, 'it still works');
      assert.ok(hears(child));
      child.kill(signals[0]);
      await sleep(300);
      if (!isDead(child)) child.kill(signals[1]);
      await until('it is dead', AT_ONCE, () => isDead(child));
      share.goOn();
      const [code, signal] = await ended;
      // A log alone on the share keeps nobody from ending as the first signal asked.
      assert.ok(signal === signals[1] || code === 129 || code === 130, `${code} ${signal}`);
    });
  }

  test(`${command}: a share that hangs before anything is read: signals end it`, { skip: NO_SHARE }, async (t) => {
    const share = await Share.open(t);
    const at = place(t);
    fs.mkdirSync(path.join(share.mount, 'raw'));
    fs.writeFileSync(path.join(share.mount, 'raw', 'a.mrc'), exposure(1));
    fs.writeFileSync(path.join(share.mount, 'dark.mrc'), exposure(2));
    share.hang();
    const references = ['--dark', path.join(share.mount, 'dark.mrc'), '--bright', path.join(share.mount, 'dark.mrc')];
    const raw = command === 'run' ? path.join(share.mount, 'raw') : at.raw;
    const child = spawn(process.execPath, [BIN, command, raw, '--out', at.out, ...references], { stdio: 'ignore' });
    t.after(() => child.kill('SIGKILL'));
    await until('it listens', PATIENCE, () => hears(child));
    await sleep(500);
    child.kill('SIGTERM');
    await sleep(500);
    assert.equal(isDead(child), false, 'it hangs');
    child.kill('SIGTERM');
    await until('it is dead', AT_ONCE, () => isDead(child));
  });
}
