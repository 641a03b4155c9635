/** Resume keys stay what they are: exposures that are finished are not corrected again because darkroom has learnt something. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECIPE_ONLY, RECIPE_OPTIONS, type Recipe, recipeKey } from '../../src/correct/recipe.ts';
import type { Exposure } from '../../src/model/exposure.ts';
import type { ReferenceFile } from '../../src/references/references.ts';

/** The defaults of 0.2.0, options that name files left out, as the command line leaves them out. */
const DEFAULTS = Object.fromEntries(
  Object.entries({ ...RECIPE_OPTIONS, ...RECIPE_ONLY })
    .filter(([, { kind }]) => kind !== 'file')
    .map(([name, { fallback }]) => [name, fallback]),
) as unknown as Recipe;

const file = (role: ReferenceFile['role'], digit: string): ReferenceFile => ({
  role,
  path: `/refs/${role}.mrc`,
  hash: digit.repeat(64),
  level: null,
});
const NORM = [file('norm', '1')];
const ALL = [file('dark', 'a'), file('bright', 'b'), file('defects', 'c')];

const EXPOSURES: readonly Pick<Exposure, 'frames' | 'type'>[] = [
  { frames: 1, type: 'uint16' },
  { frames: 1, type: 'float32' },
  { frames: 40, type: 'uint16' },
  { frames: 1, type: 'uint8' },
];

/** A recipe, its references, and the first digits of its key for each of the exposures. */
const KEYS: readonly (readonly [Partial<Recipe>, readonly ReferenceFile[], string])[] = [
  [{}, ALL, '002d64a3 002d64a3 3d6b7b88 3d6b7b88'],
  [{}, NORM, '178efe33 178efe33 3be3f6c2 3be3f6c2'],
  [{}, [], '2f921b69 2f921b69 e39215ff e39215ff'],
  [{ noFlatField: true, steps: ['defects', 'despike', 'clip'] }, [], '80223208 80223208 dab452d1 dab452d1'],
  [{ steps: ['flat-field', 'clip', 'despike'] }, ALL, '02a33767 02a33767 45147f30 45147f30'],
  [{ steps: ['despike', 'clip'] }, ALL, 'c67e71bb c67e71bb 8f6f04fe 8f6f04fe'],
  [{ steps: ['defects'] }, ALL, '85d62516 85d62516 85d62516 85d62516'],
  [{ steps: [] }, ALL, '5f061a6a 5f061a6a 5f061a6a 5f061a6a'],
  [{ despike: 'off' }, ALL, '3d6b7b88 3d6b7b88 3d6b7b88 3d6b7b88'],
  [{ despike: 'leginon' }, ALL, 'fdb04edb fdb04edb 3d6b7b88 3d6b7b88'],
  [{ despike: 'leginon', despikeSize: 9, despikeThreshold: 4 }, ALL, 'acc6af24 acc6af24 3d6b7b88 3d6b7b88'],
  [{ despike: 'leginon', despikeArithmetic: 'float32', despikePatch: 4 }, NORM, '4aee2507 4aee2507 3be3f6c2 3be3f6c2'],
  [{ despike: 'leginon', despikeSaturated: true, despikeFrames: true }, ALL, '88ed7f01 88ed7f01 88ed7f01 88ed7f01'],
  [{ despikeThreshold: 8 }, ALL, '002d64a3 002d64a3 3d6b7b88 3d6b7b88'],
  [{ despikeThreshold: 6, despikePatch: 12, despikePolarity: 'both' }, ALL, '6bdb805c 6bdb805c 3d6b7b88 3d6b7b88'],
  [{ despikeFill: 'neighbour', despikeSaturated: true }, ALL, 'e5930fad e5930fad 3d6b7b88 3d6b7b88'],
  [{ diffraction: true }, ALL, '56e48c26 56e48c26 3d6b7b88 3d6b7b88'],
  [{ despikeFrames: true, maxSpikes: 100 }, ALL, '002d64a3 002d64a3 002d64a3 002d64a3'],
  [{ writeMasks: true }, ALL, '3a5b9291 3a5b9291 3d6b7b88 3d6b7b88'],
  [{ writeMasks: true, despike: 'off' }, ALL, '3d6b7b88 3d6b7b88 3d6b7b88 3d6b7b88'],
  [{ clipLow: 0, clipHigh: 4000 }, ALL, 'd5f07ad6 d5f07ad6 f87840d9 f87840d9'],
  [{ clipLow: 'none', clipHigh: 'none', steps: ['flat-field', 'despike'] }, ALL, '54b70ae8 54b70ae8 a5425a7b a5425a7b'],
  [{ clipLow: 'none' }, NORM, '3af4cd5e 3af4cd5e d00cf136 d00cf136'],
  [{ type: 'float32', format: 'tiff', compression: 'zstd' }, ALL, '3068ec5d 3068ec5d 2e9f5238 2e9f5238'],
  [{ type: 'int16', scale: 32, offset: -5 }, NORM, 'e41c953c e41c953c 589e4187 589e4187'],
  [{ rowOrder: 'stored', saturation: 4095 }, ALL, 'fed099e8 fed099e8 32d65fd3 32d65fd3'],
  [{ strict: true, allowCorrected: true, maxSpikes: 10 }, ALL, '002d64a3 002d64a3 3d6b7b88 3d6b7b88'],
];

test('exposures keep the keys under which they were finished', () => {
  for (const [recipe, files, keys] of KEYS) {
    const now = EXPOSURES.map((exposure) => recipeKey({ ...DEFAULTS, ...recipe }, files, exposure).slice(0, 8));
    assert.equal(now.join(' '), keys, JSON.stringify(recipe));
  }
});

test('turned references and a scaled dark make another key, options at their defaults do not', () => {
  const key = (recipe: Partial<Recipe>): string => recipeKey({ ...DEFAULTS, ...recipe }, ALL, EXPOSURES[0]!);
  const keys = [
    {},
    { normOrientation: 'rot90' },
    { normOrientation: 'rot270' },
    { darkOrientation: 'rot90' },
    { defectsOrientation: 'rot90' },
    { darkScale: 2 },
  ].map((recipe) => key(recipe as Partial<Recipe>));
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(key({ normOrientation: 'none', darkScale: 1 }), keys[0]);
});
