import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { RECIPE_FILE_OPTIONS, RUN_OPTIONS } from '../../../src/cli/parsing/options.ts';
import { readRecipe } from '../../../src/cli/parsing/recipe-file.ts';
import type { Given } from '../../../src/cli/parsing/values.ts';
import { Refusal } from '../../../src/model/outcome.ts';
import { fileFor, folderFor } from '../call.ts';

const read = (file: string): Promise<Given> => readRecipe(file, RECIPE_FILE_OPTIONS, RUN_OPTIONS);

test('YAML and JSON of the same content are the same recipe', async (t) => {
  const content = {
    dark: '/d.mrc',
    despikeSize: 7,
    clipLow: 'none',
    steps: ['flat-field', 'clip'],
    strict: true,
    offset: -1.5,
  };
  const yaml =
    'dark: /d.mrc\ndespikeSize: 7 # px\nclipLow: none\nsteps: [flat-field, clip]\nstrict: true\noffset: -1.5\n';
  assert.deepEqual(await read(fileFor(t, 'r.yaml', yaml)), content);
  for (const indent of [0, 2, '\t'])
    assert.deepEqual(await read(fileFor(t, 'r.json', JSON.stringify(content, null, indent))), content);
});

test('paths are relative to the folder of the recipe, absolute ones stay', async (t) => {
  const file = fileFor(t, 'r.yaml', 'dark: ../refs/d.mrc\nnorm: /refs/n.mrc\n');
  assert.deepEqual(await read(file), { dark: path.resolve(path.dirname(file), '../refs/d.mrc'), norm: '/refs/n.mrc' });
});

/** Contents of a recipe, and what the refusal must say; each begins with the name of the file. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  '': /found nothing, expected options such as/,
  '# only a comment': /found nothing/,
  '- a\n- b': /found \["a","b"\], expected options/,
  'just text': /found "just text"/,
  'despikeSzie: 7': /no option "despikeSzie"; did you mean despikeSize\?/,
  'despike-size: 7': /no option "despike-size"; did you mean despikeSize\?/,
  'sharpen: 3': /no option "sharpen"; a recipe may hold include, /,
  '__proto__: 3': /no option "__proto__"/,
  'out: x': /out belongs to a run, not to a recipe; give --out on the command line/,
  'dryRun: true': /dryRun belongs to a run.*--dry-run/,
  'journal: x': /journal belongs to a run/,
  'recipe: x': /recipe belongs to a run/,
  'despikeSize: "7"': /despikeSize: found "7", expected an odd whole number/,
  'despikeSize: 8': /despikeSize: found 8, expected an odd whole number from 3 to 101/,
  'scale: .nan': /scale: found NaN, expected a number/,
  'scale: .inf': /scale: found Infinity/,
  'scale:': /scale: found nothing, expected a number/,
  'scale: ""': /scale: found "", expected a number/,
  'strict: yes': /strict: found "yes", expected true or false/,
  'type: uint8': /type: found "uint8", expected same, uint16, int16 or float32/,
  'steps: []': /steps: found \[\], expected a list of flat-field, defects, despike, clip, at least one, none twice/,
  'steps: [clip, clip]': /steps: found \["clip","clip"\]/,
  'steps: [clip, sharpen]': /steps: found/,
  'dark: ""': /dark: found "", expected the path of a file/,
  'despikeArithmetic: float16': /despikeArithmetic: found "float16", expected float64 or float32/,
  'scale: 2\nscale: 3': /line 2, column 1: Map keys must be unique/,
  '{ "scale": 2, "scale": 3 }': /line 1, column 15: Map keys must be unique/,
  'scale: 2\n  offset: 3': /line \d, column \d+: /,
  '{ "scale": 2': /line 1, column \d+: /,
  'scale: !factor 2': /line 1, column 8: Unresolved tag: !factor/,
  'scale: 1\n---\nscale: 2': /line \d, column \d+: /,
  'include: *nobody': /nobody/,
  'steps: &a [*a]': /found an anchor that holds itself, expected plain values/,
  'a: &a { b: { c: *a } }': /found an anchor that holds itself/,
};

for (const [content, message] of Object.entries(REFUSED)) {
  test(`refused: a recipe of ${JSON.stringify(content)}`, async (t) => {
    const file = fileFor(t, 'night.yaml', content);
    const refusal = (error: unknown): true => {
      assert.ok(error instanceof Refusal, String((error as Error).stack));
      assert.ok(error.message.startsWith(file), error.message);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'), 'one line');
      return true;
    };
    await assert.rejects(read(file), refusal);
  });
}

test('a recipe that is another file by mistake is refused', async (t) => {
  const large = fileFor(t, 'r.yaml', new Uint8Array(2 << 20));
  await assert.rejects(read(large), /found 2097152 bytes, expected a recipe/);
  const image = fileFor(t, 'r.yaml', new Uint8Array([0x49, 0x49, 0xff, 0xfe, 0x80]));
  await assert.rejects(read(image), /not UTF-8/);
});

test('a recipe that is missing, a folder or a pipe is refused, and the pipe never opened', async (t) => {
  const folder = folderFor(t);
  await assert.rejects(read(path.join(folder, 'none.yaml')), /--recipe: .*none.yaml: is not there/);
  await assert.rejects(read(folder), /found a folder, expected a file/);
  const pipe = path.join(folder, 'pipe');
  if (spawnSync('mkfifo', [pipe]).status === 0) await assert.rejects(read(pipe), /found a pipe, expected a file/);
});
