/** The sigma-clipped mean is its definition, and at least as good as mean and median on every kind of pixel. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CameraNoise, type Combine, Combiner } from '../../../src/tools/make-reference/clipped-mean.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';
import { clippedMean } from '../../oracle/clipped-mean.ts';

const CAMERAS: readonly CameraNoise[] = [
  { variance: 9, level: 100, shot: false },
  { variance: 5000, level: 5000, shot: true },
  { variance: 0.5, level: 0.5, shot: true },
  { variance: 0, level: 0, shot: false },
];

test('it is the definition for any number of exposures, with outliers, with numbers that are not finite', () => {
  for (const camera of CAMERAS) {
    for (const exposures of [3, 4, 5, 9, 10, 11, 41, 60]) {
      const { gaussian, uniform } = noise(exposures, 5);
      const combiner = new Combiner('sigma-clip', camera, exposures);
      for (let pixel = 0; pixel < 400; pixel++) {
        const deviation = Math.sqrt(camera.variance) * (uniform() < 0.2 ? 6 : 1);
        const counts = Float32Array.from({ length: exposures }, () => {
          const hit = uniform() < 0.05 ? 50 * deviation * uniform() : 0;
          return uniform() < 0.002 ? Number.NaN : camera.level + deviation * gaussian() + hit;
        });
        const expected = clippedMean([...counts], camera);
        combiner.combine(counts, 1, 0);
        const { value, left } = combiner.value;
        const most = 1e-9 * Math.max(1, Math.abs(expected.value));
        assert.ok(Math.abs(value - expected.value) <= most, `${value} for ${expected.value} of ${[...counts]}`);
        assert.equal(left, expected.left, [...counts].join(' '));
      }
    }
  }
  const combiner = new Combiner('sigma-clip', CAMERAS[0]!, 3);
  combiner.combine(new Float32Array(3).fill(Number.NaN), 1, 0);
  assert.ok(Number.isNaN(combiner.value.value), 'no finite number at all');
});

test('mean and median are what their names say', () => {
  const counts = Float32Array.from([7, 1, 100, 4]);
  const of = (how: Combine): number => {
    const combiner = new Combiner(how, CAMERAS[0]!, 4);
    combiner.combine(counts, 1, 0);
    return combiner.value.value;
  };
  assert.equal(of('mean'), 28);
  assert.equal(of('median'), 5.5);
});

/** Root mean square error of each way, counts, over pixels whose exposures `one` makes. Truth is `truth`. */
function errors(
  exposures: number,
  camera: CameraNoise,
  truth: number,
  one: (pixel: number, exposure: number) => number,
): Record<Combine, number> {
  const pixels = 3000;
  const ways = ['sigma-clip', 'mean', 'median'] as const;
  const sums = { 'sigma-clip': 0, mean: 0, median: 0 };
  for (let pixel = 0; pixel < pixels; pixel++) {
    const counts = Float32Array.from({ length: exposures }, (_, i) => one(pixel, i));
    for (const how of ways) {
      const combiner = new Combiner(how, camera, exposures);
      combiner.combine(counts, 1, 0);
      sums[how] += (combiner.value.value - truth) ** 2;
    }
  }
  for (const how of ways) sums[how] = Math.sqrt(sums[how] / pixels);
  return sums;
}

test('on normal, warm and hit pixels it is at least as good as the better of mean and median', () => {
  const DARK = CAMERAS[0]!;
  const BRIGHT = CAMERAS[1]!;
  for (const exposures of [5, 10, 30, 100]) {
    const { gaussian, uniform, poisson } = noise(exposures, 6);
    const normal = (): number => Math.round(100 + 3 * gaussian());
    const warm = (): number => Math.round(400 + Math.sqrt(300 + 9) * gaussian());
    const hit = (twice: boolean) => (pixel: number, i: number) => {
      const tail = pixel % 2 === 0 ? 1000 * uniform() + 20 : 30 * uniform();
      return normal() + (i === 1 || (twice && i === 3) ? tail : 0);
    };
    const KINDS: readonly (readonly [string, CameraNoise, number, (pixel: number, i: number) => number])[] = [
      ['normal', DARK, 100, normal],
      ['warm', DARK, 400, warm],
      ['hit', DARK, 100, hit(false)],
      ['hit twice', DARK, 100, exposures < 10 ? hit(false) : hit(true)],
      ['bright', BRIGHT, 5000, () => poisson(5000)],
      ['dim pixel of a bright', BRIGHT, 1000, () => poisson(1000)],
    ];
    for (const [kind, camera, truth, one] of KINDS) {
      const found = errors(exposures, camera, truth, one);
      const best = Math.min(found.mean, found.median);
      assert.ok(
        found['sigma-clip'] <= 1.05 * best,
        `${kind}, ${exposures} exposures: ${found['sigma-clip'].toFixed(3)} counts rms, mean ${found.mean.toFixed(3)}, median ${found.median.toFixed(3)}`,
      );
    }
  }
});

test('counted electrons are no outliers, however few: their mean is not lowered', () => {
  for (const mean of [0.02, 0.5, 3]) {
    const { poisson } = noise(7, Math.round(100 * mean));
    const camera = { variance: mean, level: mean, shot: true };
    const combiner = new Combiner('sigma-clip', camera, 50);
    const plain = new Combiner('mean', camera, 50);
    let [sum, all] = [0, 0];
    for (let pixel = 0; pixel < 20_000; pixel++) {
      const counts = Float32Array.from({ length: 50 }, () => poisson(mean));
      combiner.combine(counts, 1, 0);
      plain.combine(counts, 1, 0);
      sum += combiner.value.value;
      all += plain.value.value;
    }
    assert.ok(Math.abs(sum / all - 1) < 0.002, `${mean} counts: ${sum / all}`);
  }
});
