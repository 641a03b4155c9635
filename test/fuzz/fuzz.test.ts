/** What fuzzing found stays found: the corpus is read again, and a short run with a fixed seed looks for more. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { madeMrc } from '../made/mrc.ts';
import { folder } from '../run/darkroom.ts';
import { campaign } from './campaign.ts';
import { checkBytes, type Finding, runCase } from './cases.ts';
import { edited } from './changes.ts';
import { checkImage } from './reading.ts';
import { bytesOf, type Target, wrong } from './target.ts';
import { TARGETS } from './targets.ts';

const CORPUS = fileURLToPath(new URL('../../../test/fuzz/corpus', import.meta.url));

test('every file of the corpus is refused with a message, or has the pixels that plain readers find', async () => {
  let files = 0;
  for (const name of fs.readdirSync(CORPUS)) {
    const target = TARGETS.find((each) => each.name === name);
    assert.ok(target, `${name} is no target`);
    for (const file of fs.readdirSync(path.join(CORPUS, name))) {
      const bytes = Uint8Array.from(fs.readFileSync(path.join(CORPUS, name, file)));
      assert.equal((await checkBytes(target, bytes)).wrong, null, `${name}/${file}`);
      files++;
    }
  }
  assert.ok(files > 15, `${files} files`);
});

/** Cases of each. */
const SHORT: Readonly<Record<string, number>> = {
  mrc: 60,
  tiff: 120,
  sidecars: 150,
  dm: 1000,
  ser: 1000,
  tvips: 1000,
  hdf5: 1000,
  gzip: 1000,
  defects: 40,
  references: 40,
  recipe: 60,
  words: 100,
  journal: 100,
};

for (const [name, cases] of Object.entries(SHORT)) {
  test(`${cases} damaged cases for ${name} find nothing`, { timeout: 120_000 }, async () => {
    const target = TARGETS.find((each) => each.name === name)!;
    let accepted = 0;
    for (let seed = 1; seed <= cases; seed++) {
      const verdict = await runCase(target, seed);
      assert.equal(verdict.wrong, null, `npm run fuzz -- --format ${name} --case ${seed}`);
      if (verdict.accepted) accepted++;
    }
    assert.ok(accepted > 0 && accepted < cases, `${accepted} of ${cases} were accepted`);
  });
}

test('a reader that gets one pixel wrong is found', async (t) => {
  const root = folder(t);
  const file = path.join(root, 'case.mrc');
  const image = { width: 5, height: 4, frames: 1, pixels: Float64Array.from({ length: 20 }, (_, i) => i) };
  fs.writeFileSync(file, madeMrc({ ...image, mode: 6 }));
  assert.equal((await checkImage(file, root, () => image)).wrong, null);
  const other = { ...image, pixels: image.pixels.map((x) => (x === 7 ? 8 : x)) };
  assert.match((await checkImage(file, root, () => other)).wrong!, /pixel 7 is 7, plainly 8/);
  assert.match(
    (await checkImage(file, root, () => ({ ...image, frames: 2 }))).wrong!,
    /read as 5 x 4 x 1, plainly 5 x 4 x 2/,
  );
});

test('a finding is made smaller by every change that it does not need', async () => {
  const set = (at: number) => (bytes: Uint8Array) => edited(bytes, at, (copy) => copy.fill(9, at, at + 1));
  const target: Target = {
    name: 'made',
    extension: '.bin',
    make: async () => ({ base: new Uint8Array(8), changes: [1, 2, 3, 4].map(set) }),
    check: async (bytes) => (bytes[3] === 9 ? wrong('byte 3') : { accepted: true, compared: true, wrong: null }),
  };
  const { finding } = await runCase(target, 1);
  assert.deepEqual([...finding!.bytes!], [0, 0, 0, 9, 0, 0, 0, 0]);
});

test('the same seed makes the same cases, in threads that are watched', async () => {
  for (const target of TARGETS) {
    const { Random } = await import('./random.ts');
    const [one, two] = [await target.make(new Random(5)), await target.make(new Random(5))];
    // An SQLite file that is made anew has its own times.
    if (target.name !== 'journal') assert.deepEqual(bytesOf(one), bytesOf(two), target.name);
  }
  const findings: Finding[] = [];
  const targets = ['mrc', 'tiff'];
  const counts = await campaign({
    targets,
    seed: 3,
    workers: 2,
    more: (cases) => cases < 12,
    found: (each) => findings.push(each),
  });
  assert.deepEqual(findings, []);
  assert.deepEqual(
    [...counts.values()].map(({ cases }) => cases),
    [6, 6],
  );
});
