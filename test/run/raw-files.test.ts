/** Raw files are never modified, moved or deleted, and no two exposures are written to one name. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { darkroom, exposure, folder, lay, outputs, tree } from './darkroom.ts';

/** Below a root with one/e.mrc and two/e.mrc: refused, and nothing whatever changes. */
const REFUSED: Record<string, readonly [readonly string[], RegExp]> = {
  'two folders with the same name in them': [
    ['run', 'one', 'two', '-o', 'out'],
    /one\/e\.mrc and \S.*two\/e\.mrc would both be written to/,
  ],
  'two files of the same name': [['run', 'one/e.mrc', 'two/e.mrc', '-o', 'out'], /would both be written to/],
  'a folder into itself': [['run', 'one', '-o', 'one'], /one: is the output folder itself/],
  'a folder into itself through a link': [['run', 'one', '-o', 'link'], /one: is the output folder itself/],
  'a file into its own folder': [['run', 'one/e.mrc', '-o', 'one'], /its output would be the raw file itself/],
  'a file into its own folder through a link': [
    ['run', 'one/e.mrc', '-o', 'link'],
    /its output would be the raw file itself/,
  ],
};

for (const [what, [words, says]] of Object.entries(REFUSED)) {
  test(`${what}: refused before anything is made`, async (t) => {
    const root = folder(t);
    lay(root, { 'one/e.mrc': exposure(), 'two/e.mrc': exposure() });
    fs.symlinkSync('one', path.join(root, 'link'));
    const untouched = tree(root);
    const { code, stderr } = await darkroom([...words, '--no-flat-field'], { cwd: root });
    assert.equal(code, 1, stderr);
    assert.match(stderr, says);
    assert.deepEqual(tree(root), untouched);
  });
}

test('an output folder inside the raw folder is left out, run after run, and the raw files stay as they are', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), { 'e.mrc': exposure(), 'grid/f.mrc': exposure({ seed: 2 }) });
  const untouched = tree(raw);
  const out = path.join(raw, 'corrected');
  for (const more of [[], ['--force'], []]) {
    const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field', ...more]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(Object.keys(outputs(out)), ['e.mrc', 'grid/f.mrc']);
  }
  const now = Object.entries(tree(raw)).filter(([name]) => name in untouched);
  assert.deepEqual(Object.fromEntries(now), untouched);
});

test('a file of that name that darkroom did not make is not overwritten, nor is a raw file behind a link', async (t) => {
  const root = folder(t);
  const raw = lay(path.join(root, 'raw'), {
    'e.mrc': exposure(),
    'f.mrc': exposure({ seed: 2 }),
    'g.mrc': exposure({ seed: 3 }),
  });
  const out = lay(path.join(root, 'out'), { 'e.mrc': exposure({ seed: 9 }) });
  fs.linkSync(path.join(raw, 'f.mrc'), path.join(out, 'f.mrc'));
  const [untouched, theirs] = [tree(raw), outputs(out)];
  const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field']);
  assert.equal(code, 2);
  assert.match(stderr, /out\/e\.mrc: exists and was not made by darkroom/);
  assert.match(stderr, /raw\/f\.mrc: its output \S.*out\/f\.mrc is the raw file itself/);
  assert.deepEqual(tree(raw), untouched);
  assert.deepEqual(Object.keys(outputs(out)), ['e.mrc', 'f.mrc', 'g.mrc']);
  for (const name of ['e.mrc', 'f.mrc']) assert.equal(outputs(out)[name], theirs[name], name);
});
