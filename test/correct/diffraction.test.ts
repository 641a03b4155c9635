/** Diffraction patterns keep their Bragg spots; what spikes are together decides where headers say nothing. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { noise } from '../../src/tools/simulate/noise.ts';
import { counted } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { features } from '../quality/features.ts';
import { plantInto } from '../quality/planting.ts';
import { SCENES } from '../quality/scenes.ts';
import { pass } from './passing.ts';
import { done, fails, folder, readBack } from './reading.ts';

const { image } = [...features(73)].find(({ name }) => name === 'Bragg spots, sigma 0.7 px, 2000 counts')!;
const { width, height } = image;
const into = folder();
const recipe = { noFlatField: true, despike: 'robust', maxSpikes: 1e6 } as const;

const save = (name: string, label: string): string => {
  const file = path.join(into, name);
  fs.writeFileSync(
    file,
    madeMrc({ width, height, mode: 6, pixels: Array.from(image.pixels), labels: ['made', label] }),
  );
  return file;
};

for (const [i, label] of ['Diffraction, camera length 1.2 m', 'lysozyme MICROED 0.3 deg', 'SAED'].entries()) {
  test(`an exposure with the label "${label}" keeps its spots, in MRC and as TIFF`, async () => {
    const input = save(`marked${i}.mrc`, label);
    const out = folder();
    const { counts, notes, file } = await done({ input, out, recipe });
    assert.equal(counts.spikes, 0);
    assert.ok(notes.some((note) => note.includes(label) && note.includes('taken for a diffraction pattern')));
    assert.deepEqual((await readBack(file)).pixels, Uint16Array.from(image.pixels));
    assert.ok((await readBack(file)).description.some((line) => line.includes('diffraction')));

    // The labels become the ImageDescription, which says the same.
    const tif = await done({ input, out, output: 'a.tif', recipe: { ...recipe, format: 'tiff', despike: 'off' } });
    const again = await done({ input: tif.file, out, output: 'b.tif', recipe: { ...recipe, allowCorrected: true } });
    assert.equal(again.counts.spikes, 0);
    assert.ok(again.notes.some((note) => note.includes('taken for a diffraction pattern')));
  });
}

test('an exposure whose mdoc states a camera length keeps its spots, and a note says why', async () => {
  const input = save('beside.mrc', 'plain');
  fs.writeFileSync(`${input}.mdoc`, '[ZValue = 0]\nCameraLength = 1.2\n');
  const { counts, notes } = await done({ input, out: folder(), recipe });
  assert.equal(counts.spikes, 0);
  assert.ok(notes.some((note) => note.startsWith('the metadata state diffraction')));
});

test('unmarked spots are recognised by being alike: they stay, and the exposure is suspect with the ways out', async () => {
  const input = save('plain.mrc', 'lattice seen through a diffractometer');
  const out = folder();
  const plain = await done({ input, out, recipe });
  assert.ok(plain.counts.spikes < 10, `${plain.counts.spikes}`);
  const said = plain.suspect.find((reason) => reason.includes('blurred alike'));
  assert.match(said ?? '', /^\d+ of \d+ spikes .*--diffraction.*despikeGuard: false.*--despike off/);
  await fails({ input, out: folder(), recipe: { ...recipe, strict: true } }, 'suspect', /blurred alike.*\(--strict\)/);

  const marked = await done({ input, out, recipe: { ...recipe, diffraction: true } });
  assert.deepEqual([marked.counts.spikes, marked.suspect.length], [plain.counts.spikes, 0]);
  const all = await done({ input, out, recipe: { ...recipe, despikeGuard: false } });
  assert.ok(all.counts.spikes > 200);
  assert.deepEqual(all.suspect, []);
});

test('single electrons of a detector that integrates stay, and a note says so', async () => {
  const scene = SCENES.find(({ group, name }) => group.startsWith('integrating') && name === '0.05')!;
  const { image: electrons } = scene.make(3);
  const input = path.join(into, 'electrons.mrc');
  fs.writeFileSync(
    input,
    madeMrc({ width: electrons.width, height: electrons.height, mode: 6, pixels: Array.from(electrons.pixels) }),
  );
  const one = await done({ input, out: folder(), recipe: { noFlatField: true } });
  assert.equal(one.counts.spikes, 0);
  assert.deepEqual((await readBack(one.file)).pixels, Uint16Array.from(electrons.pixels));
  assert.match(one.notes.join(), /not despiked: \d+ spikes among \d+ peaks as high look like single electrons/);
  assert.deepEqual(one.suspect, []);
});

test('exposures of 5 to 2000 X-rays are never taken for features', async () => {
  for (const [count, side] of [
    [5, 512],
    [50, 512],
    [500, 1024],
    [2000, 2048],
  ] as const) {
    const plain = counted({ width: side, height: side, seed: count, mean: 200 });
    for (const cloud of [undefined, 0.45, 0.6]) {
      const planting = { count, heights: [14, 1000], ...(cloud ? { cloud } : {}) } as const;
      const { image } = plantInto(plain, noise(count, 5), planting, () => 14);
      const { again } = await pass([image], { steps: ['despike'], recipe: { despike: 'robust' }, bandRows: 16 });
      assert.equal(again, null, `${count} X-rays, ${cloud ?? 'sharp'}`);
    }
  }
});
