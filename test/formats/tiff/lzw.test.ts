/** LZW as libtiff writes it and as others might: the kernel against files of tiffcp and against a plain encoder. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folder, random, read, refused, write } from './lab.ts';
import { grey, makeTiff } from './maker.ts';

const into = folder();
const noTiffcp = spawnSync('tiffcp', ['-v']).error ? 'tiffcp is not installed' : false;

/** Images that drive LZW to its ends: no repetition, nothing else, and counted electrons in between. */
const IMAGES = {
  noise: (next: () => number) => () => next() * 256,
  zeros: () => () => 0,
  electrons: (next: () => number) => () => (next() < 0.1 ? 1 : 0),
  steps: () => (index: number) => index >> 9,
  pairs: (next: () => number) => () => (next() < 0.5 ? 7 : 8),
};

test('LZW files of tiffcp have the pixels they were made from, with one strip or many, with and without differences', {
  skip: noTiffcp,
}, async () => {
  const [width, height, frames] = [301, 200, 3];
  for (const [name, image] of Object.entries(IMAGES)) {
    const made = image(random(3));
    const pixels = Buffer.from(Uint8Array.from({ length: width * height * frames * 2 }, (_, index) => made(index)));
    const plain = await write(into, `${name}.tif`, pixels, { width, height, frames });
    for (const way of ['lzw', 'lzw:2']) {
      for (const rows of [1, 16, height]) {
        const packed = path.join(into, `${name}-lzw.tif`);
        const ran = spawnSync('tiffcp', ['-c', way, '-r', String(rows), plain, packed], { encoding: 'utf8' });
        assert.equal(ran.status, 0, ran.stderr);
        assert.ok((await read(packed, 37)).pixels.equals(pixels), `${name}, ${way}, ${rows} rows a strip`);
      }
    }
  }
});

test('8-bit movies packed by tiffcp have their pixels', { skip: noTiffcp }, async () => {
  const next = random(4);
  const frames = Array.from({ length: 5 }, () =>
    Buffer.from(Uint8Array.from({ length: 127 * 63 }, () => (next() < 0.2 ? next() * 4 : 0))),
  );
  const plain = path.join(into, 'movie.tif');
  fs.writeFileSync(plain, makeTiff(frames.map((frame) => ({ fields: grey(127, 63, 8), blocks: [frame] }))));
  for (const way of ['lzw', 'packbits', 'zip', 'zstd']) {
    const packed = path.join(into, `movie-${way}.tif`);
    assert.equal(spawnSync('tiffcp', ['-c', way, plain, packed]).status, 0, way);
    assert.ok((await read(packed)).pixels.equals(Buffer.concat(frames)), way);
  }
});

/** Writes codes as TIFF's LZW does. `limit`: entries after which the table is cleared; 4096 uses them all, Infinity never clears. */
function encode(bytes: Uint8Array, limit: number): Buffer {
  const out: number[] = [];
  let [held, bits, width] = [0, 0, 9];
  const put = (code: number): void => {
    held = (held << width) | code;
    bits += width;
    for (; bits >= 8; bits -= 8) out.push((held >> (bits - 8)) & 255);
    held &= (1 << bits) - 1;
  };
  let table = new Map<string, number>();
  const code = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!);
  // The decoder's table is one entry behind: its width grows when it has 511, 1023 and 2047 entries.
  let decoder = 258;
  let first = true;
  const emit = (value: number): void => {
    put(value);
    if (!first && decoder < 4096) decoder++;
    first = false;
    if (decoder >= (1 << width) - 1 && width < 12) width++;
  };
  put(256);
  let text = '';
  for (const byte of bytes) {
    const longer = text + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      text = longer;
      continue;
    }
    emit(code(text));
    if (table.size + 258 < 4096) table.set(longer, table.size + 258);
    text = String.fromCharCode(byte);
    if (decoder >= limit) {
      put(256);
      table = new Map();
      [width, decoder, first] = [9, 258, true];
    }
  }
  if (text !== '') emit(code(text));
  put(257);
  width = 8;
  put(0);
  return Buffer.from(out);
}

test('tables that are cleared early, at their last entry, or never are all decoded', async () => {
  for (const [name, image] of Object.entries(IMAGES)) {
    const made = image(random(5));
    const pixels = Buffer.from(Uint8Array.from({ length: 400 * 300 }, (_, index) => made(index)));
    for (const limit of [300, 4094, 4095, 4096, Number.POSITIVE_INFINITY]) {
      const file = path.join(into, 'table.tif');
      fs.writeFileSync(file, lzwTiff(400, 300, encode(pixels, limit)));
      assert.ok((await read(file, 11)).pixels.equals(pixels), `${name}, cleared at ${limit}`);
    }
  }
});

const lzwTiff = (width: number, height: number, strip: Uint8Array): Buffer =>
  makeTiff([{ fields: grey(width, height, 8, [{ tag: 259, type: 3, values: [5] }]), blocks: [strip] }]);

test('random codes end in a message or in pixels, never outside their memory', async () => {
  const next = random(6);
  for (let round = 0; round < 300; round++) {
    const strip = Uint8Array.from({ length: 2 + next() * 3000 }, () => next() * 256);
    strip[0] = 0x80; // clear, so that at least something is decoded
    const file = path.join(into, 'random.tif');
    fs.writeFileSync(file, lzwTiff(64, 64, strip));
    await read(file).catch(async () => await refused(file, 'format', /damaged/));
  }
});

test('LZW that ends early is damaged, not dark', async () => {
  const strip = encode(new Uint8Array(1000).fill(5), 4094);
  const file = path.join(into, 'short.tif');
  fs.writeFileSync(file, lzwTiff(40, 30, strip));
  await refused(file, 'format', /1000 bytes can be decoded, expected 1200/);
});

test('LZW from before TIFF 6.0 is refused by name', async () => {
  const file = path.join(into, 'old.tif');
  fs.writeFileSync(file, lzwTiff(4, 4, Uint8Array.of(0x00, 0x01, 0x02, 0x03)));
  await refused(file, 'unsupported', /before TIFF 6.0/);
});
