/** Lists of defects: read and written without loss, fitted to the images they are for, and errors with their line. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { FirstRow } from '../../../src/model/exposure.ts';
import { Refusal } from '../../../src/model/outcome.ts';
import { fitted } from '../../../src/references/defect-lists/fit.ts';
import { LISTS, readDefectList } from '../../../src/references/defect-lists/index.ts';
import { type DefectList, EMPTY, type Size } from '../../../src/references/defect-lists/list.ts';
import { listOf, markList, maskOf } from '../../../src/references/defect-lists/mask.ts';
import { turnedTo } from '../../../src/references/defect-lists/turn.ts';
import { DefectMask } from '../../../src/references/defects.ts';
import { Random } from '../../fuzz/random.ts';
import { drawn, randomList, turnedOver } from './made.ts';

const into = fs.mkdtempSync(path.join(os.tmpdir(), 'defect-lists-'));
after(() => fs.rmSync(into, { recursive: true, force: true }));

function save(name: string, content: string): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, content);
  return file;
}

const read = async (name: string, content: string): Promise<DefectList> =>
  (await readDefectList(save(name, content)))!.list;

function pixelsOf(mask: DefectMask): Uint8Array {
  return Uint8Array.from({ length: mask.width * mask.height }, (_, i) =>
    mask.has(Math.floor(i / mask.width), i % mask.width) ? 1 : 0,
  );
}

/** What a list marks in an image whose first row is `firstRow`. */
function marked(list: DefectList, size: Size, firstRow: FirstRow): Uint8Array {
  const mask = new DefectMask(size.width, size.height);
  markList(mask, fitted('list', list, size).list, list.firstRow !== firstRow);
  return pixelsOf(mask);
}

const withoutLines = (list: DefectList): DefectList => ({
  ...list,
  areas: list.areas.map((area) => ({ ...area, line: 0 })),
});

const SIZES: readonly Size[] = [
  { width: 40, height: 40 },
  { width: 57, height: 31 },
  { width: 8, height: 3 },
  { width: 1, height: 1 },
  { width: 130, height: 2 },
];

for (const format of LISTS) {
  test(`${format.said}: what is written marks the same pixels when it is read, a hundred lists`, async () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = new Random(seed);
      const size = random.pick(SIZES);
      const list = randomList(random, size);
      const expected = drawn(list, size);
      const text = await format.write(list, 'a test -- of comments\nwith two lines');
      if (text === '') {
        assert.ok(expected.every((pixel) => pixel === 0));
        continue;
      }
      const found = await readDefectList(save(`${format.name}.txt`, text));
      assert.equal(found?.format.name, format.name, text);
      const asWritten = list.firstRow === found.list.firstRow ? expected : turnedOver(expected, size);
      assert.deepEqual(marked(found.list, size, found.list.firstRow), asWritten, `seed ${seed}\n${text}`);
      if (format.name === 'serialem' || format.name === 'yaml') {
        assert.deepEqual(found.list.size, size);
        assert.equal(found.list.rotationAndFlip, list.rotationAndFlip);
        for (const [name, value] of Object.entries(list.kept)) assert.equal(found.list.kept[name], value);
      }
      // Once more loses nothing at all: the file is the same.
      const again = await format.write({ ...found.list, size }, 'a test -- of comments\nwith two lines');
      const third = (await readDefectList(save('third.txt', again)))!.list;
      assert.deepEqual(withoutLines(third), withoutLines(found.list), `seed ${seed}\n${text}`);
    }
  });
}

test('a map becomes a list that marks the same pixels, whole columns and rows as such', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed);
    const size = random.pick(SIZES);
    const list = randomList(random, size);
    const mask = maskOf('list', list);
    const found = listOf(mask, list.firstRow);
    assert.deepEqual(pixelsOf(maskOf('found', found)), drawn(list, size), `seed ${seed}`);
  }
  const cross: DefectList = {
    ...EMPTY,
    size: { width: 50, height: 30 },
    areas: [
      { col: 7, row: 0, width: 1, height: Number.POSITIVE_INFINITY, line: 0 },
      { col: 0, row: 9, width: Number.POSITIVE_INFINITY, height: 1, line: 0 },
      { col: 20, row: 3, width: 1, height: 4, line: 0 },
      { col: 30, row: 5, width: 1, height: 1, line: 0 },
    ],
  };
  assert.deepEqual(new Set(listOf(maskOf('cross', cross), 'top').areas), new Set(cross.areas));
});

const SERIALEM = `# a comment
CameraSizeX 60
CameraSizeY\t40\r
RotationAndFlip 0
K2Type 1
UsableArea 2 3 37 0
PartialBadColumn 10 2 5 8
PartialBadRow 20 1 30 33
BadPixels 5 7  59 38
badcolumns 12 13
BadRows 4
`;

test("SerialEM's file is read as its program defines it: coordinates, row 0 on top, what is outside the usable area", async () => {
  const list = await read('serialem.txt', SERIALEM);
  const size = { width: 60, height: 40 };
  const expected = new Uint8Array(60 * 40);
  const set = (col: number, row: number): number => (expected[row * 60 + col] = 1);
  for (let col = 0; col < 60; col++) for (const row of [0, 1, 38, 39, 4]) set(col, row);
  for (let row = 0; row < 40; row++) for (const col of [0, 1, 2, 12, 13]) set(col, row);
  for (let row = 5; row <= 8; row++) for (const col of [10, 11]) set(col, row);
  for (let col = 30; col <= 33; col++) set(col, 20);
  set(5, 7);
  assert.deepEqual(marked(list, size, 'top'), expected);
  assert.deepEqual(marked(list, size, 'bottom'), turnedOver(expected, size));
});

test('a list that was scaled to super-resolution has pixels of 2 x 2, or 4 x 4', async () => {
  for (const [scaled, side] of [
    [-1, 1],
    [0, 1],
    [1, 2],
    [2, 4],
  ] as const) {
    const text = `CameraSizeX 20\nCameraSizeY 20\nWasScaled ${scaled}\nBadPixels 8 4\n`;
    const list = await read('scaled.txt', text);
    const expected = drawn({ ...EMPTY, areas: [{ col: 8, row: 4, width: side, height: side, line: 0 }] }, list.size!);
    assert.deepEqual(marked(list, list.size!, 'top'), expected, text);
    const again = await read('scaled.txt', await LISTS[0]!.write(list, 'test'));
    assert.deepEqual(marked(again, list.size!, 'top'), expected, text);
    assert.equal(again.kept.WasScaled, scaled);
  }
});

test("MotionCor's lines count from the bottom, Thermo's elements from the top", async () => {
  const size = { width: 20, height: 10 };
  const fromMotionCor = await read('motioncor.txt', '3 1 2 4\n0, 9, 20, 1\n');
  const expected = new Uint8Array(200);
  for (let row = 1; row < 5; row++) expected.fill(1, row * 20 + 3, row * 20 + 5);
  expected.fill(1, 180, 200);
  assert.deepEqual(marked(fromMotionCor, size, 'bottom'), expected);

  const xml = `\ufeff<?xml version="1.0"?>\n<!-- made by hand -->\n<SensorDefects xmlns="urn:x">
  <point>3,1</point><col>7-9,12</col>
  <row>0</row>
  <area>14,2,15,6</area><nonmaskingpoint> 5 , 5 </nonmaskingpoint>
</SensorDefects>\n`;
  const fromThermo = await read('defects.xml', xml);
  const drawing = new Uint8Array(200);
  for (let row = 0; row < 10; row++) for (const col of [7, 8, 9, 12]) drawing[row * 20 + col] = 1;
  drawing.fill(1, 0, 20);
  for (let row = 2; row <= 6; row++) drawing.fill(1, row * 20 + 14, row * 20 + 16);
  drawing[23] = drawing[105] = 1;
  assert.deepEqual(marked(fromThermo, size, 'top'), drawing);
});

test('our own list is plain YAML that people can write', async () => {
  const list = await read(
    'mine.yaml',
    'width: 20\nheight: 10\ncolumns: [7-9, 12]\nrows:\n  - 0\npixels: # column, row\n  - [3, 1]\n  - [5, 5]\nareas:\n  - [14, 2, 2, 5]\nusableColumns: [0, 18]\n',
  );
  const thermo = await read(
    'same.xml',
    '<defects><point>3,1</point><point>5,5</point><col>7-9,12,19</col><row>0</row><area>14,2,15,6</area></defects>',
  );
  assert.deepEqual(marked(list, list.size!, 'top'), marked(thermo, list.size!, 'top'));
});

/** The pixels of the camera that a pixel of a binned image is made of; and the other way round. */
test('a list is scaled to the binning of the images: a binned pixel is bad as soon as one of the camera is', () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const [binning, image] = [random.between(2, 4), random.pick(SIZES)];
    const camera = { width: image.width * binning, height: image.height * binning };
    const list = { ...randomList(random, camera), rotationAndFlip: 0 };
    const full = drawn(list, camera);
    const binned = new Uint8Array(image.width * image.height);
    for (const [i, bad] of full.entries()) {
      const [col, row] = [i % camera.width, Math.floor(i / camera.width)];
      if (bad) binned[Math.floor(row / binning) * image.width + Math.floor(col / binning)] = 1;
    }
    assert.deepEqual(marked(list, image, list.firstRow), binned, `seed ${seed}, binned by ${binning}`);

    const fine = drawn({ ...list, size: camera }, camera);
    const finer = { width: camera.width * 2, height: camera.height * 2 };
    const expected = Uint8Array.from({ length: finer.width * finer.height }, (_, i) => {
      const [col, row] = [Math.floor((i % finer.width) / 2), Math.floor(Math.floor(i / finer.width) / 2)];
      return fine[row * camera.width + col]!;
    });
    assert.deepEqual(marked(list, finer, list.firstRow), expected, `seed ${seed}, super-resolution`);
  }
});

test('an image that shows the middle of the camera has its defects where they are, which is said', () => {
  const list: DefectList = {
    ...EMPTY,
    size: { width: 100, height: 80 },
    areas: [{ col: 50, row: 40, width: 1, height: 1, line: 0 }],
  };
  const { list: found, note } = fitted('k2.txt', list, { width: 98, height: 78 });
  assert.deepEqual(found.areas, [{ col: 49, row: 39, width: 1, height: 1, line: 0 }]);
  assert.match(note!, /k2\.txt: the image is taken for the middle of the camera, from 100 x 80 px/);
  // One column that fills no binned pixel is not worth a word besides the binning.
  assert.equal(fitted('k2.txt', list, { width: 33, height: 26 }).note, 'k2.txt: binned by 3, from 100 x 80 px');
});

/** As saved images are turned: flip about the vertical axis for 4, then quarter turns counterclockwise. */
function turnedImage(pixels: Uint8Array, { width, height }: Size, rotationAndFlip: number): [Uint8Array, Size] {
  let [now, size] = [pixels, { width, height }];
  const remade = (to: Size, from: (col: number, row: number) => [number, number]): void => {
    const before = now;
    const [w] = [size.width];
    now = Uint8Array.from({ length: to.width * to.height }, (_, i) => {
      const [col, row] = from(i % to.width, Math.floor(i / to.width));
      return before[row * w + col]!;
    });
    size = to;
  };
  if (rotationAndFlip & 4) remade(size, (col, row) => [size.width - 1 - col, row]);
  for (let turn = 0; turn < rotationAndFlip % 4; turn++) {
    const { width: w, height: h } = size;
    // The right-hand column becomes the top row.
    remade({ width: h, height: w }, (col, row) => [w - 1 - row, col]);
  }
  return [now, size];
}

test('RotationAndFlip: a list turned to any of the eight marks what the turned image would show', () => {
  for (let seed = 0; seed < 80; seed++) {
    const random = new Random(seed);
    const chip = random.pick(SIZES);
    const list: DefectList = { ...randomList(random, chip), rotationAndFlip: 0 };
    /** Its first row on top. */
    const seen = (each: DefectList): Uint8Array => {
      const pixels = drawn(each, each.size!);
      return each.firstRow === 'top' ? pixels : turnedOver(pixels, each.size!);
    };
    const to = seed % 8;
    const [expected, size] = turnedImage(seen(list), chip, to);
    const turned = turnedTo(list, to);
    assert.deepEqual(turned.size, size);
    assert.deepEqual(seen(turned), expected, `seed ${seed}, to ${to}`);
    const other = random.below(8);
    const [viaOther] = turnedImage(seen(list), chip, other);
    assert.deepEqual(seen(turnedTo(turned, other)), viaOther, `${to} to ${other}`);
    assert.deepEqual(turnedTo(turned, 0), list, 'and back');
  }
});

test('a list of a turned camera is turned back where only that fits, and refused where nobody can know', async () => {
  const list = await read(
    'turned.txt',
    'CameraSizeX 40\nCameraSizeY 60\nRotationAndFlip 1\nBadPixels 3 5\nBadColumns 7\n',
  );
  const { list: found, note } = fitted('turned.txt', list, { width: 60, height: 40 });
  assert.deepEqual(drawn(found, found.size!), drawn(turnedTo(list, 0), { width: 60, height: 40 }));
  assert.match(note!, /turned back from RotationAndFlip 1/);
  assert.throws(
    () => fitted('turned.txt', { ...list, rotationAndFlip: 0 }, { width: 60, height: 40 }),
    /turned\.txt: found a camera of 40 x 60 px, expected 60 x 40 px or a multiple of it: turned by 90 degrees; turn the list with .*--rotation-flip/,
  );
});

const WRONG: readonly (readonly [content: string, message: RegExp])[] = [
  ['CameraSizeX 60\nBadColums 7\n', /line 2: found "BadColums 7", expected CameraSizeX, /],
  [
    'CameraSizeX 60\n\n# x\nBadColumns 7 x\n',
    /line 4: found "BadColumns 7 x", expected whole numbers after BadColumns/,
  ],
  ['BadPixels 7\n', /line 1: .*expected pairs of whole numbers: column, row after BadPixels/],
  ['BadColumns\n', /line 1: .*expected whole numbers after BadColumns/],
  ['BadColumns -3\n', /line 1: .*expected whole numbers/],
  ['BadColumns 1\nPartialBadColumn 3 1 9 4\n', /line 2: .*column, width, first row, last row/],
  ['BadColumns 1\nUsableArea 1 2 3\n', /line 2: .*top, left, bottom, right/],
  ['BadColumns 1\nRotationAndFlip 8\n', /line 2: .*from 0 to 7/],
  ['1 2 3 4\n1 2 3\n', /line 2: found "1 2 3", expected four whole numbers: x, y, width and height/],
  ['1 2 3 0\n', /line 1: .*the last two at least 1/],
  ['1 2 3 4\n1 2 3.5 4\n', /line 2: found "1 2 3.5 4"/],
  ['<defects>\n<point>1</point></defects>', /line 2: found "1", expected column,row in <point>/],
  ['<defects>\n\n<colum>1</colum></defects>', /line 3: found "<colum>", expected col, row, point/],
  ['<defects>\n<col>9-7</col></defects>', /line 2: found "9-7", expected columns such as/],
  ['<defects><col>7</row></defects>', /line 1: found "<\/row>", expected the end of the element/],
  ['<defects><col>7</col>', /line 1: found "the end of the file", expected <\/defects>; is the file cut short\?/],
  ['<html>\n<col>7</col></html>', /line 1: found "<html>", expected one element <defects>/],
  ['<defects>\nhello</defects>', /line 2: found "hello", expected an element such as <point>/],
  ['columns: [7]\ncolums: [8]\n', /line 2: colums: found \[8\], expected width, height, /],
  ['columns:\n  - 7\n  - x\n', /line 3: columns\.1: found "x", expected a whole number from 0/],
  ['pixels:\n  - [1, 2]\n  - [1]\n', /line 3: pixels\.1: found \[1\], expected \[column, row\]/],
  ['areas:\n  - [1, 2, 0, 4]\n', /line 2: areas\.0: .*a width and a height of at least 1/],
  ['columns: 7\n', /line 1: columns: found 7, expected a list/],
  ['columns: [7\n', /line 2, column 1: /],
  ['rowZero: left\ncolumns: [7]\n', /line 1: rowZero: found "left", expected top or bottom/],
  ['width: 40\ncolumns: [7]\n', /expected width and height, or neither/],
  ['Dear reader,\n', /line 1: found "Dear reader,", expected a list of defects: SerialEM's keywords/],
  ['1 2 3 4\n\xff\n', /found bytes that are not UTF-8|line 2/],
];

test('a line that cannot be understood is an error with its number, in every format', async () => {
  for (const [content, message] of WRONG) {
    await assert.rejects(readDefectList(save('wrong.txt', content)), (error) => {
      assert.ok(error instanceof Refusal, `${content}: ${error}`);
      assert.match(error.message, /wrong\.txt/);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('a defect outside the camera is an error with its line', async () => {
  const OUTSIDE: readonly (readonly [string, RegExp])[] = [
    [
      'CameraSizeX 60\nCameraSizeY 40\nBadColumns 60\n',
      /line 3: found column 60, row 0, expected pixels of 60 x 40 px/,
    ],
    ['1 1 1 1\n59 38 1 3\n', /line 2: found column 59, row 40, expected pixels of 60 x 40/],
    ['<defects><row>3</row>\n<point>3,40</point></defects>', /line 2: found column 3, row 40/],
    ['columns: [1]\nrows: [39, 41]\n', /line 2: found column 0, row 41/],
    ['CameraSizeX 60\nCameraSizeY 40\nUsableArea 0 0 40 59\n', /found column 59, row 40/],
  ];
  for (const [content, message] of OUTSIDE) {
    const list = await read('outside.txt', content);
    assert.throws(() => fitted('outside.txt', list, { width: 60, height: 40 }), message, content);
  }
});
