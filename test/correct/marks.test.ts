/** Who looks on while rows leave sees the pixels that despike replaced, whatever the method, the bands and the other steps. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recipe } from '../../src/correct/recipe.ts';
import { badMap, noisy, withSpikes } from '../made/images.ts';
import { repairDefects } from '../oracle/defects.ts';
import { type Despiked, despike } from '../oracle/despike.ts';
import { despikeFloat32 } from '../oracle/despike-float32.ts';
import { despikeRobust } from '../oracle/despike-robust.ts';
import type { Image } from '../oracle/image.ts';
import { pass } from './passing.ts';

const SIZE = { width: 61, height: 83 };
const images = [1, 2, 3].map(
  (seed) => withSpikes(noisy({ ...SIZE, seed, mean: 600, deviation: 20 }), { count: 25, by: 900, seed }).image,
);
const map = badMap({ ...SIZE, seed: 3, single: 60, rows: [4], cols: [20] });

const METHODS: Record<string, { recipe: Partial<Recipe>; defined: (image: Image) => Despiked }> = {
  leginon: {
    recipe: { despike: 'leginon', despikeSize: 7, despikeThreshold: 3 },
    defined: (image) => despike(image, { size: 7, threshold: 3 }),
  },
  'leginon in float32': {
    recipe: { despike: 'leginon', despikeSize: 7, despikeThreshold: 3, despikeArithmetic: 'float32' },
    defined: (image) => despikeFloat32(image, { size: 7, threshold: 3 }),
  },
  robust: {
    recipe: { despike: 'robust' },
    defined: (image) => despikeRobust(image, { threshold: 8, patch: 9, polarity: 'bright', fill: 'median' }),
  },
};

for (const [name, { recipe, defined }] of Object.entries(METHODS)) {
  test(`${name}: the marks of each frame are the pixels that the definition replaces, for bands of any height`, async () => {
    const expected = images.map((image) => defined(repairDefects(image, map).image).replaced);
    const steps = ['defects', 'despike', 'clip'] as const;
    for (const bandRows of [1, 2, 13, 83]) {
      for (const turned of [false, true]) {
        const { replaced, counts } = await pass(images, { steps, map, recipe, bandRows, turned });
        assert.deepEqual(replaced, expected, `bands of ${bandRows}`);
        assert.equal(
          counts.spikes,
          replaced.reduce((sum, frame) => sum + frame.reduce((all, mark) => all + mark, 0), 0),
        );
      }
    }
    assert.ok(expected.every((frame) => frame.includes(1)));
  });
}

test('without despike nothing is marked', async () => {
  const { replaced } = await pass(images, { steps: ['defects', 'clip'], map, bandRows: 5 });
  assert.ok(replaced.every((frame) => !frame.includes(1)));
});
