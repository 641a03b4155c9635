/** Images of kinds that are not read: each is refused by name, and the way out that the message shows leads out. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { openRegular } from '../../../src/files/input-file.ts';
import { tiff } from '../../../src/formats/tiff/tiff.ts';
import { folder, read, refused, write } from './lab.ts';
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
  '4-bit pixels': {
    fields: [field(258, 3, 4)],
    text: /4-bit unsigned integers, .*unpack it with IMOD: newstack -mode 6/,
  },
  '1-bit pixels': { fields: [field(258, 3, 1)], text: /1-bit unsigned integers/ },
  'complex numbers': { fields: [field(258, 3, 64), field(339, 3, 6)], text: /complex numbers/ },
  JPEG: { fields: [field(259, 3, 7)], text: /compression 7 \(JPEG\).*tiffcp -c lzw/ },
  'EER, whatever its bits': {
    fields: [field(259, 3, 65_000), field(258, 3, 1)],
    text: /compression 65000 \(EER\).*relion_convert_to_tiff/,
  },
  'an unknown compression': { fields: [field(259, 3, 4711)], text: /compression 4711 \(unknown\)/ },
  'predictor 3': {
    fields: [field(259, 3, 8), field(317, 3, 3)],
    text: /predictor 3 \(floating point\), .*; convert it with tiffcp -c lzw:2/,
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

test('what tiffcp makes of predictor 3 and of fill order 2 is read', { skip: noTiffcp }, async () => {
  // TIFF Technical Note 3: the bytes of the floats of a row, the highest of all first, then differences.
  const floats = Buffer.from(Float32Array.from({ length: 64 }, (_, index) => index / 3 - 7).buffer);
  const rows = Array.from({ length: 8 }, (_, row) => {
    const planes = Buffer.from(
      Uint8Array.from({ length: 32 }, (_, at) => floats[row * 32 + (at % 8) * 4 + 3 - Math.floor(at / 8)]!),
    );
    return planes.map((byte, at) => (at === 0 ? byte : byte - planes[at - 1]!));
  });
  const fields = grey(8, 8, 32, [field(259, 3, 8), field(317, 3, 3), field(339, 3, 3)]);
  const file = save('predictor', makeTiff([{ fields, blocks: [deflateSync(Buffer.concat(rows))] }]));
  await refused(file, 'unsupported', /tiffcp -c lzw:2/);
  assert.ok((await read(follow(['-c', 'lzw:2'], file))).pixels.equals(floats));

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

test('8-bit images of the sizes of packed K2 and K3 super-resolution frames are refused by name', async () => {
  for (const [width, height] of [
    [3838, 7420],
    [3710, 7676],
    [3840, 7424],
    [3712, 7680],
    [5760, 8184],
    [4092, 11_520],
    [7420, 3838],
    [7676, 3710],
    [8184, 5760],
    [11_520, 4092],
    [5759, 8183],
  ] as const) {
    const text = new RegExp(`${width} x ${height} px of 8 bits, .*two 4-bit pixels in a byte.*newstack -mode 6`);
    await refused(hollow(width, height, 8), 'unsupported', text);
    await refused(hollow(width, height, 8, field(339, 3, 1)), 'unsupported', text);
    // The other way out: the same image with 16 bits.
    assert.equal(await opened(hollow(width, height, 16)), 'uint16');
  }
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

test("8-bit images that SerialEM's plugin calls packed are refused at any size, until another program says it unpacked them", async () => {
  const says = 'SerialEMCCD: Dose fractionated image, 4 bits packed\n';
  const described = (text: string): string => save('described', makeTiff([page({ tag: 270, type: 2, values: text })]));
  await refused(described(says), 'unsupported', /two 4-bit pixels in a byte/);
  assert.equal((await read(described(`${says}newstack: unpacked\n`))).exposure.type, 'uint8');
  const wide = await write(into, 'wide.tif', Buffer.alloc(8), { width: 2, height: 2 });
  assert.equal((await read(wide)).exposure.type, 'uint16');
});
