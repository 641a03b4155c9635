/** A share that failed and comes back: what was open on it is opened again, and the watch goes on by itself. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { darkroom } from '../cli/call.ts';
import { done, exposure, place, ready, watching } from '../watch/watching.ts';
import { NO_SHARE, Share } from './share.ts';

test('what was open on the share is stale for good: journal and lock are opened again, and nothing is lost', {
  skip: NO_SHARE,
}, async (t) => {
  const share = await Share.open(t);
  const at = { ...place(t), out: path.join(share.mount, 'out') };
  const watcher = watching(t, at);
  await ready(watcher);
  fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
  await done(watcher, 'a.mrc');
  share.goStale();
  fs.writeFileSync(path.join(at.raw, 'b.mrc'), exposure(2));
  await done(watcher, 'b.mrc');
  await watcher.until('it goes on', ({ status }) => status()?.state === 'watching');
  // The lock holds in what is there now.
  const other = darkroom('run', at.raw, '--out', at.out, '--no-flat-field');
  assert.deepEqual([other.code, /another run writes here/.test(other.err)], [1, true], other.err);
  assert.equal(await watcher.ended('SIGTERM'), 143);
  const verified = darkroom('verify', at.out);
  assert.equal(verified.code, 0, verified.err);
  assert.match(verified.out, /^2 outputs as the journal says/);
});

test('the journal fails for a while: the watch pauses, then records what it corrected meanwhile', {
  skip: NO_SHARE,
}, async (t) => {
  const share = await Share.open(t);
  const at = { ...place(t), out: path.join(share.mount, 'out') };
  const watcher = watching(t, at);
  await ready(watcher);
  share.breaks('darkroom.sqlite');
  fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
  await watcher.until('it pauses', ({ events }) =>
    events.some((event) => event.event === 'paused' && /darkroom\.sqlite/.test(event.reason)),
  );
  share.breaks(null);
  await done(watcher, 'a.mrc');
  await watcher.until('it resumes', ({ events }) => events.some(({ event }) => event === 'resumed'));
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.match(darkroom('verify', at.out).out, /^1 output as the journal says/);
});

test('a journal that is damaged and moved away while a watch goes on: it goes on in a new one', async (t) => {
  const at = place(t);
  const watcher = watching(t, at);
  await ready(watcher);
  fs.writeFileSync(path.join(at.raw, 'a.mrc'), exposure(1));
  await done(watcher, 'a.mrc');
  const file = path.join(at.out, 'darkroom.sqlite');
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(file, Buffer.alloc(bytes.length, 7));
  fs.writeFileSync(path.join(at.raw, 'b.mrc'), exposure(2));
  await watcher.until('it pauses', ({ events }) =>
    events.some((event) => event.event === 'paused' && /move it away/.test(event.reason)),
  );
  fs.renameSync(file, `${file}.damaged`);
  await done(watcher, 'b.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  const database = new DatabaseSync(file, { readOnly: true });
  t.after(() => database.close());
  const runs = database.prepare('SELECT done, exit_code FROM runs').all();
  assert.deepEqual(
    runs.map((row) => ({ ...row })),
    [{ done: 1, exit_code: 143 }],
  );
  const again = darkroom('run', at.raw, '--out', at.out, '--no-flat-field');
  assert.equal(again.code, 0, again.err);
  assert.match(darkroom('verify', at.out).out, /^2 outputs as the journal says/);
});
