/** Clip keeps the ends and counts what it changed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from '../../src/kernels/tally.ts';
import { badMap, noisy } from '../made/images.ts';
import { clip } from '../oracle/clip.ts';
import type { Image } from '../oracle/image.ts';
import { kernels, Laid, newBench, sameBits } from './arena.ts';

function clipped(image: Image, low: number, high: number, saturated?: Uint8Array) {
  const arena = newBench();
  const tally = new Tally(arena, 'uint16');
  tally.reset();
  const line = new Laid(arena, image, saturated);
  for (let row = 0; row < image.height; row++) {
    const address = line.address(row);
    kernels.clip(address, image.width, low, high, address + line.flags, tally.address);
  }
  line.assertGuarded('clip');
  return { pixels: line.pixels, ...tally.counts() };
}

test('every width gives the pixels and counts of the definition, saturated pixels clipped but not counted', () => {
  for (const width of [...Array.from({ length: 40 }, (_, i) => i + 1), 61, 509, 513, 1025]) {
    const image = noisy({ width, height: 5, seed: width, mean: 0, deviation: 10 });
    const saturated = badMap({ width, height: 5, seed: width, single: width }).pixels;
    for (const [low, high] of [
      [-5, 5],
      [Number.NEGATIVE_INFINITY, 0.7],
      [-0.3, Number.POSITIVE_INFINITY],
      [0, 0],
    ] as const) {
      for (const marks of [undefined, saturated]) {
        const expected = clip(image, { low, high, ...(marks && { saturated: marks }) });
        const found = clipped(image, Math.fround(low), Math.fround(high), marks);
        const what = `width ${width}, ${low}..${high}`;
        sameBits(found.pixels, expected.image.pixels, what);
        assert.deepEqual([found.clippedLow, found.clippedHigh], [expected.clippedLow, expected.clippedHigh], what);
      }
    }
  }
});

test('a pixel at an end is not changed, whatever stands beside it: -0 stays -0 where 0 is the lowest', () => {
  for (const beside of [-7, 3]) {
    const image = { width: 6, height: 1, pixels: Float32Array.from([-0, beside, 0, 5, -0, beside]) };
    const found = clipped(image, 0, 5);
    sameBits(found.pixels, Float32Array.from([-0, Math.max(0, beside), 0, 5, -0, Math.max(0, beside)]), `${beside}`);
    assert.deepEqual([found.clippedLow, found.clippedHigh], [beside < 0 ? 2 : 0, 0]);
    sameBits(clip(image, { low: 0, high: 5 }).image.pixels, found.pixels, 'definition');
  }
});
