/** Diffraction patterns whose headers say so keep all their Bragg spots; others lose some. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { madeMrc } from '../made/mrc.ts';
import { features } from '../quality/features.ts';
import { done, folder, readBack } from './reading.ts';

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

test('what says nothing of the kind loses spots, unless the recipe says it', async () => {
  const input = save('plain.mrc', 'lattice seen through a diffractometer');
  const out = folder();
  const plain = await done({ input, out, recipe });
  assert.ok(plain.counts.spikes > 0);
  assert.deepEqual(
    plain.notes.filter((note) => note.includes('diffraction')),
    [],
  );
  assert.equal((await done({ input, out, recipe: { ...recipe, diffraction: true } })).counts.spikes, 0);
});
