/** TIFF files as this project writes them, read back by itself, by libtiff and by tifffile. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { OutputFile } from '../../../src/files/output-file.ts';
import type { Compression } from '../../../src/formats/format.ts';
import { tiff } from '../../../src/formats/tiff/tiff.ts';
import { PIXELS, type WrittenType } from '../../../src/model/exposure.ts';
import { folder, newBench, PROVENANCE, random, read, write } from './lab.ts';
import { grey, makeTiff } from './maker.ts';

const into = folder();
const LINE = PROVENANCE.lines.join('; ');
const TYPES: WrittenType[] = ['uint16', 'int16', 'float32'];
const COMPRESSIONS: Compression[] = ['none', 'lzw', 'deflate', 'zstd'];

/** Debian's Python, which has tifffile; another one may come first in the path. */
const PYTHON = '/usr/bin/python3';
const noTifffile = spawnSync(PYTHON, ['-c', 'import tifffile']).status === 0 ? false : 'tifffile is not installed';
const noTiffcp = spawnSync('tiffcp', ['-v']).error ? 'libtiff-tools are not installed' : false;

function noisy(pixels: number, type: WrittenType, seed: number): Buffer {
  const next = random(seed);
  const values = Array.from({ length: pixels }, () => Math.round(next() * 65_535) - (type === 'uint16' ? 0 : 32_768));
  const made =
    type === 'uint16'
      ? Uint16Array.from(values)
      : type === 'int16'
        ? Int16Array.from(values)
        : Float32Array.from(values, (value) => value / 7);
  return Buffer.from(made.buffer);
}

/** What tifffile finds in a file: pixels little-endian, shape, type. */
function tifffile(file: string): { pixels: Buffer; shape: number[]; type: string; description: string; ome: boolean } {
  const script = `
import sys, json, tifffile
t = tifffile.TiffFile(sys.argv[1])
a = t.asarray()
a = a.astype(a.dtype.newbyteorder('<'))
open(sys.argv[1] + '.raw', 'wb').write(a.tobytes())
print(json.dumps({'shape': a.shape, 'type': str(a.dtype), 'description': t.pages[0].description, 'ome': bool(t.is_ome)}))`;
  const ran = spawnSync(PYTHON, ['-c', script, file], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return { ...JSON.parse(ran.stdout), pixels: fs.readFileSync(`${file}.raw`) };
}

/** What libtiff says of a file; with '-D' it reads the pixels as well. */
function tiffinfo(file: string, ...options: string[]): string {
  const ran = spawnSync('tiffinfo', [...options, file], { encoding: 'utf8' });
  assert.equal(ran.status, 0);
  assert.equal(ran.stderr, '', 'libtiff has nothing to complain about');
  return ran.stdout;
}

test('what is written is read back, for every type, compression, number of frames, height of band and direction', async () => {
  for (const type of TYPES) {
    for (const compression of COMPRESSIONS) {
      for (const frames of [1, 3]) {
        const [width, height] = [301, 211];
        const pixels = noisy(width * height * frames, type, 1);
        for (const band of [1, 13, 64, height]) {
          for (const turned of [false, true]) {
            const file = await write(into, 'back.tif', pixels, {
              width,
              height,
              frames,
              type,
              compression,
              band,
              turned,
            });
            const found = await read(file, 50);
            const what = `${type} ${compression} ${frames} frames, bands of ${band}${turned ? ', turned' : ''}`;
            assert.deepEqual([found.exposure.type, found.exposure.frames], [type, frames], what);
            assert.ok(found.pixels.equals(pixels), what);
          }
        }
      }
    }
  }
});

test('the bytes of a file do not depend on the height of the bands', async () => {
  // Several strips, the last one short.
  const [width, height] = [2000, 700];
  const pixels = noisy(width * height * 2, 'uint16', 2);
  for (const compression of COMPRESSIONS) {
    for (const turned of [false, true]) {
      const files = [];
      for (const band of [1, 64, 100, 262, height]) {
        files.push(
          fs.readFileSync(
            await write(into, 'bands.tif', pixels, { width, height, frames: 2, compression, band, turned }),
          ),
        );
      }
      for (const file of files) assert.ok(file.equals(files[0]!), `${compression}${turned ? ', turned' : ''}`);
      assert.ok((await read(path.join(into, 'bands.tif'))).pixels.equals(pixels));
    }
  }
});

test('images of odd and smallest sizes are written whole', async () => {
  for (const [width, height, frames] of [
    [1, 1, 1],
    [1, 1, 3],
    [3, 1, 1],
    [1, 5, 2],
    [65_536, 9, 1],
  ] as const) {
    for (const type of TYPES) {
      for (const compression of COMPRESSIONS) {
        const pixels = noisy(width * height * frames, type, 3);
        const file = await write(into, 'small.tif', pixels, { width, height, frames, type, compression, band: 4 });
        assert.ok((await read(file)).pixels.equals(pixels), `${width} x ${height} x ${frames} ${type} ${compression}`);
      }
    }
  }
});

test('libtiff and tifffile read the same pixels, and libtiff does not complain', {
  skip: noTiffcp || noTifffile,
}, async () => {
  for (const type of TYPES) {
    for (const compression of COMPRESSIONS) {
      for (const frames of [1, 4]) {
        const [width, height] = [509, 1100];
        const pixels = noisy(width * height * frames, type, 4);
        const file = await write(into, `others-${type}-${compression}-${frames}.tif`, pixels, {
          width,
          height,
          frames,
          type,
          compression,
        });
        tiffinfo(file, '-D');
        // Debian's tifffile has no Zstandard, and its plain reading tests our layout, not its decoders.
        const plain = `${file}.plain.tif`;
        assert.equal(spawnSync('tiffcp', ['-c', 'none', file, plain]).status, 0);
        for (const one of compression === 'none' ? [file, plain] : [plain]) {
          const found = tifffile(one);
          assert.deepEqual([found.shape, found.type], [frames === 1 ? [height, width] : [frames, height, width], type]);
          assert.ok(found.pixels.equals(pixels), one);
        }
      }
    }
  }
});

test('fields of the input survive page by page, little-endian, and those about its layout do not', async () => {
  const page = (name: string, value: number) => ({
    fields: grey(4, 2, 16, [
      { tag: 269, type: 2, values: name },
      { tag: 270, type: 2, values: `described ${name}` },
      { tag: 305, type: 2, values: 'SerialEM' },
      { tag: 306, type: 2, values: '2024:02:29 12:34:56' },
      { tag: 282, type: 5, values: [80_000_000, 1] },
      { tag: 296, type: 3, values: [3] },
      { tag: 317, type: 3, values: [1] },
      { tag: 330, type: 13, values: [8] },
      { tag: 340, type: 3, values: [77] },
      { tag: 65_100, type: 3, values: [value, 258, 3] },
      { tag: 65_101, type: 12, values: [] },
      { tag: 287, type: 5, values: [value, 513] },
    ]),
    blocks: [Buffer.alloc(16, value)],
  });
  for (const bigEndian of [false, true]) {
    const raw = path.join(into, 'raw.tif');
    fs.writeFileSync(raw, makeTiff([page('first', 1), page('second', 2)], { bigEndian }));
    const { carried, pixels } = await read(raw);
    const file = await write(into, 'carried.tif', pixels, { width: 4, height: 2, frames: 2, carried });
    const { carried: again, exposure } = await read(file);
    assert.equal(exposure.pixelSize, 1.25);
    again.tiff!.forEach((fields, index) => {
      const value = (tag: number): string | undefined => {
        const found = fields.find((field) => field.tag === tag);
        return found && Buffer.from(found.bytes).toString(found.type === 2 ? 'latin1' : 'hex');
      };
      const name = ['first', 'second'][index];
      assert.equal(value(269), `${name}\0`);
      assert.equal(value(270), index === 0 ? `described first\n${LINE}\0` : 'described second\0');
      assert.equal(value(305), index === 0 ? `SerialEM; ${PROVENANCE.software}\0` : 'SerialEM\0');
      assert.equal(value(306), '2024:02:29 12:34:56\0');
      assert.equal(value(65_100), `0${index + 1}0002010300`);
      assert.equal(value(287), `0${index + 1}00000001020000`);
      assert.equal(value(340), undefined);
      assert.equal(value(330), undefined);
    });
  }
});

test('an output of an MRC input has its labels, the provenance and its pixel size', { skip: noTiffcp }, async () => {
  const carried = { pixelSize: 1.25, description: ['acquired on a Friday', 'by nobody'] };
  const file = await write(into, 'mrc.tif', noisy(4, 'uint16', 5), { width: 2, height: 2, carried });
  const { exposure, carried: again } = await read(file);
  assert.deepEqual(again.description, [...carried.description, LINE]);
  assert.equal(exposure.pixelSize, 1.25);
  const info = tiffinfo(file);
  assert.match(info, /Resolution: 8e\+07, 8e\+07 pixels\/cm/);
  assert.match(info, /Software: darkroom test/);
  assert.doesNotMatch(info, /DateTime/, 'the clock leaves no trace');
});

test('descriptions that programs parse are still understood', async () => {
  const cases = [
    {
      before: '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"></OME>\n',
      after: /<!-- flat-field - - despike.*--><\/OME>\n\0$/,
    },
    { before: '{"shape": [1, 1]}', after: /^\{"shape": \[1, 1\], "provenance": "flat-field -- .*"\}\0$/ },
    { before: '{}', after: /^\{"provenance": ".*"\}\0$/ },
    { before: '{not json}', after: /^\{not json\}\nflat-field/ },
    { before: 'ImageJ=1.53t\nunit=micron\n', after: /^ImageJ=1.53t\nunit=micron\nflat-field/ },
    { before: '', after: /^flat-field/ },
    { before: 'pixel 5 \xb5m', after: /^pixel 5 \xb5m\n/ },
  ];
  for (const { before, after } of cases) {
    const field = { tag: 270, type: 2, count: before.length + 1, bytes: Buffer.from(`${before}\0`, 'latin1') };
    const file = await write(into, 'described.tif', Buffer.alloc(2), {
      width: 1,
      height: 1,
      carried: { description: [], tiff: [[field]] },
    });
    const { carried } = await read(file);
    const found = carried.tiff![0]!.find(({ tag }) => tag === 270)!;
    assert.match(Buffer.from(found.bytes).toString('latin1'), after);
  }
});

test('tifffile still takes OME files for OME files, and its own shaped files for shaped ones', {
  skip: noTifffile,
}, async () => {
  for (const [name, kind] of [
    ['ome.ome.tif', 'ome'],
    ['shaped.tif', 'shaped'],
  ] as const) {
    const source = path.join(into, `source-${name}`);
    const script = `import sys, numpy, tifffile; tifffile.imwrite(sys.argv[1], numpy.arange(120, dtype='u2').reshape(3, 5, 8)${kind === 'ome' ? ", photometric='minisblack', ome=True, metadata={'axes': 'ZYX'}" : ", photometric='minisblack'"})`;
    assert.equal(spawnSync(PYTHON, ['-c', script, source]).status, 0, kind);
    const { carried, pixels, exposure } = await read(source);
    const { width, height, frames } = exposure;
    const file = await write(into, name, pixels, { width, height, frames, carried });
    const found = tifffile(file);
    assert.deepEqual(found.shape, [3, 5, 8], name);
    assert.equal(found.ome, kind === 'ome');
    assert.match(found.description, /despike/);
    assert.ok(found.pixels.equals(pixels));
  }
});

test('a file is BigTIFF exactly where 4 GB do not suffice, and libtiff reads it', { skip: noTiffcp }, async () => {
  // Only the last row of the last frame is written: the file has a hole, which costs no disk.
  for (const [frames, big] of [
    [63, false],
    [65, true],
  ] as const) {
    const [width, height] = [4096, 8192];
    const file = path.join(into, 'big.tif');
    const output = OutputFile.create(file);
    const sink = tiff.create(output, {
      path: file,
      width,
      height,
      frames,
      type: 'uint16',
      compression: 'none',
      turned: false,
      carried: { description: [] },
      provenance: PROVENANCE,
    });
    const arena = newBench();
    sink.prepare(arena);
    const at = arena.take(width * PIXELS.uint16.bytes);
    arena.bytes(at, width * 2).fill(0x55);
    await sink.write(frames - 1, height - 1, 1, at);
    const size = await sink.finish({ min: 0, max: 0, mean: 0, deviation: 0 });
    output.close();
    assert.equal(size > 2 ** 32, big);
    const head = Buffer.alloc(4);
    const open = fs.openSync(file, 'r');
    fs.readSync(open, head, 0, 4, 0);
    fs.closeSync(open);
    assert.equal(head[2], big ? 43 : 42);
    const info = tiffinfo(file);
    assert.equal(info.match(/=== TIFF directory/g)?.length, frames);
    fs.rmSync(file);
  }
});

test('a sink that did not get all its rows does not finish', async () => {
  const file = path.join(into, 'missing.tif');
  const output = OutputFile.create(file);
  const sink = tiff.create(output, {
    path: file,
    width: 4,
    height: 4,
    frames: 1,
    type: 'uint16',
    compression: 'deflate',
    turned: false,
    carried: { description: [] },
    provenance: PROVENANCE,
  });
  const arena = newBench();
  sink.prepare(arena);
  await sink.write(0, 0, 2, arena.take(64));
  assert.throws(() => sink.finish({ min: 0, max: 0, mean: 0, deviation: 0 }), /1 of 1 strips/);
  output.close();
});
