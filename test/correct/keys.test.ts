/** Resume keys stay what they are: exposures that are finished are not corrected again because darkroom has learnt something. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECIPE_ONLY, RECIPE_OPTIONS, type Recipe, recipeKey } from '../../src/correct/recipe.ts';
import type { Exposure } from '../../src/model/exposure.ts';
import type { ReferenceFile } from '../../src/references/references.ts';

/**
 * The defaults of 0.2.0 but for one, options that name files left out, as the command line leaves them out. `robust` has another
 * definition since, and `leginon` despikes saturated pixels by default: their keys are new, so that outputs are corrected again.
 */
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
  [{}, ALL, 'f45644d6 f45644d6 3d6b7b88 3d6b7b88'],
  [{}, NORM, '9db77f46 9db77f46 3be3f6c2 3be3f6c2'],
  [{}, [], '12c94f70 12c94f70 e39215ff e39215ff'],
  [{ noFlatField: true, steps: ['defects', 'despike', 'clip'] }, [], '5a4e00fd 5a4e00fd dab452d1 dab452d1'],
  [{ steps: ['flat-field', 'clip', 'despike'] }, ALL, '74378cb1 74378cb1 45147f30 45147f30'],
  [{ steps: ['despike', 'clip'] }, ALL, '2fc9b5d7 2fc9b5d7 8f6f04fe 8f6f04fe'],
  [{ steps: ['defects'] }, ALL, '85d62516 85d62516 85d62516 85d62516'],
  [{ steps: [] }, ALL, '5f061a6a 5f061a6a 5f061a6a 5f061a6a'],
  [{ despike: 'off' }, ALL, '3d6b7b88 3d6b7b88 3d6b7b88 3d6b7b88'],
  [{ despike: 'leginon' }, ALL, '88ed7f01 88ed7f01 3d6b7b88 3d6b7b88'],
  [{ despike: 'leginon', despikeSize: 9, despikeThreshold: 4 }, ALL, '5a9bcecb 5a9bcecb 3d6b7b88 3d6b7b88'],
  [{ despike: 'leginon', despikeArithmetic: 'float32', despikePatch: 4 }, NORM, 'bef32f7a bef32f7a 3be3f6c2 3be3f6c2'],
  [{ despike: 'leginon', despikeSaturated: true, despikeFrames: true }, ALL, '88ed7f01 88ed7f01 88ed7f01 88ed7f01'],
  [{ despikeThreshold: 8 }, ALL, 'f45644d6 f45644d6 3d6b7b88 3d6b7b88'],
  [{ despikeThreshold: 6, despikePatch: 12, despikePolarity: 'both' }, ALL, 'bbc29658 bbc29658 3d6b7b88 3d6b7b88'],
  [{ despikeFill: 'neighbour', despikeSaturated: true }, ALL, '8105a179 8105a179 3d6b7b88 3d6b7b88'],
  [{ diffraction: true }, ALL, 'd7e6e534 d7e6e534 3d6b7b88 3d6b7b88'],
  [{ despikeFrames: true, maxSpikes: 100 }, ALL, 'f45644d6 f45644d6 f45644d6 f45644d6'],
  [{ writeMasks: true }, ALL, '29e881a8 29e881a8 3d6b7b88 3d6b7b88'],
  [{ writeMasks: true, despike: 'off' }, ALL, '3d6b7b88 3d6b7b88 3d6b7b88 3d6b7b88'],
  [{ clipLow: 0, clipHigh: 4000 }, ALL, '4aa85c54 4aa85c54 f87840d9 f87840d9'],
  [{ clipLow: 'none', clipHigh: 'none', steps: ['flat-field', 'despike'] }, ALL, '51528636 51528636 a5425a7b a5425a7b'],
  [{ clipLow: 'none' }, NORM, 'a047e975 a047e975 d00cf136 d00cf136'],
  [{ type: 'float32', format: 'tiff', compression: 'zstd' }, ALL, 'a6df116e a6df116e 2e9f5238 2e9f5238'],
  [{ type: 'int16', scale: 32, offset: -5 }, NORM, '21efeabf 21efeabf 589e4187 589e4187'],
  [{ rowOrder: 'stored', saturation: 4095 }, ALL, '9cab98ea 9cab98ea 32d65fd3 32d65fd3'],
  [{ strict: true, allowCorrected: true, maxSpikes: 10 }, ALL, 'f45644d6 f45644d6 3d6b7b88 3d6b7b88'],
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
