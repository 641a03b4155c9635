/** What a watch leaves out: what darkroom wrote, links to folders, what patterns say; and that it says so. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { lay } from '../run/darkroom.ts';
import { done, exposure, exposuresIn, place, ready, type Watcher, watching } from './watching.ts';

const notes = ({ events }: Watcher): string[] =>
  events.flatMap((event) => (event.event === 'note' ? [event.message] : []));

test('output folders in the watched folder are left out and said once, there from the start or made later', async (t) => {
  const at = place(t);
  const other = { raw: path.join(at.folder, 'other'), out: path.join(at.raw, 'earlier') };
  lay(other.raw, { 'x.mrc': exposure(9) });
  assert.equal(await watching(t, other, '--until-idle', '1').ended(), 0);
  lay(at.raw, { 'a.mrc': exposure(1) });
  const watcher = watching(t, at);
  await done(watcher, 'a.mrc');
  // Made beside the watch: a folder in which the lock comes first.
  fs.cpSync(path.join(at.raw, 'earlier'), path.join(at.folder, 'later'), { recursive: true });
  fs.renameSync(path.join(at.folder, 'later'), path.join(at.raw, 'later'));
  await watcher.until('both are said', (each) => notes(each).filter((note) => /is left out/.test(note)).length === 2);
  lay(at.raw, { 'later/y.mrc': exposure(8), 'b.mrc': exposure(2) });
  await done(watcher, 'b.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.deepEqual(exposuresIn(at.out), ['a.mrc', 'b.mrc']);
  assert.match(notes(watcher).join('\n'), /earlier: is left out: an output folder of darkroom/);
  assert.equal(notes(watcher).filter((note) => /is left out/.test(note)).length, 2);
});

test('a corrected file that arrives fails by name, and with --allow-corrected it is corrected', async (t) => {
  const at = place(t);
  const other = { raw: path.join(at.folder, 'other'), out: path.join(at.folder, 'earlier') };
  lay(other.raw, { 'x.mrc': exposure(9) });
  assert.equal(await watching(t, other, '--until-idle', '1').ended(), 0);
  fs.copyFileSync(path.join(other.out, 'x.mrc'), path.join(at.raw, 'x.mrc'));
  const refusing = watching(t, at, '--until-idle', '1');
  assert.equal(await refusing.ended(), 2);
  const [outcome] = refusing.outcomes('x.mrc');
  assert.equal(outcome!.status === 'failed' && outcome!.fault.kind, 'corrected');
  assert.equal(await watching(t, at, '--until-idle', '1', '--allow-corrected').ended(), 0);
  assert.deepEqual(exposuresIn(at.out), ['x.mrc']);
});

test('a name that really holds the sign for bytes that are not UTF-8 is one like any other', async (t) => {
  const at = place(t);
  lay(at.raw, { 'first \ufffd.mrc': exposure(1) });
  const watcher = watching(t, at);
  await done(watcher, 'first \ufffd.mrc');
  lay(at.raw, { 'later \ufffd.mrc': exposure(2) });
  await done(watcher, 'later \ufffd.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.deepEqual(exposuresIn(at.out), ['first \ufffd.mrc', 'later \ufffd.mrc']);
});

test('links to folders and patterns that match nothing are said; the plain name of a folder leaves it out', async (t) => {
  const at = place(t);
  lay(at.raw, { 'a.mrc': exposure(1), 'old/b.mrc': exposure(2) });
  fs.mkdirSync(path.join(at.folder, 'session'));
  fs.symlinkSync('../session', path.join(at.raw, 'link'));
  const watcher = watching(t, at, '--exclude', 'old', '--exclude', 'odl/');
  await ready(watcher);
  await done(watcher, 'a.mrc');
  lay(at.raw, { 'old/c.mrc': exposure(3), 'd.mrc': exposure(4) });
  await done(watcher, 'd.mrc');
  assert.equal(await watcher.ended('SIGTERM'), 143);
  assert.deepEqual(exposuresIn(at.out), ['a.mrc', 'd.mrc']);
  const said = notes(watcher).join('\n');
  assert.match(said, /raw\/link: is a link to a folder, which is not followed/);
  assert.match(said, /--exclude odl\/: matches nothing/);
  assert.doesNotMatch(said, /--exclude old:/);
});

test("a watch says at its start which of a user's own files stay where a report would go", async (t) => {
  const at = place(t);
  lay(at.out, { 'report.html': 'mine' });
  lay(at.raw, { 'a.mrc': exposure(1) });
  const watcher = watching(t, at, '--until-idle', '1');
  assert.equal(await watcher.ended(), 0, watcher.said());
  assert.match(notes(watcher).join('\n'), /out\/report\.html: exists and was not made by darkroom/);
  assert.equal(fs.readFileSync(path.join(at.out, 'report.html'), 'utf8'), 'mine');
  assert.ok(fs.existsSync(path.join(at.out, 'report.json')));
});

test('a watch that ends without any exposure says so', async (t) => {
  const at = place(t);
  const watcher = watching(t, at, '--until-idle', '1');
  assert.equal(await watcher.ended(), 0);
  assert.match(notes(watcher).join('\n'), /no exposure was found; --expect 1 makes this exit code 2/);
  assert.equal(await watching(t, at, '--until-idle', '1', '--expect', '1').ended(), 2);
});
