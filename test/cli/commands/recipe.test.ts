/** `darkroom recipe`: what it prints is a recipe, and means what was given. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RECIPE_FILE_OPTIONS } from '../../../src/cli/parsing/options.ts';
import { runSettings } from '../../../src/cli/parsing/settings.ts';
import { darkroom, folderFor } from '../call.ts';

const settings = (...given: (readonly [string, string | number | boolean])[]) =>
  runSettings({ given: { out: 'corrected', ...Object.fromEntries(given) }, words: ['raw'], line: '' });

test('the recipe of no options names every option, and each default that is uncommented changes nothing', async (t) => {
  const folder = folderFor(t);
  const { code, out } = darkroom('recipe');
  assert.equal(code, 0);
  const usable = out
    .split('\n')
    .filter((line) => /^#\w+: /.test(line) && !line.endsWith(': ...'))
    .map((line) => line.slice(1));
  const named = out.split('\n').flatMap((line) => /^#(\w+): /.exec(line)?.[1] ?? []);
  assert.deepEqual(named.sort(), Object.keys(RECIPE_FILE_OPTIONS).sort());
  assert.ok(usable.length > 12);
  // Without references: what these two lines say contradicts nothing else.
  const usual = await settings(['noFlatField', true]);
  // An option that only Leginon's method has chooses that method, as the help says.
  const leginon = await settings(['noFlatField', true], ['despike', 'leginon']);
  for (const line of usable) {
    const file = path.join(folder, 'recipe.yaml');
    fs.writeFileSync(file, `${line}\n`);
    assert.deepEqual(
      await settings(['noFlatField', true], ['recipe', file]),
      /^despike(Size|Arithmetic)/.test(line) ? leginon : usual,
      line,
    );
  }
});

test('options that are given stand in the recipe, with absolute paths, and a run with it is a run with them', async (t) => {
  const folder = folderFor(t);
  const given = ['--norm', 'gain.mrc', '--despike-threshold', '6', '--exclude', '*_x.mrc', '--write-masks'];
  const { out } = darkroom('recipe', ...given);
  const file = path.join(folder, 'night.yaml');
  fs.writeFileSync(file, out);
  const fromRecipe = await settings(['recipe', file]);
  assert.deepEqual(fromRecipe.references.norm, path.resolve('gain.mrc'));
  assert.deepEqual([fromRecipe.recipe.despikeThreshold, fromRecipe.exclude], [6, ['*_x.mrc']]);
  assert.equal(fromRecipe.recipe.writeMasks, true);
});

test('options that exclude each other make no recipe, nor do files', () => {
  for (const [argv, message] of [
    [['--norm', 'a.mrc', '--bright', 'b.mrc'], /--norm and --bright exclude each other/],
    [['raw/'], /found raw\/, expected options alone/],
  ] as const) {
    const { code, err } = darkroom('recipe', ...argv);
    assert.equal(code, 1);
    assert.match(err, message);
  }
});
