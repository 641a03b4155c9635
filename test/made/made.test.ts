/** The makers are tools of other tests; what those rely on is checked here. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { badMap, counted, noisy, withSpikes } from './images.ts';
import { float16Bits, madeMrc } from './mrc.ts';

const mrc = fileURLToPath(new URL('../../../../shared/data/mrc', import.meta.url));
const skip = fs.existsSync(mrc) ? false : `files of other programs are missing: no folder ${mrc}`;

test('the same seed makes the same image', () => {
  const size = { width: 31, height: 17, seed: 9 };
  for (const make of [noisy, counted]) {
    assert.deepEqual(make(size), make(size));
    assert.notDeepEqual(make(size), make({ ...size, seed: 10 }));
    const mean = make(size).pixels.reduce((sum, x) => sum + x, 0) / (31 * 17);
    assert.ok(Math.abs(mean - 500) < 5, `mean ${mean}`);
  }
});

test('planted spikes and bad pixels are where the mask says, and nowhere else', () => {
  const image = noisy({ width: 20, height: 10, seed: 1 });
  const spiked = withSpikes(image, { count: 7, by: 900, seed: 2 });
  assert.equal(
    spiked.mask.reduce((sum, x) => sum + x, 0),
    7,
  );
  image.pixels.forEach((value, i) => {
    assert.equal(spiked.image.pixels[i], spiked.mask[i] === 1 ? Math.fround(value + 900) : value);
  });
  const map = badMap({ width: 20, height: 10, seed: 3, rows: [0, 9], cols: [4] });
  assert.equal(
    map.pixels.reduce((sum, x) => sum + x, 0),
    2 * 20 + 8,
  );
  assert.equal(
    badMap({ width: 20, height: 10, seed: 3, single: 5 }).pixels.reduce((sum, x) => sum + x, 0),
    5,
  );
});

test('half precision is rounded half to even, and knows its ends', () => {
  const known: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519, 0x7bff],
    [65_520, 0x7c00],
    [2049, 0x6800],
    [2051, 0x6802],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -26, 0x0400],
    [Number.NaN, 0x7e00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
  ];
  for (const [value, bits] of known) assert.equal(float16Bits(value), bits, String(value));
});

test('made MRC files are those of other programs, in every byte of the pixels', { skip }, () => {
  const raw = fs.readFileSync(path.join(mrc, '../negative-stain/raw.mrc'));
  const counts = Array.from({ length: 509 * 387 }, (_, i) => raw.readUInt16LE(1024 + 2 * i));
  const shape = { width: 509, height: 387 };
  const same: [string, Parameters<typeof madeMrc>[0]][] = [
    ['../negative-stain/raw.mrc', { ...shape, mode: 6, pixels: counts }],
    ['big-endian.mrc', { ...shape, mode: 6, pixels: counts, littleEndian: false }],
    ['signed.mrc', { ...shape, mode: 1, pixels: counts.map((x) => x - 20_000) }],
    // Divided by 64 before it was rounded, as its pixels tell.
    ['float16.mrc', { ...shape, mode: 12, pixels: counts.map((x) => x / 64) }],
  ];
  for (const [name, made] of same) {
    const theirs = fs.readFileSync(path.join(mrc, name));
    const ours = Buffer.from(madeMrc(made));
    assert.equal(ours.length, theirs.length, name);
    assert.ok(ours.subarray(0, 16).equals(theirs.subarray(0, 16)), `${name}: size and mode`);
    assert.ok(ours.subarray(208, 214).equals(theirs.subarray(208, 214)), `${name}: MAP and stamp`);
    assert.ok(ours.subarray(1024).equals(theirs.subarray(1024)), `${name}: pixels`);
  }
});
