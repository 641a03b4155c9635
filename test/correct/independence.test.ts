/** The bytes of an output depend on the input, the recipe and the references: not on bands, slots or what ran before. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sameBits } from '../kernels/arena.ts';
import { badMap, counted, noisy, withSpikes } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { repairDefects } from '../oracle/defects.ts';
import { despike } from '../oracle/despike.ts';
import type { Image } from '../oracle/image.ts';
import { pass } from './passing.ts';
import { done, folder } from './reading.ts';

const SIZE = { width: 61, height: 83 };
const into = folder();

function save(name: string, mode: number, images: readonly Image<ArrayLike<number>>[]): string {
  const file = path.join(into, name);
  const pixels = images.flatMap((image) => Array.from(image.pixels));
  fs.writeFileSync(file, madeMrc({ ...SIZE, frames: images.length, mode, pixels, labels: ['made'] }));
  return file;
}

const raws = [1, 2, 3].map(
  (seed) => withSpikes(counted({ ...SIZE, seed, mean: 600 }), { count: 15, by: 4000, seed }).image,
);
const references = {
  dark: save('dark.mrc', 2, [noisy({ ...SIZE, seed: 8, mean: 20, deviation: 2 })]),
  bright: save('bright.mrc', 2, [noisy({ ...SIZE, seed: 9, mean: 900, deviation: 60 })]),
  defects: save('defects.mrc', 0, [badMap({ ...SIZE, seed: 10, single: 90, rows: [0, 30, 31], cols: [7, 60] })]),
};
const single = save('single.mrc', 6, raws.slice(0, 1));
const stack = save('stack.mrc', 6, raws);

/** Bytes of float32 rows in a band: one row, a few, some odd number, the whole image. */
const BANDS = [1, 61 * 4 * 3, 61 * 4 * 10 + 1, 61 * 4 * 37, 1 << 20];

for (const [container, compression] of [
  ['mrc', 'none'],
  ['tiff', 'none'],
  ['tiff', 'deflate'],
  ['tiff', 'zstd'],
] as const) {
  for (const [what, input] of Object.entries({ single, stack })) {
    test(`${container} ${compression}: the whole file of a ${what} is the same for bands of any height and slots of any size`, async () => {
      for (const type of ['same', 'float32'] as const) {
        // From the stored order of MRC, and kept in it: the TIFF is written from its last row to its first, or not.
        for (const rowOrder of ['picture', 'stored'] as const) {
          const recipe = { format: container, compression, type, rowOrder, despikeFrames: true, maxSpikes: 1e6 };
          const asked = { input, references, recipe, output: 'out', out: into };
          let first: { bytes: Buffer; crc: number; statistics: unknown; counts: unknown } | null = null;
          for (const [i, bandBytes] of BANDS.entries()) {
            const slotBytes = [1 << 10, 1 << 16, 1 << 22][i % 3]!;
            const { file, crc, statistics, counts } = await done({ ...asked, bandBytes, slotBytes });
            const found = { bytes: fs.readFileSync(file), crc, statistics, counts };
            first ??= found;
            assert.ok(found.bytes.equals(first.bytes), `bands of ${bandBytes} bytes`);
            assert.deepEqual({ ...found, bytes: 0 }, { ...first, bytes: 0 });
          }
        }
      }
    });
  }
}

test('steps in any order give in bands what they give on the whole image', async () => {
  const { uniform } = { uniform: (i: number): number => (i * 7919) % 89 };
  const image = { ...SIZE, pixels: raws[0]!.pixels.map((x, i) => x + uniform(i)) };
  const map = badMap({ ...SIZE, seed: 3, single: 200, rows: [4, 5, 6, 82], cols: [0, 20, 21] });
  const recipe = { despike: 'leginon', despikeSize: 7, despikeThreshold: 2, clipLow: 400, clipHigh: 700 } as const;
  for (const steps of [
    ['defects', 'despike', 'clip'],
    ['despike', 'defects', 'clip'],
    ['clip', 'despike', 'defects'],
    ['despike', 'clip'],
  ] as const) {
    const whole = await pass([image], { steps, map, recipe });
    for (const bandRows of [1, 2, 5, 13, 40]) {
      for (const turned of [false, true]) {
        const found = await pass([image], { steps, map, recipe, bandRows, turned });
        const { pixels } = found.frames[0]!;
        const inOrder = turned ? reversed(found.frames[0]!) : pixels;
        sameBits(inOrder, whole.frames[0]!.pixels, `${steps}, bands of ${bandRows}`);
        assert.deepEqual([found.counts, found.crc], [whole.counts, whole.crc]);
      }
    }
  }
});

function reversed({ width, height, pixels }: Image): Float32Array {
  return pixels.map((_, i) => pixels[(height - 1 - Math.floor(i / width)) * width + (i % width)]!);
}

test('one step after the other is what the definitions give one after the other', async () => {
  const image = noisy({ ...SIZE, seed: 4, deviation: 60 });
  const map = badMap({ ...SIZE, seed: 5, single: 100, rows: [10], cols: [33] });
  const recipe = { despike: 'leginon', despikeSize: 5, despikeThreshold: 2 } as const;
  const options = { size: 5, threshold: 2 };
  const first = await pass([image], { steps: ['defects', 'despike'], map, recipe, bandRows: 4 });
  sameBits(first.frames[0]!.pixels, despike(repairDefects(image, map).image, options).image.pixels, 'defects first');
  const last = await pass([image], { steps: ['despike', 'defects'], map, recipe, bandRows: 4 });
  sameBits(last.frames[0]!.pixels, repairDefects(despike(image, options).image, map).image.pixels, 'despike first');
});

test('the path of the input and what stood at the output leave no trace in the output', async () => {
  const elsewhere = path.join(folder(), 'another name.mrc');
  fs.copyFileSync(single, elsewhere);
  const one = await done({ input: single, out: into, output: 'one.mrc', references });
  const two = await done({ input: elsewhere, out: folder(), output: 'two.mrc', references });
  assert.deepEqual(fs.readFileSync(two.file), fs.readFileSync(one.file));
  const bytes = fs.readFileSync(one.file);
  await done({ input: single, out: into, output: 'one.mrc', references });
  assert.deepEqual(fs.readFileSync(one.file), bytes);
});
