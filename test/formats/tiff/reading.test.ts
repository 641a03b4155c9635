/** TIFF files as other programs write them: real ones from beside the project, and made ones of every layout. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DATA, folder, noData, random, read } from './lab.ts';
import { grey, makeTiff } from './maker.ts';

const into = folder();
const noTiffcp = spawnSync('tiffcp', ['-v']).error ? 'tiffcp is not installed' : false;
const falling = (rows: number[]): number[] => rows.toReversed();

/** Pixels of an uint16 MRC file: header of 1024 bytes, extended header, data. */
function mrcPixels(name: string): Uint16Array {
  const bytes = fs.readFileSync(new URL(name, DATA));
  const data = bytes.subarray(1024 + bytes.readInt32LE(92));
  return new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
}

test('every TIFF file of the real micrograph has its pixels, whatever the height of the bands', {
  skip: noData,
}, async () => {
  const raw = mrcPixels('negative-stain/raw.mrc');
  const signed = Int16Array.from(raw, (count) => count - 20_000);
  const thirds = Float32Array.from(raw, (count) => count / 3);
  for (const name of fs.readdirSync(new URL('tiff/', DATA))) {
    const expected = name === 'signed.tif' ? signed : name === 'float32.tif' ? thirds : raw;
    for (const band of [1, 7, 64, 387]) {
      const { exposure, pixels } = await read(new URL(`tiff/${name}`, DATA), band);
      assert.deepEqual([exposure.width, exposure.height, exposure.frames], [509, 387, 1], name);
      assert.ok(pixels.equals(Buffer.from(expected.buffer)), `${name} in bands of ${band}`);
    }
  }
});

test('a movie of five pages has the pixels of the MRC stack', { skip: noData }, async () => {
  const { exposure, pixels } = await read(new URL('movie/frames.tif', DATA));
  assert.equal(exposure.frames, 5);
  assert.ok(pixels.equals(Buffer.from(mrcPixels('movie/frames.mrc').buffer)));
});

test('rows may be asked for in any order', { skip: noData }, async () => {
  for (const name of [
    'lzw-predictor.tif',
    'deflate.tif',
    'zstd.tif',
    'packbits.tif',
    'tiled-lzw.tif',
    'one-strip.tif',
  ]) {
    const rising = await read(new URL(`tiff/${name}`, DATA), 23);
    const fell = await read(new URL(`tiff/${name}`, DATA), 23, falling);
    assert.ok(rising.pixels.equals(fell.pixels), name);
  }
});

test('a strip that is decoded in many pieces gives its rows in any order', async () => {
  const [width, height] = [1280, 900];
  const next = random(9);
  const rows = Array.from({ length: height }, () =>
    Buffer.from(Uint8Array.from({ length: width }, () => next() * 256)),
  );
  // PackBits in its plainest form: ten literal runs of 128 bytes a row.
  const strip = rows.flatMap((row) => cut(row, 128).flatMap((run) => [Buffer.of(127), run]));
  const file = path.join(into, 'pieces.tif');
  const fields = grey(width, height, 8, [{ tag: 259, type: 3, values: [32_773] }]);
  fs.writeFileSync(file, makeTiff([{ fields, blocks: [Buffer.concat(strip)] }]));
  for (const order of [(tops: number[]) => tops, falling]) {
    assert.ok((await read(file, 100, order)).pixels.equals(Buffer.concat(rows)));
  }
});

test('big-endian files, BigTIFF files and files that are both give the same pixels, with one strip or with many', async () => {
  const [width, height] = [33, 600];
  const next = random(1);
  const pixels = Buffer.from(Uint16Array.from({ length: width * height }, () => next() * 65_536).buffer);
  for (const bigEndian of [false, true]) {
    for (const big of [false, true]) {
      // 600 strips: their table is far longer than what is read with the directory.
      for (const rows of [1, 7, height]) {
        const stored = bigEndian ? Buffer.from(pixels).swap16() : pixels;
        const blocks = cut(stored, width * 2 * rows);
        const file = path.join(into, `order-${bigEndian}-${big}-${rows}.tif`);
        const perStrip = { tag: 278, type: 3, values: [rows] };
        fs.writeFileSync(file, makeTiff([{ fields: grey(width, height, 16, [perStrip]), blocks }], { big, bigEndian }));
        assert.ok((await read(file, 50)).pixels.equals(pixels), file);
      }
    }
  }
});

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

test('each sample format is read as its type', async () => {
  const types = [
    { bits: 8, format: 1, type: 'uint8' },
    { bits: 8, format: 2, type: 'int8' },
    { bits: 16, format: 1, type: 'uint16' },
    { bits: 16, format: 2, type: 'int16' },
    { bits: 16, format: 3, type: 'float16' },
    { bits: 16, format: 4, type: 'uint16' },
    { bits: 32, format: 3, type: 'float32' },
  ];
  for (const { bits, format, type } of types) {
    const pixels = Buffer.from(Uint8Array.from({ length: (6 * bits) / 8 }, (_, index) => index * 3));
    const file = path.join(into, `${type}-${format}.tif`);
    fs.writeFileSync(
      file,
      makeTiff([{ fields: grey(3, 2, bits, [{ tag: 339, type: 3, values: [format] }]), blocks: [pixels] }]),
    );
    const found = await read(file);
    assert.equal(found.exposure.type, type);
    assert.ok(found.pixels.equals(pixels), type);
  }
});

test('differences are summed in rows of any width, for samples of every size and both byte orders', async () => {
  const { deflateSync } = await import('node:zlib');
  const next = random(2);
  for (const bits of [8, 16, 32]) {
    const [Samples, size] = bits === 8 ? [Uint8Array, 1] : bits === 16 ? [Uint16Array, 2] : [Uint32Array, 4];
    for (const width of [1, 2, 3, 5, 8, 15, 16, 17, 31, 64, 100]) {
      const pixels = new Samples(Array.from({ length: width * 3 }, () => next() * 2 ** bits));
      const differences = pixels.map((value, index) => (index % width === 0 ? value : value - pixels[index - 1]!));
      for (const bigEndian of [false, true]) {
        const stored = Buffer.from(differences.buffer.slice(0));
        if (bigEndian && size === 2) stored.swap16();
        if (bigEndian && size === 4) stored.swap32();
        const fields = grey(width, 3, bits, [
          { tag: 259, type: 3, values: [8] },
          { tag: 317, type: 3, values: [2] },
          { tag: 339, type: 3, values: [bits === 32 ? 3 : 1] },
        ]);
        const file = path.join(into, 'differences.tif');
        fs.writeFileSync(file, makeTiff([{ fields, blocks: [deflateSync(stored)] }], { bigEndian }));
        assert.ok((await read(file)).pixels.equals(Buffer.from(pixels.buffer)), `${bits} bits, width ${width}`);
      }
    }
  }
});

test('thumbnails and masks are no frames, other pages are', async () => {
  const page = (value: number, subfile: number) => ({
    fields: grey(2, 1, 8, [{ tag: 254, type: 4, values: [subfile] }]),
    blocks: [Buffer.from([value, value])],
  });
  const small = { fields: grey(1, 1, 8, [{ tag: 254, type: 4, values: [1] }]), blocks: [Buffer.from([9])] };
  const file = path.join(into, 'thumbnails.tif');
  const old = { ...small, fields: grey(1, 1, 8, [{ tag: 255, type: 3, values: [2] }]) };
  fs.writeFileSync(file, makeTiff([page(1, 0), small, page(2, 2), old, page(3, 4), page(4, 0)]));
  const { exposure, pixels } = await read(file);
  assert.equal(exposure.frames, 3);
  assert.deepEqual([...pixels], [1, 1, 2, 2, 4, 4]);
});

test('the resolution becomes a pixel size where it speaks of a specimen, not where it speaks of paper', async () => {
  const cases = [
    { resolution: [80_000_000, 1], unit: 3, size: 1.25 },
    { resolution: [2_540_000, 1], unit: 2, size: 100 },
    { resolution: [300, 1], unit: 2, size: undefined },
    { resolution: [1, 1], unit: 1, size: undefined },
    { resolution: [0, 0], unit: 3, size: undefined },
    { resolution: [5, 0], unit: 3, size: undefined },
  ];
  for (const { resolution, unit, size } of cases) {
    const fields = grey(1, 1, 8, [
      { tag: 282, type: 5, values: resolution },
      { tag: 296, type: 3, values: [unit] },
    ]);
    const file = path.join(into, 'resolution.tif');
    fs.writeFileSync(file, makeTiff([{ fields, blocks: [Buffer.from([1])] }]));
    const { exposure, carried } = await read(file);
    assert.equal(exposure.pixelSize, size, `${resolution} per unit ${unit}`);
    assert.equal(carried.pixelSize, size);
  }
});

test('a strip that holds far more than is needed is read as far as it is needed, piece by piece', async () => {
  const { deflateSync } = await import('node:zlib');
  const file = path.join(into, 'more.tif');
  const fields = grey(64, 4, 8, [{ tag: 259, type: 3, values: [8] }]);
  fs.writeFileSync(file, makeTiff([{ fields, blocks: [deflateSync(Buffer.alloc(30_000_000, 7))] }]));
  assert.ok((await read(file)).pixels.equals(Buffer.alloc(256, 7)));
});

test('a strip that holds a whole image of 36 MB is read without room for it, and its damage is found', {
  skip: noTiffcp,
}, async () => {
  const [width, height] = [6000, 6000];
  const next = random(8);
  const pixels = Buffer.from(Uint8Array.from({ length: width * height }, () => (next() < 0.1 ? next() * 9 : 0)));
  const plain = path.join(into, 'large.tif');
  fs.writeFileSync(plain, makeTiff([{ fields: grey(width, height, 8), blocks: [pixels] }]));
  for (const way of ['lzw', 'zip', 'zstd', 'packbits']) {
    const packed = path.join(into, `large-${way}.tif`);
    assert.equal(spawnSync('tiffcp', ['-c', way, '-r', String(height), plain, packed]).status, 0);
    const before = process.memoryUsage().arrayBuffers;
    const found = await read(packed, 512);
    assert.ok(found.pixels.equals(pixels), way);
    // What remains beside the pixels that this test keeps: pieces, not an image.
    assert.ok(process.memoryUsage().arrayBuffers - before - pixels.length < 24 << 20, way);

    const bytes = fs.readFileSync(packed);
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 5000);
    fs.writeFileSync(packed, bytes);
    const damaged = await read(packed, 512).catch((error) => error);
    // PackBits and LZW have no checks: there, damage can end in other pixels.
    if (way === 'zip' || way === 'zstd') assert.match(damaged.message, /bytes can be decoded, expected 36000000/, way);
  }
});
