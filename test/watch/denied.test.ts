/** Quotas, expired tickets and read-only file systems: nobody's exposure failed, and all are corrected when it is over. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { darkroom } from '../cli/call.ts';
import {
  assertAsBatch,
  done,
  exposure,
  failures,
  type Place,
  place,
  ready,
  type Watcher,
  watching,
} from './watching.ts';

const does = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

/** Fills a folder with `count` exposures of about 50 kB. */
function exposures({ raw }: Place, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `${i}.mrc`);
  for (const [i, name] of names.entries())
    fs.writeFileSync(path.join(raw, name), exposure(i, { width: 256, height: 96 }));
  return names;
}

const paused = (watcher: Watcher): Promise<void> =>
  // The event comes on another stream than the line.
  watcher.until(
    'it pauses',
    ({ events, said }) => events.some(({ event }) => event === 'paused') && said().includes('paused'),
  );

/** A subvolume of btrfs as output folder, with a quota; returns what sets the quota, or why there is none. */
function quotaOn(at: Place): ((limit: string) => void) | string {
  if (process.getuid?.() !== 0) return 'needs root to mount';
  const [image, disk] = [path.join(at.folder, 'image'), path.join(at.folder, 'disk')];
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 200 << 20);
  if (!does('mkfs.btrfs', '-q', image)) return 'needs mkfs.btrfs (package btrfs-progs)';
  fs.mkdirSync(disk);
  if (!does('mount', '-o', 'loop', image, disk)) return 'cannot mount btrfs on a loop device here';
  at.undo.push(() => does('umount', '-l', disk));
  const out = path.join(disk, 'out');
  const quota = (limit: string): void => assert.ok(does('btrfs', 'qgroup', 'limit', limit, out), limit);
  if (!does('btrfs', 'quota', 'enable', disk) || !does('btrfs', 'subvolume', 'create', out)) return 'no quotas here';
  return quota;
}

for (const command of ['watch', 'run'] as const) {
  test(`a quota that is used up (btrfs): ${command} ${command === 'watch' ? 'waits it out' : 'ends with 3'}, and then nothing is lost`, async (t) => {
    const at = place(t);
    const quota = quotaOn(at);
    if (typeof quota === 'string') return t.skip(quota);
    const there = { ...at, out: path.join(at.folder, 'disk', 'out') };
    // The journal needs little, and stands elsewhere: it is not what this is about.
    const journal = ['--journal', path.join(at.folder, 'journal.sqlite')];
    fs.writeFileSync(path.join(there.out, 'ballast'), Buffer.alloc(1 << 20, 7));
    does('sync');
    quota('1300K');
    const names = exposures(at, 12);
    if (command === 'watch') {
      const watcher = watching(t, there, ...journal);
      await paused(watcher);
      assert.match(watcher.said(), /no room in the quota \(EDQUOT\)/);
      assert.deepEqual(failures(watcher.outcomes()), []);
      quota('none');
      for (const name of names) await done(watcher, name);
      assert.equal(await watcher.ended('SIGTERM'), 143);
    } else {
      const args = ['run', at.raw, '--out', there.out, '--no-flat-field', '--threads', '1', ...journal];
      const stopped = darkroom(...args);
      assert.equal(stopped.code, 3, stopped.err);
      assert.match(stopped.err, /stopping: .*no room in the quota \(EDQUOT\)/);
      quota('none');
      const again = darkroom(...args);
      assert.equal(again.code, 0, again.err);
    }
    assert.equal(assertAsBatch(there).length, 12);
  });
}

/** Takes the right to write away from the output folder; returns what gives it back, or null where it cannot be taken. */
function forbid(folder: string): (() => void) | null {
  if (process.getuid?.() !== 0) {
    fs.chmodSync(folder, 0o555);
    return () => fs.chmodSync(folder, 0o755);
  }
  return does('chattr', '+i', folder) ? () => assert.ok(does('chattr', '-i', folder)) : null;
}

test('an output folder that may not be written for a while (an expired ticket): watch waits, run ends with 3', async (t) => {
  const at = place(t);
  const watcher = watching(t, at, '--status-file', path.join(at.folder, 'status.json'));
  await ready(watcher);
  const allow = forbid(at.out);
  if (!allow) return t.skip('needs a file system with chattr +i, or a user who is not root');
  at.undo.push(allow);
  const names = exposures(at, 4);
  await paused(watcher);
  assert.match(watcher.said(), /may not be written: (permission denied \(EACCES\)|not permitted \(EPERM\))/);
  assert.deepEqual(failures(watcher.outcomes()), []);
  allow();
  for (const name of names) await done(watcher, name);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(assertAsBatch(at).length, 4);

  const args = ['run', at.raw, '--out', at.out, '--no-flat-field', '--threads', '1', '--force'];
  const journal = ['--journal', path.join(at.folder, 'journal.sqlite')];
  forbid(at.out);
  const stopped = darkroom(...args, ...journal);
  assert.equal(stopped.code, 3, stopped.err);
  assert.match(stopped.err, /may not be written/);
  allow();
  assert.equal(darkroom(...args, ...journal).code, 0);
});

test('one folder of the output that may not be written fails its own exposures, not the others', (t: TestContext) => {
  const at = place(t);
  fs.mkdirSync(path.join(at.raw, 'closed'));
  exposures(at, 2);
  fs.writeFileSync(path.join(at.raw, 'closed', 'c.mrc'), exposure(9));
  const closed = path.join(at.out, 'closed');
  fs.mkdirSync(closed, { recursive: true });
  const allow = forbid(closed);
  if (!allow) return t.skip('needs a file system with chattr +i, or a user who is not root');
  at.undo.push(allow);
  const args = ['run', at.raw, '--out', at.out, '--no-flat-field', '--threads', '1'];
  const { code, err } = darkroom(...args);
  assert.equal(code, 2, err);
  assert.match(err, /^failed {2}.*closed\/c\.mrc: cannot be written: .*\(E(ACCES|PERM)\); check the permissions/m);
  allow();
  assert.equal(darkroom(...args).code, 0);
  assert.equal(assertAsBatch(at).length, 3);
});
