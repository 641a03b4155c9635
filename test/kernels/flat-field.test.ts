/** (raw - dark) * norm, bit for bit as defined. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noisy } from '../made/images.ts';
import { flatField } from '../oracle/flat-field.ts';
import type { Image } from '../oracle/image.ts';
import { kernels, Laid, newBench, sameBits } from './arena.ts';

const WIDTHS = [...Array.from({ length: 40 }, (_, i) => i + 1), 61, 509, 513, 1025];

function corrected(raw: Image, dark: Image, norm: Image): { pixels: Float32Array; nonFinite: number } {
  const arena = newBench();
  const [line, darks, norms] = [raw, dark, norm].map((image) => new Laid(arena, image));
  let nonFinite = 0;
  for (let row = 0; row < raw.height; row++) {
    nonFinite += kernels.flatField(line!.address(row), darks!.address(row), norms!.address(row), raw.width);
  }
  for (const laid of [line!, darks!, norms!]) laid.assertGuarded('flat-field');
  return { pixels: line!.pixels, nonFinite };
}

test('every width gives the bits of the definition', () => {
  for (const width of WIDTHS) {
    const size = { width, height: 3 };
    const raw = noisy({ ...size, seed: width });
    const dark = noisy({ ...size, seed: width + 1, mean: 100, deviation: 5 });
    const norm = noisy({ ...size, seed: width + 2, mean: 1, deviation: 0.1 });
    const expected = flatField(raw, dark, norm);
    const found = corrected(raw, dark, norm);
    sameBits(found.pixels, expected.image.pixels, `width ${width}`);
    assert.equal(found.nonFinite, 0);
  }
});

test('what is not finite becomes 0 and is counted, wherever in a row it stands; the padding is not counted', () => {
  for (const width of [1, 2, 3, 4, 5, 6, 7, 9, 13]) {
    for (let at = 0; at < width; at++) {
      const pixels = (value: number, there: number): Image => ({
        width,
        height: 1,
        pixels: Float32Array.from({ length: width }, (_, i) => (i === at ? there : value)),
      });
      // Overflow to infinity; infinity - infinity; 0 times infinity cannot come: norms are finite.
      for (const [raw, dark, norm] of [
        [3e38, 0, 2],
        [3e38, -3e38, 1],
        [-3e38, 3e38, -0.5],
      ] as const) {
        const images = [pixels(5, raw), pixels(1, dark), pixels(2, norm)] as const;
        const expected = flatField(...images);
        assert.equal(expected.nonFinite, 1);
        const found = corrected(...images);
        sameBits(found.pixels, expected.image.pixels, `width ${width}, column ${at}`);
        assert.equal(found.nonFinite, 1, `width ${width}, column ${at}`);
      }
    }
  }
});

test('-0, subnormals and differences that cancel come out with the bits of the definition', () => {
  const values = [-0, 0, 1e-45, -1e-45, 1.5e-39, 16_777_216, 16_777_217, 0.1, -0.1, 65_535];
  const cross = (pick: (i: number) => number): Image => ({
    width: values.length ** 2,
    height: 1,
    pixels: Float32Array.from({ length: values.length ** 2 }, (_, i) => values[pick(i)]!),
  });
  const raw = cross((i) => i % values.length);
  const dark = cross((i) => Math.floor(i / values.length));
  for (const by of values) {
    const norm = { ...raw, pixels: new Float32Array(raw.width).fill(by) };
    sameBits(corrected(raw, dark, norm).pixels, flatField(raw, dark, norm).image.pixels, `norm ${by}`);
  }
});
