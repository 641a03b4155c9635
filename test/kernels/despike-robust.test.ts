/** Despike `robust` against its definition, bit for bit, on images that ask for every branch of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Arena } from '../../src/kernels/arena.ts';
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
  const { threshold, patch, polarity, fill, diffraction = false, saturated, keepSaturated = false, repaired } = options;
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
    !keepSaturated,
  );
  kernels.despikeRobustRepaired(state, ...bitsOf(arena, image, repaired));
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
  const population = {
    patches: kernels.despikeRobustPatches(state),
    singles: kernels.despikeRobustSingles(state),
    spots: kernels.despikeRobustSpots(state),
    widths: kernels.despikeRobustWidths(state),
    common: kernels.despikeRobustCommon(state),
    octaves: Array.from({ length: 16 }, (_, octave) => kernels.despikeRobustOctave(state, octave)),
  };
  return { image: { width, height, pixels: line.pixels }, spikes, replaced: line.marked, leftAlone, population };
}

/** Address and bytes from a row to the next of the bits of a map; bit rows stand in the other order, as those of a turned map. */
function bitsOf(arena: Arena, { width, height }: Image, map?: Uint8Array): [number, number] {
  if (!map) return [0, 0];
  const stride = Math.ceil(width / 8);
  const address = arena.take(stride * height);
  const bits = arena.bytes(address, stride * height).fill(0);
  map.forEach((set, i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    if (set) bits[(height - 1 - row) * stride + (col >> 3)]! |= 1 << (col & 7);
  });
  return [address + (height - 1) * stride, -stride];
}

function assertAsDefined(image: Image, options: RobustOptions, what: string): number {
  const expected = despikeRobust(image, options);
  const found = despiked(image, options);
  const { saturated, repaired, ...said } = options;
  const about = `${what}, ${image.width} x ${image.height}, ${JSON.stringify(said)}`;
  sameBits(found.image.pixels, expected.image.pixels, about);
  assert.equal(found.spikes, expected.spikes, about);
  assert.deepEqual(found.replaced, expected.replaced, `${about}: marks`);
  assert.equal(found.leftAlone, expected.leftAlone, `${about}: left alone`);
  assert.deepEqual(found.population, expected.population, `${about}: population`);
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
      spikes += assertAsDefined(image, { ...DEFAULTS, saturated, keepSaturated: true }, name);
      spikes += assertAsDefined(image, { ...DEFAULTS, saturated, diffraction: true }, name);
      const repaired = Uint8Array.from(image.pixels, (_, i) =>
        (i % size.width) % 9 === 4 || uniform() < 0.05 ? 1 : 0,
      );
      spikes += assertAsDefined(image, { ...DEFAULTS, repaired }, name);
    }
    assert.ok(spikes > 0, 'there are spikes to be found');
  });
}

test('blocks lie within the image, whatever its size', () => {
  for (const width of [253, 255, 256, 257, 258, 261, 263, 264]) {
    for (const height of [16, 17, 23]) {
      const size = { width, height, seed: width };
      for (const polarity of ['bright', 'dark'] as const) {
        const image = patches(noisy({ ...size, mean: 500, deviation: 20 }), width, polarity === 'dark' ? -600 : 600);
        assert.ok(assertAsDefined(image, { ...DEFAULTS, polarity }, 'blocks') > 0);
      }
    }
  }
});

test('beside much stronger spikes a faint one goes as well, wherever it lies in its block', () => {
  const size = { width: 61, height: 47, seed: 5 };
  for (let col = 24; col < 33; col++) {
    for (const side of [-3, 3]) {
      const { pixels } = noisy({ ...size, mean: 500, deviation: 20 });
      pixels[23 * 61 + col]! += 500;
      for (const row of [20, 26]) pixels[row * 61 + col + side]! += 20_000;
      assert.equal(assertAsDefined({ ...size, pixels }, DEFAULTS, `beside ${col}`), 3);
    }
  }
});

/** 1 where a dot of `sigma` px stands, in every `cell` px, between pixels. */
const dots =
  (width: number, cell: number, sigma: number) =>
  (i: number): number => {
    const [y, x] = [(Math.floor(i / width) % cell) - cell / 2 + 0.3, ((i % width) % cell) - cell / 2 - 0.2];
    return Math.exp(-(y * y + x * x) / (2 * sigma * sigma));
  };

/** What the population, wide windows, constants and second looks are for. */
const CROWDS: Record<string, (size: Size) => Image> = {
  dots: (size) => {
    const image = patches(noisy({ ...size, mean: 500, deviation: 20 }), size.seed, 600);
    const dot = dots(size.width, 12, 0.9);
    return { ...image, pixels: image.pixels.map((x, i) => x + 500 * dot(i)) };
  },
  'many dots': (size) => {
    const image = noisy({ ...size, mean: 500, deviation: 5 });
    const dot = dots(size.width, 6, 0.6);
    return { ...image, pixels: image.pixels.map((x, i) => x + 500 * dot(i)) };
  },
  'clouds of charge': (size) => {
    const image = noisy({ ...size, mean: 500, deviation: 20 });
    const dot = dots(size.width, 23, 0.7);
    return { ...image, pixels: image.pixels.map((x, i) => x + 9000 * dot(i)) };
  },
  'a border of one value': (size) => {
    const image = patches(noisy({ ...size, mean: 500, deviation: 20 }), size.seed, 600);
    return { ...image, pixels: image.pixels.map((x, i) => (i % size.width < 6 + i / size.width / 3 ? 3 : x)) };
  },
  'two values beside each other': (size) => {
    const image = patches(noisy({ ...size, mean: 500, deviation: 20 }), size.seed, 600);
    return { ...image, pixels: image.pixels.map((x, i) => (i % size.width < 5 ? 3 : i % size.width > 20 ? x : 900)) };
  },
  'steps of 16': (size) => {
    const image = patches(noisy({ ...size, mean: 500, deviation: 6 }), size.seed, 600);
    return { ...image, pixels: image.pixels.map((x) => 16 * Math.round(x / 16)) };
  },
  'a label': (size) => {
    const image = noisy({ ...size, mean: 500, deviation: 6 });
    return { ...image, pixels: image.pixels.map((x, i) => ((i * 7919) % 61 < 9 && i % 3 === 0 ? 4000 : x)) };
  },
  'an edge of noise with spikes': (size) => {
    const image = patches(counted({ ...size, mean: 4000 }), size.seed, 3000);
    return { ...image, pixels: image.pixels.map((x, i) => (i % size.width > 0.7 * size.width ? x : x / 50)) };
  },
};

for (const [name, make] of Object.entries(CROWDS)) {
  test(`${name}: the pixels and the population are those of the definition`, () => {
    for (const size of SIZES.slice(1)) {
      const image = make(size);
      for (const diffraction of [false, true]) assertAsDefined(image, { ...DEFAULTS, diffraction }, name);
      assertAsDefined(image, { ...DEFAULTS, polarity: 'both', threshold: 5 }, name);
      assertAsDefined(image, { ...DEFAULTS, patch: 3 }, name);
    }
  });
}

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
      assert.deepEqual(found.population, whole.population, `bands of ${bands}: population`);
    }
  }
});
