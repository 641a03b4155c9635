/** Columns, steps and the norm's own pattern are measured as they were put in, and said in plain words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Columns, Surveyed } from '../../../src/correct/observe/survey.ts';
import type { MeanImage } from '../../../src/journal/mean-image.ts';
import { cameraOf } from '../../../src/report/camera/camera.ts';
import { brokenColumns, columnPattern, seams } from '../../../src/report/camera/fixed-pattern.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';

const WIDTH = 2048;
const source = noise(5, 1);
const gaussian = (deviation: number): Float64Array =>
  Float64Array.from({ length: WIDTH }, () => 1 + deviation * source.gaussian());

const camera = gaussian(0.01);
const norm = gaussian(0.02);

/** 500 counts, brighter in the middle, under a pattern, each half with chance of its own. */
const lit = (pattern: Float64Array, chance = 0.001): Columns => {
  const half = (): Float64Array =>
    pattern.map((x, col) => 500 * (1 - 0.1 * (col / 1024 - 1) ** 2) * x * (1 + chance * source.gaussian()));
  return [half(), half()];
};
const even = new Float64Array(WIDTH).fill(1);
const twice = (columns: Float64Array): Columns => [columns, columns];

test('the deviation from column to column is that of the camera, without what is chance', () => {
  for (const chance of [0, 0.001, 0.02]) {
    const { strength } = columnPattern(lit(camera, chance), twice(camera));
    assert.ok(Math.abs(strength - 0.01) < 0.0015, `${strength} with ${chance}`);
  }
  assert.ok(columnPattern(lit(even, 0.02), twice(camera)).strength < 0.004);
});

test('the correlation tells the pattern of the norm, kept or put in, from another', () => {
  const correlation = (pattern: Float64Array): number => columnPattern(lit(pattern), twice(norm)).correlation!;
  assert.ok(correlation(norm) > 0.95);
  assert.ok(correlation(norm.map((x) => 1 / x)) < -0.95);
  assert.ok(Math.abs(correlation(camera)) < 0.1);
  assert.ok(Math.abs(correlation(even)) < 0.1);
  assert.equal(columnPattern(lit(norm), twice(even)).correlation, null, 'no norm, no correlation');
});

test('few counts do not hide the pattern of the norm: the correlation is that without chance', () => {
  for (const chance of [0.01, 0.03]) {
    assert.ok(columnPattern(lit(camera, chance), twice(camera)).correlation! > 0.8, `${chance}`);
    assert.ok(Math.abs(columnPattern(lit(camera, chance), twice(norm)).correlation!) < 0.4, `${chance}`);
  }
});

test('the profile is each column against the median of the eight on either side, where there are so many', () => {
  for (const width of [1, 5, 17, 18, 60]) {
    // Many are equal.
    const columns = Float64Array.from({ length: width }, () => Math.round(6 * Math.abs(source.gaussian())));
    const expected = columns.map((x, col) => {
      const around = columns.slice(Math.max(0, col - 8), col + 9).sort();
      const median = around[(around.length - 1) >> 1]!;
      return median > 0 ? x / median - 1 : 0;
    });
    assert.deepEqual(columnPattern(twice(columns), twice(columns)).profile, expected, `${width} columns`);
  }
});

test('a dead column is broken, and moves neither its neighbours nor the deviation', () => {
  const dead = camera.map((x, col) => (col === 700 ? 0.01 : x));
  const pattern = columnPattern(lit(dead), twice(camera));
  assert.deepEqual([...brokenColumns(pattern)], [700]);
  assert.ok(Math.abs(pattern.strength - 0.01) < 0.0015);
});

/** Boxes under a slope and a specimen, with a step across both middles. */
function meanImage(width: number, height: number, box: number, step: number): MeanImage {
  const boxes = { width: Math.ceil(width / box), height: Math.ceil(height / box) };
  const counts = new Float32Array(boxes.width * boxes.height);
  for (let y = 0; y < boxes.height; y++) {
    for (let x = 0; x < boxes.width; x++) {
      let sum = 0;
      for (let i = 0; i < box; i++) {
        const right = x * box + i >= width / 2;
        for (let j = 0; j < box; j++) sum += right === y * box + j >= height / 2 ? 1 : 1 + step;
      }
      const slope = 1 + 0.1 * (x / boxes.width) - 0.05 * (y / boxes.height) ** 2;
      counts[y * boxes.width + x] = 400 * slope * (sum / box ** 2) * (1 + 0.0005 * source.gaussian());
    }
  }
  return { run: 1, exposures: 9, ...boxes, box, firstRow: 'bottom', raw: counts, corrected: counts };
}

const surveyOf = (width: number, height: number, corrected: Columns, raw: Columns): Surveyed => ({
  ...{ width, height, firstRow: 'bottom', exposures: 9, despiked: 9, spikes: 0, raw, corrected },
  ...{
    dark: twice(new Float64Array(WIDTH)),
    sensitivity: twice(camera),
    sensitivityRows: null,
    far: null,
    grids: null,
    counts: new Uint8Array(width * height),
  },
});

test('a step between quadrants is measured, also where the seam goes through a box, and a slope is none', () => {
  for (const [width, height, box] of [
    [WIDTH, 2048, 16],
    [WIDTH, 1500, 17],
  ] as const) {
    const survey = surveyOf(width, height, lit(even), lit(camera));
    for (const step of [0.02, 0.004]) {
      const found = seams(meanImage(width, height, box, step), 'corrected', survey);
      assert.deepEqual(
        found.map(({ along }) => along),
        ['first rows', 'last rows', 'first columns', 'last columns'],
      );
      for (const [i, sign] of [1, -1, 1, -1].entries()) {
        const { part, counts } = found[i]!;
        assert.ok(Math.abs(part - sign * step) < 0.0004 + 0.08 * step, `${part}, expected ${sign * step}`);
        assert.ok(Math.abs(counts / part - 400) < 60);
      }
    }
    for (const { part } of seams(meanImage(width, height, box, 0), 'corrected', survey))
      assert.ok(Math.abs(part) < 0.001, `${part} where there is no step`);
  }
});

test('what does not fit is said in plain words, and what fits is not', () => {
  const said = (corrected: Columns, raw: Columns, step: number): readonly string[] =>
    cameraOf({
      samples: [],
      mean: meanImage(WIDTH, 512, 16, step),
      survey: surveyOf(WIDTH, 512, corrected, raw),
    })!.warnings;
  assert.deepEqual(said(lit(even), lit(camera), 0), []);
  const wrong = said(lit(camera.map((x) => 1 / x)), lit(even), 0);
  assert.match(
    wrong.join(),
    /still carry the pattern of the norm, columns of (0\.9|1\.0).* of the mean .* wrong reference\?/,
  );
  const changed = said(lit(norm), lit(camera), 0);
  assert.match(changed.join(), /columns of 2\.\d.% .* not those of the norm: has the camera changed/);
  const other = said(lit(even), lit(norm), 0);
  assert.match(other.join(), /raw images do not show the columns of the norm \(correlation -?0\.\d\d\)/);
  const step = said(lit(even), lit(camera), 0.02);
  assert.match(step.join(), /a step in the middle, where two readouts meet \(2\.0.% along the first rows/);
  assert.equal(step.length, 1);
});

test('columns that are dim, half dim, or ten side by side are broken; a stuck pixel breaks none', () => {
  const PLANTED: Record<string, [pattern: (col: number) => number, expected: number[]]> = {
    '8 % low': [(col) => (col === 700 ? 0.92 : 1), [700]],
    'half of it 15 % low': [(col) => (col === 300 ? 0.925 : 1), [300]],
    '3 % high': [(col) => (col === 12 ? 1.04 : 1), [12]],
    'ten side by side 30 % low': [
      (col) => (col >= 1000 && col < 1010 ? 0.7 : 1),
      Array.from({ length: 10 }, (_, i) => 1000 + i),
    ],
    'at the border': [(col) => (col === 0 || col === WIDTH - 1 ? 0.5 : 1), [0, WIDTH - 1]],
  };
  for (const [name, [planted, expected]] of Object.entries(PLANTED)) {
    const counts = lit(even.map((_, col) => planted(col)));
    assert.deepEqual([...brokenColumns(columnPattern(counts, twice(camera)))], expected, name);
  }
  // 65 535 counts in one of 200 rows that are looked at.
  const [first, second] = lit(even);
  first[500]! += 65_535 / 200;
  assert.deepEqual([...brokenColumns(columnPattern([first, second], twice(camera)))], []);
  // A pattern that is left is no broken column.
  assert.deepEqual([...brokenColumns(columnPattern(lit(norm), twice(norm)))], []);
});

test('what chance may explain is not certain: few counts prove nothing, many do', () => {
  const few = columnPattern(lit(even, 0.4), twice(norm)).certain;
  assert.ok(few.leastStrength < 0.004 && few.mostOfNorm! > 0.5, JSON.stringify(few));
  const wrong = columnPattern(lit(camera), twice(norm)).certain;
  assert.ok(wrong.leastStrength > 0.004 && wrong.mostOfNorm! < 0.2, JSON.stringify(wrong));
  const right = columnPattern(lit(norm), twice(norm)).certain;
  assert.ok(right.mostOfNorm! > 0.9, JSON.stringify(right));
  assert.equal(columnPattern(lit(norm), twice(even)).certain.mostOfNorm, null);
});
