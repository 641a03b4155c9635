/** The eight ways to turn a reference: what their names promise, and that references are loaded so. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { compileKernels, createMemory, instantiate } from '../../src/kernels/kernels.ts';
import { loadReferences, type ReferencePaths } from '../../src/references/load.ts';
import { AS_GIVEN, type Treatment } from '../../src/references/treatment.ts';
import { TURNS, type Turn, together, turnedSize, turnPixels } from '../../src/references/turns.ts';
import { madeMrc } from '../made/mrc.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom-turns-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));

/** A picture of 3 x 2 px, top row first, and what each turn makes of it: written down by hand, as Pillow does it. */
const PICTURE = ['abc', 'def'];
const TURNED: Record<Turn, readonly string[]> = {
  none: ['abc', 'def'],
  rot90: ['cf', 'be', 'ad'],
  rot180: ['fed', 'cba'],
  rot270: ['da', 'eb', 'fc'],
  'flip-left-right': ['cba', 'fed'],
  'flip-top-bottom': ['def', 'abc'],
  transpose: ['ad', 'be', 'cf'],
  transverse: ['fc', 'eb', 'da'],
};

const stored = (rows: readonly string[], firstRow: 'top' | 'bottom'): Uint8Array =>
  Uint8Array.from((firstRow === 'top' ? rows : rows.toReversed()).join(''), (letter) => letter.charCodeAt(0));

test('each turn does what its name says, whichever row stands first in the file', () => {
  for (const turn of TURNS) {
    for (const firstRow of ['top', 'bottom'] as const) {
      const turned = turnPixels(turn, stored(PICTURE, firstRow), { width: 3, height: 2 }, firstRow);
      assert.deepEqual(turned, stored(TURNED[turn], firstRow), `${turn}, ${firstRow}`);
    }
  }
});

test('two turns together are one of the eight', () => {
  const size = { width: 3, height: 2 };
  for (const first of TURNS) {
    for (const second of TURNS) {
      const once = turnPixels(first, stored(PICTURE, 'top'), size, 'top');
      const twice = turnPixels(second, once, turnedSize(first, size), 'top');
      assert.deepEqual(turnPixels(together(first, second), stored(PICTURE, 'top'), size, 'top'), twice);
    }
  }
  assert.equal(together('rot90', 'rot90'), 'rot180');
  assert.equal(together('rot90', 'flip-left-right'), 'transverse');
});

/** Planes as `loadReferences` leaves them in memory, rows as MRC stores them. */
async function load(paths: Partial<ReferencePaths>, treatment: Partial<Treatment>) {
  const memory = createMemory();
  const all = { dark: null, bright: null, norm: null, defects: null, ...paths };
  const kernels = instantiate(compileKernels(), memory);
  const { layout } = await loadReferences(all, false, kernels, memory, { ...AS_GIVEN, ...treatment });
  const { width, height, stride, dark, norm, defects } = layout;
  const plane = (address: number): number[] =>
    Array.from({ length: width * height }, (_, at) => {
      const offset = Math.floor(at / width) * stride + 4 * (at % width);
      return new Float32Array(memory.buffer, address + offset, 1)[0]!;
    });
  return { layout, dark: dark ? plane(dark) : [], norm: norm ? plane(norm) : [], marked: defects?.pixels ?? 0 };
}

const SIZE = { width: 29, height: 14 };
const PIXELS = Float32Array.from({ length: 29 * 14 }, (_, i) => 1 + i / 1000);

function written(name: string, pixels: Float32Array, size = SIZE): string {
  const file = path.join(root, name);
  fs.writeFileSync(file, madeMrc({ ...size, mode: 2, pixels }));
  return file;
}

test('references are turned when they are loaded, sides that differ included, with their dead pixels', async () => {
  const pixels = PIXELS.with(17, 0);
  const dark = written('offset.mrc', PIXELS);
  for (const turn of TURNS) {
    const size = turnedSize(turn, SIZE);
    const moved = turnPixels(turn, pixels, SIZE, 'bottom');
    const norm = written('gain.mrc', pixels);
    const loaded = await load({ norm, dark }, { norm: turn, dark: turn });
    assert.deepEqual([loaded.layout.width, loaded.layout.height], [size.width, size.height]);
    assert.deepEqual(loaded.norm, [...moved.map((x) => (x === 0 ? 1 : x))], turn);
    assert.deepEqual(loaded.dark, [...turnPixels(turn, PIXELS, SIZE, 'bottom')], turn);
    assert.equal(loaded.marked, 1);
    assert.deepEqual(
      loaded.layout.files.map(({ orientation }) => orientation),
      turn === 'none' ? [undefined, undefined] : [turn, turn],
    );
  }
});

test('references whose sizes agree only as they stand in their files are refused when one is turned', async () => {
  const paths = { dark: written('offset.mrc', PIXELS), norm: written('gain.mrc', PIXELS.with(3, 1.5)) };
  await assert.rejects(
    load(paths, { norm: 'rot90' }),
    /differ in size: found 29 x 14 px, the references have 14 x 29|found 14 x 29 px, the references have 29 x 14/,
  );
});

test('the dark is scaled, what a bias holds is not', async () => {
  const dark = written('offset.mrc', PIXELS);
  const bias = written(
    'shortest.mrc',
    PIXELS.map(() => 0.5),
  );
  const norm = written('gain.mrc', PIXELS.with(3, 1.5));
  const near = (found: readonly number[], wanted: (x: number) => number): void => {
    assert.ok(found.every((x, i) => Math.abs(x - wanted(PIXELS[i]!)) < 1e-6));
  };
  const alone = await load({ dark, norm }, { darkScale: 3 });
  near(alone.dark, (x) => 3 * x);
  near((await load({ dark, norm, bias }, { darkScale: 3 })).dark, (x) => 3 * (x - 0.5) + 0.5);
  assert.deepEqual(
    alone.layout.files.map(({ role, scale }) => [role, scale]),
    [
      ['dark', 3],
      ['norm', undefined],
    ],
  );
});
