/** What MRC headers state of how an exposure was taken: their extended headers, their labels, their cell. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openExposure } from '../../../src/formats/index.ts';
import { WORDS } from '../../../src/formats/mrc/header.ts';
import type { Metadata } from '../../../src/model/metadata.ts';
import { DATA, noData } from '../../correct/lab.ts';
import { type MadeMrc, madeMrc } from '../../made/mrc.ts';
import { folder } from '../../run/darkroom.ts';

async function known(t: TestContext, made: Partial<MadeMrc>): Promise<Metadata | undefined> {
  const file = path.join(folder(t), 'x.mrc');
  fs.writeFileSync(file, madeMrc({ width: 4, height: 3, mode: 6, pixelSize: 0, ...made }));
  const { source, close } = await openExposure(file);
  close();
  return source.exposure.metadata;
}

/** Blocks of `bytes`, each filled by `fill`. */
function blocks(bytes: number, count: number, fill: (words: DataView, block: number) => void): Uint8Array {
  const all = new Uint8Array(bytes * count);
  for (let block = 0; block < count; block++) fill(new DataView(all.buffer, block * bytes, bytes), block);
  return all;
}

/** Offset, bit mask and bit of the fields that are written, by hand from the specification. */
function fei(words: DataView, bytes: number, valid = true): void {
  words.setInt32(0, bytes, true);
  words.setInt32(4, bytes === 768 ? 0 : 2, true);
  const masks = [8, 297, 490, 748];
  const put = (at: number, mask: number, bit: number, write: () => void): void => {
    if (valid) words.setUint32(masks[mask]!, (words.getUint32(masks[mask]!, true) | (1 << bit)) >>> 0, true);
    assert.ok(at < bytes);
    write();
  };
  put(12, 0, 0, () => words.setFloat64(12, 45_196.5, true)); // noon of 27 September 2023
  put(84, 0, 5, () => words.setFloat64(84, 300_000, true));
  put(92, 0, 6, () => words.setFloat64(92, 30e20, true));
  put(100, 0, 7, () => words.setFloat64(100, 12, true));
  put(156, 0, 14, () => words.setFloat64(156, 0.8e-10, true));
  put(244, 0, 25, () => words.setInt32(244, 1, true));
  put(248, 0, 26, () => words.setInt32(248, 2, true));
  put(289, 0, 31, () => words.setFloat64(289, 105_000, true));
  put(419, 1, 16, () => words.setFloat64(419, 1.5, true));
  put(427, 1, 17, () => words.setInt32(427, 2, true));
  put(435, 1, 19, () => Buffer.from(words.buffer, words.byteOffset + 435, 16).write('BM-Ceta\0rest'));
}

const OF_FEI = {
  taken: new Date(2023, 8, 27, 12, 0, 0).getTime(),
  takenFrom: 'FEI Timestamp',
  exposureSeconds: 1.5,
  pixelSize: 0.8,
  binning: 2,
  kilovolts: 300,
  magnification: 105_000,
  dose: 30,
  tilt: 12,
  camera: 'BM-Ceta',
  diffraction: false,
};

const near = (metadata: Metadata | undefined) =>
  metadata &&
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      typeof value === 'number' && name !== 'taken' ? Number(value.toPrecision(6)) : value,
    ]),
  );

test('FEI1 and FEI2 state what their bit masks mark, in either byte order of the pixels', async (t) => {
  for (const [type, bytes] of [
    ['FEI1', 768],
    ['FEI2', 888],
  ] as const) {
    for (const littleEndian of [true, false]) {
      const extended = { type, bytes: blocks(bytes, 2, (words) => fei(words, bytes)) };
      assert.deepEqual(near(await known(t, { frames: 2, extended, littleEndian })), OF_FEI, `${type} ${littleEndian}`);
    }
    const unmarked = { type, bytes: blocks(bytes, 1, (words) => fei(words, bytes, false)) };
    assert.equal(await known(t, { extended: unmarked }), undefined, 'nothing is marked');
  }
});

test('the time of acquisition of FEI2 counts before that of saving, and sections that differ in tilt have none', async (t) => {
  const bytes = blocks(888, 2, (words, block) => {
    fei(words, 888);
    words.setFloat64(100, block, true);
    words.setUint32(748, 1 << 6, true);
    words.setBigInt64(796, 1_695_808_800_123_000n, true);
  });
  const { tilt: _, ...others } = OF_FEI;
  assert.deepEqual(near(await known(t, { frames: 2, extended: { type: 'FEI2', bytes } })), {
    ...others,
    taken: 1_695_808_800_123,
    takenFrom: 'FEI2 Acquisition time stamp',
  });
});

test('damaged extended headers state nothing, and the exposure is read', async (t) => {
  for (const [type, bytes] of [
    ['FEI2', new Uint8Array(888).fill(255)],
    ['FEI1', new Uint8Array(100)],
    ['FEI1', blocks(768, 1, (words) => words.setInt32(0, 2 ** 31 - 1, true))],
    ['FEI2', new Uint8Array(800).fill(127)],
    ['SERI', new Uint8Array(3)],
    ['AGAR', new Uint8Array(64)],
  ] as const)
    assert.equal(await known(t, { extended: { type, bytes } }), undefined, type);
});

test('SERI states tilt, magnification and dose of SerialEM', async (t) => {
  // Tilt, stage, magnification and dose: 2, 4, 2 and 4 bytes a section.
  const bytes = blocks(12, 2, (words) => {
    words.setInt16(0, -1234, true);
    words.setInt16(6, 500, true);
    // 2.5 as IMOD writes it: 2.5 / 2^-21 = 5242880 = 20480 · 256 + 0, and an exponent of -21.
    words.setInt16(8, 20_480, true);
    words.setInt16(10, -(21 * 256), true);
  });
  const lies = { [WORDS.nint]: 12 | ((1 | 4 | 8 | 32) << 16) };
  assert.deepEqual(await known(t, { frames: 2, extended: { type: 'SERI', bytes }, lies }), {
    magnification: 50_000,
    dose: 2.5,
    tilt: -12.34,
  });
});

test('the floats of FEI before FEI1 state what they hold', async (t) => {
  const bytes = blocks(128, 1, (words) => {
    words.setFloat32(0, 20, true);
    words.setFloat32(32, 0.5, true);
    words.setFloat32(44, 2e-10, true);
    words.setFloat32(48, 50_000, true);
    words.setFloat32(52, 200_000, true);
    words.setFloat32(56, 2, true);
  });
  const lies = { [WORDS.nint]: 32 << 16 };
  for (const type of ['AGAR', '\0\0\0\0'])
    assert.deepEqual(near(await known(t, { extended: { type, bytes }, lies })), {
      ...{ exposureSeconds: 0.5, pixelSize: 2, binning: 2, kilovolts: 200, magnification: 50_000, tilt: 20 },
    });
});

test("titles of SerialEM state when a file was begun and how its camera's frames were turned", async (t) => {
  const labels = [
    'SerialEM: Digitized by Gatan K2 Summit on Titan Krios D 25-Sep-23  13:01:47    ',
    'SerialEMCCD: Dose frac. image, scaled by 1.00  r/f 3',
  ];
  assert.deepEqual(await known(t, { labels, pixelSize: 1.5 }), {
    taken: new Date(2023, 8, 25, 13, 1, 47).getTime(),
    takenFrom: 'SerialEM title',
    pixelSize: 1.5,
    rotationAndFlip: 3,
  });
});

test('a header of a real microscope states what its masks mark', { skip: noData }, async () => {
  const { source, close } = await openExposure(path.join(DATA, 'mrc/fei2-extended-header.mrc'));
  close();
  assert.deepEqual(near(source.exposure.metadata), {
    taken: new Date(2022, 11, 5, 12, 13, 7).getTime(),
    ...{
      takenFrom: 'FEI Timestamp',
      pixelSize: 56.7913,
      binning: 2,
      kilovolts: 300,
      tilt: 0.00811612,
      camera: 'BM-Ceta',
    },
  });
});
