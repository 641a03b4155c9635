/** Repair of defects against its definition, through the step that sorts pixels, columns and rows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pass } from '../correct/passing.ts';
import { badMap, noisy } from '../made/images.ts';
import { repairDefects } from '../oracle/defects.ts';
import type { Image } from '../oracle/image.ts';
import { sameBits } from './arena.ts';

type Map = Image<Uint8Array>;

async function assertAsDefined(image: Image, map: Map, what: string, bandRows = image.height): Promise<void> {
  const expected = repairDefects(image, map);
  for (const mapFirst of ['bottom', 'top'] as const) {
    const found = await pass([image], { steps: ['defects'], map, mapFirst, bandRows });
    const about = `${what}, bands of ${bandRows}, map stored ${mapFirst} row first`;
    sameBits(found.frames[0]!.pixels, expected.image.pixels, about);
    assert.deepEqual(
      [found.counts.defects, found.counts.unrepaired],
      [expected.defects, expected.unrepaired],
      `${about}: repaired, unrepaired`,
    );
  }
}

/** The map is 1 where `bad` says so. */
const mapOf = (width: number, height: number, bad: (row: number, col: number) => boolean): Map => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height }, (_, i) => (bad(Math.floor(i / width), i % width) ? 1 : 0)),
});

const lines = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const patch =
  (top: number, left: number, side: number) =>
  (row: number, col: number): boolean =>
    row >= top && row < top + side && col >= left && col < left + side;

const SIZE = { width: 61, height: 53, seed: 5 };

const MAPS: Record<string, Map> = {
  'no defects but one': mapOf(61, 53, (row, col) => row === 20 && col === 30),
  'single pixels, 1 %': badMap({ ...SIZE, single: 32 }),
  'single pixels, 30 %': badMap({ ...SIZE, single: 970 }),
  'single pixels, 90 %': badMap({ ...SIZE, single: 2900 }),
  corners: mapOf(61, 53, (row, col) => (row === 0 || row === 52) && (col === 0 || col === 60)),
  'a bad row': badMap({ ...SIZE, rows: [17] }),
  'a bad column': badMap({ ...SIZE, cols: [17] }),
  'first and last row': badMap({ ...SIZE, rows: [0, 52] }),
  'first and last column': badMap({ ...SIZE, cols: [0, 60] }),
  'blocks of rows at both borders': badMap({ ...SIZE, rows: [...lines(0, 7), ...lines(46, 7)] }),
  'blocks of columns at both borders': badMap({ ...SIZE, cols: [...lines(0, 7), ...lines(54, 7)] }),
  'a block of 19 rows': badMap({ ...SIZE, rows: lines(11, 19) }),
  'a block of 20 rows': badMap({ ...SIZE, rows: lines(11, 20) }),
  'a block of 19 columns': badMap({ ...SIZE, cols: lines(11, 19) }),
  'a block of 20 columns': badMap({ ...SIZE, cols: lines(11, 20) }),
  'blocks of 19 and 20 at the borders': badMap({ ...SIZE, rows: lines(0, 19), cols: lines(41, 20) }),
  'every other row': badMap({ ...SIZE, rows: lines(0, 26).map((i) => 2 * i) }),
  'lines that cross': badMap({ ...SIZE, rows: [4, 5, 30], cols: [0, 9, 10, 60] }),
  'a good block of rows across one of 20 columns': badMap({ ...SIZE, rows: [3, 4, 52], cols: lines(11, 20) }),
  'a good block of columns across one of 20 rows': badMap({ ...SIZE, rows: lines(11, 20), cols: [3, 4, 60] }),
  'both blocks too long': badMap({ ...SIZE, rows: lines(11, 20), cols: lines(11, 21) }),
  'a patch of 18': mapOf(61, 53, patch(10, 12, 18)),
  'a patch of 19, one pixel of it hopeless': mapOf(61, 53, patch(10, 12, 19)),
  'a patch of 25': mapOf(61, 53, patch(10, 12, 25)),
  'a patch of 30 in a corner': mapOf(61, 53, patch(23, 31, 30)),
  'pixels beside lines': badMap({ ...SIZE, single: 300, rows: [9, 40, 41, 42], cols: [0, 1, 33] }),
  everything: mapOf(61, 53, () => true),
  'everything but a pixel': mapOf(61, 53, (row, col) => row !== 26 || col !== 30),
};

for (const [name, map] of Object.entries(MAPS)) {
  test(`${name}: repaired as defined, in bands of any height, with the map stored in either order`, async () => {
    const image = noisy({ ...SIZE, mean: 1000, deviation: 300 });
    for (const bandRows of [1, 2, 7, 20, 53]) await assertAsDefined(image, map, name, bandRows);
  });
}

/** The image with pixels that are no finite numbers where `lost` is 1, of all three kinds. */
function losing(image: Image, lost: Uint8Array): Image {
  const kinds = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return { ...image, pixels: image.pixels.map((value, i) => (lost[i] === 1 ? kinds[i % 3]! : value)) };
}

async function assertLostAsDefined(image: Image, map: Map | null, lost: Uint8Array, what: string): Promise<void> {
  const zeroed = { ...image, pixels: image.pixels.map((value, i) => (lost[i] === 1 ? 0 : value)) };
  const good = map ?? mapOf(image.width, image.height, () => false);
  const expected = repairDefects(zeroed, good, lost);
  for (const [bandRows, mapFirst] of [
    [1, 'bottom'],
    [7, 'top'],
    [image.height, 'bottom'],
  ] as const) {
    const given = map ? { map, mapFirst } : {};
    const found = await pass([losing(image, lost)], { steps: ['defects'], ...given, bandRows });
    const about = `${what}, bands of ${bandRows}, map stored ${mapFirst} row first`;
    sameBits(found.frames[0]!.pixels, expected.image.pixels, about);
    assert.deepEqual(
      [found.counts.defects, found.counts.unrepaired, found.counts.nonFinite],
      [expected.defects, expected.unrepaired, lost.reduce((sum, one) => sum + one, 0)],
      `${about}: repaired, unrepaired, not finite`,
    );
  }
}

const LOST: Record<string, Uint8Array> = {
  one: mapOf(61, 53, (row, col) => row === 26 && col === 30).pixels,
  corners: MAPS.corners!.pixels,
  'single pixels': badMap({ ...SIZE, seed: 8, single: 60 }).pixels,
  'many pixels': badMap({ ...SIZE, seed: 9, single: 1200 }).pixels,
  'a row': badMap({ ...SIZE, rows: [26] }).pixels,
  'a column': badMap({ ...SIZE, cols: [60] }).pixels,
  'a patch of 19': mapOf(61, 53, patch(10, 12, 19)).pixels,
  'a patch of 25': mapOf(61, 53, patch(10, 12, 25)).pixels,
  everything: mapOf(61, 53, () => true).pixels,
};

for (const [name, lost] of Object.entries(LOST)) {
  test(`lost in the raw, ${name}: repaired as defined, with any map, in bands of any height`, async () => {
    const image = noisy({ ...SIZE, mean: 1000, deviation: 300 });
    await assertLostAsDefined(image, null, lost, 'no map');
    for (const [what, map] of Object.entries(MAPS)) await assertLostAsDefined(image, map, lost, what);
  });
}

test('what one frame lost is not missed in the next', async () => {
  const frames = [1, 2, 3].map((seed) => noisy({ ...SIZE, seed, deviation: 100 }));
  const lost = LOST['single pixels']!;
  const found = await pass([frames[0]!, losing(frames[1]!, lost), frames[2]!], { steps: ['defects'], bandRows: 5 });
  sameBits(found.frames[0]!.pixels, frames[0]!.pixels, 'the first frame');
  sameBits(found.frames[2]!.pixels, frames[2]!.pixels, 'the third frame');
  assert.equal(found.counts.nonFinite, 60);
});

test('images and maps of every small size are repaired as defined', async () => {
  for (let width = 1; width <= 24; width++) {
    for (const height of [1, 2, 3, 8, 21]) {
      const image = noisy({ width, height, seed: width });
      const map = badMap({ width, height, seed: height, single: Math.ceil((width * height) / 4) });
      await assertAsDefined(image, map, `${width} x ${height}`, 3);
      const crossed = badMap({ width, height, seed: 1, rows: [height >> 1], cols: [width >> 1] });
      await assertAsDefined(image, crossed, `${width} x ${height}, crossed`, 1);
    }
  }
});

test('good pixels are never changed, and what is copied at a border is copied with its sign', async () => {
  const width = 9;
  const image = { width, height: 9, pixels: new Float32Array(81).fill(-0) };
  for (const map of [
    badMap({ width, height: 9, seed: 1, rows: [0, 8] }),
    badMap({ width, height: 9, seed: 1, cols: [0, 8] }),
    badMap({ width, height: 9, seed: 1, rows: [4], cols: [4] }),
  ]) {
    await assertAsDefined(image, map, 'minus zero');
  }
});

test('each frame of a stack is repaired by itself, and the counts are of all frames', async () => {
  const frames = [1, 2, 3].map((seed) => noisy({ ...SIZE, seed, deviation: 100 }));
  const map = MAPS['pixels beside lines']!;
  const expected = frames.map((frame) => repairDefects(frame, map));
  const found = await pass(frames, { steps: ['defects'], map, bandRows: 5 });
  for (const [i, frame] of found.frames.entries()) {
    sameBits(frame.pixels, expected[i]!.image.pixels, `frame ${i}`);
  }
  assert.equal(found.counts.defects, 3 * expected[0]!.defects);
  const patched = await pass(frames, { steps: ['defects'], map: MAPS['a patch of 25']! });
  assert.equal(patched.counts.unrepaired, 3 * repairDefects(frames[0]!, MAPS['a patch of 25']!).unrepaired);
});
