/** What goes wrong around a watch for days: disks that fill, shares that go away and come back, limits of the system. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeReportsApart } from '../../src/report/apart.ts';
import { BIN, darkroom } from '../cli/call.ts';
import { KEY, done as recorded, start } from '../journal/makers.ts';
import { isReadElsewhere } from '../journal/processes.ts';
import { madeMrc } from '../made/mrc.ts';
import { multiply } from '../report/many.ts';
import { empty } from '../report/night.ts';
import {
  assertAsBatch,
  corrections,
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
  // The event comes on another stream than the line.
  watcher.until(
    'it pauses',
    ({ events, said }) => events.some(({ event }) => event === 'paused') && said().includes('paused'),
  );
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

test('an exposure that is too large for the disk fails by name; the watch does not pause for it', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  disk(at, 'out', 1000);
  const watcher = watching(t, at);
  await ready(watcher);
  fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1, { width: 1024, height: 1024 }));
  fs.writeFileSync(path.join(at.raw, 'b.mrc'), exposure(2));
  await watcher.until('a.mrc fails', ({ outcomes }) => failures(outcomes('a.mrc')).length > 0);
  assert.deepEqual(failures(watcher.outcomes()), ['large']);
  await done(watcher, 'b.mrc');
  assert.ok(!watcher.events.some(({ event }) => event === 'paused'), watcher.said());
  assert.equal(await watcher.ended('SIGTERM'), 143);
});

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

test('no room for the journal: what was corrected waits until it can be recorded, and nothing is corrected twice', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  const small = disk(at, 'journal', 400);
  const watcher = watching(t, at, '--journal', path.join(small, 'darkroom.sqlite'), '--min-free', '0');
  await ready(watcher);
  const ballast = path.join(small, 'ballast');
  const { bavail, bsize } = fs.statfsSync(small);
  fs.writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  for (let i = 0; i < 3; i++) fs.writeFileSync(path.join(at.raw, `${i}.mrc`), exposure(i));
  await paused(watcher);
  await watcher.until('it says why', ({ said }) =>
    /the journal cannot be written: no room on the disk; make room/.test(said()),
  );
  assert.deepEqual(watcher.outcomes(), []);
  fs.rmSync(ballast);
  await resumed(watcher);
  for (let i = 0; i < 3; i++) await done(watcher, `${i}.mrc`);
  assert.equal(corrections(watcher.outcomes()), 3);
  assert.equal(await watcher.ended('SIGTERM'), 143);
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
  // Somebody once forgot to mount it: there is a workshop, so that files could be written there.
  fs.mkdirSync(path.join(at.out, '.darkroom'), { recursive: true });
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
  assert.deepEqual(fs.readdirSync(at.out, { recursive: true }), ['.darkroom'], 'nothing new in the mount point');
  assert.ok(mounts('--bind', shared, at.out));
  await resumed(watcher);
  await done(watcher, 'meanwhile.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(assertAsBatch(at).length, 2);
});

test('the share of the output goes away while an exposure is being written: it has not failed, and is written when the share is back', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  const shared = disk(at, 'shared', 300_000);
  fs.mkdirSync(at.out);
  assert.ok(mounts('--bind', shared, at.out));
  at.undo.push(() => unmounts('-l', at.out));
  const watcher = watching(t, at, '--despike-frames');
  await ready(watcher);
  const [width, height, frames] = [1024, 1024, 50];
  const header = madeMrc({ width, height, frames: 0, mode: 6, lies: { 8: frames } });
  fs.writeFileSync(
    path.join(at.raw, 'large.mrc'),
    Buffer.concat([header, Buffer.alloc(2 * width * height * frames, 7)]),
  );
  const begun = (): boolean => leftovers(shared).some((name) => /-\d+\.part$/.test(name));
  await watcher.until('it is being written', begun);
  assert.ok(unmounts('-l', at.out));
  await paused(watcher);
  const beat = watcher.status()!.sequence;
  // By then it would have been written, or failed.
  await watcher.until('two heartbeats', ({ status }) => status()!.sequence > beat + 1);
  assert.deepEqual(fs.readdirSync(at.out), [], 'the mount point is empty');
  assert.deepEqual(watcher.outcomes(), []);
  assert.ok(mounts('--bind', shared, at.out));
  await done(watcher, 'large.mrc');
  assert.deepEqual(failures(watcher.outcomes()), []);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.deepEqual([exposuresIn(at.out), leftovers(at.out)], [['large.mrc'], []]);
});

/** The place where the output stood, as it is while its share is away: an empty folder. */
function outputAway(at: Place): void {
  assert.ok(unmounts('-l', at.out));
  assert.deepEqual(fs.readdirSync(at.out), []);
}

const copies = (from: string, to: string): void => fs.cpSync(from, to, { recursive: true, preserveTimestamps: true });

test('the output comes back on another device, without what was made last: it is known by our lock, locked again, and what is missing is made again', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  disk(at, 'out', 2000);
  const watcher = watching(t, at);
  fs.writeFileSync(path.join(at.raw, 'saved.mrc'), exposure(1));
  await done(watcher, 'saved.mrc');
  const copy = path.join(at.folder, 'copy');
  copies(at.out, copy);
  fs.writeFileSync(path.join(at.raw, 'lost.mrc'), exposure(2));
  await done(watcher, 'lost.mrc');
  outputAway(at);
  await paused(watcher);
  disk(at, 'out', 2000);
  fs.writeFileSync(path.join(at.raw, 'meanwhile.mrc'), exposure(3));
  const beat = watcher.status()!.sequence;
  await watcher.until('two heartbeats', ({ status }) => status()!.sequence > beat + 1);
  assert.deepEqual(fs.readdirSync(at.out), [], 'nothing is written on a disk that may be anybody’s');
  copies(copy, at.out);
  await resumed(watcher);
  await done(watcher, 'meanwhile.mrc');
  await done(watcher, 'lost.mrc', 2);
  assert.equal(corrections(watcher.outcomes('saved.mrc')), 1);
  const second = watching(t, at, '--until-idle', '1');
  assert.equal(await second.ended(), 1);
  assert.match(second.said(), new RegExp(`another run writes here: process ${watcher.process.pid}`));
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.equal(assertAsBatch(at).length, 3);
  const { code, out, err } = darkroom('verify', at.out);
  assert.equal(code, 0, out + err);
  const again = darkroom('run', at.raw, '--out', at.out, '--no-flat-field', '--threads', '1');
  assert.match(again.out + again.err, /nothing new: 3 exposures done already/);
});

test('another disk in the place of the output is left alone, also when another watch worked on it', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  const others = { ...at, out: path.join(at.folder, 'others') };
  const other = watching(t, others);
  await ready(other);
  disk(at, 'out', 2000);
  const watcher = watching(t, at);
  await ready(watcher);
  outputAway(at);
  disk(at, 'out', 2000);
  copies(others.out, at.out);
  const before = fs.readdirSync(at.out, { recursive: true });
  await paused(watcher);
  fs.writeFileSync(path.join(at.raw, 'new.mrc'), exposure(1));
  const beat = watcher.status()!.sequence;
  // Longer than any journal is waited for to stand still.
  await watcher.until('three heartbeats', ({ status }) => status()!.sequence > beat + 2);
  assert.deepEqual(fs.readdirSync(at.out, { recursive: true }), before);
  assert.equal(watcher.status()!.state, 'paused');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.deepEqual(fs.readdirSync(at.out, { recursive: true }), before, 'the lock of the other one as well');
});

test('reports that are being made when the share of the output goes away do not end in the empty mount point', {
  skip: CANNOT_MOUNT,
}, async (t) => {
  const at = place(t);
  const out = disk(at, 'out', 200_000);
  const { journal } = empty(t);
  journal.record(recorded('seed.mrc'), journal.begin(start), KEY);
  multiply(journal, 20_000);
  const device = fs.statSync(out).dev;
  const over = writeReportsApart(journal.file, { path: out, device });
  const ended = over.then(() => true);
  // The copy of the journal has been made, and is read.
  const { size } = fs.statSync(journal.file);
  const begun = (): boolean =>
    leftovers(out)
      .map((copy) => path.join(out, copy))
      .some((copy) => isReadElsewhere(copy) && fs.statSync(copy, { throwIfNoEntry: false })?.size === size);
  while (!begun()) assert.ok(!(await Promise.race([ended, sleep(1, false)])), 'they are being made');
  outputAway(at);
  await over;
  assert.deepEqual(fs.readdirSync(out), []);
  await writeReportsApart(journal.file, { path: out, device });
  assert.deepEqual(fs.readdirSync(out), [], 'nor are others begun there');
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
