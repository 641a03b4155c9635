/** The basis inline times real work: the pixels of its passes are Leginon's, bit for bit. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type InlineImage, WholeImage } from '../../../src/conveyor/inline/whole-image.ts';
import { compileKernels, createMemory, instantiate } from '../../../src/kernels/kernels.ts';
import { clip } from '../../oracle/clip.ts';
import { despikeFloat32 } from '../../oracle/despike-float32.ts';
import { flatField } from '../../oracle/flat-field.ts';
import type { Image } from '../../oracle/image.ts';
import { normFrom } from '../../oracle/norm.ts';
import { readPlainMrc } from '../../oracle/plain-mrc.ts';
import { seeded } from '../../report/session.ts';

// From dist/test/conveyor/inline up to the project, and out of it.
const shared = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const skip = fs.existsSync(shared) ? false : `real micrographs are missing: no folder ${shared}`;
if (skip) console.log(`comparisons with Leginon's own pixels are skipped: ${skip}`);
const real = (file: string): Image => readPlainMrc(path.join(shared, file));

const leginon = { despikeSize: 11, threshold: 3.5 };

function whole(image: InlineImage): WholeImage {
  const memory = createMemory();
  return new WholeImage(instantiate(compileKernels(), memory), memory, image);
}

/** An image whose raw pixels are those of `pixels`. */
function holding({ width, height, pixels }: Image, type: InlineImage['type'], of = leginon): WholeImage {
  const made = whole({ width, height, type, ...of });
  const Kind = { uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array };
  made.raw.set(new Uint8Array(Kind[type as keyof typeof Kind].from(pixels).buffer));
  made.norm.fill(1);
  return made;
}

test("despike makes of Leginon's image what Leginon made of it, bit for bit", { skip }, () => {
  const made = holding(real('leginon-despike/input.mrc'), 'float32');
  made.pass('flatField');
  made.pass('despike');
  assert.deepEqual(made.corrected, real('leginon-despike/despiked.mrc').pixels);
});

for (const session of ['grid-square', 'negative-stain']) {
  test(`${session}: flat-field gives the pixels of the other program`, { skip }, () => {
    const { dark, norm } = normFrom(real(`${session}/dark.mrc`), real(`${session}/bright.mrc`));
    const made = holding(real(`${session}/raw.mrc`), 'uint16');
    made.dark.set(dark.pixels);
    made.norm.set(norm.pixels);
    made.pass('flatField');
    assert.deepEqual(made.corrected, real(`${session}/flat-fielded.mrc`).pixels);
  });
}

test('all passes, in their order, give the pixels and statistics of the definitions, for each type of raw', () => {
  const draw = seeded(7);
  const limits = {
    uint8: [0, 255],
    int8: [-128, 127],
    uint16: [0, 65_535],
    int16: [-32_768, 32_767],
    float32: [-9, 9e4],
  };
  for (const [type, [low, high]] of Object.entries(limits) as [keyof typeof limits, [number, number]][]) {
    const [width, height] = [61, 43];
    const random = (of: () => number): Image => ({
      width,
      height,
      pixels: Float32Array.from({ length: width * height }, of),
    });
    const raw = random(() => (draw() < 0.01 ? high : Math.round(low + (high - low) * (0.2 + 0.1 * draw()))));
    const dark = random(() => 10 * draw());
    const norm = random(() => 0.9 + 0.2 * draw());
    norm.pixels[5 * width + 7] = Number.POSITIVE_INFINITY;
    const despike = { despikeSize: 5, threshold: 3 };
    const made = holding(raw, type, despike);
    made.dark.set(dark.pixels);
    made.norm.set(norm.pixels);
    for (const pass of ['flatField', 'clip', 'despike', 'statistics'] as const) made.pass(pass);

    const flat = flatField(raw, dark, norm);
    assert.ok(flat.nonFinite > 0);
    const expected = despikeFloat32(clip(flat.image, { low: 0, high: 65_535 }).image, { size: 5, threshold: 3 });
    assert.ok(expected.spikes > 0, type);
    assert.deepEqual(made.corrected, expected.image.pixels, type);

    const pixels = [...expected.image.pixels];
    const mean = pixels.reduce((sum, x) => sum + x, 0) / pixels.length;
    const spread = pixels.reduce((sum, x) => sum + (x - mean) ** 2, 0) / pixels.length;
    const [min, max, theirs, deviation] = made.statistics;
    assert.deepEqual([min, max], [Math.min(...pixels), Math.max(...pixels)]);
    assert.ok(Math.abs(theirs! - mean) <= 1e-9 * Math.abs(mean));
    assert.ok(Math.abs(deviation! - Math.sqrt(spread)) <= 1e-9 * deviation!);
  }
});

test('an image that WebAssembly cannot hold is refused before any memory is taken', () => {
  assert.throws(() => whole({ width: 65_536, height: 16_384, type: 'uint16', ...leginon }), RangeError);
});
