/** Damaged and hostile TIFF files: one clear message each, soon, and never pixels that were not there. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { tiff } from '../../../src/formats/tiff/tiff.ts';
import type { FaultKind } from '../../../src/model/outcome.ts';
import { DATA, folder, noData, random, read, refused } from './lab.ts';
import { grey, type Layout, type MadeField, type MadePage, makeTiff } from './maker.ts';

const into = folder();
const pixels = Buffer.alloc(64, 3);
const page = (...others: MadeField[]): MadePage => ({ fields: grey(8, 8, 8, others), blocks: [pixels] });
const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });

function save(name: string, bytes: Uint8Array): string {
  const file = path.join(into, `${name.replaceAll(/\W+/g, '-')}.tif`);
  fs.writeFileSync(file, bytes);
  return file;
}

const BROKEN: Record<string, { pages: MadePage[]; layout?: Layout; kind: FaultKind; text: RegExp }> = {
  'a width of 2^32 - 1': { pages: [page(field(256, 4, 2 ** 32 - 1))], kind: 'format', text: /4294967295 x 8 px/ },
  'a million by a million': { pages: [page(field(256, 4, 1e6), field(257, 4, 1e6))], kind: 'format', text: /1000000/ },
  'more pixels than 2^31': {
    pages: [page(field(256, 4, 65_536), field(257, 4, 65_536))],
    kind: 'format',
    text: /2\^31/,
  },
  'no width': { pages: [page(field(256, 4, 0))], kind: 'format', text: /claims 0 x 8 px/ },
  'rows per strip of 0': { pages: [page(field(278, 4, 0))], kind: 'format', text: /strips of 8 x 0 px/ },
  'a strip past the end': {
    pages: [page(field(273, 4, 100_000))],
    kind: 'incomplete',
    text: /strip 1 of 1 ends at byte 100064/,
  },
  'a strip at 0': { pages: [page(field(273, 4, 0))], kind: 'incomplete', text: /strip 1 of 1 is not written/ },
  'a strip at 2^64 - 1': {
    pages: [page({ tag: 273, type: 16, values: new Uint8Array(8).fill(255) })],
    layout: { big: true },
    kind: 'format',
    text: /found no TIFF directory that can be read, expected one/,
  },
  'a next directory at 2^53': {
    pages: [page()],
    layout: { big: true, last: 2 ** 53 },
    kind: 'format',
    text: /found no TIFF directory that can be read, expected one/,
  },
  'a strip of no bytes': { pages: [page(field(279, 4, 0))], kind: 'incomplete', text: /not written/ },
  'a strip of 2^32 - 1 bytes': { pages: [page(field(279, 4, 2 ** 32 - 1))], kind: 'incomplete', text: /ends at byte/ },
  'a strip with too few bytes': {
    pages: [page(field(279, 4, 63))],
    kind: 'incomplete',
    text: /has 63 bytes, expected 64/,
  },
  'too few strips': { pages: [page(field(278, 4, 2))], kind: 'incomplete', text: /found 1 strips, expected 4/ },
  'no strips': { pages: [{ ...page(), blocks: [] }], kind: 'incomplete', text: /found 0 strips/ },
  'too few tiles': {
    pages: [
      { fields: grey(40, 40, 8, [field(322, 3, 16), field(323, 3, 16)]), blocks: [Buffer.alloc(256)], tiled: true },
    ],
    kind: 'incomplete',
    text: /found 1 tiles, expected 9/,
  },
  'tiles without a width': {
    pages: [{ ...page(field(323, 3, 16)), tiled: true }],
    kind: 'format',
    text: /tiles of 0 x 16 px/,
  },
  'a tile of 4 GB': {
    pages: [{ fields: grey(8, 8, 8, [field(322, 4, 65_536), field(323, 4, 65_536)]), blocks: [pixels], tiled: true }],
    kind: 'unsupported',
    text: /tiles of 65536 x 65536/,
  },
  'a table of 2^32 - 1 strips': {
    pages: [page({ tag: 273, type: 4, values: [8, 8], count: 2 ** 32 - 1 })],
    kind: 'incomplete',
    text: /tag 273/,
  },
  'a BigTIFF table of 2^52 strips': {
    pages: [page({ tag: 273, type: 16, values: [8, 8], count: 2 ** 52 })],
    layout: { big: true },
    kind: 'incomplete',
    text: /tag 273/,
  },
  'a text of 2^32 - 1 characters': {
    pages: [page({ tag: 270, type: 2, values: 'hello hello', count: 2 ** 32 - 1 })],
    kind: 'incomplete',
    text: /tag 270/,
  },
  'a loop of directories': { pages: [page(), page()], layout: { last: 'first' }, kind: 'format', text: /comes twice/ },
  'a directory past the end': {
    pages: [page()],
    layout: { last: 1_000_000 },
    kind: 'incomplete',
    text: /a directory lies at/,
  },
  'a directory in the pixels': {
    pages: [page()],
    layout: { last: 9 },
    kind: 'incomplete',
    text: /a directory lies at bytes/,
  },
  'only a thumbnail': { pages: [page(field(254, 4, 1))], kind: 'format', text: /none of them an image/ },
  'a Deflate strip that is no Deflate': {
    pages: [page(field(259, 3, 8))],
    kind: 'format',
    text: /0 bytes can be decoded, expected 64/,
  },
  'a Deflate strip that ends early': {
    pages: [{ ...page(field(259, 3, 8)), blocks: [deflateSync(pixels.subarray(0, 50))] }],
    kind: 'format',
    text: /50 bytes can be decoded/,
  },
  'a Zstandard strip that is none': {
    pages: [page(field(259, 3, 50_000))],
    kind: 'format',
    text: /0 bytes can be decoded/,
  },
  'a PackBits strip that ends early': {
    pages: [{ ...page(field(259, 3, 32_773)), blocks: [Buffer.from([0x81, 5, 0, 9])] }].map((one) => ({
      ...one,
      fields: grey(64, 64, 8, [field(259, 3, 32_773)]),
    })),
    kind: 'format',
    text: /129 bytes can be decoded, expected 4096/,
  },
};

test('each kind of damage gives one message that names the file and says what was found', async () => {
  for (const [name, { pages, layout, kind, text }] of Object.entries(BROKEN)) {
    const file = save(name, makeTiff(pages, layout));
    await refused(file, kind, text).catch((error) => assert.fail(`${name}: ${error.message}`));
  }
});

test('pages that differ are refused by the page', async () => {
  const other = { fields: grey(4, 8, 8), blocks: [pixels] };
  await refused(
    save('differ', makeTiff([page(), page(), other])),
    'unsupported',
    /page 3 of 4 x 8 px uint8, expected 8 x 8 px uint8/,
  );
});

test('empty files, files of a few bytes and text are no TIFF, and opening them says so', async () => {
  for (const bytes of [
    [],
    [0x49],
    [0x49, 0x49, 42, 0],
    [0x49, 0x49, 42, 0, 8, 0, 0, 0],
    [0x49, 0x49, 43, 0, 8, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
  ]) {
    await refused(save(`few-${bytes.length}`, Uint8Array.from(bytes)), ['format', 'incomplete']);
  }
  await refused(
    save('text', Buffer.from('this is a letter, not an image')),
    'format',
    /found no TIFF directory that can be read, expected one/,
  );
  assert.equal(tiff.recognises(Buffer.from('II*\0'), 4), true);
  assert.equal(tiff.recognises(Buffer.from('IIx\0'), 4), false);
});

test('a file cut off anywhere is incomplete or damaged, never dark', { skip: noData }, async () => {
  for (const name of ['lzw.tif', 'bigtiff.tif', 'big-endian.tif', 'tiled.tif', 'zstd.tif']) {
    const whole = fs.readFileSync(new URL(`tiff/${name}`, DATA));
    for (let part = 0; part < 40; part++) {
      const file = save('cut', whole.subarray(0, Math.floor((whole.length * part) / 40)));
      await refused(file, ['incomplete', 'format']);
    }
  }
});

test('bytes changed at random give a message or an image, within a second each', { skip: noData }, async () => {
  const next = random(7);
  for (const name of [
    'strips-of-16.tif',
    'bigtiff.tif',
    'big-endian-lzw-predictor.tif',
    'deflate.tif',
    'zstd.tif',
    'packbits.tif',
    'tiled-lzw.tif',
  ]) {
    const whole = fs.readFileSync(new URL(`tiff/${name}`, DATA));
    const directory =
      whole.readUInt16LE(2) === 43
        ? Number(whole.readBigUInt64LE(8))
        : whole[0] === 0x4d
          ? whole.readUInt32BE(4)
          : whole.readUInt32LE(4);
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 4; change++) {
        const at = round % 2 === 0 ? directory + next() * 300 : next() * bytes.length;
        bytes[Math.min(bytes.length - 1, Math.floor(at))] = next() * 256;
      }
      const file = save('changed', bytes);
      await read(file).catch(async () => await refused(file, ['format', 'incomplete', 'unsupported']));
    }
  }
});

test('a chain of directories laid on top of each other ends', { timeout: 120_000 }, async () => {
  // Each directory claims 4000 entries that are the bytes of the next ones.
  const bytes = Buffer.alloc(400_000);
  bytes.write('II*\0', 'latin1');
  for (let at = 8; at < 300_000; at += 2) bytes.writeUInt16LE(4000, at);
  bytes.writeUInt32LE(8, 4);
  await refused(save('stacked', bytes), ['format', 'incomplete']);
});
