/** The README is kept true: what it must name is compared with the code. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { COMMANDS } from '../src/cli/commands.ts';
import { toFlag } from '../src/option.ts';
import { RECIPE_ONLY } from '../src/recipe.ts';

const readme = fs.readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the README names every command and every option', () => {
  const missing = COMMANDS.flatMap(({ name, options }) => [
    ...(readme.includes(`\`darkroom ${name} `) ? [] : [name]),
    ...Object.keys(options)
      .map((option) => `--${toFlag(option)}`)
      .filter((flag) => !new RegExp(`${flag}\\b`).test(readme)),
  ]);
  assert.deepEqual(missing, []);
  assert.deepEqual(
    Object.keys(RECIPE_ONLY).filter((key) => !readme.includes(`\`${key}`)),
    [],
  );
});
