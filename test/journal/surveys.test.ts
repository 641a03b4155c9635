/** The journal's surveys: what is put in comes out, of one run or of several with the same references. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { partsOf } from '../../src/correct/observe/evenness.ts';
import type { Columns, Surveyed } from '../../src/correct/observe/survey.ts';
import { Journal } from '../../src/journal/journal.ts';
import { pack } from '../../src/journal/surveys.ts';
import { folder, start } from './makers.ts';

function grids(width: number, height: number, seed: number): Surveyed['grids'] {
  const { bands, segments } = partsOf({ width, height });
  const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => seed + i);
  return { columns: ramp(bands * width), rows: ramp(segments * height) };
}

function survey(width: number, height: number, seed: number): Surveyed {
  const columns = (level: number): Columns => [
    Float64Array.from({ length: width }, (_, col) => level + col / 7),
    Float64Array.from({ length: width }, (_, col) => level - col / 3),
  ];
  const rows: Columns = [
    Float64Array.from({ length: height }, (_, row) => 1 + row / 7e4),
    Float64Array.from({ length: height }, (_, row) => 1 - row / 3e4),
  ];
  const counts = new Uint8Array(width * height);
  for (let i = seed; i < counts.length; i += 1 + ((i * 37 + seed) % 101)) counts[i] = i % 256;
  return {
    ...{ width, height, firstRow: 'bottom', exposures: 6 + seed, despiked: 5 + seed, spikes: counts.length >> 3 },
    ...{
      raw: columns(500),
      corrected: columns(400),
      dark: columns(20),
      sensitivity: columns(1),
      sensitivityRows: rows,
      far: {
        exposures: 4 + seed,
        events: 90 * seed,
        pixels: Uint32Array.of(0, seed, width * height - 1),
        counts: Int8Array.of(-3, 4, 100),
      },
      grids: grids(width, height, seed),
      counts,
    },
  };
}

test('what is read back is what was put in, by whoever wrote it and by another', async (t) => {
  // More than is deflated at once, and hardly anything.
  for (const [width, height] of [
    [1500, 1601],
    [3, 2],
  ] as const) {
    const file = path.join(folder(t), 'darkroom.sqlite');
    const made = survey(width, height, 1);
    const writing = Journal.open(file);
    t.after(() => writing.close());
    const run = writing.begin(start);
    writing.keep(run, await pack(survey(width, height, 2)));
    writing.finish(run, 0, await pack(made));
    const reading = Journal.openReadOnly(file)!;
    t.after(() => reading.close());
    assert.deepEqual(reading.pictures().survey, made);
    assert.deepEqual(writing.pictures().survey, made);
  }
});

test('runs with the same references add up, the one that ended last and those before it', async (t) => {
  const file = path.join(folder(t), 'darkroom.sqlite');
  const [a, b] = [survey(130, 70, 1), survey(130, 70, 2)];
  const writing = Journal.open(file);
  t.after(() => writing.close());
  for (const each of [a, b]) writing.finish(writing.begin(start), 0, await pack(each));
  const sum = writing.pictures().survey!;
  assert.deepEqual([sum.exposures, sum.despiked, sum.spikes], [15, 13, a.spikes + b.spikes]);
  assert.deepEqual(
    [...sum.counts],
    Array.from(a.counts, (count, i) => Math.min(255, count + b.counts[i]!)),
  );
  const far = {
    exposures: 11,
    events: 270,
    pixels: Uint32Array.of(0, 1, 2, 130 * 70 - 1),
    counts: Int8Array.of(-6, 4, 4, 127),
  };
  assert.deepEqual(sum.far, far);
  assert.ok(Math.abs(sum.grids!.rows[3]! - (7 * 4 + 8 * 5) / 15) < 1e-6, 'means weigh by exposures');
  const reading = Journal.openReadOnly(file)!;
  t.after(() => reading.close());
  assert.deepEqual(reading.pictures().survey, sum);
});
