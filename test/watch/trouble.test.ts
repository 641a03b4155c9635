/** What goes wrong around a watch for days: disks that fill, shares that go away and come back, limits of the system. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { BIN } from '../cli/call.ts';
import {
  assertAsBatch,
  done,
  exposure,
  exposuresIn,
  failures,
  finished,
  leftovers,
  type Place,
  place,
  ready,
  type Watcher,
  watcherOf,
  watching,
  writes,
} from './watching.ts';

const mounts = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
const unmounts = (...args: string[]): boolean => spawnSync('umount', args).status === 0;

/** Whether this process may mount; otherwise why the tests are left out. */
const CANNOT_MOUNT = ((): string | false => {
  const folder = fs.mkdtempSync('/tmp/darkroom-mount-');
  try {
    if (!mounts('-t', 'tmpfs', '-o', 'size=64k', 'none', folder)) return 'needs the right to mount (root)';
    return unmounts(folder) ? false : 'cannot unmount what it mounted';
  } finally {
    fs.rmdirSync(folder);
  }
})();

/** Mounts a disk of so many kB on `name`, for the length of the test. */
function disk(at: Place, name: string, kilobytes: number): string {
  const folder = path.join(at.folder, name);
  fs.mkdirSync(folder, { recursive: true });
  assert.ok(mounts('-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'none', folder));
  at.undo.push(() => unmounts('-l', folder));
  return folder;
}

const paused = (watcher: Watcher): Promise<void> =>
  watcher.until('it pauses', ({ events }) => events.some(({ event }) => event === 'paused'));
const resumed = (watcher: Watcher): Promise<void> =>
  watcher.until('it goes on', ({ events }) => events.some(({ event }) => event === 'resumed'));

for (const [story, room, more, says] of [
  ['the disk of the output is full', 0, ['--min-free', '0'], /no room/],
  ['less of it is free than --min-free', 200, ['--min-free', '40'], /less than --min-free 40/],
] as const) {
  test(`${story}: it pauses and says so, and goes on when there is room; nothing is lost`, {
    skip: CANNOT_MOUNT,
  }, async (t) => {
    const at = place(t);
    disk(at, 'out', 800);
    const watcher = watching(t, at, ...more);
    await ready(watcher);
    const ballast = path.join(at.out, 'ballast');
    const { bavail, bsize } = fs.statfsSync(at.out);
    fs.writeFileSync(ballast, Buffer.alloc(bavail * bsize - room * 1024));
    for (let i = 0; i < 6; i++) fs.writeFileSync(path.join(at.raw, `${i}.mrc`), exposure(i, { width: 96, height: 64 }));
    await paused(watcher);
    assert.match(watcher.said(), says);
    assert.deepEqual(failures(watcher.outcomes()), []);
    fs.rmSync(ballast);
    await resumed(watcher);
    for (let i = 0; i < 6; i++) await done(watcher, `${i}.mrc`);
    assert.equal(await watcher.ended('SIGTERM'), 143);
    assert.equal(assertAsBatch(at).length, 6);
  });
}

test('stopped while the disk is full it ends, and the next start has nothing lost', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  disk(at, 'out', 800);
  const watcher = watching(t, at, '--min-free', '0');
  await ready(watcher);
  const ballast = path.join(at.out, 'ballast');
  const { bavail, bsize } = fs.statfsSync(at.out);
  fs.writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  for (let i = 0; i < 3; i++) fs.writeFileSync(path.join(at.raw, `${i}.mrc`), exposure(i, { width: 96, height: 64 }));
  await paused(watcher);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  fs.rmSync(ballast);
  const again = watching(t, at, '--until-idle', '1');
  assert.equal(await again.ended(), 0);
  assert.equal(assertAsBatch(at).length, 3);
});

test('the share of the raw files goes away and comes back: it waits, says so, and goes on', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  const shared = disk(at, 'shared', 2000);
  fs.rmdirSync(at.raw);
  fs.mkdirSync(at.raw);
  assert.ok(mounts('--bind', shared, at.raw));
  at.undo.push(() => unmounts('-l', at.raw));
  const watcher = watching(t, at);
  fs.writeFileSync(path.join(at.raw, 'before.mrc'), exposure(1));
  await done(watcher, 'before.mrc');
  assert.ok(unmounts('-l', at.raw));
  await watcher.until('it says so', ({ said }) => /raw: stands on another device.*waiting/.test(said()));
  fs.writeFileSync(path.join(shared, 'meanwhile.mrc'), exposure(2));
  assert.ok(mounts('--bind', shared, at.raw));
  await done(watcher, 'meanwhile.mrc');
  assert.match(watcher.said(), /raw: is there again/);
  assert.equal(watcher.outcomes('before.mrc').length, 1, 'what was known of it stayed known');
  fs.writeFileSync(path.join(at.raw, 'after.mrc'), exposure(3));
  await done(watcher, 'after.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(assertAsBatch(at).length, 3);
});

test('the share of the output goes away: nothing is written into the empty mount point, and it goes on when it is back', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  const shared = disk(at, 'shared', 2000);
  fs.mkdirSync(at.out);
  assert.ok(mounts('--bind', shared, at.out));
  at.undo.push(() => unmounts('-l', at.out));
  const watcher = watching(t, at);
  fs.writeFileSync(path.join(at.raw, 'before.mrc'), exposure(1));
  await done(watcher, 'before.mrc');
  assert.ok(unmounts('-l', at.out));
  fs.mkdirSync(path.join(at.raw, 'new'));
  fs.writeFileSync(path.join(at.raw, 'new', 'meanwhile.mrc'), exposure(2));
  await paused(watcher);
  const beat = watcher.status()!.sequence;
  await watcher.until('two heartbeats', ({ status }) => status()!.sequence > beat + 1);
  assert.deepEqual(fs.readdirSync(at.out), [], 'the mount point is empty');
  assert.ok(mounts('--bind', shared, at.out));
  await resumed(watcher);
  await done(watcher, 'meanwhile.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(assertAsBatch(at).length, 2);
});

const FEW = 'echo 1 > /proc/sys/user/max_inotify_watches';
const CANNOT_LIMIT =
  spawnSync('unshare', ['-Ur', 'sh', '-c', FEW]).status === 0
    ? false
    : 'needs user namespaces with inotify limits of their own';

test('where the system watches no more folders it says so and lists them', { skip: CANNOT_LIMIT }, async (t) => {
  const at = place(t);
  for (const name of ['a', 'b', 'c']) fs.mkdirSync(path.join(at.raw, name));
  const argv = [
    BIN,
    'watch',
    at.raw,
    '--out',
    at.out,
    '--no-flat-field',
    '--threads',
    '1',
    '--json',
    '--settle',
    '0.5',
  ];
  const script = `${FEW}; exec "$@"`;
  const watcher = watcherOf(
    t,
    spawn('unshare', ['-Ur', 'sh', '-c', script, 'sh', process.execPath, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  await watcher.until('it says so', ({ said }) => /watches no more folders \(inotify limit\)/.test(said()));
  for (const name of ['a', 'b', 'c'])
    await writes(finished(at, 1), `append,${path.join(at.raw, name, `${name}.mrc`)},0,1`);
  for (const name of ['a', 'b', 'c']) await done(watcher, `${name}.mrc`);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(exposuresIn(at.out).length, 3);
  assert.deepEqual(leftovers(at.out), []);
});
