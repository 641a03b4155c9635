/** Despike against its definitions, bit for bit, on the images that are hardest for sums that are carried along. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noise } from '../../src/tools/simulate/noise.ts';
import { badMap, counted, noisy, withSpikes } from '../made/images.ts';
import * as oracle from '../oracle/despike.ts';
import * as oracleFloat32 from '../oracle/despike-float32.ts';
import type { Image } from '../oracle/image.ts';
import { kernels, Laid, newBench, sameBits } from './arena.ts';

interface How {
  readonly size: number;
  readonly threshold: number;
  readonly saturated?: Uint8Array;
  readonly single?: boolean;
  /** Heights of the bands, one after the other, again from the first; absent: the whole image at once. */
  readonly bands?: readonly number[];
  /** What stands behind the rows and in the state looks like pixels, not like rubbish. */
  readonly plausible?: boolean;
}

function despiked(image: Image, { size, threshold, saturated, single, bands, plausible }: How): oracle.Despiked {
  const arena = newBench();
  const line = new Laid(arena, image, saturated, plausible ? [200, 200] : undefined);
  const { width, height } = image;
  const half = (size - 1) / 2;
  const bytes = kernels.despikeBytes(width);
  const state = arena.take(bytes);
  // Rubbish of another exposure.
  arena.doubles(state, bytes >> 3).fill(plausible ? 0 : Number.NaN);
  const guard = arena.take(64);
  arena.bytes(guard, 64).fill(0xa7);
  if (width >= size) kernels.openDespike(state, line.layout, size, threshold, !saturated);
  let spikes = 0;
  let band = 0;
  for (let row = half; row < height - half && width >= size; ) {
    const rows = Math.min(bands?.[band++ % bands.length] ?? height, height - half - row);
    const at = line.address(row);
    spikes += single ? kernels.despikeFloat32(state, at, rows) : kernels.despike(state, at, rows);
    row += rows;
  }
  line.assertGuarded('despike');
  assert.ok(
    arena.bytes(guard, 64).every((byte) => byte === 0xa7),
    'bytes behind the state are as they were',
  );
  return { image: { width, height, pixels: line.pixels }, spikes, replaced: line.marked };
}

function assertAsDefined(image: Image, how: How, what: string): number {
  const expected = (how.single ? oracleFloat32.despikeFloat32 : oracle.despike)(image, how);
  const found = despiked(image, how);
  const about = `${what}, ${image.width} x ${image.height}, size ${how.size}, threshold ${how.threshold}`;
  sameBits(found.image.pixels, expected.image.pixels, about);
  assert.equal(found.spikes, expected.spikes, about);
  assert.deepEqual(found.replaced, expected.replaced, `${about}: marks`);
  return found.spikes;
}

type Size = { width: number; height: number; seed: number };

const filled = ({ width, height }: Size, value: (row: number, col: number) => number): Image => ({
  width,
  height,
  pixels: Float32Array.from({ length: width * height }, (_, i) => value(Math.floor(i / width), i % width)),
});

/** Patches of 1 to 4 px side that touch and overlap: each replacement decides about the next. */
function clustered(size: Size, by: number): Image {
  const image = noisy({ ...size, mean: 200, deviation: 10 });
  const { uniform } = noise(size.seed, 11);
  for (let patch = 0; patch < (size.width * size.height) / 60; patch++) {
    const side = 1 + Math.floor(4 * uniform());
    const top = Math.floor(uniform() * (size.height - side));
    const left = Math.floor(uniform() * (size.width - side));
    for (let i = 0; i < side * side; i++) {
      const at = (top + Math.floor(i / side)) * size.width + left + (i % side);
      image.pixels[at]! += by * (0.5 + uniform());
    }
  }
  return image;
}

const IMAGES: Record<string, (size: Size) => Image> = {
  'noise of deviation 1 at 40 000 counts': (size) => noisy({ ...size, mean: 40_000, deviation: 1 }),
  'noise of deviation 0.01 at 40 000 counts': (size) => noisy({ ...size, mean: 40_000, deviation: 0.01 }),
  '0.05 counts a pixel': (size) => counted({ ...size, mean: 0.05 }),
  '5 counts a pixel': (size) => counted({ ...size, mean: 5 }),
  '500 counts a pixel': (size) => counted({ ...size, mean: 500 }),
  'a constant': (size) => filled(size, () => 1234.5678),
  'a constant with steps of one ulp': (size) => {
    const { uniform } = noise(size.seed, 12);
    return filled(size, () => Math.fround(40_000 + (uniform() < 0.03 ? 2 ** -8 : 0)));
  },
  'a plateau at 65 535 beside noise': (size) => {
    const beside = noisy({ ...size, mean: 60_000, deviation: 300 });
    return filled(size, (row, col) => (col > size.width / 2 ? 65_535 : beside.pixels[row * size.width + col]!));
  },
  'zeros with a few spikes of 65 535': (size) =>
    withSpikes(
      filled(size, () => 0),
      { count: size.width / 4, by: 65_535, seed: size.seed },
    ).image,
  'zeros with a few spikes of 1e9': (size) =>
    withSpikes(
      filled(size, () => 0),
      { count: size.width / 4, by: 1e9, seed: size.seed },
    ).image,
  'faint noise with a few spikes of 1e9': (size) =>
    withSpikes(noisy({ ...size, mean: 0.3, deviation: 0.01 }), { count: 5, by: 1e9, seed: size.seed }).image,
  'a million to one': (size) => {
    const { gaussian } = noise(size.seed, 13);
    return filled(size, (row) => (row % 17 < 8 ? 1 : 1e6) * (1 + 0.1 * gaussian()));
  },
  'sixty orders of magnitude': (size) => {
    const { gaussian, uniform } = noise(size.seed, 14);
    return filled(size, () => gaussian() * 10 ** (60 * uniform() - 30));
  },
  'clusters of bright pixels': (size) => clustered(size, 300),
  'clusters of pixels far below': (size) => clustered(size, -4000),
  'negative counts': (size) => noisy({ ...size, mean: -20_000, deviation: 3 }),
};

const SIZES = Array.from({ length: 15 }, (_, i) => 2 * i + 3);
const THRESHOLDS = [0.5, 1, 3.5, 6];

for (const [name, make] of Object.entries(IMAGES)) {
  test(`${name}: every size and threshold replaces the pixels of the definition`, () => {
    for (const size of SIZES) {
      // Odd and even widths; as small as the window, and a little larger.
      const image = make({ width: size + 40 + (size % 3), height: size + 25, seed: size });
      for (const threshold of THRESHOLDS) assertAsDefined(image, { size, threshold }, name);
    }
  });

  test(`${name}: sums carried through 150 rows still give the definition`, () => {
    for (const [size, width] of [
      [3, 25],
      [5, 40],
      [11, 31],
    ] as const) {
      const image = make({ width, height: 150, seed: 77 });
      for (const threshold of [1, 3.5]) assertAsDefined(image, { size, threshold }, name);
    }
  });
}

test('the images above do have spikes to be found', () => {
  // Poisson noise at the default settings: hundreds of ppm; clusters: many.
  const size = { width: 200, height: 60, seed: 4 };
  const defaults = { size: 11, threshold: 3.5 };
  for (const name of ['5 counts a pixel', 'clusters of bright pixels', 'faint noise with a few spikes of 1e9']) {
    assert.ok(assertAsDefined(IMAGES[name]!(size), defaults, name) > 3, name);
  }
});

test('images wider than the columns that go through the stages together agree at the seams', () => {
  for (const width of [509, 513, 516, 521, 522, 523, 534, 1025, 1046]) {
    for (const size of [3, 5, 11]) {
      const image = clustered({ width, height: size + 4, seed: width }, 300);
      for (const threshold of [1, 3.5]) assertAsDefined(image, { size, threshold }, 'seams');
    }
  }
});

test('every small width agrees, and images smaller than the window stay as they are', () => {
  for (let width = 1; width <= 40; width++) {
    for (const size of [3, 5, 7, 11]) {
      for (const height of [size - 2, size - 1, size, size + 3]) {
        const image = clustered({ width: Math.max(width, 4), height: Math.max(height, 4), seed: width }, 300);
        const cut = filled({ width, height, seed: 0 }, (row, col) => image.pixels[row * image.width + col]!);
        const spikes = assertAsDefined(cut, { size, threshold: 1 }, 'small');
        assertAsDefined(cut, { size, threshold: 1, plausible: true }, 'small, beside plausible pixels');
        if (width < size || height < size) assert.equal(spikes, 0);
      }
    }
  }
});

test('the height of the bands does not change a bit', () => {
  for (const make of [IMAGES['clusters of bright pixels']!, IMAGES['a million to one']!]) {
    const image = make({ width: 61, height: 200, seed: 6 });
    for (const single of [false, true]) {
      const whole = despiked(image, { size: 7, threshold: 1, single });
      for (const bands of [[1], [2, 3], [63, 1], [64], [65], [7, 50, 1]]) {
        const found = despiked(image, { size: 7, threshold: 1, single, bands });
        sameBits(found.image.pixels, whole.image.pixels, `bands of ${bands}`);
        assert.equal(found.spikes, whole.spikes);
      }
    }
  }
});

test('saturated pixels are never replaced, but count as neighbours', () => {
  for (const single of [false, true]) {
    const image = clustered({ width: 93, height: 70, seed: 8 }, 300);
    const saturated = badMap({ width: 93, height: 70, seed: 9, single: 2000 }).pixels;
    for (const threshold of [0.5, 2, 3.5]) {
      const spikes = assertAsDefined(image, { size: 5, threshold, saturated, single }, 'saturated');
      assert.ok(spikes < assertAsDefined(image, { size: 5, threshold, single }, 'not saturated'));
    }
  }
});

test('float32 arithmetic is that of its definition in every bit, rounding errors included', () => {
  for (const [name, make] of Object.entries(IMAGES)) {
    for (const size of [3, 5, 11, 21, 31]) {
      const image = make({ width: size + 40, height: size + 25, seed: size });
      for (const threshold of THRESHOLDS) assertAsDefined(image, { size, threshold, single: true }, name);
    }
  }
});
