/** What is not the reference that it is given as is refused with the reason, and right references of all kinds are not. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { compileKernels, createMemory, instantiate } from '../../src/kernels/kernels.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { type Loaded, loadReferences, type ReferencePaths } from '../../src/references/load.ts';
import { camera } from '../../src/tools/simulate/camera.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { DATA, noData } from '../correct/lab.ts';
import { noisy } from '../made/images.ts';
import { type MadeMrc, madeMrc } from '../made/mrc.ts';
import type { Image } from '../oracle/image.ts';
import { normFrom } from '../oracle/norm.ts';
import { exposed } from './cameras.ts';

const into = fs.mkdtempSync(path.join(os.tmpdir(), 'acceptance-'));
after(() => fs.rmSync(into, { recursive: true, force: true }));

const module = compileKernels();
const SIZE = { width: 160, height: 128 };

function save(name: string, image: Image<ArrayLike<number>>, made: Partial<MadeMrc> = {}): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, madeMrc({ mode: 2, ...image, ...made }));
  return file;
}

async function load(paths: Partial<ReferencePaths>): Promise<Loaded> {
  const memory = createMemory();
  const all = { dark: null, bright: null, norm: null, defects: null, ...paths };
  return await loadReferences(all, false, instantiate(module, memory), memory);
}

async function refused(what: string, paths: Partial<ReferencePaths>, text: RegExp): Promise<void> {
  const error: unknown = await load(paths).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refusal, `${what}: expected a refusal, found ${error}`);
  assert.match(error.message, text, what);
}

const dark = noisy({ ...SIZE, seed: 1, mean: 120, deviation: 4 });
const bright = noisy({ ...SIZE, seed: 2, mean: 4900, deviation: 150 });
const { norm } = normFrom(dark, bright);
const files = {
  dark: save('a.mrc', dark),
  bright: save('b.mrc', bright),
  norm: save('n.mrc', norm),
};

test('a bright given as norm is refused, and given as --bright it is right', async () => {
  await refused(
    'bright as norm',
    { dark: files.dark, norm: files.bright },
    /b\.mrc \(norm\): mean 4[89]\d\d, a norm is near 1; is this a bright\? give it as --bright, with --dark/,
  );
  await load({ dark: files.dark, bright: files.bright });
});

test('a norm given as dark or bright is refused, and given as --norm it is right', async () => {
  const nothing = save('nothing.mrc', { ...SIZE, pixels: new Float32Array(SIZE.width * SIZE.height) });
  await refused(
    'norm as bright',
    { dark: nothing, bright: files.norm },
    /n\.mrc \(bright\): .*as of a norm; give it as --norm/,
  );
  await refused('norm as bright', { dark: files.dark, bright: files.norm }, /as of a norm; give it as --norm/);
  await refused('norm as dark', { dark: files.norm, bright: files.bright }, /n\.mrc \(dark\): .*give it as --norm/);
  assert.deepEqual((await load({ dark: files.dark, norm: files.norm })).notes, []);
});

test('one file in two roles is said to be one file, by its content and not by its name', async () => {
  const copy = path.join(into, 'copy.mrc');
  fs.copyFileSync(files.bright, copy);
  await refused(
    'a copy',
    { dark: files.bright, bright: copy },
    /b\.mrc and .*copy\.mrc: --dark and --bright are the same file/,
  );
  await refused('itself', { dark: files.dark, norm: files.dark }, /a\.mrc: --dark and --norm are the same file/);
  await load({ dark: files.dark, bright: copy });
});

test('two darks, or two brights, are said to be equally bright; only a dark brighter than the bright is swapped', async () => {
  const other = save('other.mrc', noisy({ ...SIZE, seed: 3, mean: 4903, deviation: 150 }));
  for (const pair of [
    { dark: other, bright: files.bright },
    { dark: files.bright, bright: other },
  ]) {
    await refused(
      'two brights',
      pair,
      /found 4[89]\d\d\.\d counts in the bright and 4[89]\d\d\.\d in the dark.*are both darks, or both brights\?/,
    );
  }
  await refused('swapped', { dark: files.bright, bright: files.dark }, /are --dark and --bright swapped\?/);
  await load({ dark: files.dark, bright: files.bright });
});

test('a file whose header says what it is cannot be something else', async () => {
  const written = (name: string, image: Image<ArrayLike<number>>, line: string): string =>
    save(name, image, { labels: ['somebody else', line] });
  const line = (kind: string): string => `darkroom 0.1.0: ${kind}, mean of 5 exposures, series 0123456789ab`;
  const said = {
    dark: written('1.mrc', dark, line('dark')),
    bright: written('2.mrc', bright, line('bright')),
    norm: written('3.mrc', norm, 'darkroom 0.1.0: norm, a.mrc 0123456789ab, b.mrc 0123456789ab'),
  };
  await refused(
    'bright as dark',
    { dark: said.bright, norm: said.norm },
    /2\.mrc \(dark\): its header says that it is a bright.*give it as --bright/,
  );
  await refused('dark as bright', { dark: files.dark, bright: said.dark }, /1\.mrc \(bright\): .*give it as --dark/);
  await refused('dark as norm', { norm: said.dark }, /1\.mrc \(norm\): .*give it as --dark/);
  const corrected = written('4.mrc', bright, 'darkroom 0.1.0: flat-field, despike robust 8/9, clip 0..65535, uint16');
  await refused(
    'corrected',
    { dark: files.dark, bright: corrected },
    /4\.mrc \(bright\): .*an exposure which darkroom corrected.*made of raw exposures/,
  );
  await load({ dark: said.dark, bright: said.bright });
  await load({ dark: said.dark, norm: said.norm });
});

test('a name that says dark is no bright, and the other way round; modes of the microscope are no kinds', async () => {
  const named = (name: string, image: Image): string => save(name, image);
  await refused(
    'a dark by its name',
    { dark: files.dark, bright: named('Dark_2s.mrc', bright) },
    /its name says dark, expected a bright; give a bright, or rename it/,
  );
  await refused(
    'a bright by its name',
    { dark: named('flat-1.mrc', dark), norm: files.norm },
    /its name says bright, expected a dark/,
  );
  await load({ dark: named('brightfield-01.mrc', dark), bright: named('dark_field_beam.mrc', bright) });
  await load({ dark: named('dark-of-bright.mrc', dark), bright: named('darkroom-2.mrc', bright) });
  await load({ dark: named('inflated.mrc', dark), bright: files.bright });
});

test('--norm without --dark tells what stays in, and with it nothing', async () => {
  const { notes } = await load({ norm: files.norm });
  assert.match(
    notes.join('\n'),
    /--norm without --dark: the counts .* stay in the image; give --dark, unless the camera/,
  );
  assert.deepEqual((await load({ norm: files.norm, dark: files.dark })).notes, []);
});

test('a norm of another scale is taken, with a note that counts are multiplied', async () => {
  const scaled = { ...SIZE, pixels: norm.pixels.map((x) => x * 4) };
  const { notes } = await load({ dark: files.dark, norm: save('scaled.mrc', scaled) });
  assert.match(notes.join('\n'), /scaled\.mrc \(norm\): mean 4\.0\d, a norm is near 1: all counts are multiplied/);
});

test('an exposure of a strong specimen is no bright', { skip: noData }, async () => {
  const at = (name: string): string => path.join(DATA, 'grid-square', name);
  await refused(
    'raw',
    { dark: at('dark.mrc'), bright: at('raw.mrc') },
    /raw\.mrc.*(large-scale brightness varies by \d+ %|dead)/,
  );
  await load({ dark: at('dark.mrc'), bright: at('bright.mrc') });
});

test('half a beam over a right camera is no bright', async () => {
  const shadow = bright.pixels.map((x, i) => (i % SIZE.width < 60 ? 120 + (x - 120) * 0.4 : x));
  await refused(
    'shadow',
    { dark: files.dark, bright: save('shadow.mrc', { ...SIZE, pixels: shadow }) },
    /brightness varies by \d\d % rms.*specimen or the edge of the beam/,
  );
});

test('right references are never refused: sixty cameras, doses from 5 to 20 000 counts, one exposure to a thousand', {
  timeout: 120_000,
}, async () => {
  let seen = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const [width, height] = [
      [160, 128],
      [96, 201],
      [331, 257],
    ][seed % 3] as [number, number];
    const dose = [20, 80, 500, 4000, 20_000][seed % 5]!;
    // One weak exposure has pixels without a single count, which are dead in it: that refusal stands for itself.
    const exposures = dose < 500 ? [400, 1000][seed % 2]! : [1, 4, 100][seed % 3]!;
    const made = camera(width, height, seed);
    const [darks, brights] = [0, dose].map((beam) => exposed(made, beam, exposures, noise(seed, beam)));
    const paths = { dark: save('x.mrc', darks!), bright: save('y.mrc', brights!) };
    const { notes } = await load(paths);
    assert.deepEqual(notes, [], `camera ${seed}`);
    await load({ dark: paths.dark, norm: save('z.mrc', normFrom(darks!, brights!).norm) });
    seen++;
  }
  assert.equal(seen, 60);
});

test('the references of real sessions, of the samples and of cameras that subtract their dark are taken', async () => {
  const sessions = fs.existsSync(DATA) ? ['grid-square', 'negative-stain'].map((name) => path.join(DATA, name)) : [];
  const samples = new URL('../../../samples', import.meta.url).pathname;
  for (const session of [...sessions, samples]) {
    const at = (name: string): string => path.join(session, name);
    await load({ dark: at('dark.mrc'), bright: at('bright.mrc') });
    if (session !== samples) await load({ dark: at('dark.mrc'), norm: at('norm.mrc'), defects: at('bad-pixels.mrc') });
  }
  // A dark around zero, a bright divided by its mean.
  const zero = save('zero.mrc', noisy({ ...SIZE, seed: 4, mean: 0, deviation: 0.002 }));
  const divided = save('divided.mrc', { ...SIZE, pixels: bright.pixels.map((x) => x / 4900) });
  await load({ dark: zero, bright: divided });
  await load({ dark: save('one.mrc', noisy({ ...SIZE, seed: 5, mean: 1, deviation: 0.5 })), bright: files.bright });
});
