/** Files that say twice, or in an odd way, where their pixels are: programs read different pixels out of them. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folder, read, refused } from './lab.ts';
import { grey, type MadeField, type MadePage, makeTiff } from './maker.ts';

const into = folder();
const pixels = Buffer.from(Uint8Array.from({ length: 64 }, (_, index) => index));
const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });
const page = (...others: MadeField[]): MadePage => ({ fields: grey(8, 8, 8, others), blocks: [pixels] });

function save(name: string, bytes: Uint8Array): string {
  const file = path.join(into, `${name.replaceAll(/\W+/g, '-')}.tif`);
  fs.writeFileSync(file, bytes);
  return file;
}

/** Tag, name, and the value it has in `page`. */
const LAYOUT: [number, string, number][] = [
  [254, 'NewSubfileType', 0],
  [255, 'SubfileType', 1],
  [256, 'ImageWidth', 8],
  [257, 'ImageLength', 8],
  [258, 'BitsPerSample', 8],
  [259, 'Compression', 1],
  [262, 'Photometric', 1],
  [266, 'FillOrder', 1],
  [273, 'StripOffsets', 8],
  [274, 'Orientation', 1],
  [277, 'SamplesPerPixel', 1],
  [278, 'RowsPerStrip', 8],
  [279, 'StripByteCounts', 64],
  [284, 'PlanarConfiguration', 1],
  [339, 'SampleFormat', 1],
  [32_996, 'DataType', 2],
  [32_997, 'ImageDepth', 1],
];

for (const big of [false, true]) {
  const kind = big ? 'BigTIFF' : 'classic TIFF';

  test(`${kind}: a layout field that comes twice is refused by name, whether the two agree or not`, async () => {
    for (const [tag, name, value] of LAYOUT) {
      for (const second of [value, value + 1]) {
        const file = save('twice', makeTiff([page(field(tag, 4, value), field(tag, 4, second))], { big }));
        await refused(file, 'format', new RegExp(`TIFF tag ${tag} \\(${name}\\) is there twice, expected it once`));
      }
    }
  });

  test(`${kind}: a layout field of a type other than BYTE, SHORT, LONG and LONG8 is refused by name`, async () => {
    for (const [tag, name, value] of LAYOUT) {
      for (const [type, word, ...values] of [
        [2, 'ASCII', value],
        [5, 'RATIONAL', value, 1],
        [6, 'SBYTE', value],
        [9, 'SLONG', value],
        [12, 'DOUBLE', value],
        [13, 'IFD', value],
        [99, '99', value],
      ] as [number, string, ...number[]][]) {
        const file = save('type', makeTiff([page(field(tag, type, ...values))], { big }));
        const text = `TIFF tag ${tag} \\(${name}\\) has type ${word}, expected BYTE, SHORT, LONG or LONG8`;
        await refused(file, 'format', new RegExp(text));
      }
    }
  });

  test(`${kind}: a layout field of every right type is read`, async () => {
    for (const [tag, name, value] of LAYOUT) {
      for (const type of big ? [1, 3, 4, 16] : [1, 3, 4]) {
        const place = tag === 273 ? (big ? 16 : 8) : value;
        const found = await read(save('right', makeTiff([page(field(tag, type, place))], { big })));
        assert.ok(found.pixels.equals(pixels), `${name} as type ${type}`);
      }
    }
  });
}

test('a layout field with no value, or with two where there is one, is refused', async () => {
  for (const tag of [256, 257, 259, 262, 274, 277, 278, 284]) {
    for (const values of [[], [8, 9]]) {
      const file = save('values', makeTiff([page(field(tag, 3, ...values))]));
      await refused(file, 'format', new RegExp(`TIFF tag ${tag} .* has ${values.length} values, expected one`));
    }
  }
});

test('a page that lists strips and tiles is refused: nobody knows which are meant', async () => {
  const counts = save('counts', makeTiff([page(field(325, 3, 64))]));
  await refused(counts, 'format', /TileByteCounts\) stands beside StripByteCounts/);
  for (const tag of [322, 323]) {
    await refused(save('half', makeTiff([page(field(tag, 3, 16))])), 'format', /has tiles of (16 x 0|0 x 16) px/);
  }
  const file = save(
    'both',
    makeTiff([page(field(322, 3, 16), field(323, 3, 16), field(324, 4, 8), field(325, 4, 256))]),
  );
  await refused(file, 'format', /TileOffsets\) stands beside StripOffsets/);
});

test('a doubled field on a later page is refused too, also where it makes the page look like a thumbnail', async () => {
  const hidden = page(field(254, 4, 1), field(254, 4, 0));
  await refused(save('hidden', makeTiff([page(), hidden])), 'format', /NewSubfileType\) is there twice/);
  const later = page(field(256, 4, 8), field(256, 4, 4));
  await refused(save('later', makeTiff([page(), later])), 'format', /ImageWidth\) is there twice/);
});

test('fields of a type that TIFF does not know are skipped, wherever they stand and whatever they claim', async () => {
  for (const big of [false, true]) {
    for (const bigEndian of [false, true]) {
      const odd = [
        { tag: 37_724, type: 0, values: [1] },
        { tag: 50_000, type: 99, values: [1, 2, 3] },
        { tag: 50_001, type: 99, values: [1, 2, 3], count: 2 ** 31 },
        { tag: 65_500, type: 65_535, values: [] },
      ].map((one) => ({ ...one, values: Uint8Array.from(one.values) }));
      const file = save('unknown', makeTiff([page(...odd), page(...odd)], { big, bigEndian }));
      const { pixels: found, carried } = await read(file);
      assert.ok(found.equals(Buffer.concat([pixels, pixels])));
      assert.equal(
        carried.tiff![0]!.some(({ type }) => type === 99),
        false,
      );
    }
  }
});

test('a 64-bit number above 2^53 in a private field does not keep the image from being read', async () => {
  const clock = Buffer.alloc(8, 0xff);
  const file = save('clock', makeTiff([page({ tag: 51_000, type: 16, values: clock })], { big: true }));
  assert.ok((await read(file)).pixels.equals(pixels));
});

test('a field that is no layout and of a strange type does not keep the image from being read', async () => {
  for (const tag of [282, 296, 33_445, 33_629]) {
    for (const values of ['abc', 'a text of some length']) {
      assert.ok((await read(save('strange', makeTiff([page({ tag, type: 2, values })])))).pixels.equals(pixels));
    }
  }
});

test('an orientation of 0 means 1', async () => {
  assert.ok((await read(save('zero', makeTiff([page(field(274, 3, 0))])))).pixels.equals(pixels));
});

test('tiles that are listed in the fields of strips are read', async () => {
  const tile = (value: number): Buffer => Buffer.alloc(256, value);
  const fields = grey(20, 16, 8, [field(322, 3, 16), field(323, 3, 16)]).filter(({ tag }) => tag !== 278);
  const file = save('tiles', makeTiff([{ fields, blocks: [tile(1), tile(2)] }]));
  const row = [...Array<number>(16).fill(1), ...Array<number>(4).fill(2)];
  assert.deepEqual([...(await read(file)).pixels.subarray(0, 40)], [...row, ...row]);
});
