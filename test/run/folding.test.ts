/** Output folders that take different names for one: the second exposure fails by name, no output goes over another. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { foldingOf, sameNames } from '../../src/files/folding.ts';
import { place, ready, watching } from '../watch/watching.ts';
import { darkroom, exposure, folder, lay, outputs } from './darkroom.ts';
import { foldingDisk, noFoldingDisk } from './folding-disk.ts';

const COMPOSED = 'caf\u00e9.mrc';
const DECOMPOSED = COMPOSED.normalize('NFD');

async function disk(t: TestContext) {
  const { folder: root, undo } = place(t);
  const mount = path.join(root, 'disk');
  await foldingDisk(undo, path.join(root, 'backing'), mount);
  fs.rmdirSync(path.join(root, 'raw'));
  return { root, out: path.join(mount, 'out') };
}

test('names that are one file on such a disk have one key, and no others', () => {
  const key = sameNames({ letterCase: true, normalForm: true });
  for (const [a, b] of [
    ['Grid_A1.mrc', 'grid_a1.MRC'],
    [COMPOSED, DECOMPOSED],
    ['STRASSE.mrc', 'stra\u00dfe.mrc'],
  ] as const)
    assert.equal(key(a), key(b));
  assert.notEqual(key('grid_a1.mrc'), key('grid_a2.mrc'));
  const exact = sameNames({ letterCase: false, normalForm: false });
  assert.notEqual(exact('A'), exact('a'));
  assert.notEqual(exact(COMPOSED), exact(DECOMPOSED));
});

test('an ordinary folder tells names apart, and nothing of the look at it stays', (t) => {
  const out = folder(t);
  fs.mkdirSync(path.join(out, '.darkroom'));
  assert.deepEqual(foldingOf(out), { letterCase: false, normalForm: false });
  assert.deepEqual(fs.readdirSync(path.join(out, '.darkroom')), []);
});

test('run: of two exposures with one file the first is done, the second fails; so it stays run after run', {
  skip: noFoldingDisk,
}, async (t) => {
  const { root, out } = await disk(t);
  const names = ['Grid/A1.mrc', 'Sub/x.mrc', 'grid/a1.mrc', 'other.mrc', COMPOSED, DECOMPOSED];
  const raw = lay(
    path.join(root, 'raw'),
    Object.fromEntries(names.map((name, seed) => [name, exposure({ seed: seed + 1 })])),
  );
  const plain = path.join(root, 'plain');
  assert.equal((await darkroom(['run', raw, '-o', plain, '--no-flat-field'])).code, 0);
  const expected = outputs(plain);
  for (const more of [[], ['--force'], []]) {
    const { code, stderr } = await darkroom(['run', raw, '-o', out, '--no-flat-field', ...more]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /raw\/grid\/a1\.mrc: the file system of the output takes grid\/a1\.mrc for Grid\/A1\.mrc/);
    assert.equal(stderr.match(/^failed/gm)?.length, 2, stderr);
    const there = outputs(out);
    assert.deepEqual(Object.keys(there).length, 4);
    for (const [name, hash] of Object.entries(there)) assert.equal(hash, expected[name], name);
    assert.deepEqual(
      fs.readdirSync(path.join(out, '.darkroom')).filter((name) => name.endsWith('.part')),
      [],
    );
  }
});

test('run: an output of another night is not replaced by one whose name is the same file', {
  skip: noFoldingDisk,
}, async (t) => {
  const { root, out } = await disk(t);
  const [monday, tuesday] = [
    lay(path.join(root, 'monday'), { 'Grid_A1.mrc': exposure({ seed: 1 }) }),
    lay(path.join(root, 'tuesday'), { 'grid_a1.mrc': exposure({ seed: 2 }), 'b.mrc': exposure({ seed: 3 }) }),
  ];
  assert.equal((await darkroom(['run', monday, '-o', out, '--no-flat-field'])).code, 0);
  const before = outputs(out);
  const { code, stderr } = await darkroom(['run', tuesday, '-o', out, '--no-flat-field']);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /grid_a1\.mrc: its file system takes the name for that of another output/);
  assert.deepEqual(Object.keys(outputs(out)), ['Grid_A1.mrc', 'b.mrc']);
  assert.equal(outputs(out)['Grid_A1.mrc'], before['Grid_A1.mrc']);
  // Without hard links what is new is published all the same, and again where it is ours.
  assert.equal((await darkroom(['run', monday, '-o', out, '--no-flat-field', '--force'])).code, 0);
});

test('watch: the second of two with one file fails', { skip: noFoldingDisk }, async (t) => {
  const at = place(t);
  await foldingDisk(at.undo, path.join(at.folder, 'backing'), at.out);
  lay(at.raw, { 'Grid_A1.mrc': exposure({ seed: 1 }), 'grid_a1.mrc': exposure({ seed: 2 }) });
  const watcher = watching(t, at);
  await ready(watcher);
  await watcher.until('both have an outcome', ({ outcomes }) => outcomes().length === 2);
  assert.equal(watcher.outcomes('Grid_A1.mrc')[0]!.status, 'done');
  const [other] = watcher.outcomes('grid_a1.mrc');
  assert.equal(other!.status === 'failed' && other!.fault.kind, 'collision');
  await watcher.ended('SIGTERM');
  assert.deepEqual(Object.keys(outputs(at.out)), ['Grid_A1.mrc']);
});
