/** The gain of the night beside the norm: its figures are those of the definition, and its limits are told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeanImage } from '../../../src/journal/mean-image.ts';
import { gainResidual, overLimits } from '../../../src/report/camera/gain.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';

const { gaussian } = noise(4, 4);

/** A slope of 20 % and a broad specimen, under `gain`. */
function night(gain: (row: number, col: number) => number): MeanImage {
  const [width, height] = [64, 48];
  const corrected = Float32Array.from({ length: width * height }, (_, i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    const scene = 500 * (1 + 0.2 * (col / width - 0.5)) * (1 - 0.1 * Math.cos(row / 9));
    return scene * gain(row, col) * (1 + 0.002 * gaussian());
  });
  return { run: 1, exposures: 50, width, height, box: 8, firstRow: 'top', raw: corrected, corrected };
}

test('an even gain is within all limits, whatever was photographed at large scale', () => {
  const gain = gainResidual(night(() => 1))!;
  assert.ok(gain.deviation < 0.01, `${gain.deviation}`);
  assert.deepEqual(overLimits(gain), []);
});

test('a gain that has changed is told by the limit that it exceeds', () => {
  // The residual has the deviation that was put in, but for what the median of so few boxes has itself.
  const rough = gainResidual(night(() => 1 + 0.06 * gaussian()))!;
  assert.ok(Math.abs(rough.deviation - 0.06) < 0.01, `${rough.deviation}`);
  assert.match(
    overLimits(rough).join(),
    /^residual 0\.0[56]\d+, at most 0\.04,97\.5 to 2\.5 percentile 1\.\d+, at most 1\.15$/,
  );
  const rows = gainResidual(night((row) => (row % 16 === 3 ? 0.8 : 1)))!;
  assert.match(overLimits(rows).join(), /97\.5 to 2\.5 percentile/);
  const bright = gainResidual(night((row, col) => (row === 20 && col === 20 ? 6 : 1)))!;
  assert.match(overLimits(bright).join(), /highest to 97\.5 percentile [56]\.\d+, at most 4\.5/);
});

test('the figures are those of the definition', () => {
  const image = night(() => 1 + 0.03 * gaussian());
  const { width, height, corrected } = image;
  const parts = Array.from(corrected, (x, i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    const around = Array.from(corrected).filter((_, at) => {
      const [y, z] = [Math.floor(at / width), at % width];
      return Math.abs(y - row) <= 2 && Math.abs(z - col) <= 2;
    });
    around.sort((a, b) => a - b);
    return x / around[(around.length - 1) >> 1]!;
  }).sort((a, b) => a - b);
  const mean = parts.reduce((sum, x) => sum + x, 0) / parts.length;
  const at = (part: number): number => parts[Math.ceil(part * parts.length) - 1]!;
  const found = gainResidual(image)!;
  const variance = parts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / parts.length;
  assert.ok(Math.abs(found.deviation - Math.sqrt(variance) / mean) < 1e-9);
  assert.equal(found.spread, at(0.975) / at(0.025));
  assert.equal(found.highest, parts.at(-1)! / at(0.975));
  assert.equal(height * width, parts.length);
  assert.equal(gainResidual({ ...image, corrected: new Float32Array(width * height) }), null, 'nothing to compare');
});
