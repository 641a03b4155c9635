/** `darkroom speed` on the real program: what it says adds up, and it leaves nothing behind, also when it is stopped. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { FolderPart, Timed } from '../../../src/tools/speed/speed.ts';
import { BIN, darkroom, folderFor } from '../call.ts';

test('every task is timed beside the published figure, scaled by pixels; nothing is left in the folders', (t) => {
  const folders = [folderFor(t), folderFor(t)];
  const { code, out, err } = darkroom(
    'speed',
    ...folders,
    '--side',
    '512',
    '--threads',
    '2',
    '--json',
    '--compare-inline',
  );
  assert.equal(code, 0, err);
  const told = JSON.parse(out) as { tasks: Timed[]; side: number; inline: Record<string, number> };
  const find = (start: string): Timed => told.tasks.find(({ task }) => task.startsWith(start))!;
  const published = {
    'save float32': 0.4,
    'copy 16 bit': 0.6,
    'flat-field, 1 thread': 0.5,
    'despike, 1 thread': 1.8,
    'clip, statistics and conversion in one pass, 1 thread': 1.9,
    'clip alone': 1.1,
    'statistics alone': 0.8,
    'flat-field, 2 threads': 0.5,
    'despike, 2 threads': 1.8,
    'clip, statistics and conversion in one pass, 2 threads': 1.9,
    'all corrections': 4.2,
  };
  for (const [task, seconds] of Object.entries(published)) {
    const { published: figure, ratio, seconds: here } = find(task);
    assert.ok(Math.abs(figure! - seconds / 64) < 1e-9, task);
    assert.equal(ratio, figure! / here!, task);
  }
  for (const task of ['read 16 bit, from the page cache', 'read 16 bit, from the disk', 'save 16 bit', 'flush 16 bit'])
    assert.equal(told.tasks.filter((each) => each.task === task).length, folders.length, task);
  for (const { task, seconds } of told.tasks)
    assert.ok(seconds === null ? task.includes('from the disk') : seconds >= 0, task);
  assert.equal(told.inline.exposures, 1000);
  const inline = ['flat-field', 'defects', 'despike', 'clip, '].map((each) => find(each).seconds!);
  assert.equal(
    told.inline.here,
    inline.reduce((sum, seconds) => sum + seconds, 0),
    'each stage once, on one thread',
  );
  const { parts } = JSON.parse(out) as { parts: FolderPart[] };
  assert.deepEqual(
    parts.map(({ folder }) => folder),
    folders,
  );
  for (const { folder, seconds, exposure, part } of parts) {
    const of = (task: string): number =>
      told.tasks.find((each) => each.folder === folder && each.task === task)?.seconds ?? 0;
    const read = of('read 16 bit, from the disk') || of('read 16 bit, from the page cache');
    assert.equal(seconds, read + of('save 16 bit') + of('flush 16 bit'));
    assert.ok(Math.abs(exposure - seconds - told.inline.here!) < 1e-9);
    assert.ok(Math.abs(part - seconds / exposure) < 1e-9);
  }
  for (const folder of folders) assert.deepEqual(fs.readdirSync(folder), []);
});

test('stopped half-way it leaves nothing behind', { timeout: 60_000 }, async (t) => {
  const folder = folderFor(t);
  const child = spawn(process.execPath, [BIN, 'speed', folder, '--side', '2048']);
  while (fs.readdirSync(folder).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill('SIGTERM');
  assert.equal(await ended, 143);
  assert.deepEqual(fs.readdirSync(folder), []);
});

test('a folder that is not there is refused by name', (t) => {
  const { code, err } = darkroom('speed', path.join(folderFor(t), 'nowhere'));
  assert.equal(code, 1);
  assert.match(err, /nowhere: found no folder/);
});
