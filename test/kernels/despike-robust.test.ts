/** Despike `robust` against its definition, bit for bit, on images that ask for every branch of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noise } from '../../src/tools/simulate/noise.ts';
import { counted, noisy, withSpikes } from '../made/images.ts';
import { type DespikedRobust, despikeRobust, type RobustOptions } from '../oracle/despike-robust.ts';
import type { Image } from '../oracle/image.ts';
import { kernels, Laid, newBench, sameBits } from './arena.ts';

const POLARITIES = { bright: 1, dark: 2, both: 3 } as const;

const DEFAULTS: RobustOptions = { threshold: 8, patch: 9, polarity: 'bright', fill: 'median' };

/** `bands`: heights of the bands, one after the other, again from the first; absent: the whole image at once. */
function despiked(image: Image, options: RobustOptions, bands?: readonly number[]): DespikedRobust {
  const { width, height } = image;
  const { threshold, patch, polarity, fill, diffraction = false, saturated } = options;
  const arena = newBench();
  const line = new Laid(arena, image, saturated);
  const bytes = kernels.despikeRobustBytes(width, patch);
  const state = arena.take(bytes);
  // Rubbish of another exposure, and what must stay behind the end.
  arena.bytes(state, bytes).fill(0xff);
  const guard = arena.take(64);
  arena.bytes(guard, 64).fill(0xa7);
  kernels.openDespikeRobust(
    state,
    line.layout,
    threshold,
    patch,
    POLARITIES[polarity],
    fill === 'neighbour',
    diffraction,
    !saturated,
  );
  let spikes = 0;
  let band = 0;
  for (let row = 0; row < height; ) {
    const rows = Math.min(bands?.[band++ % bands.length] ?? height, height - row);
    spikes += kernels.despikeRobust(state, line.address(row), row, rows);
    row += rows;
  }
  line.assertGuarded('despike robust');
  assert.ok(
    arena.bytes(guard, 64).every((byte) => byte === 0xa7),
    'bytes behind the state are as they were',
  );
  const leftAlone = kernels.despikeRobustLeftAlone(state);
  return { image: { width, height, pixels: line.pixels }, spikes, replaced: line.marked, leftAlone };
}

function assertAsDefined(image: Image, options: RobustOptions, what: string): number {
  const expected = despikeRobust(image, options);
  const found = despiked(image, options);
  const { saturated, ...said } = options;
  const about = `${what}, ${image.width} x ${image.height}, ${JSON.stringify(said)}`;
  sameBits(found.image.pixels, expected.image.pixels, about);
  assert.equal(found.spikes, expected.spikes, about);
  assert.deepEqual(found.replaced, expected.replaced, `${about}: marks`);
  assert.equal(found.leftAlone, expected.leftAlone, `${about}: left alone`);
  return found.spikes;
}

type Size = { width: number; height: number; seed: number };

/** Patches of 1 to 14 px that touch the borders and each other. */
function patches(image: Image, seed: number, by: number): Image {
  const { uniform } = noise(seed, 21);
  const pick = (count: number): number => Math.floor(count * uniform());
  const { width, height } = image;
  const pixels = Float32Array.from(image.pixels);
  for (let n = 0; n < (width * height) / 90; n++) {
    let row = pick(height);
    let col = pick(width);
    const most = by * (0.4 + uniform());
    for (let left = 1 + pick(14); left > 0; left--) {
      pixels[row * width + col]! += most * (0.4 + 0.6 * uniform());
      row = Math.min(height - 1, Math.max(0, row + pick(3) - 1));
      col = Math.min(width - 1, Math.max(0, col + pick(3) - 1));
    }
  }
  return { width, height, pixels };
}

const IMAGES: Record<string, (size: Size) => Image> = {
  'Gaussian noise with patches': (size) => patches(noisy({ ...size, mean: 500, deviation: 20 }), size.seed, 600),
  'Gaussian noise with faint patches': (size) => patches(noisy({ ...size, mean: 500, deviation: 20 }), size.seed, 180),
  'counts with patches': (size) => patches(counted({ ...size, mean: 30 }), size.seed, 300),
  'sparse counts': (size) => withSpikes(counted({ ...size, mean: 0.05 }), { count: 5, by: 20, seed: size.seed }).image,
  'few counts': (size) => withSpikes(counted({ ...size, mean: 0.7 }), { count: 5, by: 30, seed: size.seed }).image,
  'dark patches': (size) => patches(noisy({ ...size, mean: 500, deviation: 20 }), size.seed, -600),
  'a step of 5000 counts with patches': (size) => {
    const image = patches(counted({ ...size, mean: 300 }), size.seed, 900);
    return { ...image, pixels: image.pixels.map((x, i) => x + ((i % size.width) * 2 > size.width ? 5000 : 0)) };
  },
  'a constant with spikes': (size) => {
    const flat = { ...size, pixels: new Float32Array(size.width * size.height).fill(1234.5) };
    return withSpikes(withSpikes(flat, { count: 4, by: 39, seed: 1 }).image, { count: 4, by: 41, seed: 2 }).image;
  },
  'zeros of both signs with spikes': (size) => {
    const { uniform } = noise(size.seed, 15);
    const pixels = Float32Array.from({ length: size.width * size.height }, () => {
      const x = uniform();
      return x < 0.02 ? 60 + x : x < 0.5 ? -0 : 0;
    });
    return { ...size, pixels };
  },
  'tens among zeros with spikes about the limits of few and of many': (size) => {
    const { uniform } = noise(size.seed, 16);
    const pixels = Float32Array.from({ length: size.width * size.height }, () => {
      const x = uniform();
      return x < 0.006 ? [39.5, 40.5, 59.5, 60.5][Math.floor(x * 666)]! : x < 0.08 ? 10 : 0;
    });
    return { ...size, pixels };
  },
  'negative counts with patches': (size) => patches(noisy({ ...size, mean: -300, deviation: 20 }), size.seed, 600),
  'sixty orders of magnitude': (size) => {
    const { gaussian, uniform } = noise(size.seed, 14);
    const pixels = Float32Array.from(
      { length: size.width * size.height },
      () => gaussian() * 10 ** (60 * uniform() - 30),
    );
    return { ...size, pixels };
  },
};

const SIZES = [
  [11, 11],
  [12, 40],
  [37, 11],
  [61, 47],
  [64, 33],
  [66, 21],
].map(([width, height], i) => ({ width: width!, height: height!, seed: 30 + i }));

for (const [name, make] of Object.entries(IMAGES)) {
  test(`${name}: the pixels are those of the definition, for every option`, () => {
    let spikes = 0;
    for (const size of SIZES) {
      const image = make(size);
      for (const threshold of [4, 8]) {
        for (const polarity of ['bright', 'dark', 'both'] as const) {
          spikes += assertAsDefined(image, { ...DEFAULTS, threshold, polarity }, name);
        }
      }
      for (const patch of [1, 2, 5, 30]) spikes += assertAsDefined(image, { ...DEFAULTS, patch }, name);
      spikes += assertAsDefined(image, { ...DEFAULTS, fill: 'neighbour' }, name);
      spikes += assertAsDefined(image, { ...DEFAULTS, diffraction: true }, name);
      const { uniform } = noise(size.seed, 22);
      const saturated = Uint8Array.from(image.pixels, () => (uniform() < 0.05 ? 1 : 0));
      spikes += assertAsDefined(image, { ...DEFAULTS, saturated }, name);
    }
    assert.ok(spikes > 0, 'there are spikes to be found');
  });
}

test('chunks of columns agree at their seams, also where the last is narrow', () => {
  for (const width of [253, 255, 256, 257, 258, 261, 263, 264, 511, 512, 513, 516, 520]) {
    const size = { width, height: 17, seed: width };
    for (const polarity of ['bright', 'dark'] as const) {
      const image = patches(noisy({ ...size, mean: 500, deviation: 20 }), width, polarity === 'dark' ? -600 : 600);
      const plain = Float32Array.from(image.pixels);
      // Patches along the seams, where the columns of two chunks decide together.
      for (const col of [0, 254, 255, 256, 257, 510, 511, 512, width - 1]) {
        if (col < width) plain[8 * width + col]! += polarity === 'dark' ? -500 : 500;
      }
      assertAsDefined(image, { ...DEFAULTS, polarity }, 'seams');
      assert.ok(assertAsDefined({ ...image, pixels: plain }, { ...DEFAULTS, polarity }, 'seams') > 0);
    }
  }
});

test('beside a seam one good quadrant is enough, whichever chunk it lies in', () => {
  for (const width of [257, 258, 259, 260, 264]) {
    const size = { width, height: 17, seed: width };
    for (let col = 252; col + 3 < width; col++) {
      // The quadrants of the other side have spikes themselves.
      for (const side of [-3, 3]) {
        const { pixels } = noisy({ ...size, mean: 500, deviation: 20 });
        pixels[8 * width + col]! += 500;
        for (const row of [5, 11]) pixels[row * width + col + side]! += 20_000;
        assert.equal(assertAsDefined({ ...size, pixels }, DEFAULTS, `beside ${col}`), 3);
      }
    }
  }
});

test('the height of the bands does not change a bit', () => {
  const plain = noisy({ width: 61, height: 200, seed: 6 });
  const image = withSpikes(patches(plain, 6, 600), { count: 60, by: 900, seed: 7 }).image;
  for (const patch of [1, 9, 30]) {
    const options = { ...DEFAULTS, patch, polarity: 'both' } as const;
    const whole = despiked(image, options);
    assert.ok(whole.spikes > 3, `${whole.spikes}`);
    for (const bands of [[1], [2, 3], [7, 50, 1], [64], [199, 1]]) {
      const found = despiked(image, options, bands);
      sameBits(found.image.pixels, whole.image.pixels, `bands of ${bands}`);
      assert.equal(found.spikes, whole.spikes);
      assert.deepEqual(found.replaced, whole.replaced, `bands of ${bands}: marks`);
      assert.equal(found.leftAlone, whole.leftAlone, `bands of ${bands}: left alone`);
    }
  }
});
