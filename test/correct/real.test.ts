/** Real micrographs, corrected from file to file, against what other programs make of them. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DATA, noData } from './lab.ts';
import { done, folder, readBack, turnedOver } from './reading.ts';

const skip = noData;
const real = (...name: string[]): string => path.join(DATA, ...name);
const session = (name: string) => ({ dark: real(name, 'dark.mrc'), bright: real(name, 'bright.mrc') });
const PLAIN = ['flat-field', 'despike', 'clip'] as const;

test('float32 arithmetic gives what Leginon itself gives, double sums replace the same 8 pixels', {
  skip,
}, async () => {
  const out = folder();
  const input = real('leginon-despike', 'input.mrc');
  const theirs = (await readBack(real('leginon-despike', 'despiked.mrc'))).pixels;
  const raw = (await readBack(input)).pixels;
  const single = await done({ input, out, recipe: { despike: 'leginon', despikeArithmetic: 'float32' } });
  assert.equal(single.counts.spikes, 8);
  assert.deepEqual((await readBack(single.file)).pixels, theirs);
  const double = await done({ input, out, recipe: { despike: 'leginon' } });
  assert.equal(double.counts.spikes, 8);
  assert.match(double.notes.join(), /unknown MRC machine stamp 00004444/);
  (await readBack(double.file)).pixels.forEach((value, i) => {
    assert.equal(value !== raw[i], theirs[i] !== raw[i], `pixel ${i}`);
    assert.ok(Math.abs(value - theirs[i]!) <= 0.0025);
  });
});

for (const name of ['grid-square', 'negative-stain']) {
  test(`${name}: flat-fielded and corrected pixels are those of another program`, { skip }, async () => {
    const out = folder();
    const input = real(name, 'raw.mrc');
    for (const references of [session(name), { dark: real(name, 'dark.mrc'), norm: real(name, 'norm.mrc') }]) {
      const flat = await done({ input, out, references, recipe: { steps: ['flat-field'], type: 'float32' } });
      const expected = await readBack(real(name, 'flat-fielded.mrc'));
      assert.deepEqual((await readBack(flat.file)).pixels, expected.pixels);
      assert.equal(flat.counts.nonFinite, 0);
      const whole = await done({ input, out, references, recipe: { despike: 'leginon', steps: PLAIN } });
      assert.deepEqual((await readBack(whole.file)).pixels, (await readBack(real(name, 'corrected.mrc'))).pixels);
    }
  });
}

test('one exposure in every TIFF layout and both MRC byte orders gives the same pixels, statistics and CRC', {
  skip,
}, async () => {
  const out = folder();
  const expected = (await readBack(real('negative-stain', 'corrected.mrc'))).pixels;
  const others = ['signed.tif', 'float32.tif'];
  const tiffs = fs.readdirSync(real('tiff')).filter((name) => !others.includes(name));
  assert.equal(tiffs.length, 13);
  const inputs = [...tiffs.map((name) => real('tiff', name)), real('mrc', 'big-endian.mrc')];
  const first = await done({
    input: real('negative-stain', 'raw.mrc'),
    out,
    references: session('negative-stain'),
    recipe: { despike: 'leginon', steps: PLAIN },
  });
  for (const input of inputs) {
    const one = await done({
      input,
      out,
      references: session('negative-stain'),
      recipe: { despike: 'leginon', steps: PLAIN, rowOrder: 'stored' },
    });
    assert.deepEqual((await readBack(one.file)).pixels, expected, input);
    assert.deepEqual([one.crc, one.statistics, one.counts], [first.crc, first.statistics, first.counts], input);
    assert.equal(one.turned, false);
  }
});

test('signed and float exposures give the same picture as the unsigned one, in their own type', { skip }, async () => {
  const out = folder();
  const references = session('negative-stain');
  const flat = (await readBack(real('negative-stain', 'flat-fielded.mrc'))).pixels;
  // Counts 20 000 lower with a dark 20 000 lower.
  const dark = path.join(out, 'dark.mrc');
  const bytes = fs.readFileSync(references.dark);
  for (let at = 1024; at < bytes.length; at += 4) bytes.writeFloatLE(bytes.readFloatLE(at) - 20_000, at);
  fs.writeFileSync(dark, bytes);
  for (const input of [real('mrc', 'signed.mrc'), real('tiff', 'signed.tif')]) {
    const one = await done({
      input,
      out: path.join(out, 'corrected'),
      references: { dark, norm: real('negative-stain', 'norm.mrc') },
      recipe: { steps: ['flat-field', 'clip'], rowOrder: 'stored' },
    });
    assert.equal(one.type, 'int16');
    const found = (await readBack(one.file)).pixels;
    assert.ok(found.every((value, i) => Math.abs(value - Math.min(32_767, flat[i]!)) < 0.52));
  }
  for (const [input, by] of [
    [real('mrc', 'float16.mrc'), 64],
    [real('tiff', 'float32.tif'), 3],
  ] as const) {
    const one = await done({ input, out, recipe: { steps: ['clip'] } });
    assert.equal(one.type, 'float32');
    const raw = (await readBack(real('negative-stain', 'raw.mrc'))).pixels;
    const found = (await readBack(one.file)).pixels;
    // Half precision has 11 bits.
    assert.ok(
      found.every((value, i) => Math.abs(value * by - raw[i]!) <= raw[i]! / 2000 + 1e-3),
      input,
    );
  }
});

test('one picture as MRC and as turned-over TIFF, with references in either container: the same picture, all four pairs', {
  skip,
}, async () => {
  const out = folder();
  const inTiff = async (input: string): Promise<string> =>
    (
      await done({
        input,
        out: path.join(out, 'tiff'),
        output: `${path.basename(input, '.mrc')}.tif`,
        recipe: { steps: [], format: 'tiff' },
      })
    ).file;
  for (const name of ['negative-stain', 'grid-square']) {
    const mrc = { raw: real(name, 'raw.mrc'), ...session(name), defects: real(name, 'bad-pixels.mrc') };
    // An 8-bit map comes out as 16 bits, which is as good a map.
    const tiff = {
      raw: await inTiff(mrc.raw),
      dark: await inTiff(mrc.dark),
      bright: await inTiff(mrc.bright),
      defects: await inTiff(mrc.defects),
    };
    const { width, height } = (await readBack(mrc.raw)).exposure;
    assert.deepEqual((await readBack(tiff.raw)).pixels, turnedOver((await readBack(mrc.raw)).pixels, width, height));

    // Despike depends on the direction of the rows by its definition; everything else must not.
    const steps = ['flat-field', 'defects', 'clip'] as const;
    const pictures = [];
    for (const raw of [mrc.raw, tiff.raw]) {
      for (const { dark, bright, defects } of [mrc, tiff]) {
        for (const format of ['same', 'mrc', 'tiff'] as const) {
          const recipe = { steps, format, allowCorrected: true };
          const asked = { input: raw, out, references: { dark, bright, defects }, recipe };
          const one = await done({ ...asked, output: 'picture' });
          const { exposure, pixels } = await readBack(one.file);
          pictures.push(exposure.firstRow === 'top' ? pixels : turnedOver(pixels, width, height));
          assert.equal(one.turned, exposure.firstRow !== (raw === tiff.raw ? 'top' : 'bottom'));
          const turned = (raw === tiff.raw) !== (dark === tiff.dark);
          assert.equal(
            one.notes.some((note) => note.includes('references flipped vertically')),
            turned,
          );
        }
      }
    }
    for (const picture of pictures) assert.deepEqual(picture, pictures[0]);
    assert.equal(pictures.length, 12);
  }
});

test('with despike, the pixels follow the stored order of the raw file, whatever container is written', {
  skip,
}, async () => {
  const out = folder();
  const asked = { input: real('grid-square', 'raw.mrc'), out, references: session('grid-square') };
  const mrc = await done({ ...asked, recipe: { despike: 'leginon', steps: PLAIN } });
  const tiff = await done({
    ...asked,
    output: 'raw.tif',
    recipe: { despike: 'leginon', steps: PLAIN, format: 'tiff' },
  });
  const corrected = (await readBack(mrc.file)).pixels;
  assert.deepEqual((await readBack(tiff.file)).pixels, turnedOver(corrected, 512, 512));
  assert.deepEqual([tiff.crc === mrc.crc, tiff.counts, tiff.statistics], [true, mrc.counts, mrc.statistics]);
  assert.match(tiff.notes.join(), /written as tiff flipped vertically/);
});

test('tifffile sees a converted TIFF the right way up', {
  skip:
    noData ||
    (spawnSync('/usr/bin/python3', ['-c', 'import tifffile, mrcfile']).status === 0
      ? false
      : 'tifffile or mrcfile is not installed'),
}, async () => {
  const out = folder();
  const input = real('negative-stain', 'raw.mrc');
  const { file } = await done({ input, out, output: 'raw.tif', recipe: { steps: [], format: 'tiff' } });
  const script = `
import sys, tifffile, mrcfile
raw = mrcfile.open(sys.argv[1], permissive=True).data
print((tifffile.imread(sys.argv[2]) == raw[::-1]).all())`;
  const ran = spawnSync('/usr/bin/python3', ['-c', script, input, file], { encoding: 'utf8' });
  assert.equal(ran.stdout.trim(), 'True', ran.stderr);
});

test('the movie gives the same frames from MRC and from TIFF', { skip }, async () => {
  const out = folder();
  const recipe = { rowOrder: 'stored' } as const;
  const references = session('negative-stain');
  const mrc = await done({ input: real('movie', 'frames.mrc'), out, references, recipe });
  const tiff = await done({ input: real('movie', 'frames.tif'), out, references, recipe });
  assert.equal(mrc.exposure.frames, 5);
  assert.deepEqual((await readBack(tiff.file)).pixels, (await readBack(mrc.file)).pixels);
  assert.deepEqual(tiff.statistics, mrc.statistics);
  assert.deepEqual(mrc.steps, ['flat-field', 'defects', 'clip'], 'stacks are not despiked by themselves');
});
