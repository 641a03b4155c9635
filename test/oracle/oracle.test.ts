/** The definitions against what is known without them: hand-computed cases, and real micrographs corrected by other programs. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clip } from './clip.ts';
import { convert } from './convert.ts';
import { repairDefects } from './defects.ts';
import { type Despiked, type DespikeOptions, despike } from './despike.ts';
import { despikeFloat32 } from './despike-float32.ts';
import { flatField } from './flat-field.ts';
import type { Image } from './image.ts';
import { normFrom, normGiven } from './norm.ts';
import { readPlainMrc } from './plain-mrc.ts';
import { statistics } from './statistics.ts';

// From dist/test/oracle up to the project, and out of it.
const shared = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const skip = fs.existsSync(shared) ? false : `real micrographs are missing: no folder ${shared}`;
const real = (file: string): Image => readPlainMrc(path.join(shared, file));

const image = (width: number, values: readonly number[]): Image => ({
  width,
  height: values.length / width,
  pixels: Float32Array.from(values),
});
const map = (width: number, values: readonly number[]): Image<Uint8Array> => ({
  ...image(width, values),
  pixels: Uint8Array.from(values),
});
const constant = (width: number, height: number, value: number): Image =>
  image(width, new Array(width * height).fill(value));

const golden: DespikeOptions = { size: 11, threshold: 3.5 };
const despikers = { despike, despikeFloat32 };

test('float32 running sums reproduce what Leginon itself makes of a micrograph, bit for bit', { skip }, () => {
  const made = despikeFloat32(real('leginon-despike/input.mrc'), golden);
  assert.deepEqual(made.image.pixels, real('leginon-despike/despiked.mrc').pixels);
  assert.equal(made.spikes, 8);
});

test('double sums replace the same 8 pixels as Leginon, within 0.0025', { skip }, () => {
  const input = real('leginon-despike/input.mrc').pixels;
  const theirs = real('leginon-despike/despiked.mrc').pixels;
  const ours = despike(real('leginon-despike/input.mrc'), golden);
  assert.equal(ours.spikes, 8);
  const changed = (pixels: Float32Array): number[] => [...pixels.keys()].filter((i) => pixels[i] !== input[i]);
  assert.deepEqual(changed(ours.image.pixels), changed(theirs));
  for (const i of changed(theirs)) assert.ok(Math.abs(ours.image.pixels[i]! - theirs[i]!) <= 0.0025);
});

for (const session of ['grid-square', 'negative-stain']) {
  test(`${session}: norm, flat-fielded and corrected pixels are those of the other program`, { skip }, () => {
    const { dark, norm } = normFrom(real(`${session}/dark.mrc`), real(`${session}/bright.mrc`));
    assert.deepEqual(norm.pixels, real(`${session}/norm.mrc`).pixels);

    const flat = flatField(real(`${session}/raw.mrc`), dark, norm);
    assert.deepEqual(flat.image.pixels, real(`${session}/flat-fielded.mrc`).pixels);
    assert.equal(flat.nonFinite, 0);

    const clipped = clip(despike(flat.image, golden).image, { low: 0, high: 65_535 });
    const written = convert(clipped.image, { type: 'uint16' });
    assert.deepEqual(Float32Array.from(written.image.pixels), real(`${session}/corrected.mrc`).pixels);
    assert.equal(written.outOfRange, 0);
  });
}

test('a norm is the mean signal over the signal of each pixel', () => {
  const { norm, defects } = normFrom(image(2, [1, 2, 3, 4]), image(2, [3, 6, 9, 12]));
  // Signals 2, 4, 6, 8; their mean is 5.
  assert.deepEqual([...norm.pixels], [2.5, 1.25, Math.fround(5 / 6), 0.625]);
  assert.deepEqual([...defects.pixels], [0, 0, 0, 0]);
});

test('pixels without signal are dead, those of 20 times the mean gain are not', () => {
  // Signals 0 (dead), -3 (dead), 1 and 78: their mean is 19, so the third is multiplied by 19 and stays.
  const made = normFrom(image(4, [5, 5, 5, 5]), image(4, [5, 2, 6, 83]));
  assert.deepEqual([...made.norm.pixels], [1, 1, 19, Math.fround(19 / 78)]);
  assert.deepEqual([...made.defects.pixels], [1, 1, 0, 0]);
  const at = normFrom(image(3, [0, 0, 0]), image(3, [1, 29, 30]));
  assert.deepEqual([...at.norm.pixels.subarray(0, 1), ...at.defects.pixels], [20, 0, 0, 0]);
});

test('references that are not finite join the defects and leave the mean alone', () => {
  const made = normFrom(image(4, [1, Number.NaN, 1, 1]), image(4, [3, 3, Number.POSITIVE_INFINITY, 5]));
  assert.deepEqual([...made.norm.pixels], [1.5, 1, 1, 0.75]);
  assert.deepEqual([...made.dark.pixels], [1, 0, 0, 1]);
  assert.deepEqual([...made.defects.pixels], [0, 1, 1, 0]);
});

test('a given norm is used as it is, but for values that cannot multiply', () => {
  const made = normGiven(image(5, [0.5, 0, -1, Number.NaN, 30]));
  assert.deepEqual([...made.norm.pixels], [0.5, 1, 1, 1, 30]);
  assert.deepEqual([...made.defects.pixels], [0, 1, 1, 1, 0]);
});

test('flat-field makes 0 of what is not finite, before and after, and counts both', () => {
  const raw = image(4, [7, Number.NaN, Number.NEGATIVE_INFINITY, 3e38]);
  const flat = flatField(raw, image(4, [1, 2, 3, 0]), image(4, [0.5, 2, 2, 2]));
  assert.deepEqual([...flat.image.pixels], [3, -4, -6, 0]);
  assert.equal(flat.nonFinite, 3);
  assert.deepEqual([...flatField(image(2, [5, 6]), null, null).image.pixels], [5, 6]);
});

test('a bad pixel becomes the median of its good neighbours, from 5 x 5 where 3 x 3 has none', () => {
  const nine = image(3, [1, 2, 3, 4, 999, 5, 6, 7, 8]);
  assert.equal(repairDefects(nine, map(3, [0, 0, 0, 0, 1, 0, 0, 0, 0])).image.pixels[4], 4.5);
  assert.equal(repairDefects(nine, map(3, [0, 0, 0, 0, 1, 0, 0, 0, 1])).image.pixels[4], 4);
  // A bad square of 3 x 3 in 7 x 7: its middle sees the ring around it, nothing bad feeds it.
  const bad = Array.from({ length: 49 }, (_, i) =>
    Math.abs((i % 7) - 3) <= 1 && Math.abs(Math.floor(i / 7) - 3) <= 1 ? 1 : 0,
  );
  const hole = image(
    7,
    bad.map((b) => (b ? 60_000 : 10)),
  );
  const filled = repairDefects(hole, map(7, bad));
  assert.deepEqual(filled, { image: constant(7, 7, 10), defects: 9, unrepaired: 0 });
});

test('a bad pixel without a good one in 19 x 19 keeps its value and is counted', () => {
  // Good are the first row and column only: no line is bad, and pixels more than 9 px away from both see nothing good.
  const side = 12;
  const bad = Array.from({ length: side * side }, (_, i) => (i < side || i % side === 0 ? 0 : 1));
  const values = bad.map((b, i) => (b ? 9000 + i : 7));
  const made = repairDefects(image(side, values), map(side, bad));
  const far = (i: number): boolean => i % side > 9 && i >= 10 * side;
  assert.deepEqual(
    [...made.image.pixels],
    values.map((value, i) => (far(i) ? value : 7)),
  );
  assert.deepEqual([made.defects, made.unrepaired], [11 * 11 - 4, 4]);
});

test('bad columns and rows lie on the line between good ones, and are copied at the border', () => {
  // Every pixel is 10 x row + col where it is good; rows 2 and 3, columns 0 and 3 are bad.
  const side = 7;
  const bad = Array.from({ length: side * side }, (_, i) => {
    const row = Math.floor(i / side);
    const col = i % side;
    return row === 2 || row === 3 || col === 0 || col === 3 ? 1 : 0;
  });
  const plane = (i: number): number => 10 * Math.floor(i / side) + (i % side);
  const made = repairDefects(
    image(
      side,
      bad.map((b, i) => (b ? -1 : plane(i))),
    ),
    map(side, bad),
  );
  const expected = bad.map((_, i) => (i % side === 0 ? plane(i) + 1 : plane(i)));
  assert.deepEqual([...made.image.pixels], expected.map(Math.fround));
  assert.deepEqual([made.defects, made.unrepaired], [24, 0]);
});

test('a block of 19 bad columns is bridged, one of 20 stays, and bad rows do not bridge it', () => {
  for (const [wide, repaired] of [
    [19, true],
    [20, false],
  ] as const) {
    const width = 30;
    const bad = Array.from({ length: width * 5 }, (_, i) => {
      const col = i % width;
      return (col >= 5 && col < 5 + wide) || Math.floor(i / width) === 2 ? 1 : 0;
    });
    const values = bad.map((b, i) => (b ? 9999 : i % width));
    const made = repairDefects(image(width, values), map(width, bad));
    const expected = bad.map((_, i) => {
      const col = i % width;
      return repaired || col < 5 || col >= 25 ? col : 9999;
    });
    assert.deepEqual([...made.image.pixels], expected);
    assert.equal(made.unrepaired, repaired ? 0 : 100);
    assert.equal(made.defects, repaired ? 4 * 19 + 30 : 10);
  }
});

test('a lost pixel is repaired like a bad one, and neither feeds the other', () => {
  const nine = image(3, [1, 2, 3, 4, 0, 5, 6, 7, 8]);
  const none = new Array(9).fill(0);
  const made = repairDefects(nine, map(3, none), Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0));
  assert.deepEqual([made.image.pixels[4], made.defects, made.unrepaired], [4.5, 0, 0]);
  // The bad pixel in the corner sees the others of its 2 x 2 but for the lost one.
  const both = repairDefects(
    image(3, [99, 2, 3, 4, 0, 5, 6, 7, 8]),
    map(3, [1, ...none.slice(1)]),
    Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0),
  );
  assert.deepEqual([both.image.pixels[0], both.image.pixels[4], both.defects], [3, 5, 1]);
  // Two lost ones side by side in a row of their own.
  const pair = repairDefects(image(4, [8, 0, 0, 6]), map(4, [0, 0, 0, 0]), Uint8Array.of(0, 1, 1, 0));
  assert.deepEqual([...pair.image.pixels], [8, 8, 6, 6]);
});

test('where everything in reach is lost, 0 is left, and counted', () => {
  const all = repairDefects(constant(4, 3, -100), map(4, new Array(12).fill(0)), new Uint8Array(12).fill(1));
  assert.deepEqual(all, { image: constant(4, 3, 0), defects: 0, unrepaired: 12 });
});

test('a lost pixel in a bad line is bridged with it; a whole row of lost ones is no bad line', () => {
  const values = Array.from({ length: 25 }, (_, i) => 10 * Math.floor(i / 5));
  const row = Array.from({ length: 25 }, (_, i) => (Math.floor(i / 5) === 2 ? 1 : 0));
  const bridged = repairDefects(image(5, values), map(5, row), Uint8Array.from(row));
  assert.deepEqual([[...bridged.image.pixels], bridged.defects], [values, 5]);
  const median = repairDefects(image(5, values), map(5, new Array(25).fill(0)), Uint8Array.from(row));
  assert.deepEqual([[...median.image.pixels], median.defects, median.unrepaired], [values, 0, 0]);
});

test('a map that is bad everywhere changes nothing', () => {
  const made = repairDefects(constant(4, 3, 8), map(4, new Array(12).fill(1)));
  assert.deepEqual(made, { image: constant(4, 3, 8), defects: 0, unrepaired: 12 });
});

const untouched = (given: Image): Despiked => ({
  image: given,
  spikes: 0,
  replaced: new Uint8Array(given.pixels.length),
});

for (const [name, run] of Object.entries(despikers)) {
  test(`${name}: a constant image stays as it is`, () => {
    const flat = constant(9, 8, 1234);
    assert.deepEqual(run(flat, { size: 5, threshold: 3.5 }), untouched(flat));
  });

  test(`${name}: an image smaller than the window, and the border, stay as they are`, () => {
    const spiky = image(4, [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
    assert.deepEqual(run(spiky, { size: 5, threshold: 1 }), untouched(spiky));
    const corner = image(4, [500, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 900]);
    assert.deepEqual(run(corner, { size: 3, threshold: 3.5 }).image.pixels, corner.pixels);
  });

  test(`${name}: 3 x 3 by hand, strictly above the threshold`, () => {
    // Neighbours 2, 4, 4, 4, 5, 5, 7, 9: mean 5, deviation 2.
    const nine = (centre: number): Image => image(3, [2, 4, 4, 4, centre, 5, 5, 7, 9]);
    const middle = (centre: number): number => run(nine(centre), { size: 3, threshold: 3 }).image.pixels[4]!;
    assert.deepEqual([-2, -1, 11, 12].map(middle), [5, -1, 11, 5]);
  });

  test(`${name}: a replaced pixel counts with its new value for the next`, () => {
    // The first spike hides the second from a copy: mean 12.5, deviation 33 with it; 0 and 0 without it.
    const pair = image(4, [0, 0, 0, 0, 0, 100, 90, 0, 0, 0, 0, 0]);
    const made = run(pair, { size: 3, threshold: 2.6 });
    assert.equal(made.spikes, 2);
    assert.deepEqual([...made.replaced], [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    assert.equal(made.image.pixels[5], 11.25);
    assert.equal(made.image.pixels[6], Math.fround(11.25 / 8));
  });

  test(`${name}: saturated pixels are left alone when the recipe says so`, () => {
    const nine = image(3, [0, 1, 0, 1, 100, 1, 0, 1, 0]);
    const saturated = Uint8Array.from([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert.deepEqual(run(nine, { size: 3, threshold: 3, saturated }), untouched(nine));
    assert.equal(run(nine, { size: 3, threshold: 3 }).spikes, 1);
  });
}

test('clip keeps the ends, counts what it changed, and does not count saturated pixels', () => {
  const saturated = Uint8Array.from([1, 0, 0, 0, 0, 1]);
  const made = clip(image(6, [-5, -5, 0, 10, 11, 12]), { low: 0, high: 10, saturated });
  assert.deepEqual([...made.image.pixels], [0, 0, 0, 10, 10, 10]);
  assert.deepEqual([made.clippedLow, made.clippedHigh], [1, 1]);
  assert.deepEqual(clip(image(2, [-1e30, 1e30]), {}).image, image(2, [-1e30, 1e30]));
  // 0.7 is meant as a float32, or every pixel that was clipped would be clipped again.
  assert.equal(clip(image(1, [0.7]), { low: 0.7 }).clippedLow, 0);
});

test('integers are rounded half to even, then limited; only the limit counts', () => {
  const made = convert(image(8, [0.5, 1.5, 2.5, -0.5, -0.6, 65_535.25, 65_535.5, 70_000]), { type: 'uint16' });
  assert.deepEqual([...made.image.pixels], [0, 2, 2, 0, 0, 65_535, 65_535, 65_535]);
  assert.equal(made.outOfRange, 3);
  const signed = convert(image(4, [-1.5, -2.5, -40_000, 32_768]), { type: 'int16' });
  assert.deepEqual([...signed.image.pixels], [-2, -2, -32_768, 32_767]);
  assert.equal(signed.outOfRange, 2);
});

test('scale and offset act in double before the rounding', () => {
  assert.deepEqual([...convert(image(2, [3, 4]), { type: 'int16', scale: 32, offset: -100 }).image.pixels], [-4, 28]);
  // 16 777 217 is no float32: rounded in between it would come back as 16 777 216 - 16 777 216 = 0.
  const one = convert(image(1, [16_777_216]), { type: 'uint16', scale: 1 + 2 ** -24, offset: -16_777_216 });
  assert.equal(one.image.pixels[0], 1);
  assert.deepEqual([...convert(image(1, [0.1]), { type: 'float32' }).image.pixels], [Math.fround(0.1)]);
});

test('statistics of integers are exact however large the counts', () => {
  const nearly = { width: 4, height: 1, pixels: Uint16Array.from([65_535, 65_535, 65_535, 65_531]) };
  assert.deepEqual(statistics([nearly, nearly]), { min: 65_531, max: 65_535, mean: 65_534, deviation: Math.sqrt(3) });
  const signed = { width: 2, height: 1, pixels: Int16Array.from([-3, 3]) };
  assert.deepEqual(statistics([signed]), { min: -3, max: 3, mean: 0, deviation: 3 });
});

test('statistics of floats are those of the definition, also where rounding would make a variance negative', () => {
  const row = image(6, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(statistics([row]), { min: 1, max: 6, mean: 3.5, deviation: Math.sqrt(91 / 6 - 12.25) });
  const { deviation } = statistics([constant(7, 7, Math.fround(3.3))]);
  assert.ok(deviation >= 0 && deviation < 1e-8);
});

test('floats are summed in four columns apart, so that huge counts of both signs cancel as they do in the kernel', () => {
  // One after the other, the first 1 would be lost in 2^60.
  assert.equal(statistics([image(4, [2 ** 60, 1, -(2 ** 60), 1])]).mean, 0.5);
  // Row by row it is lost.
  assert.equal(statistics([image(1, [2 ** 60, 1, -(2 ** 60), 1])]).mean, 0.25);
});
