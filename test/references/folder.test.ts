/** Sets from a folder: which files belong together, for which size, and from when on they count. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setsIn, signatureOf } from '../../src/references/folder.ts';
import { madeMrc } from '../made/mrc.ts';
import { folder } from '../run/darkroom.ts';

const HOUR = 3_600_000;
const EIGHT = new Date(2026, 2, 1, 20, 0, 0).getTime();

/** Files by name: their width, and when they were taken, hours after 8 p.m. */
function laid(t: TestContext, files: Readonly<Record<string, readonly [width: number, hours: number]>>): string {
  const root = folder(t);
  for (const [name, [width, hours]] of Object.entries(files)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, madeMrc({ width, height: 8, mode: 2, pixels: new Float32Array(8 * width).fill(1) }));
    const seconds = (EIGHT + hours * HOUR) / 1000;
    fs.utimesSync(file, seconds, seconds);
  }
  return root;
}

/** Names of the files of each set, and the hours between which it counts. */
async function found(root: string): Promise<unknown[]> {
  const { sets } = await setsIn(root);
  const hours = (ms: number | undefined): number | null => (ms === undefined ? null : (ms - EIGHT) / HOUR);
  return sets.map(({ paths, when }) => [
    Object.values(paths).flatMap((file) => [file ?? []].flat().map((each) => path.relative(root, each))),
    hours(when.from),
    hours(when.to),
  ]);
}

test('each size has sets of its own; the newest of each role counts, the first set also for older exposures', async (t) => {
  const root = laid(t, {
    'k2/dark.mrc': [16, 0],
    'k2/flat.mrc': [16, 0.01],
    'k2/defects.mrc': [16, 0.02],
    'gain_k3.mrc': [24, -100],
    'k2/again/dark2.mrc': [16, 7],
    'k2/again/bright2.mrc': [16, 7.05],
    'k2/gain-late.mrc': [16, 10],
  });
  const defects = 'k2/defects.mrc';
  assert.deepEqual(await found(root), [
    [['gain_k3.mrc'], null, null],
    [['k2/dark.mrc', 'k2/flat.mrc', defects], null, 7.05],
    [['k2/again/dark2.mrc', 'k2/again/bright2.mrc', defects], 7.05, 10],
    [['k2/again/dark2.mrc', 'k2/gain-late.mrc', defects], 10, null],
  ]);
});

test('what is no reference by label or name is named, and so is a size with a dark alone', async (t) => {
  const root = laid(t, { 'dark.mrc': [16, 0], 'exposure_1.mrc': [16, 0], 'brightfield.mrc': [16, 0] });
  fs.writeFileSync(path.join(root, 'gain.mrc'), 'half of it');
  fs.writeFileSync(path.join(root, 'notes.txt'), 'no list');
  const { sets, notes } = await setsIn(root);
  assert.deepEqual(sets, []);
  const text = notes.join('\n');
  assert.match(text, /exposure_1\.mrc: neither its label nor its name says which reference it is/);
  assert.match(text, /brightfield\.mrc: neither/);
  assert.match(text, /gain\.mrc: .*: left out of the references/);
  assert.match(text, /found no norm and no pair of dark and bright of 16 x 8 px/);
  assert.equal(notes.length, 4);
});

test('a file that comes, goes or is replaced changes what the folder looks like; nothing else does', async (t) => {
  const root = laid(t, { 'gain.mrc': [16, 0] });
  const before = await signatureOf(root);
  fs.writeFileSync(path.join(root, 'README'), 'text');
  assert.equal(await signatureOf(root), before);
  fs.utimesSync(path.join(root, 'gain.mrc'), 1, 1);
  assert.notEqual(await signatureOf(root), before);
});
