/** Counts become the bytes that are written; the statistics are of those. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PACK } from '../../src/kernels/kernels.ts';
import { Tally } from '../../src/kernels/tally.ts';
import { PIXELS, type Statistics, type WrittenType } from '../../src/model/exposure.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { noisy } from '../made/images.ts';
import { convert, type WrittenPixels } from '../oracle/convert.ts';
import type { Image } from '../oracle/image.ts';
import { statistics } from '../oracle/statistics.ts';
import { kernels, Laid, newBench, Stretch, sameBits } from './arena.ts';

const TYPES: WrittenType[] = ['uint16', 'int16', 'float32'];
const ARRAYS = { uint16: Uint16Array, int16: Int16Array, float32: Float32Array };

interface Packed {
  readonly frames: WrittenPixels[];
  readonly outOfRange: number;
  readonly statistics: Statistics;
}

/** All frames through one tally, rows packed one behind the other. */
function packed(images: readonly Image[], type: WrittenType, scale = 1, offset = 0): Packed {
  const arena = newBench();
  const tally = new Tally(arena, type);
  tally.reset();
  const { width, height } = images[0]!;
  const rowBytes = width * PIXELS[type].bytes;
  const frames = images.map((image) => {
    const line = new Laid(arena, image);
    const out = new Stretch(arena, rowBytes * height);
    for (let row = 0; row < height; row++) {
      kernels[PACK[type]](line.address(row), out.address + row * rowBytes, width, scale, offset, tally.address);
      // Each row alone: what it writes past its end would be seen in the next row's place.
      if (row + 1 < height)
        assert.equal(out.bytes[(row + 1) * rowBytes], 0xf1, `${type}, width ${width}: the next row`);
    }
    out.assertGuarded(`${type}, width ${width}`);
    return new ARRAYS[type](Uint8Array.from(out.bytes).buffer);
  });
  const pixels = width * height * images.length;
  return { frames, outOfRange: tally.counts().outOfRange, statistics: tally.statistics(pixels) };
}

function assertAsDefined(images: readonly Image[], type: WrittenType, scale: number, offset: number, what: string) {
  const found = packed(images, type, scale, offset);
  const expected = images.map((image) => convert(image, { type, scale, offset }));
  for (const [i, { image }] of expected.entries()) {
    if (type === 'float32') sameBits(found.frames[i] as Float32Array, image.pixels as Float32Array, what);
    else assert.deepEqual(found.frames[i], image.pixels, what);
  }
  const outOfRange = expected.reduce((sum, each) => sum + each.outOfRange, 0);
  assert.equal(found.outOfRange, outOfRange, `${what}: out of range`);
  assert.deepEqual(found.statistics, statistics(expected.map(({ image }) => image)), `${what}: statistics`);
}

test('every type and width gives the pixels, counts and statistics of the definition', () => {
  for (const width of [...Array.from({ length: 40 }, (_, i) => i + 1), 61, 509, 513, 1025]) {
    for (const type of TYPES) {
      const image = noisy({ width, height: 3, seed: width, mean: 20_000, deviation: 30_000 });
      for (const [scale, offset] of [
        [1, 0],
        [1, 100.5],
        [0.1, 0],
        [-1, 0],
        [32, -600_000],
      ] as const) {
        assertAsDefined([image], type, scale, offset, `${type}, width ${width}, x${scale} +${offset}`);
      }
    }
  }
});

test('halves go to the even number, limits hold, and only what a limit changed is out of range', () => {
  const edges = [0, 1, 2, 3, 32_766, 32_767, 32_768, 65_534, 65_535, 65_536, 1e5, 1e9, 1e20, 3e38];
  const values = edges.flatMap((edge) =>
    [0, 0.25, 0.5, 0.75].flatMap((part) => [edge + part, edge - part, -edge - part, -edge + part]),
  );
  values.push(-0, 1e-45, -1e-45, 0.49999997, 0.50000006, 65_535.496, 65_535.504);
  const image = { width: values.length, height: 1, pixels: Float32Array.from(values) };
  for (const type of ['uint16', 'int16'] as const) {
    for (const [scale, offset] of [
      [1, 0],
      [2, 0],
      [0.5, 0],
      [1, 0.5],
      [1, -32_768],
      [-1, 65_535],
      [1 + 2 ** -24, -16_777_216],
    ] as const) {
      assertAsDefined([image], type, scale, offset, `${type} x${scale} +${offset}`);
    }
  }
});

test('statistics of 16 bits are exact where every pixel is at the end of its range', () => {
  for (const [type, values] of [
    ['uint16', [0]],
    ['uint16', [65_535]],
    ['uint16', [0, 65_535]],
    ['uint16', [65_535, 65_535, 65_535, 65_534]],
    ['int16', [-32_768]],
    ['int16', [32_767, -32_768]],
  ] as const) {
    // The widest row there is: the 32-bit sums within a row must hold it.
    const image = {
      width: 65_536,
      height: 2,
      pixels: Float32Array.from({ length: 2 * 65_536 }, (_, i) => values[i % values.length]!),
    };
    assertAsDefined([image], type, 1, 0, `${type} of ${values}`);
  }
});

test('statistics of a stack are those of all its frames, rows added in their order', () => {
  for (const type of TYPES) {
    const frames = [1, 2, 3].map((seed) => noisy({ width: 37, height: 11, seed, mean: 3000 * seed, deviation: 700 }));
    assertAsDefined(frames, type, 1, 0.25, type);
  }
});

test('statistics of floats are those of the definition in every bit, at any magnitude', () => {
  const { uniform, gaussian } = noise(5, 9);
  // Sixty orders of magnitude, and ten, where what the order of additions rounds is seen.
  for (const [width, orders] of [1, 2, 3, 4, 5, 6, 7, 8, 61].flatMap(
    (each) =>
      [
        [each, 60],
        [each, 10],
      ] as const,
  )) {
    const wild = (): number => gaussian() * 10 ** Math.floor(orders * (uniform() - 0.5));
    const image = { width, height: 9, pixels: Float32Array.from({ length: width * 9 }, wild) };
    assertAsDefined([image], 'float32', 1, 0, `width ${width}`);
    assertAsDefined([image], 'float32', 0.3, -7, `width ${width}, scaled`);
    const frames = [1, 2, 3].map(() => ({ ...image, pixels: image.pixels.map(wild) }));
    assertAsDefined(frames, 'float32', 1, 0, `width ${width}, a stack`);
  }
});
