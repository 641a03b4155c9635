/** What `--despike robust` promises on every kind of exposure, on seeds of their own. The table is in the README beside this. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noise } from '../../src/tools/simulate/noise.ts';
import { despiked, measured } from './measure.ts';
import { plantInto } from './planting.ts';
import { localDeviation, SCENES } from './scenes.ts';

/** Least recall, most good pixels replaced (ppm), and what becomes of the exposure, by group of scenes. */
const PROMISES: Readonly<Record<string, readonly [number, number, ('suspect' | 'off')?]>> = {
  'real micrographs': [0.98, 30],
  'simulated micrographs': [0.99, 10],
  'Poisson noise, 0.3 to 20 000': [0.98, 15],
  'gain 4.2, 0.05': [0.99, 10],
  'blurred noise': [0.99, 15],
  'grid bars, sharp and blurred': [0.85, 80],
  'gradient, ring': [0.97, 40],
  'dark gold, 3 to 12 px': [0.98, 60],
  'row noise, interlaced, enlarged': [0.98, 15],
  'few levels': [0.98, 20],
  labels: [0.97, 100],
  'integrating detector, 0.02 to 0.1': [0, 0, 'off'],
  'counted, 0.01 to 0.05': [0.9, 10],
  'lens-made dots': [0.9, 400, 'suspect'],
  'diffraction, unmarked': [0.95, 40, 'suspect'],
  'diffraction, marked': [0.95, 40],
  'diffuse X-rays': [0.9, 10],
  'constant borders': [0.98, 20],
  'saturated spikes': [0.98, 10],
  'beside bad columns': [0.98, 10],
};

for (const [group, [least, most, fate]] of Object.entries(PROMISES)) {
  test(`${group}: X-rays are found and good pixels stay`, { skip: missing(group) }, async () => {
    for (const scene of SCENES) {
      if (scene.group !== group) continue;
      const { recall, ppm, again } = await measured(scene, 9001, { despike: 'robust' });
      const about = `${scene.name}: recall ${recall}, ${ppm} ppm of good pixels`;
      assert.ok(recall >= least && ppm <= most, about);
      assert.equal(again?.suspect ? 'suspect' : again?.note ? 'off' : undefined, fate, about);
    }
  });
}

test('lattices of atoms are suspect with few X-rays and with many, and next to nothing of the atoms goes', async () => {
  const [scene] = SCENES.filter(({ group, name }) => group === 'HAADF atoms' && name === 'lattice');
  for (const seed of [9001, 9002, 9003, 9004]) {
    const made = scene!.make(seed);
    const { again } = await despiked(made, scene!, { despike: 'robust' });
    assert.match(again?.suspect ?? 'silent', /spots stay/, `seed ${seed}`);
    const alone = await despiked({ ...made, image: made.clean! }, scene!, { despike: 'robust' });
    const gone = alone.out.pixels.filter((pixel, i) => pixel !== made.clean!.pixels[i]).length;
    assert.ok((gone / made.clean!.pixels.length) * 1e6 <= 50, `seed ${seed}: ${gone} pixels`);
    assert.ok(gone === 0 || alone.again?.suspect, `seed ${seed}: ${gone} pixels in silence`);
  }
});

test('micrographs with 5, 50 or 500 X-rays are never taken for anything else', async () => {
  for (const scene of SCENES.filter(({ group }) => group === 'simulated micrographs')) {
    for (const seed of [9001, 9002]) {
      const made = scene.make(seed);
      const deviation = localDeviation(made.clean!);
      for (const count of [5, 50, 500]) {
        const { image } = plantInto(made.clean!, noise(seed, count), { count }, deviation);
        const { again } = await despiked({ ...made, image }, scene, { despike: 'robust' });
        assert.equal(again, null, `${scene.name}, ${count} X-rays`);
      }
    }
  }
});

function missing(group: string): string | false {
  return SCENES.some((scene) => scene.group === group) ? false : 'the shared micrographs are not there';
}
