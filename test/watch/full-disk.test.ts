/** A disk that is full before anything begins: watch waits for room, run says so and ends with 3. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom } from '../cli/call.ts';
import { done, exposure, type Place, place, watching } from './watching.ts';

/** Fills a small file system to its last byte, but for what `left` leaves; null where nothing may be mounted. */
function fullDisk(at: Place): { folder: string; makeRoom: () => void } | null {
  const folder = path.join(at.folder, 'disk');
  fs.mkdirSync(folder);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,nr_inodes=64', 'none', folder]).status !== 0) return null;
  at.undo.push(() => spawnSync('umount', ['-l', folder]));
  fs.mkdirSync(path.join(folder, 'out', '.darkroom'), { recursive: true });
  const fill = path.join(folder, 'fill');
  const fd = fs.openSync(fill, 'w');
  try {
    for (const size of [65_536, 1024])
      try {
        for (;;) fs.writeSync(fd, Buffer.alloc(size, 1));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
  } finally {
    fs.closeSync(fd);
  }
  return { folder, makeRoom: () => fs.rmSync(fill) };
}

for (const started of ['before', 'never before'] as const) {
  test(`a full disk, where darkroom has ${started} worked: run is 3 with a sentence, watch waits and resumes`, async (t) => {
    const at = place(t);
    const disk = fullDisk(at);
    if (!disk) return t.skip('a small file system cannot be mounted (needs root)');
    const out = path.join(disk.folder, 'out');
    if (started === 'never before') fs.rmSync(out, { recursive: true });
    fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
    const run = darkroom('run', at.raw, '--out', out, '--no-flat-field');
    assert.equal(run.code, 3, run.err);
    assert.match(run.err, /stopping: .*(no room on the disk|full)/);
    assert.doesNotMatch(run.err, /\bbug\b|knows locks/);

    const watcher = watching(t, { ...at, out }, '--min-free', '0');
    await watcher.until('it pauses', ({ events }) =>
      events.some((event) => event.event === 'paused' && /no room|full/.test(event.reason)),
    );
    disk.makeRoom();
    await done(watcher, 'a.mrc');
    assert.ok(watcher.events.some(({ event }) => event === 'resumed'));
    assert.equal(await watcher.ended('SIGTERM'), 143);
  });
}

test('a watch that waits for room at its start ends at the first signal, or by its stop file', async (t) => {
  const at = place(t);
  const disk = fullDisk(at);
  if (!disk) return t.skip('a small file system cannot be mounted (needs root)');
  const watcher = watching(t, { ...at, out: path.join(disk.folder, 'out') });
  await watcher.until('it pauses', ({ events }) => events.some(({ event }) => event === 'paused'));
  assert.equal(await watcher.ended('SIGHUP'), 129);
  assert.deepEqual(watcher.events.at(-1)?.event, 'finished');
  const stop = path.join(at.folder, 'stop');
  const another = watching(t, { ...at, out: path.join(disk.folder, 'out') }, '--stop-file', stop);
  await another.until('it pauses', ({ events }) => events.some(({ event }) => event === 'paused'));
  fs.writeFileSync(stop, '');
  assert.equal(await another.ended(), 0);
});
