/** Faults of a camera that came after its references were taken: each is named, and only that one. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { partsOf } from '../../../src/correct/observe/evenness.ts';
import type { SurveyedColumns } from '../../../src/correct/observe/survey.ts';
import { Journal } from '../../../src/journal/journal.ts';
import { edgesOf } from '../../../src/report/camera/lines.ts';
import { noise } from '../../../src/tools/simulate/noise.ts';
import { simulate } from '../../../src/tools/simulate/session.ts';
import { darkroom } from '../../cli/call.ts';
import { madeMrc } from '../../made/mrc.ts';
import { PlainEvenness } from '../../oracle/evenness.ts';
import { readPlainMrc } from '../../oracle/plain-mrc.ts';

const SIDE = 512;
const EXPOSURES = 12;
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-planted-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));
const at = (...names: string[]): string => path.join(root, ...names);
const HEADER = 1024;

type Fault = (row: number, col: number, counts: number, dark: number) => number;

/** What a pixel shows when only this part of its signal is left. */
const part = (left: number, counts: number, dark: number): number => Math.round(dark + left * (counts - dark));

before(async () => {
  const options = { count: EXPOSURES, width: SIDE, height: SIDE, seed: 77, dose: 600, format: 'mrc' } as const;
  await simulate(root, { ...options, darks: 4, brights: 12 });
});

/** The session with a fault in all raw images, corrected; the camera's part of its report. */
function sessionWith(name: string, fault: Fault) {
  const dark = readPlainMrc(at('dark.mrc')).pixels;
  fs.mkdirSync(at(name));
  for (const file of fs.readdirSync(at('raw')).filter((each) => each.endsWith('.mrc'))) {
    const bytes = fs.readFileSync(at('raw', file));
    const pixels = new DataView(bytes.buffer, bytes.byteOffset + HEADER);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const counts = pixels.getUint16(2 * i, true);
      const found = fault(Math.floor(i / SIDE), i % SIDE, counts, dark[i]!);
      if (found !== counts) pixels.setUint16(2 * i, found, true);
    }
    fs.writeFileSync(at(name, file), bytes);
  }
  const out = at(`${name} out`);
  const given = ['--dark', at('dark.mrc'), '--bright', at('bright.mrc'), '--defects', at('defects.mrc')];
  const {
    code,
    out: said,
    err,
  } = darkroom('run', at(name), ...given, '--no-reference-checks', '--type', 'float32', '-o', out);
  assert.equal(code, 0, err);
  const { camera } = JSON.parse(fs.readFileSync(path.join(out, 'report.json'), 'utf8'));
  return { out, camera, said: said + err };
}

const DEAD = [
  [31, 40],
  [200, 333],
  [511, 511],
  [0, 0],
] as const;
const STUCK = [
  [100, 77],
  [100, 80],
  [400, 9],
] as const;
const isIn = (places: readonly (readonly [number, number])[], row: number, col: number): boolean =>
  places.some(([y, x]) => y === row && x === col);
const inCluster = (row: number, col: number): boolean => row >= 260 && row < 264 && col >= 120 && col < 124;

test('what the survey keeps of a clean session is the plain definition over its outputs, and nothing is said', () => {
  const { out, camera } = sessionWith('clean', (_row, _col, counts) => counts);
  assert.deepEqual(camera.warnings, []);
  const plain = new PlainEvenness({ width: SIDE, height: SIDE });
  for (const file of fs.readdirSync(out).filter((each) => each.endsWith('.mrc')))
    plain.add(readPlainMrc(path.join(out, file)).pixels);
  const journal = Journal.openReadOnly(path.join(out, 'darkroom.sqlite'))!;
  const { far, grids } = journal.pictures().survey!;
  journal.close();
  assert.deepEqual(far, plain.far);
  for (const name of ['columns', 'rows'] as const) {
    const expected = plain.grids[name];
    assert.equal(grids![name].length, expected.length);
    assert.ok(
      grids![name].every((x, i) => Math.abs(x - expected[i]!) < 0.01),
      name,
    );
  }
});

test('dead pixels, stuck ones and a hot cluster are named, are in the map, and no column is suspected for them', () => {
  const { out, camera, said } = sessionWith('pixels', (row, col, counts, dark) => {
    if (isIn(DEAD, row, col)) return Math.round(dark);
    if (isIn(STUCK, row, col)) return 65_535;
    return inCluster(row, col) ? part(5, counts, dark) : counts;
  });
  const { dead, stuck, clusters } = camera.badPixels;
  // Despike replaces single ones: they are hot.
  assert.deepEqual([dead, stuck, camera.hotPixels.count], [DEAD.length, 16, STUCK.length]);
  assert.deepEqual(clusters, [{ row: 260, col: 120, pixels: 16 }]);
  assert.deepEqual([camera.badLines, camera.brokenColumns], [[], []]);
  assert.match(
    camera.warnings.join(),
    /Pixels are dead or stuck .*4 dead, 16 stuck or saturated, of them 16 in clusters/,
  );
  assert.match(said, /4 dead, 16 stuck/, 'the terminal says it too');
  const map = at('new.mrc');
  const { code, err } = darkroom('report', out, '--write-defects', map);
  assert.equal(code, 0, err);
  const { pixels } = readPlainMrc(map);
  for (let i = 0; i < pixels.length; i++) {
    const [row, col] = [Math.floor(i / SIDE), i % SIDE];
    const planted = isIn(DEAD, row, col) || isIn(STUCK, row, col) || inCluster(row, col);
    if (planted) assert.equal(pixels[i], 1, `row ${row}, column ${col}`);
  }
});

const LINES: Record<string, { fault: Fault; line: string; at: number[]; from: number; to: number }> = {
  'a dead row': {
    fault: (row, _col, counts, dark) => (row === 301 ? Math.round(dark) : counts),
    ...{ line: 'row', at: [301], from: 0, to: SIDE },
  },
  'a row that is 8 % low': {
    fault: (row, _col, counts, dark) => (row === 44 ? part(0.92, counts, dark) : counts),
    ...{ line: 'row', at: [44], from: 0, to: SIDE },
  },
  'a column that is 8 % low': {
    fault: (_row, col, counts, dark) => (col === 411 ? part(0.92, counts, dark) : counts),
    ...{ line: 'column', at: [411], from: 0, to: SIDE },
  },
  'half a column that is 15 % low': {
    fault: (row, col, counts, dark) => (col === 99 && row >= SIDE / 2 ? part(0.85, counts, dark) : counts),
    ...{ line: 'column', at: [99], from: SIDE / 2, to: SIDE },
  },
  'ten columns side by side that are 30 % low': {
    fault: (_row, col, counts, dark) => (col >= 200 && col < 210 ? part(0.7, counts, dark) : counts),
    ...{ line: 'column', at: Array.from({ length: 10 }, (_, i) => 200 + i), from: 0, to: SIDE },
  },
};

for (const [name, { fault, line, at: lines, from, to }] of Object.entries(LINES)) {
  test(`${name}: named, with where it begins and ends, and nothing else`, () => {
    const { camera } = sessionWith(name, fault);
    const found = camera.badLines.map((each: { off: number }) => ({ ...each, off: null }));
    assert.deepEqual(
      found,
      lines.map((each) => ({ line, at: each, from, to, off: null })),
    );
    assert.equal(camera.badPixels.dead + camera.badPixels.stuck, 0);
    assert.match(camera.warnings.join(), new RegExp(`${line}.* far from the neighbours`));
  });
}

test('a readout that gives 3 % more is told by the step at its edge, wherever that is', () => {
  const { camera } = sessionWith('strip', (_row, col, counts, dark) =>
    col >= 352 ? part(1.03, counts, dark) : counts,
  );
  assert.deepEqual(
    camera.edges.map(({ between, at: edge, half }: Record<string, unknown>) => [between, edge, half]),
    [
      ['columns', 352, 'first'],
      ['columns', 352, 'last'],
    ],
  );
  for (const { part: step } of camera.edges) assert.ok(Math.abs(step - 0.03) < 0.005, `${step}`);
  assert.match(camera.warnings.join(), /steps \(.* at column 352/);
});

/** The grids of a camera of `side` px, with chance of so many parts of the mean in each cell. */
function gridsOf(side: number, chance: number, fault: (row: number, col: number) => number): SurveyedColumns {
  const { bands, band, segments, segment } = partsOf({ width: side, height: side });
  const { gaussian } = noise(8, 1);
  const lit = (row: number, col: number): number =>
    500 * (1 - 0.05 * ((2 * col) / side - 1) ** 2) * fault(row, col) * (1 + chance * gaussian());
  const grids = {
    columns: Float32Array.from({ length: bands * side }, (_, i) => lit((Math.floor(i / side) + 0.5) * band, i % side)),
    rows: Float32Array.from({ length: segments * side }, (_, i) =>
      lit(Math.floor(i / segments), ((i % segments) + 0.5) * segment),
    ),
  };
  return { ...({ width: side, height: side } as SurveyedColumns), grids };
}

test('a step of 0.5 % in half a camera of 4096 px is told, and where there is none nothing is', () => {
  assert.deepEqual(edgesOf(gridsOf(4096, 0.002, () => 1)), []);
  const edges = edgesOf(gridsOf(4096, 0.001, (row, col) => (row < 2048 && col >= 1024 ? 1.006 : 1)));
  assert.deepEqual(
    edges.filter(({ between }) => between === 'columns').map(({ at: edge, half }) => [Math.abs(edge - 1024) < 3, half]),
    [[true, 'first']],
  );
});

test('maps in use are turned for --write-defects as they were for the exposures', () => {
  const { out } = sessionWith('turned', (_row, _col, counts) => counts);
  const pixels = new Uint8Array(SIDE * SIDE);
  pixels[3 * SIDE + 7] = 1;
  fs.writeFileSync(at('map.mrc'), madeMrc({ width: SIDE, height: SIDE, mode: 0, pixels }));
  const marked = (...more: string[]): [number, number][] => {
    const map = at(`turned ${more.length}.mrc`);
    const { code, err } = darkroom('report', out, '--write-defects', map, '--defects', at('map.mrc'), ...more);
    assert.equal(code, 0, err);
    const found = readPlainMrc(map).pixels;
    return Array.from(found.keys()).flatMap((i) =>
      found[i] ? [[Math.floor(i / SIDE), i % SIDE] as [number, number]] : [],
    );
  };
  assert.deepEqual(marked(), [[3, 7]]);
  assert.deepEqual(marked('--defects-orientation', 'rot180'), [[SIDE - 4, SIDE - 8]]);
  const { code, err } = darkroom('report', out, '--write-defects', at('x.mrc'), '--defects-orientation', 'rot180');
  assert.equal(code, 1);
  assert.match(err, /--defects-orientation turns the maps of --defects, but none is given; give --defects/);
});
