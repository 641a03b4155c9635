/** `darkroom reference`: X-rays go, hot pixels stay, and what does not belong to a series is refused by name. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Read, readBack, turnedOver } from '../../correct/reading.ts';
import { counted, noisy } from '../../made/images.ts';
import { madeMrc } from '../../made/mrc.ts';
import { despikeRobust } from '../../oracle/despike-robust.ts';
import type { Image } from '../../oracle/image.ts';
import { darkroom, exposure, folder, lay } from '../../run/darkroom.ts';

const SIZE = { width: 93, height: 71 };
const HOT = 20 * SIZE.width + 31;
const XRAY = 50 * SIZE.width + 40;
const FLICKERING = 10 * SIZE.width + 60;

/** Exposures of one level: a hot pixel in all, one that is hot in every second, and an X-ray in the third. */
const series = (mean: number, count: number): Image[] =>
  Array.from({ length: count }, (_, i) => {
    const { pixels } = counted({ ...SIZE, seed: 300 + i, mean });
    pixels[HOT]! += 3000;
    if (i % 2 === 0) pixels[FLICKERING]! += 2000 + i;
    if (i === 2) for (const step of [0, 1, SIZE.width]) pixels[XRAY + step]! += 900;
    return { ...SIZE, pixels };
  });

const laid = (root: string, name: string, images: readonly Image[], made = {}): string[] => {
  const files = images.map((image, i) => [`${name}${i}.mrc`, madeMrc({ ...image, mode: 6, ...made })] as const);
  lay(root, Object.fromEntries(files));
  return files.map(([file]) => path.join(root, file));
};

/** The definition: means over the exposures in which a pixel is no spike, of all where it is one in most. */
function defined(images: readonly Image[]): Float32Array {
  const options = { threshold: 8, patch: 9, polarity: 'both', fill: 'median' } as const;
  const replaced = images.map((image) => despikeRobust(image, options).replaced);
  return Float32Array.from(images[0]!.pixels, (_, at) => {
    const spikes = replaced.filter((each) => each[at] === 1).length;
    const counts = images.filter((__, i) => 2 * spikes > images.length || replaced[i]![at] === 0);
    return counts.reduce((sum, { pixels }) => sum + pixels[at]!, 0) / counts.length;
  });
}

for (const count of [3, 6, 7]) {
  test(`the dark of ${count} exposures is what the definition says: the X-ray is gone, the hot pixel there`, async (t) => {
    const root = folder(t);
    const images = series(100, count);
    const out = path.join(root, 'dark.mrc');
    const made = await darkroom(['reference', 'dark', ...laid(root, 'd', images), '--out', out]);
    assert.equal(made.code, 0, made.stderr);
    const { pixels, exposure: header, description } = await readBack(out);
    assert.deepEqual(pixels, defined(images));
    assert.equal(header.type, 'float32');
    assert.match(description.join('\n'), new RegExp(`dark, mean of ${count} exposures, series [0-9a-f]{12}`));
    const mean = pixels.reduce((sum, x) => sum + x, 0) / pixels.length;
    assert.ok(Math.abs(pixels[XRAY]! - mean) < 30, 'no trace of the X-ray');
    assert.ok(pixels[HOT]! > 3000, 'the hot pixel stays in the dark, which takes it out of every image');
  });
}

test('a stack is a series, and a TIFF has the rows of an MRC flipped vertically', async (t) => {
  const root = folder(t);
  const images = series(5000, 4);
  const files = laid(root, 'b', images);
  const all = { ...SIZE, frames: 4, mode: 6, pixels: images.flatMap(({ pixels }) => Array.from(pixels)) };
  const stack = path.join(lay(root, { 'stack.mrc': madeMrc(all) }), 'stack.mrc');
  const made: Record<string, Float32Array> = {};
  for (const [name, inputs] of Object.entries({ 'one.mrc': files, 'stacked.mrc': [stack], 'one.tif': files })) {
    const out = path.join(root, name);
    const { code, stderr } = await darkroom(['reference', 'bright', ...inputs, '-o', out]);
    assert.equal(code, 0, stderr);
    made[name] = (await readBack(out)).pixels as Float32Array;
  }
  assert.deepEqual(made['stacked.mrc'], made['one.mrc']);
  assert.deepEqual(turnedOver(made['one.tif']!, SIZE.width, SIZE.height), made['one.mrc']);
});

test('norm and defects from dark and bright correct an exposure as dark and bright do', async (t) => {
  const root = folder(t);
  const at = (name: string): string => path.join(root, name);
  const bright = series(5000, 4);
  const DEAD = 33 * SIZE.width + 70;
  for (const { pixels } of bright) pixels[DEAD] = 100;
  await made('dark', ...laid(root, 'd', series(100, 4)), '--out', at('dark.mrc'));
  await made('bright', ...laid(root, 'b', bright), '--out', at('bright.tif'));
  const both = ['--dark', at('dark.mrc'), '--bright', at('bright.tif')];
  await made('norm', ...both, '--out', at('norm.tif'));
  await made('defects', ...both, '--out', at('defects.mrc'));

  const map = await readBack(at('defects.mrc'));
  assert.equal(map.exposure.type, 'int8');
  assert.deepEqual(
    Array.from(map.pixels.keys()).filter((i) => map.pixels[i] !== 0),
    [DEAD],
  );
  assert.match(map.description.join(), /defects, dark\.mrc [0-9a-f]{12}, bright\.tif [0-9a-f]{12}/);
  const norm = (await readBack(at('norm.tif'))).pixels as Float32Array;
  assert.equal(turnedOver(norm, SIZE.width, SIZE.height)[DEAD], 0, 'who reads the norm knows the dead pixel');

  const raw = lay(at('raw'), { 'a.mrc': exposure({ ...SIZE, seed: 1 }) });
  const pixels: Read['pixels'][] = [];
  for (const references of [
    both,
    ['--dark', at('dark.mrc'), '--norm', at('norm.tif')],
    ['--dark', at('dark.mrc'), '--norm', at('norm.tif'), '--defects', at('defects.mrc')],
  ]) {
    const out = at(`out${pixels.length}`);
    const { code, stderr } = await darkroom(['run', raw, ...references, '-o', out]);
    assert.equal(code, 0, stderr);
    pixels.push((await readBack(path.join(out, 'a.mrc'))).pixels);
  }
  assert.deepEqual(pixels[1], pixels[0]);
  assert.deepEqual(pixels[2], pixels[0]);
});

async function made(...line: string[]): Promise<void> {
  const { code, stderr } = await darkroom(['reference', ...line]);
  assert.equal(code, 0, stderr);
}

test('what is no series is refused by name, and nothing is written', async (t) => {
  const root = folder(t);
  const dark = laid(root, 'd', series(100, 4));
  const bright = laid(root, 'b', series(5000, 4));
  const [wide] = laid(root, 'wide', [noisy({ width: 94, height: 71, mean: 100, deviation: 5, seed: 1 })]);
  const [signed] = laid(root, 'signed', series(100, 1), { mode: 1 });
  const there = path.join(lay(root, { 'there.mrc': 'a letter' }), 'there.mrc');
  const out = path.join(root, 'out.mrc');
  const before = fs.readdirSync(root);
  const REFUSED: readonly (readonly [line: readonly string[], message: RegExp])[] = [
    [['dark', ...dark.slice(2), '-o', out], /found 2 exposures, expected 3 at least/],
    [['dark', ...dark, wide!, '-o', out], /wide0\.mrc: found 94 x 71 px/],
    [['dark', ...dark, signed!, '-o', out], /signed0\.mrc: found int16 in MRC, expected uint16 in MRC/],
    [
      ['dark', ...dark, bright[0]!, '-o', out],
      /b0\.mrc: found a mean of \d{4}\.\d counts where the series has 100.*was the beam on\?/,
    ],
    [
      ['bright', ...bright, dark[0]!, '-o', out],
      /d0\.mrc: found a mean of [\d.]+ counts where the series has 499.*was there no beam\?/,
    ],
    [['dark', ...dark, path.join(root, 'none.mrc'), '-o', out], /none\.mrc: is not there/],
    [['dark', ...dark, '-o', there], /there\.mrc: exists; move it away/],
    [['dark', ...dark, '-o', path.join(root, 'dark')], /found no ending of an image, expected \.mrc or \.tif/],
    [['dark', ...dark], /--out is missing/],
    [['dark', '-o', out], /found no files, expected a series/],
    [['norm', ...dark, '-o', out], /reference norm is made of --dark and --bright/],
    [['norm', '--dark', dark[0]!, '-o', out], /reference norm is made of --dark and --bright/],
    [['norm', '--dark', bright[0]!, '--bright', dark[0]!, '-o', out], /are --dark and --bright swapped/],
    [['defects', '--dark', dark[0]!, '--bright', bright[0]!, '-o', `${out}.list`], /found no ending of a list/],
    [['gain', ...dark, '-o', out], /found gain, expected dark, bright, norm or defects/],
  ];
  for (const [line, message] of REFUSED) {
    const { code, stderr } = await darkroom(['reference', ...line]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, message);
  }
  assert.deepEqual(fs.readdirSync(root), before);
});
