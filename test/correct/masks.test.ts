/** The mask beside an output: it says which pixels despike replaced, appears whole or not at all, and is never mistaken. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PATCH_SIZES } from '../../src/correct/observe/patches.ts';
import type { Recipe } from '../../src/correct/recipe.ts';
import { counted, withSpikes } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import type { Image } from '../oracle/image.ts';
import { correctOne } from './lab.ts';
import { pass } from './passing.ts';
import { done, fails, folder, readBack, turnedOver } from './reading.ts';

const SIZE = { width: 61, height: 83 };
const into = folder();
const images = [1, 2, 3].map(
  (seed) => withSpikes(counted({ ...SIZE, seed, mean: 600 }), { count: 15, by: 4000, seed }).image,
);

function save(name: string, frames: readonly Image[]): string {
  const file = path.join(into, name);
  const pixels = frames.flatMap((image) => Array.from(image.pixels));
  fs.writeFileSync(file, madeMrc({ ...SIZE, frames: frames.length, mode: 6, pixels, labels: ['made'] }));
  return file;
}
const single = save('single.mrc', images.slice(0, 1));
const stack = save('stack.mrc', images);

const recipe: Partial<Recipe> = { noFlatField: true, despikeFrames: true, writeMasks: true };

/** A mask's pixels in stored order, 0 and 1. */
async function maskAt(file: string, frames: number): Promise<Uint8Array> {
  if (!file.endsWith('.tif')) {
    const { exposure, pixels } = await readBack(file);
    assert.deepEqual([exposure.type, exposure.frames], ['int8', frames]);
    return pixels as Uint8Array;
  }
  // Classic, uncompressed: eight bytes of header, then the rows of all frames, each from a byte of its own.
  const bytes = fs.readFileSync(file);
  const rowBytes = Math.ceil(SIZE.width / 8);
  return Uint8Array.from({ length: SIZE.width * SIZE.height * frames }, (_, i) => {
    const [row, col] = [Math.floor(i / SIZE.width), i % SIZE.width];
    return (bytes[8 + row * rowBytes + (col >> 3)]! >> (7 - (col & 7))) & 1;
  });
}

const flat = (frames: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(frames.flatMap((frame) => Array.from(frame)));

for (const despike of ['leginon', 'robust'] as const) {
  for (const format of ['mrc', 'tiff'] as const) {
    test(`${despike}, ${format}: the mask has a 1 where a pixel was replaced, in the output's order of rows, for bands of any height`, async () => {
      for (const [input, raw] of [
        [single, images.slice(0, 1)],
        [stack, images],
      ] as const) {
        const { replaced } = await pass(raw, { steps: ['despike'], recipe: { despike } });
        assert.ok(replaced.every((frame) => frame.includes(1)));
        for (const rowOrder of ['picture', 'stored'] as const) {
          const output = format === 'mrc' ? 'a.mrc' : 'a.tif';
          const turned = format === 'tiff' && rowOrder === 'picture';
          const expected = turned ? replaced.map((frame) => turnedOver(frame, SIZE.width, SIZE.height)) : replaced;
          let first: Buffer | null = null;
          for (const bandBytes of [1, 61 * 4 * 10 + 1, 1 << 20]) {
            const asked = { input, out: into, output, recipe: { ...recipe, despike, format, rowOrder }, bandBytes };
            const { maskBytes } = await done(asked);
            const file = path.join(into, format === 'mrc' ? 'a_spikes.mrc' : 'a_spikes.tif');
            assert.deepEqual(await maskAt(file, raw.length), flat(expected));
            const bytes = fs.readFileSync(file);
            assert.equal(maskBytes, bytes.length);
            first ??= bytes;
            assert.ok(bytes.equals(first), `bands of ${bandBytes} bytes`);
          }
        }
      }
    });
  }
}

const noTiffcp = spawnSync('tiffcp', ['-v']).error ? 'libtiff-tools are not installed' : false;

test('masks of TIFF have one bit a pixel and are never compressed: ImageJ opens no others', {
  skip: noTiffcp,
}, async () => {
  const plain = folder();
  await done({ input: stack, out: plain, output: 'a.tif', recipe: { ...recipe, format: 'tiff' } });
  const expected = await maskAt(path.join(plain, 'a_spikes.tif'), 3);
  for (const compression of ['none', 'lzw', 'deflate', 'zstd'] as const) {
    const out = folder();
    await done({ input: stack, out, output: 'a.tif', recipe: { ...recipe, format: 'tiff', compression } });
    const copied = path.join(out, 'copied.tif');
    const { status, stderr } = spawnSync('tiffcp', ['-c', 'none', path.join(out, 'a_spikes.tif'), copied]);
    assert.deepEqual([status, String(stderr)], [0, '']);
    assert.deepEqual(await maskAt(copied, 1), expected.subarray(0, SIZE.width * SIZE.height));
    const { stdout } = spawnSync('tiffinfo', [path.join(out, 'a_spikes.tif')], { encoding: 'utf8' });
    assert.match(stdout, /Bits\/Sample: 1\n/);
    assert.match(stdout, /Compression Scheme: None\n/);
    assert.ok(
      fs.readFileSync(path.join(out, 'a_spikes.tif')).equals(fs.readFileSync(path.join(plain, 'a_spikes.tif'))),
    );
    assert.match(
      stdout,
      /ImageDescription: darkroom [\d.]+ mask of spikes: 1 where a pixel was replaced by; darkroom: despike/,
    );
  }
});

test('the patches that are counted are those of the mask', async () => {
  const { patches, counts } = await done({
    input: single,
    out: folder(),
    recipe: { ...recipe, despike: 'robust' },
  });
  assert.equal(patches.length, PATCH_SIZES);
  assert.ok(patches[PATCH_SIZES - 1] === 0 && counts.spikes > 10);
  assert.equal(
    patches.reduce((sum, count, i) => sum + count * (i + 1), 0),
    counts.spikes,
  );
});

test('where nothing is despiked there is no mask, and one of an earlier correction goes', async () => {
  const out = folder();
  const mask = path.join(out, 'single_spikes.mrc');
  await done({ input: single, out, recipe });
  assert.ok(fs.existsSync(mask));
  const { maskBytes } = await done({ input: single, out, recipe: { ...recipe, writeMasks: false } });
  assert.equal(maskBytes, null);
  assert.ok(!fs.existsSync(mask), 'a mask that tells of other pixels is gone');
  await done({ input: single, out, recipe: { ...recipe, despike: 'off' } });
  assert.deepEqual(fs.readdirSync(out), ['single.mrc']);
});

test('a mask replaces masks of ours and nothing else, and what is no mask of ours is never removed', async () => {
  const out = folder();
  const mask = path.join(out, 'single_spikes.mrc');
  const foreign = fs.readFileSync(single);
  fs.writeFileSync(mask, foreign);
  await fails({ input: single, out, recipe }, 'collision', /single_spikes\.mrc: exists and was not made by darkroom/);
  await done({ input: single, out, recipe: { ...recipe, writeMasks: false } });
  assert.ok(fs.readFileSync(mask).equals(foreign));
  fs.rmSync(mask);
  const { file } = await done({ input: single, out, recipe });
  const first = fs.readFileSync(mask);
  await done({ input: single, out, recipe: { ...recipe, despikeThreshold: 6 } });
  assert.ok(!fs.readFileSync(mask).equals(first));
  assert.deepEqual(fs.readdirSync(path.dirname(file)).sort(), ['single.mrc', 'single_spikes.mrc']);
});

test('an exposure named like a mask neither takes the place of a mask nor gets one', async () => {
  const out = folder();
  await done({ input: single, out, output: 'x.mrc', recipe });
  const before = fs.readFileSync(path.join(out, 'x_spikes.mrc'));
  const named = save('x_spikes.mrc', images.slice(1, 2));
  await fails({ input: named, out, recipe }, 'collision', /names that end in _spikes are those of masks/);
  const without = { input: named, out, recipe: { ...recipe, writeMasks: false } };
  await fails(without, 'collision', /x_spikes\.mrc: exists/);
  assert.ok(fs.readFileSync(path.join(out, 'x_spikes.mrc')).equals(before));
});

test('masks are no exposures: given as inputs they fail by name', async () => {
  const made = folder();
  await done({ input: single, out: made, recipe });
  await done({ input: single, out: made, output: 'single.tif', recipe: { ...recipe, format: 'tiff' } });
  const out = folder();
  const mrc = { input: path.join(made, 'single_spikes.mrc'), out, recipe: { noFlatField: true } };
  await fails(mrc, 'unsupported', /found a mask of spikes that darkroom wrote, expected an exposure/);
  await fails({ ...mrc, input: path.join(made, 'single_spikes.tif') }, 'unsupported', /found 1-bit/);
});

test('an exposure that fails leaves no mask, nor takes one away', async () => {
  const out = folder();
  await fails({ input: single, out, recipe: { ...recipe, maxSpikes: 1 } }, 'spikes', /ppm/);
  await done({ input: single, out, recipe });
  const before = fs.readFileSync(path.join(out, 'single_spikes.mrc'));
  const again = await correctOne({ input: single, out, recipe: { ...recipe, despikeThreshold: 2, maxSpikes: 1 } });
  assert.equal(again.status, 'failed');
  assert.ok(fs.readFileSync(path.join(out, 'single_spikes.mrc')).equals(before));
});
