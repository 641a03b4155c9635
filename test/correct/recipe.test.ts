/** The key by which resume knows an output again, the type that is written, and what stands in the labels. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { provenance } from '../../src/correct/provenance.ts';
import { type Recipe, recipeKey, writtenType } from '../../src/correct/recipe.ts';
import { type Exposure, PIXELS, type PixelType } from '../../src/model/exposure.ts';
import type { ReferenceFile } from '../../src/references/references.ts';
import { DEFAULTS } from './lab.ts';

const SINGLE = { frames: 1, type: 'uint16' } as const;
const STACK = { frames: 40, type: 'uint16' } as const;
const COUNTED = { frames: 1, type: 'uint8' } as const;
const file = (role: ReferenceFile['role'], digit: string, path = `/refs/${role}.mrc`): ReferenceFile => ({
  role,
  path,
  hash: digit.repeat(64),
  level: null,
});
const FILES = [file('dark', 'a'), file('bright', 'b'), file('defects', 'c')];

type For = Pick<Exposure, 'frames' | 'type'>;
const changes = (recipe: Partial<Recipe>, exposure: For, files = FILES, before: Partial<Recipe> = {}): boolean =>
  recipeKey({ ...DEFAULTS, ...before, ...recipe }, files, exposure) !==
  recipeKey({ ...DEFAULTS, ...before }, FILES, exposure);

test('every option that touches pixels or container makes another recipe', () => {
  const TOUCHING: Partial<Recipe>[] = [
    { steps: ['flat-field', 'defects', 'clip'] },
    { steps: ['flat-field', 'defects', 'clip', 'despike'] },
    { despike: 'off' },
    { despikeSize: 9 },
    { despikeThreshold: 4 },
    { despikeArithmetic: 'float32' },
    { despikeSaturated: false },
    { clipLow: 0 },
    { clipLow: 'none' },
    { clipHigh: 1000 },
    { type: 'float32' },
    { scale: 2 },
    { offset: 1 },
    { format: 'tiff' },
    { compression: 'zstd' },
    { rowOrder: 'stored' },
    { saturation: 4000 },
    { writeMasks: true },
  ];
  for (const recipe of TOUCHING) {
    assert.ok(changes(recipe, SINGLE, FILES, { despike: 'leginon' }), JSON.stringify(recipe));
  }
});

test('masks are asked for where something is despiked, and nowhere else', () => {
  for (const exposure of [STACK, COUNTED]) assert.equal(changes({ writeMasks: true }, exposure), false);
  assert.equal(changes({ writeMasks: true }, SINGLE, FILES, { despike: 'off' }), false);
  assert.ok(changes({ writeMasks: true }, STACK, FILES, { despikeFrames: true }));
});

test('checks and what does not run make no other recipe', () => {
  for (const exposure of [SINGLE, STACK, COUNTED]) {
    for (const recipe of [{ strict: true }, { maxSpikes: 1 }, { noFlatField: true }]) {
      assert.equal(changes(recipe, exposure), false, JSON.stringify(recipe));
    }
  }
  const parameters = {
    despikeSize: 9,
    despikeThreshold: 4,
    despikeArithmetic: 'float32',
    despikeSaturated: false,
  } as const;
  for (const exposure of [STACK, COUNTED]) {
    for (const recipe of [parameters, { despike: 'off' as const }]) assert.equal(changes(recipe, exposure), false);
    assert.ok(changes({ despikeFrames: true }, exposure));
    assert.ok(changes(parameters, exposure, FILES, { despikeFrames: true }));
  }
  assert.equal(changes({ despikeFrames: true }, SINGLE), false);
  assert.equal(changes(parameters, SINGLE, FILES, { despike: 'off' }), false);
  assert.equal(changes({ clipLow: 5 }, SINGLE, FILES, { steps: ['flat-field', 'despike'] }), false);
});

test('the content of the references counts, not where they lie; nor do references that no step uses', () => {
  for (const exposure of [SINGLE, STACK]) {
    for (const i of FILES.keys()) {
      const other = FILES.map((each, at) => (at === i ? { ...each, hash: 'd'.repeat(64) } : each));
      assert.ok(changes({}, exposure, other), FILES[i]!.role);
      assert.ok(changes({}, exposure, FILES.toSpliced(i, 1)));
      const moved = FILES.map((each) => ({ ...each, path: '/elsewhere/x.mrc' }));
      assert.equal(changes({}, exposure, moved), false);
    }
  }
  const withoutMap = { steps: ['flat-field', 'despike', 'clip'] } as const;
  assert.equal(changes({}, SINGLE, [...FILES.slice(0, 2), file('defects', 'd')], withoutMap), false);
  const nothing = { steps: ['despike', 'clip'] } as const;
  assert.equal(changes({}, SINGLE, [], nothing), false);
  // Dead pixels of the references are defects: without flat-field they still count.
  assert.ok(changes({}, SINGLE, [file('dark', 'e'), ...FILES.slice(1)], { steps: ['defects', 'clip'] }));
});

test('the key does not depend on the order in which the options stand', () => {
  const backwards = Object.fromEntries(Object.entries(DEFAULTS).reverse()) as unknown as Recipe;
  assert.equal(recipeKey(backwards, FILES, SINGLE), recipeKey(DEFAULTS, FILES, SINGLE));
});

test('same widens 8 bits to 16 and half precision to single, and never narrows', () => {
  const exposure = (type: PixelType): Exposure => ({ type }) as Exposure;
  for (const type of Object.keys(PIXELS) as PixelType[]) {
    const written = PIXELS[writtenType(DEFAULTS, exposure(type))];
    assert.ok(written.lowest <= PIXELS[type].lowest && written.highest >= PIXELS[type].highest, type);
    assert.equal(writtenType({ ...DEFAULTS, type: 'int16' }, exposure(type)), 'int16');
  }
});

test('provenance is at most three lines of 80 ASCII characters, whatever the names; each says whose it is', () => {
  const names = [
    'dark.mrc',
    'x'.repeat(200),
    'größe µm ✓.mrc',
    'new\nline\t.mrc',
    ' ',
    '"quoted", \'twice\'.mrc',
    '~'.repeat(41),
  ];
  const steps = ['flat-field', 'defects 1234567', 'despike leginon 101/3.3333333333333335 float32 saturated stay'];
  for (const name of names) {
    for (const count of [0, 1, 2, 3, 4]) {
      const files = FILES.concat(FILES)
        .slice(0, count)
        .map((each) => ({ ...each, path: `/a/${name}` }));
      for (const said of [
        ['uint16'],
        steps,
        [...steps, 'clip -1.2345678806304932e-7..65535.1015625', 'uint16 x0.3333333333333333 +-12345.678'],
      ]) {
        const { lines, software } = provenance(said, files);
        assert.ok(lines.length >= 1 && lines.length <= 3);
        for (const line of lines) {
          assert.match(line, /^[\x20-\x7e]{1,80}$/);
          assert.match(line, /^darkroom( \d+\.\d+\.\d+)?: /);
        }
        assert.ok(lines[0]!.startsWith(software));
      }
    }
  }
});

test('with names of usual length every step and twelve digits of every reference stand in the lines', () => {
  const said = ['flat-field', 'defects 123', 'despike leginon 11/3.5', 'clip 0..65535', 'uint16'];
  const all = provenance(said, FILES).lines.join(' ');
  for (const item of [...said, ...FILES.map(({ role, hash }) => `${role}.mrc ${hash.slice(0, 12)}`)]) {
    assert.ok(all.includes(item), `${item} in: ${all}`);
  }
});
