/** Patches of replaced pixels are counted by size as one would count them by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATCH_SIZES, Patches } from '../../src/correct/observe/patches.ts';
import { noise } from '../../src/tools/simulate/noise.ts';

/** Sizes of the patches in a drawing: `#` was replaced. */
function sizes(...frames: readonly (readonly string[])[]): readonly number[] {
  const patches = new Patches(frames[0]![0]!.length);
  for (const rows of frames) {
    rows.forEach((text, row) => {
      const replaced = [...text].flatMap((pixel, col) => (pixel === '#' ? [col] : []));
      patches.row(row, Uint32Array.from(replaced));
    });
  }
  return patches.finish().patches;
}

const of = (...counted: readonly [size: number, count: number][]): number[] => {
  const all = new Array<number>(PATCH_SIZES).fill(0);
  for (const [size, count] of counted) all[size - 1] = count;
  return all;
};

test('pixels that touch are one patch, also by a corner', () => {
  assert.deepEqual(sizes(['#.#.', '....', '.##.', '#...']), of([1, 2], [3, 1]));
  assert.deepEqual(sizes(['#..#', '.##.', '#..#']), of([6, 1]));
});

test('arms that meet only further down are one patch', () => {
  assert.deepEqual(sizes(['#.#.#', '#.#.#', '#####', '.....', '#####']), of([5, 1], [10, 1]));
  assert.deepEqual(sizes(['#...#', '.#.#.', '..#..']), of([5, 1]));
  assert.deepEqual(sizes(['..#..', '.#.#.', '#...#', '.....', '....#']), of([1, 1], [5, 1]));
});

test('ten pixels and more are counted together, and the last row of a frame does not touch the first of the next', () => {
  assert.deepEqual(sizes(['###########']), of([10, 1]));
  assert.deepEqual(sizes(['##', '##'], ['##', '..']), of([2, 1], [4, 1]));
  assert.deepEqual(sizes(['#'], ['#'], ['.']), of([1, 2]));
});

/** Sizes by flooding, one patch after the other. */
function flooded(mask: Uint8Array, width: number): number[] {
  const all = new Array<number>(PATCH_SIZES).fill(0);
  const left = Uint8Array.from(mask);
  const flood = (row: number, col: number): number => {
    if (row < 0 || col < 0 || col >= width || left[row * width + col] !== 1) return 0;
    left[row * width + col] = 0;
    let size = 1;
    for (const dr of [-1, 0, 1]) for (const dc of [-1, 0, 1]) size += flood(row + dr, col + dc);
    return size;
  };
  for (let i = 0; i < left.length; i++) {
    const size = flood(Math.floor(i / width), i % width);
    if (size > 0) all[Math.min(size, PATCH_SIZES) - 1]!++;
  }
  return all;
}

test('crowded masks have the patches that flooding finds', () => {
  // The last one has more than are held at once.
  for (const [i, density, width, height] of [
    [0, 0.02, 57, 64],
    [1, 0.1, 57, 64],
    [2, 0.2, 57, 64],
    [3, 0.3, 57, 64],
    [4, 0.25, 640, 800],
  ] as const) {
    const { uniform } = noise(80 + i, 51);
    const mask = Uint8Array.from({ length: width * height }, () => (uniform() < density ? 1 : 0));
    const rows = Array.from({ length: height }, (_, row) =>
      [...mask.subarray(row * width, (row + 1) * width)].map((pixel) => (pixel === 1 ? '#' : '.')).join(''),
    );
    assert.deepEqual(sizes(rows), flooded(mask, width));
  }
});
