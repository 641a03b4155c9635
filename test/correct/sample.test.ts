/** Samples for the page: what they show is what the exposure is, whatever the bands; and they are small. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import { CROP } from '../../src/model/sample.ts';
import { noisy } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { done, folder } from './reading.ts';

const into = folder();

function save(name: string, width: number, height: number, pixels: ArrayLike<number>): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, madeMrc({ width, height, frames: 1, mode: 6, pixels }));
  return file;
}

test('a thumbnail shows the means of its boxes, raw and corrected, as a plain definition finds them', async () => {
  const [width, height] = [600, 430];
  const pixels = Array.from({ length: width * height }, (_, i) => 1000 + (i % width) + 2 * Math.floor(i / width));
  const input = save('ramp.mrc', width, height, pixels);
  const norm = path.join(into, 'norm.mrc');
  fs.writeFileSync(norm, madeMrc({ width, height, mode: 2, pixels: new Float32Array(width * height).fill(2) }));
  const { sample } = await done({
    input,
    out: into,
    output: 'out.mrc',
    references: { norm },
    recipe: { despike: 'off' },
  });
  assert.deepEqual([sample!.width, sample!.height, sample!.box], [120, 86, 5]);
  for (const [view, gain] of [
    [sample!.raw, 1],
    [sample!.corrected, 2],
  ] as const) {
    const step = (view.high - view.low) / 255;
    for (const [x, y] of [
      [60, 43],
      [10, 70],
      [100, 20],
    ] as const) {
      // One row of five is looked at: the ramp is off by two rows at most.
      const mean = gain * (1000 + 5 * x + 2 + 2 * (5 * y + 2));
      const shown = view.low + view.pixels[y * sample!.width + x]! * step;
      assert.ok(Math.abs(shown - mean) <= gain * 4 + step, `${shown}, expected ${mean}`);
    }
  }
});

test('the strongest spikes are found where they are, with what became of them and what is around them', async () => {
  const [width, height] = [256, 256];
  const image = noisy({ width, height, seed: 4, mean: 500, deviation: 20 });
  const pixels = Float32Array.from(image.pixels, Math.round);
  const planted = [
    [7, 200],
    [100, 33],
    [222, 248],
  ] as const;
  for (const [row, col] of planted) pixels[row * width + col] = 9000 + row;
  // A pixel that the dark reference explains is no spike, however bright it is in the raw.
  const dark = new Float32Array(width * height);
  pixels[150 * width + 150]! += 20_000;
  dark[150 * width + 150] = 20_000;
  const references = { dark: path.join(into, 'dark.mrc') };
  fs.writeFileSync(references.dark, madeMrc({ width, height, mode: 2, pixels: dark }));

  const input = save('spikes.mrc', width, height, pixels);
  const { sample } = await done({ input, out: into, output: 'out.mrc', references });
  const found = sample!.spikes.slice(0, 3);
  assert.deepEqual(
    found.map(({ row, col, before }) => [row, col, Math.round(before!)]),
    planted.toReversed().map(([row, col]) => [row, col, 9000 + row]),
  );
  const half = (CROP - 1) / 2;
  for (const { row, col, after, raw, corrected } of found) {
    assert.ok(Math.abs(after! - 500) < 100);
    for (let y = 0; y < CROP; y++) {
      for (let x = 0; x < CROP; x++) {
        const [r, c] = [row + y - half, col + x - half];
        const inside = r >= 0 && r < height && c >= 0 && c < width;
        const counts = inside ? pixels[r * width + c]! : 0;
        const byte = ((counts - raw.low) * 255) / (raw.high - raw.low);
        const shown = raw.pixels[y * CROP + x]!;
        assert.ok(
          Math.abs(shown - Math.max(0, Math.min(255, byte))) <= 0.51,
          `${y}, ${x} around ${row}, ${col}: ${shown}`,
        );
      }
    }
    assert.equal(raw.pixels[half * CROP + half], 255);
    assert.ok(corrected.high < 900 && corrected.pixels[half * CROP + half]! < 128);
    // Every other pixel of the crop is as it was: only spikes are replaced.
    const shown = corrected.low + (corrected.pixels[half * CROP + half + 2]! * (corrected.high - corrected.low)) / 255;
    const was = pixels[row * width + Math.min(col + 2, width - 1)]!;
    if (col + 2 < width) assert.ok(Math.abs(shown - was) <= 1, `${shown}, expected ${was}`);
  }
  const untouched = await done({ input, out: into, output: 'out.mrc', recipe: { despike: 'off' } });
  assert.deepEqual(untouched.sample!.spikes, []);
});

test('an X-ray does not squeeze the histogram into its corner, and is counted all the same', async () => {
  const [width, height] = [128, 128];
  const image = noisy({ width, height, seed: 3, mean: 500, deviation: 20 });
  const pixels = Float32Array.from(image.pixels, (x) => Math.max(0, Math.round(x)));
  pixels[64 * width + 64] = 60_000;
  const input = save('x-ray.mrc', width, height, pixels);
  const { sample } = await done({ input, out: into, output: 'out.mrc', recipe: { despike: 'off' } });
  const { low, high, counts } = sample!.rawHistogram;
  assert.ok(low > 300 && high < 800, `${low} to ${high}`);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    width * height,
  );
  assert.ok(counts.at(-1)! >= 1);
  assert.ok(counts.filter((count) => count > 0).length > 30, `${counts}`);
});

test('samples do not depend on the height of the bands, and stay below 40 kB at any size', async () => {
  for (const [width, height] of [
    [61, 83],
    [1000, 30],
    [3, 700],
    [1, 1],
  ] as const) {
    const image = noisy({ width, height, seed: 7, mean: 500, deviation: 90 });
    const input = save(
      'noisy.mrc',
      width,
      height,
      Float32Array.from(image.pixels, (x) => Math.max(0, Math.round(x))),
    );
    for (const despike of ['leginon', 'robust'] as const) {
      const recipe = { maxSpikes: 1e6, despike };
      const samples = [];
      for (const bandBytes of [1, 61 * 4 * 10 + 1, 1 << 20])
        samples.push((await done({ input, out: into, output: 'out.mrc', bandBytes, recipe })).sample!);
      assert.deepEqual(samples[1], samples[0]);
      assert.deepEqual(samples[2], samples[0]);
    }
  }
  const large = await done({
    input: save(
      'large.mrc',
      1024,
      1024,
      new Uint16Array(1024 * 1024).map((_, i) => i % 4099),
    ),
    out: into,
    output: 'out.mrc',
    recipe: { maxSpikes: 1e6, despike: 'leginon', despikeThreshold: 1.5 },
  });
  assert.equal(large.sample!.spikes.length, 4);
  assert.ok(serialize(large.sample).length <= 40_000, `${serialize(large.sample).length} bytes`);
});
