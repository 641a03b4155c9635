/** Images of kinds that are not read: each is refused by name, and the way out that the message shows leads out. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openRegular } from '../../../src/files/input-file.ts';
import { tiff } from '../../../src/formats/tiff/tiff.ts';
import { folder, read, refused } from './lab.ts';
import { grey, type MadeField, type MadePage, makeTiff } from './maker.ts';

const into = folder();
const noTiffcp = spawnSync('tiffcp', ['-v']).error ? 'libtiff-tools are not installed' : false;
const pixels = Buffer.alloc(64, 3);
const field = (tag: number, type: number, ...values: number[]): MadeField => ({ tag, type, values });
const page = (...others: MadeField[]): MadePage => ({ fields: grey(8, 8, 8, others), blocks: [pixels] });

function save(name: string, bytes: Uint8Array): string {
  const file = path.join(into, `${name.replaceAll(/\W+/g, '-')}.tif`);
  fs.writeFileSync(file, bytes);
  return file;
}

const OTHERS: Record<string, { fields: MadeField[]; text: RegExp }> = {
  RGB: { fields: [field(277, 3, 3), field(262, 3, 2)], text: /3 samples per pixel \(RGB\)/ },
  'planes of RGB': { fields: [field(277, 3, 3), field(262, 3, 2), field(284, 3, 2)], text: /in separate planes/ },
  'a palette': { fields: [field(262, 3, 3)], text: /palette/ },
  '32-bit integers': {
    fields: [field(258, 3, 32)],
    text: /32-bit unsigned integers, expected .*; open it in ImageJ and save it as TIFF, which makes it 32-bit floating point/,
  },
  '32-bit signed integers': {
    fields: [field(258, 3, 32), field(339, 3, 2)],
    text: /32-bit signed integers, expected .*; open it in ImageJ and save it as TIFF/,
  },
  '64-bit floating point': { fields: [field(258, 3, 64), field(339, 3, 3)], text: /64-bit floating point/ },
  '12-bit pixels': { fields: [field(258, 3, 12)], text: /12-bit unsigned integers, .*ImageJ.*makes it 16-bit/ },
  'predictor of 4-bit pixels': {
    fields: [field(258, 3, 4), field(259, 3, 8), field(317, 3, 2)],
    text: /predictor 2 of 4-bit pixels, .*; convert it with tiffcp -c lzw/,
  },
  '1-bit pixels': { fields: [field(258, 3, 1)], text: /1-bit unsigned integers/ },
  'complex numbers': { fields: [field(258, 3, 64), field(339, 3, 6)], text: /complex numbers/ },
  JPEG: { fields: [field(259, 3, 7)], text: /compression 7 \(JPEG\).*tiffcp -c lzw/ },
  'EER, whatever its bits': {
    fields: [field(259, 3, 65_000), field(258, 3, 1)],
    text: /compression 65000 \(EER\).*relion_convert_to_tiff/,
  },
  'an unknown compression': { fields: [field(259, 3, 4711)], text: /compression 4711 \(unknown\)/ },
  'predictor 3 of whole numbers': {
    fields: [field(259, 3, 8), field(317, 3, 3)],
    text: /predictor 3 \(floating point\), .*; convert it with tiffcp -c lzw/,
  },
  'orientation 4': { fields: [field(274, 3, 4)], text: /orientation 4/ },
  'fill order 2': { fields: [field(266, 3, 2)], text: /fill order 2/ },
  'square roots': { fields: [field(33_445, 4, 2)], text: /square roots of counts/ },
};

test('images of kinds that are not read are refused by name', async () => {
  for (const [name, { fields, text }] of Object.entries(OTHERS)) {
    await refused(save(name, makeTiff([page(...fields)])), 'unsupported', text);
  }
});

/** Follows `tiffcp ...` of a message. */
function follow(command: readonly string[], file: string): string {
  const made = file.replace('.tif', '-made.tif');
  const ran = spawnSync('tiffcp', [...command, file, made], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return made;
}

test('what tiffcp makes of fill order 2 is read', { skip: noTiffcp }, async () => {
  const bits = Buffer.from(Uint8Array.from({ length: 64 }, (_, index) => index));
  const reversed = bits.map((byte) =>
    Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2),
  );
  const turned = save('fill', makeTiff([{ fields: grey(8, 8, 8, [field(266, 3, 2)]), blocks: [reversed] }]));
  await refused(turned, 'unsupported', /tiffcp -f msb2lsb/);
  assert.ok((await read(follow(['-f', 'msb2lsb'], turned))).pixels.equals(bits));
});

/** An image of which only the directory is there; the pixels are a hole. */
function hollow(width: number, height: number, bits: number, ...others: MadeField[]): string {
  const file = save(
    'hollow',
    makeTiff([
      {
        fields: grey(width, height, bits, [field(279, 4, (width * height * bits) / 8), ...others]),
        blocks: [Buffer.alloc(8)],
      },
    ]),
  );
  fs.truncateSync(file, (width * height * bits) / 8 + 4096);
  return file;
}

async function opened(file: string): Promise<string> {
  const open = openRegular(file);
  try {
    return (await tiff.open(open)).exposure.type;
  } finally {
    fs.closeSync(open.fd);
  }
}

async function headerOf(file: string) {
  const open = openRegular(file);
  return { exposure: (await tiff.open(open)).exposure, close: () => fs.closeSync(open.fd) };
}

test('8-bit images of the sizes of K2 and K3 frames with two pixels in a byte are unpacked, turned ones refused', async () => {
  for (const [width, height] of [
    [3838, 7420],
    [3710, 7676],
    [3840, 7424],
    [3712, 7680],
    [5760, 8184],
    [4092, 11_520],
    [5759, 8183],
  ] as const) {
    for (const file of [hollow(width, height, 8), hollow(width, height, 8, field(339, 3, 1))]) {
      const { exposure, close } = await headerOf(file);
      assert.deepEqual([exposure.type, exposure.width, exposure.height], ['uint8', 2 * width, height]);
      close();
    }
    assert.equal(await opened(hollow(width, height, 16)), 'uint16');
  }
  for (const [width, height] of [
    [7420, 3838],
    [7676, 3710],
    [8184, 5760],
    [11_520, 4092],
  ] as const)
    await refused(hollow(width, height, 8), 'unsupported', /two 4-bit pixels in a byte, turned: .*--four-bit always/);
});

test('8-bit images of the sizes that cameras give are no packed frames', async () => {
  for (const [width, height] of [
    [3838, 3710],
    [7676, 7420],
    [5760, 4092],
    [11_520, 8184],
    [4096, 4096],
    [2880, 2046],
    [3838, 7430],
    [1024, 1024],
  ] as const) {
    assert.equal(await opened(hollow(width, height, 8)), 'uint8');
  }
  assert.equal(await opened(hollow(3838, 7420, 8, field(339, 3, 2))), 'int8');
});
