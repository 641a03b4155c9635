/** What `--despike robust` promises, through the real pipeline: what goes, what stays, and what it does not depend on. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Recipe, recipeKey } from '../../../src/correct/recipe.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';
import { sameBits } from '../../kernels/arena.ts';
import { badMap, counted, noisy, withSpikes } from '../../made/images.ts';
import { repairDefects } from '../../oracle/defects.ts';
import * as oracle from '../../oracle/despike-robust.ts';
import type { Image } from '../../oracle/image.ts';
import { type Case, realCases, SESSIONS, simulated } from '../../quality/cases.ts';
import { features } from '../../quality/features.ts';
import { score } from '../../quality/score.ts';
import { DEFAULTS, noData } from '../lab.ts';
import { pass } from '../passing.ts';

type Some = Partial<Recipe>;

const OPTIONS = { threshold: 8, patch: 9, polarity: 'bright', fill: 'median' } as const;

async function despiked(image: Image, recipe: Some = {}, more: { bandRows?: number; saturation?: number } = {}) {
  const { frames, counts } = await pass([image], {
    steps: ['despike'],
    recipe: { despike: 'robust', ...recipe },
    bandRows: 16,
    ...more,
  });
  return { out: frames[0]!, spikes: counts.spikes };
}

const changed = (image: Image, out: Image): number[] =>
  Array.from(out.pixels.keys()).filter((i) => out.pixels[i] !== image.pixels[i]);

const flat = (width: number, height: number, value: number): Image => ({
  width,
  height,
  pixels: new Float32Array(width * height).fill(value),
});

/** A patch of `size` px grown at random from `row`, `col`, inside the image: places. */
function patch({ width, height }: Image, row: number, col: number, size: number, seed: number): number[] {
  const { uniform } = noise(seed, 41);
  const pick = (count: number): number => Math.floor(count * uniform());
  const places = [row * width + col];
  while (places.length < size) {
    const from = places[pick(places.length)]!;
    const [r, c] = [Math.floor(from / width) + pick(3) - 1, (from % width) + pick(3) - 1];
    const at = r * width + c;
    if (r >= 0 && c >= 0 && r < height && c < width && !places.includes(at)) places.push(at);
  }
  return places;
}

/** Patches of `size` px, one in each cell of 26 x 26, some on the borders and in the corners; 20 to 60 deviations high. */
function planted(image: Image, size: number, seed: number, sign = 1): { image: Image; places: number[] } {
  const { uniform } = noise(seed, 42);
  const pixels = Float32Array.from(image.pixels);
  const places: number[] = [];
  for (let row = 0; row < image.height; row += 26) {
    for (let col = 0; col < image.width; col += 26) {
      for (const at of patch(image, row, col, size, seed + row * image.width + col)) {
        pixels[at]! += sign * Math.ceil((20 + 40 * uniform()) * Math.sqrt(image.pixels[at]! + 1));
        places.push(at);
      }
    }
  }
  return { image: { ...image, pixels }, places: places.sort((a, b) => a - b) };
}

const SIZE = { width: 27 + 26 * 3, height: 27 + 26 * 2 };

test('constant images stay, whatever the constant', async () => {
  for (const value of [0, 1, 1234.5678, 65_535, -7]) {
    const image = flat(61, 47, value);
    for (const despikePolarity of ['bright', 'dark', 'both'] as const) {
      const { out, spikes } = await despiked(image, { despikePolarity });
      sameBits(out.pixels, image.pixels, `${value}`);
      assert.equal(spikes, 0);
    }
  }
});

test('spikes of any shape up to the largest patch go, wherever they are, and nothing else does', async () => {
  for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    for (const mean of [50, 2000]) {
      const made = planted(counted({ ...SIZE, seed: size, mean }), size, 100 + size);
      const { out, spikes } = await despiked(made.image);
      assert.deepEqual(changed(made.image, out), made.places, `${size} px on ${mean} counts`);
      assert.equal(spikes, made.places.length);
    }
    const quiet = planted(flat(SIZE.width, SIZE.height, 100), size, 200 + size);
    const { out } = await despiked(quiet.image);
    sameBits(out.pixels, flat(SIZE.width, SIZE.height, 100).pixels, `${size} px on a constant`);
  }
});

test('the largest patch is a limit: one pixel more, and it is a feature that stays', async () => {
  for (const size of [2, 5, 9, 10]) {
    const made = planted(counted({ ...SIZE, seed: size, mean: 500 }), size, 300 + size);
    const fits = await despiked(made.image, { despikePatch: size });
    assert.deepEqual(changed(made.image, fits.out), made.places);
    const larger = await despiked(made.image, { despikePatch: size - 1 });
    assert.deepEqual(changed(made.image, larger.out), [], `${size} px`);
  }
});

test('dark spikes go when asked for, bright ones stay then; both takes both', async () => {
  const bright = planted(counted({ ...SIZE, seed: 5, mean: 5000 }), 4, 5);
  const dark = planted(counted({ ...SIZE, seed: 5, mean: 5000 }), 4, 5, -1);
  for (const [made, own, other] of [
    [bright, 'bright', 'dark'],
    [dark, 'dark', 'bright'],
  ] as const) {
    for (const [despikePolarity, places] of [
      [own, made.places],
      ['both', made.places],
      [other, []],
    ] as const) {
      assert.deepEqual(changed(made.image, (await despiked(made.image, { despikePolarity })).out), places);
    }
  }
});

test('adding whole counts to an image of whole counts, or doubling it, changes nothing but the values', async () => {
  for (const mean of [0.3, 5, 700]) {
    const { image } = planted(counted({ ...SIZE, seed: 6, mean }), 5, 6);
    const { out, spikes } = await despiked(image);
    assert.ok(spikes > 0);
    const more = await despiked({ ...image, pixels: image.pixels.map((x) => x + 7) });
    sameBits(
      more.out.pixels,
      out.pixels.map((x) => x + 7),
      `${mean} counts, 7 more`,
    );
    const twice = await despiked({ ...image, pixels: image.pixels.map((x) => 2 * x) });
    sameBits(
      twice.out.pixels,
      out.pixels.map((x) => 2 * x),
      `${mean} counts, doubled`,
    );
  }
});

test('flips and turns of the image are flips and turns of the result', async () => {
  const { image } = planted(counted({ ...SIZE, seed: 7, mean: 60 }), 7, 7);
  const over = ({ width, height, pixels }: Image): Image => ({
    width,
    height,
    pixels: pixels.map((_, i) => pixels[(height - 1 - Math.floor(i / width)) * width + (i % width)]!),
  });
  const transposed = ({ width, height, pixels }: Image): Image => ({
    width: height,
    height: width,
    pixels: pixels.map((_, i) => pixels[(i % height) * width + Math.floor(i / height)]!),
  });
  let [there, back] = [image, (await despiked(image)).out];
  assert.ok(changed(there, back).length > 50);
  for (let turn = 0; turn < 8; turn++) {
    const step = turn % 2 === 0 ? over : transposed;
    [there, back] = [step(there), step(back)];
    sameBits((await despiked(there)).out.pixels, back.pixels, `after ${turn + 1} turns`);
  }
});

test('counting frames keep their counts: at most 10 ppm of the pixels and 0.01 % of the sum', async () => {
  for (const mean of [0.005, 0.02, 0.05, 0.1, 0.3, 0.6, 1, 2, 5]) {
    const image = counted({ width: 700, height: 700, seed: 8, mean });
    const { out, spikes } = await despiked(image);
    const sum = ({ pixels }: Image): number => pixels.reduce((total, x) => total + x, 0);
    assert.ok(spikes <= 10e-6 * 700 * 700, `${mean} counts: ${spikes} pixels`);
    assert.ok(Math.abs(sum(out) - sum(image)) <= 1e-4 * sum(image), `${mean} counts`);
  }
});

test('gold beads, dendrites, ice, edges, fringes and marked Bragg spots stay to the last pixel', async () => {
  for (const { name, image, diffraction = false } of features(9)) {
    const { spikes } = await despiked(image, { diffraction });
    // Spots of 10 deviations whose flanks drown in noise are the limit: a few of 256.
    assert.ok(spikes <= (name === 'Bragg spots, sigma 0.7 px, 200 counts' ? 40 : 0), `${name}: ${spikes}`);
  }
});

test('saturated spikes go like others, unless the recipe says that they stay; they stay in diffraction patterns', async () => {
  const made = planted(counted({ ...SIZE, seed: 10, mean: 300 }), 3, 10);
  const saturation = 900;
  const full = (at: number): boolean => made.image.pixels[at]! >= saturation;
  assert.deepEqual(changed(made.image, (await despiked(made.image, {}, { saturation })).out), made.places);
  for (const recipe of [{ despikeSaturated: false }, { diffraction: true }]) {
    const went = new Set(changed(made.image, (await despiked(made.image, recipe, { saturation })).out));
    for (const at of made.places) assert.ok(!(went.has(at) && full(at)));
    assert.ok(went.size > 0 && went.size < made.places.length, `${went.size} of ${made.places.length}`);
  }
});

test('a saturated area is a feature, and spikes on its border stay with it', async () => {
  const plateau = counted({ width: 80, height: 60, seed: 11, mean: 300 });
  plateau.pixels.forEach((_, i) => {
    if (i % 80 > 50 && i > 80 * 30) plateau.pixels[i] = 65_535;
  });
  for (const at of [80 * 40 + 50, 80 * 40 + 49, 80 * 30 + 60]) plateau.pixels[at] = 9000;
  assert.deepEqual(changed(plateau, (await despiked(plateau, {}, { saturation: 65_535 })).out), []);
});

test('what replaces a spike is like what is around it: no hole, and with a neighbour the same noise', async () => {
  const made = planted(noisy({ width: 261, height: 261, seed: 12, mean: 800, deviation: 30 }), 6, 12);
  for (const [despikeFill, lowest, highest] of [
    ['median', 0, 0.6],
    ['neighbour', 0.8, 1.2],
  ] as const) {
    const { out } = await despiked(made.image, { despikeFill });
    const values = made.places.map((at) => out.pixels[at]!);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) / 30;
    assert.ok(Math.abs(mean - 800) < 5, `${despikeFill}: mean ${mean}`);
    assert.ok(deviation > lowest && deviation < highest, `${despikeFill}: deviation ${deviation}`);
  }
});

test('in bands of any height, behind the repair of defects, it is what the definition gives on the whole image', async () => {
  const { image } = planted(noisy({ ...SIZE, seed: 13, mean: 900, deviation: 25 }), 5, 13);
  const map = badMap({ ...SIZE, seed: 14, single: 90, rows: [40, 41], cols: [7] });
  const expected = oracle.despikeRobust(repairDefects(image, map).image, OPTIONS).image;
  const second = planted(noisy({ ...SIZE, seed: 15, mean: 400, deviation: 9 }), 2, 15).image;
  for (const bandRows of [1, 3, 16, 40, 79]) {
    const { frames } = await pass([image, second], {
      steps: ['defects', 'despike'],
      recipe: { despike: 'robust' },
      map,
      bandRows,
    });
    sameBits(frames[0]!.pixels, expected.pixels, `bands of ${bandRows}`);
    const next = oracle.despikeRobust(repairDefects(second, map).image, OPTIONS).image;
    sameBits(frames[1]!.pixels, next.pixels, `second frame, bands of ${bandRows}`);
  }
});

async function assertRight(one: Case): Promise<void> {
  const { recall, precision, ppm } = score(one, (await despiked(one.image)).out);
  const about = `${one.name}: recall ${recall}, precision ${precision}, ${ppm} ppm of clean pixels`;
  assert.ok(recall >= 0.99 && precision >= 0.95 && ppm <= 10, about);
}

test('on real micrographs it finds 99 % of what was planted, and 95 % of what it finds was planted', {
  skip: noData,
}, async () => {
  for (const one of realCases()) await assertRight(one);
});

test('on simulated sessions it finds 99 % of what was planted, and 95 % of what it finds was planted', async () => {
  for (const session of SESSIONS) await assertRight(simulated({ ...session, seed: session.seed + 100, side: 512 }));
});

test('an image keeps its spikes where a single one stands among millions of counts as well as among few', async () => {
  const faint = withSpikes(counted({ width: 100, height: 100, seed: 16, mean: 1e6 }), {
    count: 3,
    by: 20_000,
    seed: 3,
  });
  assert.equal((await despiked(faint.image)).spikes, 3);
});

test('the key of a recipe holds the options of the method that runs, and no others', () => {
  const key = (recipe: Some): string => recipeKey({ ...DEFAULTS, ...recipe }, [], { frames: 1, type: 'uint16' });
  const robust = { despike: 'robust' } as const;
  const leginon = { despike: 'leginon' } as const;
  const mine: Some[] = [
    { despikePatch: 5 },
    { despikePolarity: 'dark' },
    { despikeFill: 'neighbour' },
    { diffraction: true },
    { despikeGuard: false },
  ];
  for (const some of mine) {
    assert.notEqual(key({ ...robust, ...some }), key(robust), JSON.stringify(some));
    assert.equal(key({ ...leginon, ...some }), key(leginon), JSON.stringify(some));
  }
  assert.equal(key({ ...robust, despikeSize: 7 }), key(robust));
  assert.equal(key({ ...robust, despikeThreshold: 8 }), key(robust));
  assert.equal(key({ ...leginon, despikeThreshold: 3.5 }), key(leginon));
  for (const one of [robust, leginon]) {
    assert.notEqual(key({ ...one, despikeThreshold: 5 }), key(one));
    assert.notEqual(key({ ...one, despikeSaturated: false }), key(one));
  }
  assert.notEqual(key(robust), key(leginon));
});
