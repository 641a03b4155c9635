/** Predictor 3: the bytes of floating-point numbers in planes, and their differences (Adobe, TIFF Technical Note 3). */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { float16Bits } from '../../made/mrc.ts';
import { folder, random, read, write } from './lab.ts';
import { grey, type MadeField, makeTiff } from './maker.ts';

const into = folder();
const noTiffcp = spawnSync('tiffcp', ['-v']).error ? 'libtiff-tools are not installed' : false;
const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });

/** Rows of little-endian numbers as planes of differences. */
function predicted(numbers: Buffer, width: number, bytes: number): Buffer {
  const rowBytes = width * bytes;
  return Buffer.concat(
    Array.from({ length: numbers.length / rowBytes }, (_, row) => {
      const planes = Array.from({ length: rowBytes }, (_, at) => {
        const [plane, col] = [Math.floor(at / width), at % width];
        return numbers[row * rowBytes + col * bytes + bytes - 1 - plane]!;
      });
      return Buffer.from(planes.map((byte, at) => byte - (planes[at - 1] ?? 0)));
    }),
  );
}

test('numbers of 16 and 32 bits come back to the last bit, in either byte order, in strips and tiles', async () => {
  const next = random(8);
  for (const [bytes, width] of [2, 4].flatMap((size) => [1, 15, 16, 17, 48, 101].map((w) => [size, w] as const))) {
    const height = 32;
    const values = Array.from({ length: width * height }, () => (next() - 0.5) * 10 ** (8 * next() - 4));
    const numbers = Buffer.from(
      (bytes === 4 ? Float32Array.from(values) : Uint16Array.from(values, float16Bits)).buffer,
    );
    for (const bigEndian of [false, true]) {
      const file = path.join(into, 'predicted.tif');
      const fields = grey(width, height, 8 * bytes, [field(259, 3, 8), field(317, 3, 3), field(339, 3, 3)]);
      fs.writeFileSync(
        file,
        makeTiff([{ fields, blocks: [deflateSync(predicted(numbers, width, bytes))] }], { bigEndian }),
      );
      const found = await read(file, 5);
      assert.equal(found.exposure.type, bytes === 4 ? 'float32' : 'float16');
      assert.ok(found.pixels.equals(numbers), `${bytes} bytes, ${width} px, ${bigEndian}`);
    }
  }
});

test('what tiffcp writes with predictor 3 is read, with LZW, Deflate and Zstandard', { skip: noTiffcp }, async (t) => {
  const next = random(9);
  const [width, height] = [301, 100];
  const pixels = Buffer.from(Float32Array.from({ length: width * height }, () => 1 + 0.1 * next()).buffer);
  const plain = await write(into, 'norm.tif', pixels, { width, height, type: 'float32' });
  for (const way of ['lzw:3', 'zip:3', 'zstd:3']) {
    for (const shape of [
      ['-r', '7'],
      ['-t', '-w', '64', '-l', '32'],
    ]) {
      const packed = path.join(into, 'packed.tif');
      const ran = spawnSync('tiffcp', ['-c', way, ...shape, plain, packed], { encoding: 'utf8' });
      if (ran.status !== 0) {
        t.diagnostic(`tiffcp cannot write ${way}: ${ran.stderr}`);
        continue;
      }
      assert.ok((await read(packed, 13)).pixels.equals(pixels), `${way} ${shape.join(' ')}`);
    }
  }
});
