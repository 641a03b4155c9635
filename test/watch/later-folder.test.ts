/** A folder that acquisition makes later is waited for, and the wait ends as a watch does. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom } from '../cli/call.ts';
import { done, exposure, exposuresIn, place, type Watcher, watching } from './watching.ts';

const notes = ({ events }: Watcher): string[] =>
  events.flatMap((event) => (event.event === 'note' ? [event.message] : []));

const waits = (watcher: Watcher): Promise<void> =>
  watcher.until('it waits', (each) => notes(each).some((note) => /raw: is not there yet/.test(note)));

test('a watched folder may be made after the watch was started', async (t) => {
  const at = place(t);
  fs.rmdirSync(at.raw);
  const watcher = watching(t, at);
  await waits(watcher);
  // Long enough to look several times.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  fs.mkdirSync(at.raw);
  fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
  await done(watcher, 'a.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.deepEqual(exposuresIn(at.out), ['a.mrc']);
  assert.equal(notes(watcher).filter((note) => /is not there yet/.test(note)).length, 1, 'said once');
});

test('while it waits for a folder it is stopped by a signal, by the stop file and by --until-idle, and makes nothing', async (t) => {
  const at = place(t);
  fs.rmdirSync(at.raw);
  const stop = path.join(at.folder, 'stop');
  const signalled = watching(t, at);
  await waits(signalled);
  assert.equal(await signalled.ended('SIGTERM'), 143);
  const filed = watching(t, at, '--stop-file', stop);
  await waits(filed);
  fs.writeFileSync(stop, '');
  assert.equal(await filed.ended(), 0);
  const idle = watching(t, at, '--until-idle', '1');
  assert.equal(await idle.ended(), 0);
  for (const watcher of [signalled, filed, idle]) assert.equal(watcher.events.at(-1)!.event, 'finished');
  assert.equal(fs.existsSync(at.out), false);
});

test('what is wrong in the command is refused before the wait', (t) => {
  const at = place(t);
  fs.rmdirSync(at.raw);
  for (const [words, says] of [
    [[path.join(at.raw, 'deeper'), '--no-flat-field'], /deeper: there is no such folder, nor one to make it in; check/],
    [[at.raw, '--norm', path.join(at.folder, 'gain.mrc')], /gain\.mrc/],
  ] as const) {
    const { code, err } = darkroom('watch', ...words, '--out', at.out);
    assert.deepEqual([code, says.test(err)], [1, true], err);
    assert.doesNotMatch(err, /is not there yet/);
  }
});
