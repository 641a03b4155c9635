/** Stacks that have one directory for many images: every image is read, or the file is refused, never one of many. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { openRegular } from '../../../src/files/input-file.ts';
import { tiff } from '../../../src/formats/tiff/tiff.ts';
import { folder, newBench, random, read, refused, write } from './lab.ts';
import { grey, type MadeField, type MadePage, makeTiff } from './maker.ts';

const into = folder();
const PYTHON = '/usr/bin/python3';
const noTifffile = spawnSync(PYTHON, ['-c', 'import tifffile']).status === 0 ? false : 'tifffile is not installed';
const noTiffset = spawnSync('tiffset').error ? 'libtiff-tools are not installed' : false;

const [WIDTH, HEIGHT, FRAMES] = [9, 6, 5];
const next = random(4);
const counts = Uint16Array.from({ length: WIDTH * HEIGHT * FRAMES }, () => next() * 65_536);
const pixels = Buffer.from(counts.buffer);
const frameBytes = WIDTH * HEIGHT * 2;

function save(name: string, bytes: Uint8Array): string {
  const file = path.join(into, `${name.replaceAll(/\W+/g, '-')}.tif`);
  fs.writeFileSync(file, bytes);
  return file;
}
const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });
const text = (values: string): MadeField => ({ tag: 270, type: 2, values });

/** One directory that lists the first image only; all follow one another. */
const oneDirectory = (stack: Buffer, ...others: MadeField[]): MadePage => ({
  fields: grey(WIDTH, HEIGHT, 16, [field(279, 4, frameBytes), ...others]),
  blocks: [stack],
});

const STACKS: Record<string, MadeField[]> = {
  'ImageJ, images': [text(`ImageJ=1.53t\nimages=${FRAMES}\nslices=${FRAMES}\nunit=nm\n`)],
  'ImageJ, a hyperstack without images': [text(`ImageJ=1.53t\nframes=${FRAMES}\nhyperstack=true\n`)],
  'tifffile, truncated': [text(`{"truncated": true, "shape": [${FRAMES}, ${HEIGHT}, ${WIDTH}]}`)],
  'tifffile, truncated, behind a text of the user': [
    text('grid 3, square 7'),
    text(`{"shape": [${FRAMES}, 1, ${HEIGHT}, ${WIDTH}], "truncated": true}`),
  ],
  'tifffile, from before it said truncated': [text(`{"shape": [${FRAMES}, ${HEIGHT}, ${WIDTH}]}`)],
  'MetaMorph planes': [{ tag: 33_629, type: 5, values: new Uint8Array(8 * FRAMES) }],
  'ImageDepth, one strip for the volume': [field(32_997, 4, FRAMES)],
};

test('all images behind one directory are read, in both byte orders, in order and at random', async () => {
  for (const [name, others] of Object.entries(STACKS)) {
    for (const bigEndian of [false, true]) {
      for (const big of [false, true]) {
        const stored = bigEndian ? Buffer.from(pixels).swap16() : pixels;
        const file = save(name, makeTiff([oneDirectory(stored, ...others)], { bigEndian, big }));
        const found = await read(file, 4);
        assert.equal(found.exposure.frames, FRAMES, name);
        assert.ok(found.pixels.equals(pixels), `${name}${bigEndian ? ', big-endian' : ''}`);
        assert.equal(found.carried.tiff!.length, FRAMES);
      }
    }
  }
});

test('a stack whose first image is listed in many strips is read as well', async () => {
  const strips = Array.from({ length: 3 }, (_, strip) =>
    pixels.subarray((strip * frameBytes) / 3, ((strip + 1) * frameBytes) / 3),
  );
  const others = [
    text(`ImageJ=1.53t\nimages=${FRAMES}\n`),
    field(278, 3, 2),
    field(279, 4, ...Array<number>(3).fill(frameBytes / 3)),
  ];
  const blocks = [...strips.slice(0, 2), pixels.subarray((2 * frameBytes) / 3)];
  const found = await read(save('strips', makeTiff([{ fields: grey(WIDTH, HEIGHT, 16, others), blocks }])), 4);
  assert.equal(found.exposure.frames, FRAMES);
  assert.ok(found.pixels.equals(pixels));
});

test('a volume has a strip or a tile for each piece of each slice, compressed or not', async () => {
  const rows = (stack: Buffer): Buffer[] =>
    Array.from({ length: FRAMES * 3 }, (_, strip) =>
      stack.subarray((strip * frameBytes) / 3, ((strip + 1) * frameBytes) / 3),
    );
  for (const compression of [1, 8]) {
    const blocks = rows(pixels).map((strip) => (compression === 1 ? strip : deflateSync(strip)));
    const fields = grey(WIDTH, HEIGHT, 16, [field(32_997, 4, FRAMES), field(278, 3, 2), field(259, 3, compression)]);
    const found = await read(save('volume', makeTiff([{ fields, blocks }])), 4);
    assert.equal(found.exposure.frames, FRAMES);
    assert.ok(found.pixels.equals(pixels));
  }
  const tile = (value: number): Buffer => Buffer.alloc(256, value);
  const fields = grey(20, 16, 8, [field(322, 3, 16), field(323, 3, 16), field(32_997, 3, 2), field(32_998, 3, 1)]);
  const tiles = await read(save('tiles', makeTiff([{ fields, tiled: true, blocks: [1, 2, 3, 4].map(tile) }])));
  assert.deepEqual(
    [0, 19, 320, 339].map((at) => tiles.pixels[at]),
    [1, 2, 3, 4],
  );
  assert.equal(tiles.exposure.frames, 2);
});

test('what is not in the file, or not one behind the other, is refused, never read in part', async () => {
  for (const [name, others] of Object.entries(STACKS)) {
    if (name.includes('before it said')) continue;
    const part = pixels.subarray(0, 2 * frameBytes);
    const found = new RegExp(`of ${FRAMES} images behind one directory, but bytes for`);
    await refused(save(`part of ${name}`, makeTiff([oneDirectory(part, ...others)])), 'incomplete', found);
    const packed = deflateSync(pixels);
    const fields = grey(WIDTH, HEIGHT, 16, [field(259, 3, 8), ...others]);
    const text = /of 5 images behind one directory, compressed or in pieces, expected one directory each/;
    await refused(save(`packed ${name}`, makeTiff([{ fields, blocks: [packed] }])), 'unsupported', text);
  }
  const deep = [field(322, 3, 16), field(323, 3, 16), field(32_997, 3, 4), field(32_998, 3, 4)];
  const fields = grey(16, 16, 8, deep);
  const file = save('deep', makeTiff([{ fields, tiled: true, blocks: [Buffer.alloc(1024)] }]));
  await refused(file, 'unsupported', /tiles of 4 slices/);
  const many = oneDirectory(pixels, text('ImageJ=1.53t\nimages=4000000000\n'));
  await refused(save('many', makeTiff([many])), 'format', /claims 4000000000 images/);
});

test('a single image taken from a stack is one frame where its shape is left over, or after the advice is followed', {
  skip: noTiffset,
}, async () => {
  const one = pixels.subarray(0, frameBytes);
  const left = oneDirectory(one, text(`{"shape": [${FRAMES}, ${HEIGHT}, ${WIDTH}]}`));
  assert.equal((await read(save('left over', makeTiff([left])))).exposure.frames, 1);

  const file = save('advice', makeTiff([oneDirectory(one, text(`ImageJ=1.53t\nimages=${FRAMES}\n`))]));
  await refused(file, 'incomplete', /remove its description with tiffset -s 270 ""/);
  assert.equal(spawnSync('tiffset', ['-s', '270', '', file]).status, 0);
  assert.ok((await read(file)).pixels.equals(one));
});

test('stacks with a directory for each image are what they were, whatever their text says', async () => {
  const pages = Array.from({ length: FRAMES }, (_, frame) => ({
    fields: grey(WIDTH, HEIGHT, 16, frame === 0 ? [text(`ImageJ=1.53t\nimages=${FRAMES}\n`)] : []),
    blocks: [pixels.subarray(frame * frameBytes, (frame + 1) * frameBytes)],
  }));
  const found = await read(save('usual', makeTiff(pages)));
  assert.equal(found.exposure.frames, FRAMES);
  assert.ok(found.pixels.equals(pixels));
});

test('what tifffile writes as a volume and truncated is read whole, and tifffile reads what is written of it', {
  skip: noTifffile,
}, async () => {
  const script = `
import sys, numpy, tifffile
data = numpy.frombuffer(sys.stdin.buffer.read(), 'u2').reshape(${FRAMES}, ${HEIGHT}, ${WIDTH})
tifffile.imwrite(sys.argv[1], data, photometric='minisblack', **{sys.argv[2]: True}, **({'imagej': True} if len(sys.argv) > 3 else {}))`;
  const readBack = `
import sys, tifffile
sys.stdout.buffer.write(tifffile.imread(sys.argv[1]).astype('<u2').reshape(${FRAMES}, ${HEIGHT}, ${WIDTH}).tobytes())`;
  for (const how of [['volumetric'], ['truncate'], ['truncate', 'imagej']]) {
    const file = path.join(into, `tifffile-${how.join('-')}.tif`);
    const made = spawnSync(PYTHON, ['-c', script, file, ...how], { input: pixels });
    assert.equal(made.status, 0, String(made.stderr));
    const found = await read(file);
    assert.equal(found.exposure.frames, FRAMES);
    assert.ok(found.pixels.equals(pixels), how.join());
    const shape = { width: WIDTH, height: HEIGHT, frames: FRAMES, carried: found.carried };
    const output = await write(into, `again-${how.join('-')}.tif`, found.pixels, shape);
    const again = spawnSync(PYTHON, ['-c', readBack, output]);
    assert.equal(String(again.stderr), '');
    assert.ok(again.stdout.equals(pixels), `${how.join()}, as written`);
    assert.ok((await read(output)).pixels.equals(pixels));
  }
});

test("ImageJ's signed 16-bit counts are read as signed, in both byte orders, plain, packed and in tiles", async () => {
  const signed = Int16Array.from(counts, (count) => count - 32_768);
  const expected = Buffer.from(signed.buffer);
  const says = 'ImageJ=1.53t\nunit=nm\ncf=0\nc0=-32768.0\nc1=1.0\nvunit=Gray Value\nmin=-3\n';
  for (const bigEndian of [false, true]) {
    for (const compression of [1, 8]) {
      const stored = bigEndian ? Buffer.from(pixels).swap16() : pixels;
      const pages = Array.from({ length: FRAMES }, (_, frame) => {
        const one = stored.subarray(frame * frameBytes, (frame + 1) * frameBytes);
        const fields = grey(WIDTH, HEIGHT, 16, [field(259, 3, compression), ...(frame === 0 ? [text(says)] : [])]);
        return { fields, blocks: [compression === 1 ? one : deflateSync(one)] };
      });
      const file = save('signed', makeTiff(pages, { bigEndian }));
      const found = await read(file, 4);
      assert.equal(found.exposure.type, 'int16');
      assert.equal(found.carried.description.join(), 'ImageJ=1.53t,unit=nm,min=-3', 'no formula that no longer holds');
      assert.ok(found.pixels.equals(expected), `${bigEndian} ${compression}`);
      // Whoever reads the file himself would find other numbers.
      const open = openRegular(file);
      const source = await tiff.open(open);
      source.prepare(newBench());
      assert.equal(source.position, undefined);
      fs.closeSync(open.fd);

      const shape = { width: WIDTH, height: HEIGHT, frames: FRAMES, type: 'int16', carried: found.carried } as const;
      const output = await write(into, 'signed-again.tif', found.pixels, shape);
      const again = await read(output);
      assert.equal(again.exposure.type, 'int16');
      assert.ok(again.pixels.equals(expected), 'not shifted twice');
      assert.deepEqual(again.carried.description.slice(0, 3), ['ImageJ=1.53t', 'unit=nm', 'min=-3']);
    }
  }
});

test('other calibrations of ImageJ, and signed pixels that need none, are left as they are stored', async () => {
  const one = pixels.subarray(0, frameBytes);
  const calibrated = await read(save('density', makeTiff([oneDirectory(one, text('ImageJ=1.53t\nc0=1.5\nc1=2\n'))])));
  assert.ok(calibrated.pixels.equals(one));
  assert.equal(calibrated.exposure.type, 'uint16');
  assert.match(calibrated.exposure.notes.join(), /calibration \(c0, c1\): it is not applied/);
  const others = [field(339, 3, 2), text('ImageJ=1.53t\nc0=-32768\nc1=1\n')];
  const signed = await read(save('already', makeTiff([oneDirectory(one, ...others)])));
  assert.ok(signed.pixels.equals(one));
  assert.equal(signed.exposure.type, 'int16');
  const free = await read(save('free', makeTiff([oneDirectory(one, text('notes\nc0=-32768\nc1=1\n'))])));
  assert.equal(free.exposure.type, 'uint16');
});

test('signed 16-bit pixels of before TIFF 6.0, by DataType, are read as signed', async () => {
  const one = pixels.subarray(0, frameBytes);
  for (const [dataType, type] of [
    [1, 'int16'],
    [2, 'uint16'],
    [3, 'float16'],
  ] as const) {
    const found = await read(save('old', makeTiff([oneDirectory(one, field(32_996, 3, dataType))])));
    assert.equal(found.exposure.type, type);
  }
});
