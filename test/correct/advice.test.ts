/** Exposures that clip or range would change, or that hold no numbers: what is said of them, and that following it ends well. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Recipe } from '../../src/correct/recipe.ts';
import { darkroom } from '../cli/call.ts';
import { sameBits } from '../kernels/arena.ts';
import { badMap, counted, noisy } from '../made/images.ts';
import { type MadeMrc, madeMrc } from '../made/mrc.ts';
import { repairDefects } from '../oracle/defects.ts';
import { despike } from '../oracle/despike.ts';
import { flatField } from '../oracle/flat-field.ts';
import type { Image } from '../oracle/image.ts';
import { type Asked, correctOne } from './lab.ts';
import { done, fails, folder, readBack } from './reading.ts';

const into = folder();
const SIZE = { width: 64, height: 50 };
const PIXELS = SIZE.width * SIZE.height;

function save(name: string, image: Image<ArrayLike<number>>, made: Partial<MadeMrc> = {}): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, madeMrc({ mode: 6, ...image, ...made }));
  return file;
}

const filled = (value: (i: number) => number): Image => ({
  ...SIZE,
  pixels: Float32Array.from({ length: PIXELS }, (_, i) => value(i)),
});

/** What is said of an exposure that fails. */
async function message(asked: Asked): Promise<string> {
  const outcome = await correctOne(asked);
  assert.equal(outcome.status, 'failed');
  return outcome.status === 'failed' ? outcome.fault.message : '';
}

/** The options of a recipe in words like "--offset 40 with --clip-low -3". */
function optionsIn(words: string): Partial<Recipe> {
  return Object.fromEntries(
    words.split(' with ').map((each) => {
      const [, name, value] = /^--([a-z-]+) (\S+)$/.exec(each)!;
      const key = name!.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [key, Number.isNaN(Number(value)) ? value : Number(value)];
    }),
  );
}

/** The ways out of a message, one by one. */
function waysIn(text: string): Partial<Recipe>[] {
  const said = /((?:--[a-z-]+ \S+(?: with | or )?)+) would keep them/.exec(text);
  assert.ok(said, text);
  return said[1]!.split(' or ').map(optionsIn);
}

/** Follows every way out: no pixel is changed any more, and nothing is said. */
async function follow(asked: Asked): Promise<void> {
  const text = await message(asked);
  for (const way of waysIn(text)) {
    const one = await done({ ...asked, recipe: { ...asked.recipe, ...way } });
    const { clippedLow, clippedHigh, outOfRange } = one.counts;
    assert.deepEqual([clippedLow, clippedHigh, outOfRange], [0, 0, 0], `${text}: ${JSON.stringify(way)}`);
    assert.deepEqual(
      one.suspect.filter((each) => /clip or range/.test(each)),
      [],
    );
  }
}

const dark = save('dark.mrc', noisy({ ...SIZE, seed: 1, mean: 100, deviation: 3 }), { mode: 2 });
const norm = save('norm.mrc', noisy({ ...SIZE, seed: 2, mean: 1, deviation: 0.05 }), { mode: 2 });
const references = { dark, norm };

test('dark bars with right references: the offset that keeps them is named to the count', async () => {
  const image = noisy({ ...SIZE, seed: 3, mean: 140, deviation: 8 });
  const bars = filled((i) => Math.round(i % 64 < 6 ? 100 + ((i * 7) % 11) - 7 : image.pixels[i]!));
  const asked = { input: save('bars.mrc', bars), references, out: folder() };
  const text = await message(asked);
  assert.match(text, /expected at most 1 %; --offset \d+ or --type float32 would keep them$/);
  await follow(asked);
  const { offset } = waysIn(text)[0]! as { offset: number };
  const one = await done({ ...asked, recipe: { offset: offset - 1 } }).catch(() => null);
  assert.ok(one === null || one.counts.clippedLow > 0, 'one less would not do');
});

test('every way out that is named works, whatever type, scale, offset and ends of clip cut an exposure', async () => {
  const ramp = (from: number, to: number) => filled((i) => Math.round(from + ((to - from) * i) / (PIXELS - 1)));
  const CASES: [string, Image, Partial<MadeMrc>, Partial<Recipe>][] = [
    ['signed as unsigned', ramp(-700, 700), { mode: 1 }, { type: 'uint16' }],
    ['above 32 767 as int16', ramp(40_000, 60_000), {}, { type: 'int16' }],
    ['all of uint16 as int16', ramp(0, 65_535), {}, { type: 'int16' }],
    ['scaled beyond', ramp(0, 3000), {}, { scale: 32 }],
    ['scaled and lifted beyond', ramp(0, 1000), {}, { scale: 64, offset: 10_000 }],
    ['flipped vertically', ramp(0, 1000), {}, { scale: -1 }],
    ['an offset too low', ramp(0, 1000), {}, { offset: -500 }],
    ['floats without end', ramp(-3e6, 3e6), { mode: 2 }, { type: 'uint16' }],
    ['clipped below', ramp(0, 1000), {}, { clipLow: 200 }],
    ['clipped above', ramp(0, 1000), {}, { clipHigh: 200 }],
    ['clipped on both sides', ramp(0, 1000), {}, { clipLow: 200, clipHigh: 300 }],
    ['clipped, and beyond', ramp(-500, 500), { mode: 1 }, { type: 'uint16', clipLow: -100 }],
    ['ends beyond the type', ramp(-500, 500), { mode: 1 }, { type: 'uint16', clipLow: -1000 }],
    ['clip off', ramp(-500, 500), { mode: 1 }, { type: 'uint16', clipLow: 'none' }],
    ['no clip', ramp(-500, 500), { mode: 1 }, { type: 'uint16', steps: ['despike'] }],
    ['clip first', ramp(-500, 500), { mode: 1 }, { type: 'uint16', steps: ['clip', 'despike'], clipLow: -100 }],
  ];
  for (const [name, image, made, recipe] of CASES) {
    const input = save('case.mrc', image, made);
    await follow({ input, out: folder(), recipe: { despike: 'off', ...recipe } }).catch((error) =>
      assert.fail(`${name}: ${error.message}`),
    );
  }
});

test('a pixel that clip and range both change is counted once in what is said', async () => {
  const image = filled((i) => (i < PIXELS / 2 ? 50_000 : 100));
  const input = save('twice.mrc', image);
  const recipe = { type: 'int16', clipHigh: 40_000, despike: 'off' } as const;
  await fails({ input, out: folder(), recipe }, 'range', /: 50\.0 % .*0 pixels below, 1600 above, 1600 outside int16/);
  // Half is set to an end that the type holds, the other half is outside: these are two halves.
  const halves = save(
    'halves.mrc',
    filled((i) => (i < PIXELS / 2 ? 50_000 : -100)),
    { mode: 2 },
  );
  const ends = { ...recipe, clipHigh: 'none', clipLow: 0 } as const;
  await fails({ input: halves, out: folder(), recipe: ends }, 'range', /: 100 % /);
  const both = { ...recipe, clipHigh: 40_000, clipLow: -40_000 };
  const wild = save(
    'wild.mrc',
    filled((i) => (i % 2 === 0 ? 60_000 : -60_000)),
    { mode: 2 },
  );
  await fails(
    { input: wild, out: folder(), recipe: both },
    'range',
    /: 100 % .*1600 pixels below, 1600 above, 3200 outside/,
  );
});

test('values above 32 767 are said with ways out that work, as int16 too', async () => {
  const input = save(
    'bright.mrc',
    filled((i) => 40_000 + (i % 100)),
  );
  const one = await done({ input, out: folder() });
  assert.match(one.suspect.join(), /above 32767 as negative; --type float32 or --format tiff avoids that/);
  for (const recipe of [{ type: 'float32' }, { format: 'tiff' }] as const)
    assert.deepEqual((await done({ input, out: folder(), recipe })).suspect, []);
  const asked = { input, out: folder(), recipe: { type: 'int16' } as const };
  assert.match(await message(asked), /: 100 % .*--type uint16 or --type float32 would keep them$/);
  await follow(asked);
});

test('a blank exposure is called that: it is to be left out, or kept with the offset that is named', async () => {
  const noBeam = save('no-beam.mrc', noisy({ ...SIZE, seed: 4, mean: 100, deviation: 3 }));
  const nothing = save(
    'nothing.mrc',
    filled(() => 0),
  );
  for (const input of [noBeam, nothing]) {
    const asked = { input, out: folder(), references };
    const text = await message(asked);
    const name = path.basename(input);
    assert.match(
      text,
      new RegExp(`no beam, or a dark that does not fit\\? leave it out with --exclude '${name}'; --offset`),
    );
    await follow(asked);
    const raw = folder();
    fs.copyFileSync(input, path.join(raw, name));
    fs.copyFileSync(save('good.mrc', counted({ ...SIZE, seed: 5 })), path.join(raw, 'good.mrc'));
    const run = (...more: string[]) => darkroom('run', raw, '-o', folder(), '--dark', dark, '--norm', norm, ...more);
    assert.equal(run().code, 2);
    const left = run('--exclude', name);
    assert.equal(left.code, 0, left.err);
  }
  // Without references it is no failure, but somebody should look.
  assert.match((await done({ input: nothing, out: folder() })).suspect.join(), /all pixels are 0: a blank exposure/);
  const { suspect } = await done({ input: nothing, out: folder(), references: { norm } });
  assert.match(
    suspect.join(),
    /^all pixels are 0: a blank exposure\? leave it out with --exclude$/,
    'and nothing else',
  );
  // Half of the pixels below 0 without a dark is no blank exposure.
  const signed = save(
    'signed.mrc',
    filled((i) => (i % 2 ? -1 : 1) * (i % 700)),
    { mode: 1 },
  );
  assert.doesNotMatch(await message({ input: signed, out: folder(), recipe: { type: 'uint16' } }), /no beam/);
});

/** `count` pixels of an image made no finite numbers, by chance. */
function losing(image: Image, count: number, seed: number): { image: Image; lost: Uint8Array } {
  const lost = badMap({ ...SIZE, seed, single: count }).pixels;
  const kinds = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return { image: { ...image, pixels: image.pixels.map((x, i) => (lost[i] === 1 ? kinds[i % 3]! : x)) }, lost };
}

const floats = noisy({ ...SIZE, seed: 6, mean: 700, deviation: 20 });

test('pixels that are no numbers are repaired before despike sees them, in float32 and float16, and counted', async () => {
  const darkImage = { ...SIZE, pixels: (await readBack(dark)).pixels as Float32Array };
  const normImage = { ...SIZE, pixels: (await readBack(norm)).pixels as Float32Array };
  for (const mode of [2, 12]) {
    const image = filled((i) => Math.round(floats.pixels[i]!));
    const { image: raw, lost } = losing(image, 20, 7);
    const input = save('lost.mrc', raw, { mode });
    const recipe = { despike: 'leginon', despikeSize: 7, despikeThreshold: 4 } as const;
    const flat = flatField(
      { ...raw, pixels: raw.pixels.map((x) => (Number.isFinite(x) ? x : 0)) },
      darkImage,
      normImage,
    );
    const none = { ...SIZE, pixels: new Uint8Array(PIXELS) };
    const expected = despike(repairDefects(flat.image, none, lost).image, { size: 7, threshold: 4 });
    for (const bandBytes of [1, 64 * 4 * 7, 1 << 20]) {
      const one = await done({ input, out: folder(), references, recipe, bandBytes });
      sameBits((await readBack(one.file)).pixels as Float32Array, expected.image.pixels, `mode ${mode}`);
      assert.deepEqual(
        [one.counts.nonFinite, one.counts.spikes, one.counts.defects, one.counts.unrepaired],
        [20, expected.spikes, 0, 0],
      );
      assert.match(one.suspect.join(), /0\.625 % of the pixels are no finite numbers.*the median of their neighbours/);
    }
  }
});

test('integers, and floats without such pixels, say and count nothing of it', async () => {
  const one = await done({ input: save('floats.mrc', floats, { mode: 2 }), out: folder() });
  assert.deepEqual([one.suspect, one.counts.nonFinite, one.steps], [[], 0, ['despike']]);
  assert.doesNotMatch((await readBack(one.file)).description.join(), /defects/);
});

test('up to 100 ppm of them are an accident, more are suspect, more than 1 % fail, and nothing but them is never done', async () => {
  const large = { width: 256, height: 200 };
  const base = noisy({ ...large, seed: 8, mean: 700, deviation: 20 });
  const asked = (count: number): Asked => {
    const pixels = base.pixels.map((x, i) => (i % 7 === 3 && i < 7 * count ? Number.NaN : x));
    return { input: save('some.mrc', { ...large, pixels }, { mode: 2 }), out: folder() };
  };
  assert.deepEqual((await done(asked(5))).suspect, []);
  assert.match((await done(asked(6))).suspect.join(), /0\.0117 % of the pixels are no finite numbers/);
  assert.equal((await done(asked(512))).counts.nonFinite, 512);
  await fails(asked(513), 'range', /1\.00 % of the pixels are no finite numbers.*expected at most 1 %.*nan_to_num/);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    await fails(
      {
        input: save(
          'nothing.mrc',
          filled(() => value),
          { mode: 2 },
        ),
        out: folder(),
      },
      'range',
      /: 100 % of the pixels are no finite/,
    );
  const { image } = losing(floats, 100, 9);
  const numbers = save(
    'numbers.mrc',
    { ...SIZE, pixels: image.pixels.map((x) => (Number.isFinite(x) ? x : 700)) },
    { mode: 2 },
  );
  await fails(
    { input: save('lost.mrc', image, { mode: 2 }), out: folder() },
    'range',
    /write the exposure again, or numbers in their place/,
  );
  assert.deepEqual((await done({ input: numbers, out: folder() })).suspect, []);
});

test('a run over pixels that are no numbers ends with its report, with either despike', () => {
  const raw = folder();
  const { image } = losing(floats, 20, 10);
  fs.writeFileSync(path.join(raw, 'lost.mrc'), madeMrc({ mode: 2, ...image }));
  fs.writeFileSync(path.join(raw, 'nothing.mrc'), madeMrc({ mode: 2, ...filled(() => Number.POSITIVE_INFINITY) }));
  for (const method of ['leginon', 'robust']) {
    const out = folder();
    const { code, err } = darkroom('run', raw, '-o', out, '--no-flat-field', '--despike', method);
    assert.equal(code, 2, err);
    assert.doesNotMatch(err, /bug|TypeError/);
    assert.ok(fs.existsSync(path.join(out, 'report.html')) && fs.existsSync(path.join(out, 'lost.mrc')));
  }
});
