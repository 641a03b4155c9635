/** Hot pixels are those that chance does not explain, and only those. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Surveyed } from '../../../src/correct/observe/survey.ts';
import { hot, hotPixels, limitOf } from '../../../src/report/camera/hot-pixels.ts';
import { seeded } from '../session.ts';

/** P(X >= k), X binomial, added up term by term with integers. */
function tail(exposures: number, rate: number, k: number): number {
  let sum = 0;
  for (let i = k; i <= exposures; i++) {
    let ways = 1;
    for (let j = 0; j < i; j++) ways = (ways * (exposures - j)) / (j + 1);
    sum += ways * rate ** i * (1 - rate) ** (exposures - i);
  }
  return sum;
}

test('the limit is the smallest count that chance reaches on fewer than one camera in a hundred', () => {
  for (const [exposures, rate, pixels] of [
    [3, 5e-4, 4096 * 4096],
    [16, 1.1e-3, 2048 * 2048],
    [100, 2e-3, 4096 * 4096],
    [100, 0.05, 1000],
    [300, 5e-4, 11_520 * 8184],
  ] as const) {
    const limit = limitOf(exposures, rate, pixels);
    const most = 0.01 / pixels;
    assert.ok(limit > exposures || tail(exposures, rate, limit) <= most * (1 + 1e-9));
    assert.ok(tail(exposures, rate, limit - 1) > most, `${limit} of ${exposures} is not the smallest`);
  }
  assert.equal(limitOf(2, 1e-3, 4096 * 4096), 3, 'two exposures tell nothing of a pixel');
});

function survey(width: number, height: number, despiked: number, counts: Uint8Array): Surveyed {
  const columns = [new Float64Array(width).fill(100), new Float64Array(width).fill(100)] as const;
  return {
    ...{ width, height, firstRow: 'bottom', exposures: despiked, despiked },
    spikes: counts.reduce((sum, each) => sum + each, 0),
    ...{ raw: columns, corrected: columns, dark: columns, sensitivity: columns, sensitivityRows: null },
    ...{ far: null, grids: null, counts },
  };
}

const [WIDTH, HEIGHT, EXPOSURES] = [1024, 1024, 60];

/** Spikes by chance: each pixel with its own probability. */
function byChance(rate: (row: number, col: number) => number): Uint8Array {
  const draw = seeded(9);
  const counts = new Uint8Array(WIDTH * HEIGHT);
  for (let row = 0; row < HEIGHT; row++) {
    for (let col = 0; col < WIDTH; col++) {
      const p = rate(row, col);
      for (let i = 0; i < EXPOSURES; i++) if (draw() < p) counts[row * WIDTH + col]!++;
    }
  }
  return counts;
}

test('among a million good pixels none is called hot, and every planted one is found', () => {
  const counts = byChance(() => 1e-3);
  const clean = hotPixels(survey(WIDTH, HEIGHT, EXPOSURES, counts));
  assert.deepEqual(
    [clean.count, clean.limit, clean.pixels],
    [0, limitOf(EXPOSURES, clean.ppm / 1e6, WIDTH * HEIGHT), []],
  );
  const planted = [
    [0, 0, 60],
    [500, 1023, 41],
    [1023, 7, clean.limit! + 1],
  ] as const;
  for (const [row, col, spikes] of planted) counts[row * WIDTH + col] = spikes;
  const { pixels, count } = hotPixels(survey(WIDTH, HEIGHT, EXPOSURES, counts));
  assert.deepEqual(
    pixels,
    planted.map(([row, col, spikes]) => ({ row, col, spikes })),
  );
  assert.equal(count, 3);
});

test('an edge that makes spikes of its own, in every exposure, is not made of hot pixels', () => {
  const edge = (row: number): boolean => row >= 300 && row < 316;
  const counts = byChance((row) => (edge(row) ? 0.06 : 5e-4));
  const { limit, count } = hotPixels(survey(WIDTH, HEIGHT, EXPOSURES, counts));
  const above = counts.filter((each) => each >= limit!).length;
  assert.ok(above > 100, `${above} pixels reach the limit of the rest of the camera`);
  assert.equal(count, 0);
});

test('a few exposures say nothing yet', () => {
  const counts = new Uint8Array(WIDTH * HEIGHT);
  counts[5] = 2;
  for (let i = 1000; i < 3000; i++) counts[i * 100] = 1;
  const { limit, count } = hotPixels(survey(WIDTH, HEIGHT, 2, counts));
  assert.deepEqual([limit, count], [null, 0]);
});

/** The definition, pixel by pixel. */
function plain({ width, height, despiked, spikes, counts }: Surveyed): number[] {
  const pixels = width * height;
  const rate = spikes / (despiked * pixels);
  return Array.from(counts.keys()).filter((i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    const [top, left] = [Math.max(0, Math.min(height - 32, row - 16)), Math.max(0, Math.min(width - 32, col - 16))];
    const [rows, cols] = [Math.min(32, height), Math.min(32, width)];
    let sum = -counts[i]!;
    for (let y = top; y < top + rows; y++) for (let x = left; x < left + cols; x++) sum += counts[y * width + x]!;
    const around = sum / (despiked * Math.max(1, rows * cols - 1));
    const step = around > rate ? Math.ceil(10 * Math.log(around / rate)) : 0;
    return counts[i]! >= limitOf(despiked, Math.min(1, rate * Math.exp(step / 10)), pixels);
  });
}

test('they are those of the definition, whatever the size and however many', () => {
  for (const [width, height, part] of [
    [61, 47, 0.02],
    [64, 20, 0.2],
    [7, 90, 0.01],
    [333, 200, 0.0005],
    [130, 131, 0.9],
  ] as const) {
    const draw = seeded(width);
    // Counts that start at any byte, as parts of something larger do.
    const counts = new Uint8Array(width * height + 1).subarray(1);
    for (let i = 0; i < counts.length; i++) if (draw() < part) counts[i] = 1 + Math.floor(90 * draw() ** 8);
    const made = survey(width, height, 90, counts);
    const found = hot(made);
    assert.deepEqual(found, plain(made), `${width} x ${height}`);
    const order = found.toSorted((a, b) => counts[b]! - counts[a]! || a - b).slice(0, 1000);
    assert.deepEqual(
      hotPixels(made).pixels.map(({ row, col }) => row * width + col),
      order,
    );
    assert.ok(found.length > 0, `${width} x ${height} has some`);
  }
});
