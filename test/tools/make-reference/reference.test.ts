/** `darkroom reference`: X-rays go, hot pixels stay, and what does not belong to a series is refused by name. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Read, readBack, turnedOver } from '../../correct/reading.ts';
import { counted, noisy } from '../../made/images.ts';
import { madeMrc } from '../../made/mrc.ts';
import { clippedMean } from '../../oracle/clipped-mean.ts';
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

/** The definition: of each pixel the sigma-clipped mean. The noise of the made exposures is that of counts. */
const defined = (images: readonly Image[], mean: number): Float32Array =>
  Float32Array.from(images[0]!.pixels, (_, at) => {
    const counts = images.map(({ pixels }) => pixels[at]!);
    return clippedMean(counts, { variance: mean, level: mean, shot: false }).value;
  });

for (const count of [3, 6, 7]) {
  test(`the dark of ${count} exposures is what the definition says: the X-ray is gone, the hot pixel there`, async (t) => {
    const root = folder(t);
    const images = series(100, count);
    const out = path.join(root, 'dark.mrc');
    const made = await darkroom(['reference', 'dark', ...laid(root, 'd', images), '--out', out]);
    assert.equal(made.code, 0, made.stderr);
    const { pixels, exposure: header, description } = await readBack(out);
    const expected = defined(images, 100);
    // The noise is measured: a value at its very limit may be in or out.
    const other = expected.filter((x, at) => Math.abs(x - pixels[at]!) > 1e-4);
    assert.ok(other.length <= 2, `${other.length} pixels differ`);
    assert.equal(header.type, 'float32');
    const today = new Date().toISOString().slice(0, 10);
    assert.match(description.join('\n'), new RegExp(`dark, mean of ${count} exposures, series [0-9a-f]{12}`));
    assert.match(description.join('\n'), /beyond 4 deviations left out \(\d+ values\)/);
    assert.match(description.join('\n'), new RegExp(`made ${today}, the first file is d0\\.mrc`));
    assert.ok(Math.abs(pixels[XRAY]! - 100) < 30, 'no trace of the X-ray');
    assert.ok(pixels[HOT]! > 3000, 'the hot pixel stays in the dark, which takes it out of every image');
    const [, added] = /it adds noise of ([\d.]+) counts rms/.exec(made.stdout) ?? [];
    assert.ok(Math.abs(Number(added) * Math.sqrt(count) - 10) < 0.5, made.stdout);
    if (count > 3) assert.match(made.stdout, /1 pixel is unstable, which no dark corrects \(column 60, row 10\)/);
  });
}

test('--combine mean and median are plain, over all exposures', async (t) => {
  const root = folder(t);
  const images = series(100, 5);
  const files = laid(root, 'd', images);
  for (const combine of ['mean', 'median'] as const) {
    const out = path.join(root, `${combine}.mrc`);
    const made = await darkroom(['reference', 'dark', ...files, '--combine', combine, '--out', out]);
    assert.equal(made.code, 0, made.stderr);
    const expected = Float32Array.from(images[0]!.pixels, (_, at) => {
      const counts = images.map(({ pixels }) => pixels[at]!).sort((a, b) => a - b);
      return combine === 'median' ? counts[2]! : counts.reduce((sum, x) => sum + x, 0) / 5;
    });
    const { pixels, description } = await readBack(out);
    for (const [at, x] of expected.entries()) assert.ok(Math.abs(x - pixels[at]!) < 1e-3, `${combine} at ${at}`);
    assert.match(description.join('\n'), new RegExp(`dark, ${combine} of 5 exposures`));
  }
});

/** Exposures of a series and one that is none of it. */
const STRANGERS: readonly (readonly [string, 'dark' | 'bright', (at: number, counts: number) => number, RegExp])[] = [
  [
    'weak beam',
    'dark',
    (_, x) => x + 20,
    /odd0\.mrc: found a mean of 12\d\.\d counts where the series has 100\.\d; was the beam on\?/,
  ],
  [
    'beam on a part',
    'dark',
    (at, x) => (at % SIZE.width > 60 ? x + 60 : x),
    /odd0\.mrc: (at large scale|found a mean)/,
  ],
  [
    'faint specimen',
    'bright',
    (at, x) => (Math.floor(at / 7) % 3 === 0 ? x * 0.92 : x),
    /odd0\.mrc: [\d.]+ % of its pixels differ from those of the others.*specimen/,
  ],
  ['brighter', 'bright', (_, x) => x * 1.6, /odd0\.mrc: found a mean of .*was the beam brighter\?/],
  [
    'saturated',
    'bright',
    (at, x) => (at % 3 === 0 ? 5000 : Math.min(5000, x)),
    /odd0\.mrc: \d+ % of its pixels are saturated, expected none/,
  ],
];

test('an exposure that does not belong is named and refused, or left out and reported', async (t) => {
  for (const [what, kind, change, message] of STRANGERS) {
    const root = folder(t);
    const images = series(kind === 'dark' ? 100 : 5000, 4);
    const files = laid(root, 'a', images);
    const [odd] = laid(root, 'odd', [{ ...SIZE, pixels: images[1]!.pixels.map((x, at) => Math.round(change(at, x))) }]);
    const [out, without] = [path.join(root, 'out.mrc'), path.join(root, 'without.mrc')];
    const line = ['reference', kind, ...files.slice(0, 2), odd!, ...files.slice(2)];
    const refused = await darkroom([...line, '-o', out]);
    assert.equal(refused.code, 1, what);
    assert.match(refused.stderr, message);
    assert.match(refused.stderr, /leave it out \(--reject-outliers does\)/);
    assert.equal(fs.existsSync(out), false);
    const left = await darkroom([...line, '--reject-outliers', '-o', out]);
    assert.equal(left.code, 0, left.stderr);
    assert.match(left.stderr, new RegExp(`left out: .*${message.source}`));
    assert.match(left.stdout, /mean of 4 exposures/);
    assert.match((await readBack(out)).description.join('\n'), /1 exposures? left out/);
    assert.equal((await darkroom(['reference', kind, ...files, '-o', without])).code, 0);
    assert.deepEqual((await readBack(out)).pixels, (await readBack(without)).pixels, what);
  }
});

test('--usable-area: a border that sees no beam is no reason to refuse, is 1 in the norm and bad in the defects', async (t) => {
  const root = folder(t);
  const at = (name: string): string => path.join(root, name);
  const inside = (place: number): boolean => {
    const [col, row] = [place % SIZE.width, Math.floor(place / SIZE.width)];
    return col >= 4 && col <= 88 && row >= 2 && row <= 69;
  };
  const dark = noisy({ ...SIZE, mean: 100, deviation: 3, seed: 1 });
  const bright = noisy({ ...SIZE, mean: 5000, deviation: 80, seed: 2 });
  const shadowed = bright.pixels.map((x, place) => (inside(place) ? x : dark.pixels[place]!));
  const DEAD = 30 * SIZE.width + 30;
  shadowed[DEAD] = dark.pixels[DEAD]!;
  lay(root, { 'dark.mrc': madeMrc({ ...SIZE, mode: 2, pixels: dark.pixels }) });
  lay(root, { 'bright.mrc': madeMrc({ ...SIZE, mode: 2, pixels: shadowed }) });
  const both = ['--dark', at('dark.mrc'), '--bright', at('bright.mrc')];
  assert.match((await darkroom(['reference', 'norm', ...both, '-o', at('n.mrc')])).stderr, /pixels .* are dead/);
  const usable = ['--usable-area', '4,2,88,69'];
  const norm = await darkroom(['reference', 'norm', ...both, ...usable, '-o', at('norm.mrc')]);
  assert.equal(norm.code, 0, norm.stderr);
  assert.match(norm.stdout, /norm\.mrc: 1 bad pixel/);
  assert.match(norm.stdout, /norm from 0\.9\d+ to 1\.\d+; sensitivity of the quadrants [+-]/);
  const { pixels } = await readBack(at('norm.mrc'));
  const signals = shadowed.map((x, place) => Math.fround(x - dark.pixels[place]!));
  const measured = signals.filter((_, place) => inside(place));
  const mean = measured.reduce((sum, x) => sum + x, 0) / measured.length;
  for (const [place, x] of pixels.entries()) {
    const expected = place === DEAD ? 0 : inside(place) ? mean / signals[place]! : 1;
    assert.ok(Math.abs(x - expected) < 1e-3, `${place}: ${x}, expected ${expected}`);
  }
  const made = await darkroom(['reference', 'defects', ...both, ...usable, '-o', at('bad.mrc')]);
  assert.equal(made.code, 0, made.stderr);
  const bad = (await readBack(at('bad.mrc'))).pixels;
  for (const [place, x] of bad.entries()) assert.equal(x, place === DEAD || !inside(place) ? 1 : 0);
  for (const [area, message] of [
    ['4,2,93,69', /column 93, row 69, expected pixels of 93 x 71/],
    ['9,2,4,69', /expected first column, first row, last column, last row/],
  ] as const) {
    const wrong = await darkroom(['reference', 'norm', ...both, '--usable-area', area, '-o', at('x.mrc')]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, message);
  }
});

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
