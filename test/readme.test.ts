/** The README is kept true: what it must name is compared with the code. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { DatabaseSync } from '@photostructure/sqlite';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { RECIPE_ONLY } from '../src/correct/recipe.ts';
import { toFlag } from '../src/model/option.ts';
import { night } from './report/night.ts';

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

test('the SQL that the README shows runs on a real journal and finds what is in it', (t) => {
  const { journal } = night(t);
  const queries = /```sql\n(.*?)```/s
    .exec(readme)![1]!
    .split(';')
    .filter((query) => query.trim() !== '');
  const database = new DatabaseSync(journal.file, { readOnly: true });
  t.after(() => database.close());
  const found = queries.map((query) => database.prepare(query).all().length);
  assert.deepEqual(found, [1, 10, 1]);
});
