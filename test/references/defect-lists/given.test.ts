/** Lists of defects through the real command: given with --defects, joined and converted. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readBack } from '../../correct/reading.ts';
import { noisy } from '../../made/images.ts';
import { madeMrc } from '../../made/mrc.ts';
import { darkroom, folder, lay } from '../../run/darkroom.ts';

const SIZE = { width: 64, height: 48 };

/** Exposures in which all bad pixels hold 9000 counts; rows from the bottom, as MRC stores them. */
function exposed(bad: readonly (readonly [col: number, row: number])[]): Uint8Array {
  const { pixels } = noisy({ ...SIZE, seed: 4, mean: 500, deviation: 5 });
  for (const [col, row] of bad) pixels[row * SIZE.width + col] = 9000;
  return madeMrc({ ...SIZE, mode: 6, pixels: pixels.map(Math.round) });
}

const column = (col: number): [number, number][] => Array.from({ length: SIZE.height }, (_, row) => [col, row]);

/** Rows of SerialEM and Thermo count from the top. */
const FILES = {
  'a.txt': 'CameraSizeX 128\nCameraSizeY 96\nBadColumns 14\nBadPixels 40 10\n',
  'b.txt': '30 9 2 1\n',
  'c.xml': '<defects><point>50,7</point></defects>',
  'd.yaml': 'rowZero: bottom\npixels: [[60, 2]]\n',
};
const BAD = [...column(7), [20, 42], [30, 9], [31, 9], [50, 40], [60, 2]] as [number, number][];

test('--defects takes lists of every kind, several of them, and all count', async (t) => {
  const root = folder(t);
  const at = (name: string): string => path.join(root, name);
  lay(root, { ...FILES, 'e.mrc': exposed(BAD), 'one.mrc': exposed([]) });
  fs.mkdirSync(at('raw'));
  fs.renameSync(at('e.mrc'), at('raw/e.mrc'));
  lay(root, {
    'dark.mrc': madeMrc({ ...SIZE, mode: 2, pixels: noisy({ ...SIZE, seed: 9, mean: 50, deviation: 1 }).pixels }),
  });
  lay(root, { 'norm.mrc': madeMrc({ ...SIZE, mode: 2, pixels: new Float32Array(SIZE.width * SIZE.height).fill(1) }) });
  const lists = Object.keys(FILES).flatMap((name) => ['--defects', at(name)]);
  const references = ['--dark', at('dark.mrc'), '--norm', at('norm.mrc')];
  const run = await darkroom(['run', at('raw'), ...references, ...lists, '-o', at('out')]);
  assert.equal(run.code, 0, run.stderr);
  const { pixels } = await readBack(at('out/e.mrc'));
  assert.ok(Math.max(...pixels) < 600, 'every bad pixel is repaired');
  assert.match(run.stderr + run.stdout, /a\.txt: binned by 2, from 128 x 96 px/);

  // The same as one map, made by joining them.
  const from = Object.keys(FILES).flatMap((name) => ['--from', at(name)]);
  for (const map of ['map.mrc', 'map.tif', 'all.yaml', 'all.txt', 'all.xml']) {
    const made = await darkroom(['reference', 'defects', ...from, '--like', at('dark.mrc'), '-o', at(map)]);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, new RegExp(`${map}: ${BAD.length} bad pixels`));
    const again = await darkroom([
      'run',
      at('raw'),
      ...references,
      '--defects',
      at(map),
      '-o',
      at(`out-${map.replace('.', '-')}`),
    ]);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual((await readBack(at(`out-${map.replace('.', '-')}/e.mrc`))).pixels, pixels, map);
  }
  const recipe = `dark: dark.mrc\nnorm: norm.mrc\ndefects: [a.txt, b.txt, c.xml, d.yaml]\n`;
  lay(root, { 'recipe.yaml': Buffer.from(recipe) });
  const byRecipe = await darkroom(['run', at('raw'), '--recipe', at('recipe.yaml'), '-o', at('recipe')]);
  assert.equal(byRecipe.code, 0, byRecipe.stderr);
  assert.deepEqual((await readBack(at('recipe/e.mrc'))).pixels, pixels);
});

test('a missing list, a wrong line and a list of another camera stop before anything is written', async (t) => {
  const root = folder(t);
  lay(path.join(root, 'raw'), { 'e.mrc': exposed([]) });
  lay(root, { 'wrong.txt': 'CameraSizeX 64\nBadColums 3\n', 'far.txt': 'CameraSizeX 99\nCameraSizeY 48\nBadRows 3\n' });
  lay(root, { 'bare.txt': '1 2 3 4\n' });
  lay(root, {
    'dark.mrc': madeMrc({ ...SIZE, mode: 2, pixels: noisy({ ...SIZE, seed: 9, mean: 50, deviation: 1 }).pixels }),
  });
  const at = (name: string): string => path.join(root, name);
  const REFUSED: readonly (readonly [string, RegExp])[] = [
    ['none.txt', /none\.txt: is not there/],
    ['wrong.txt', /wrong\.txt, line 2: found "BadColums 3"/],
    ['far.txt', /the references fit none of the exposures|far\.txt: found a camera of 99 x 48 px/],
    ['bare.txt', /bare\.txt: it does not say how large the camera is.*--like EXPOSURE/],
  ];
  for (const [name, message] of REFUSED) {
    const { code, stderr } = await darkroom([
      'run',
      at('raw'),
      '--no-flat-field',
      '--defects',
      at(name),
      '-o',
      at('out'),
    ]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
    assert.equal(fs.existsSync(at('out/e.mrc')), false);
  }
  // Its advice, followed, ends well.
  const made = await darkroom([
    ...['reference', 'defects', '--from', at('bare.txt'), '--like', at('raw/e.mrc'), '--out', at('map.mrc')],
  ]);
  assert.equal(made.code, 0, made.stderr);
  const run = await darkroom(['run', at('raw'), '--no-flat-field', '--defects', at('map.mrc'), '-o', at('out')]);
  assert.equal(run.code, 0, run.stderr);
});

test('pixels that no neighbour can repair are named when the map is loaded', async (t) => {
  const root = folder(t);
  lay(path.join(root, 'raw'), { 'e.mrc': exposed([]) });
  lay(root, { 'bad.yaml': 'width: 64\nheight: 48\ncolumns: [10-30]\nareas: [[36, 10, 25, 25]]\n' });
  const line = ['run', path.join(root, 'raw'), '--no-flat-field', '--defects', path.join(root, 'bad.yaml')];
  const { code, stderr, stdout } = await darkroom([...line, '-o', path.join(root, 'out')]);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr + stdout,
    /defects keep their value: no good pixel is near enough \(columns 10 to 30; column 45, row 19; column 46, row 19; /,
  );
});

test('lists that darkroom made are replaced with --overwrite, those of others never', async (t) => {
  const root = folder(t);
  const at = (name: string): string => path.join(root, name);
  lay(root, { 'a.txt': FILES['a.txt'] });
  const convert = (out: string, ...more: string[]) =>
    darkroom(['reference', 'defects', '--from', at('a.txt'), '-o', at(out), ...more]);
  for (const out of ['x.yaml', 'x.xml', 'x.txt', 'x.mrc']) {
    assert.equal((await convert(out)).code, 0);
    assert.match((await convert(out)).stderr, /exists; move it away/);
    assert.equal((await convert(out, '--overwrite')).code, 0, out);
    fs.writeFileSync(at(out), 'columns: [3]\n');
    assert.match((await convert(out, '--overwrite')).stderr, /exists and was not made by darkroom/);
    assert.equal(fs.readFileSync(at(out), 'utf8'), 'columns: [3]\n');
  }
  assert.match((await convert('a.txt', '--overwrite')).stderr, /is one of the files that the reference is made of/);
  assert.match(
    (await convert('x.lst')).stderr,
    /found no ending of a list, expected \.txt, \.xml, \.yaml, \.mrc or \.tif/,
  );
  const turned = await convert('turned.txt', '--rotation-flip', '3');
  assert.equal(turned.code, 0, turned.stderr);
  const text = fs.readFileSync(at('turned.txt'), 'utf8');
  assert.match(text, /CameraSizeX 96\nCameraSizeY 128\nRotationAndFlip 3\n/);
  assert.match(text, /BadRows 14\n/);
});
