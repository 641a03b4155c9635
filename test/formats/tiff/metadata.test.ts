/** What the fields of a TIFF state of how it was taken. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { lacks, python } from '../camera-files.ts';
import { folder, read } from './lab.ts';
import { grey, type MadeField, makeTiff } from './maker.ts';

const into = folder();
const text = (tag: number, values: string): MadeField => ({ tag, type: 2, values });
const date = text(306, '2023:09:25 14:13:26');
const taken = new Date(2023, 8, 25, 14, 13, 26).getTime();
const ome = (plane: string): MadeField =>
  text(
    270,
    `<?xml version="1.0"?><OME xmlns="o"><Image><AcquisitionDate>2024-08-31T18:05:19Z</AcquisitionDate><Pixels PhysicalSizeX="0.2" PhysicalSizeXUnit="nm">${plane}</Pixels></Image></OME>`,
  );

const CASES: Record<string, { fields: MadeField[]; metadata: object | undefined }> = {
  'the date': { fields: [date], metadata: { taken, takenFrom: 'TIFF DateTime' } },
  'a date that nobody set': { fields: [text(306, '0000:00:00 00:00:00')], metadata: undefined },
  'OME, which knows better': {
    fields: [
      ome('<Plane ExposureTime="500" ExposureTimeUnit="ms"/><Plane ExposureTime="500" ExposureTimeUnit="ms"/>'),
      date,
    ],
    metadata: {
      taken: Date.UTC(2024, 7, 31, 18, 5, 19),
      exposureSeconds: 0.5,
      pixelSize: 2,
      takenFrom: 'OME AcquisitionDate',
    },
  },
  'planes of OME that differ': {
    fields: [ome('<Plane ExposureTime="1"/><Plane ExposureTime="2"/>')],
    metadata: { taken: Date.UTC(2024, 7, 31, 18, 5, 19), pixelSize: 2, takenFrom: 'OME AcquisitionDate' },
  },
  SerialEM: {
    fields: [text(270, 'SerialEMCCD: Dose frac. image, scaled by 16.00  r/f 5'), date],
    metadata: { taken, rotationAndFlip: 5, takenFrom: 'TIFF DateTime' },
  },
  FEI: {
    fields: [text(34_682, '[User]\r\nDate=1\r\n[Beam]\r\nHV=300000\r\n')],
    metadata: { kilovolts: 300 },
  },
};

/** TVIPS's structure behind the image, of version 2, which tifffile reads too; the tag has its place. */
function temData(at: number, others: { mode?: number; mark?: number; version?: number; day?: number } = {}): Buffer {
  const { mode = 1, mark = 0xaaaaaaaa, version = 2, day = (2016 << 16) | (9 << 8) | 21 } = others;
  const bytes = Buffer.alloc(244 + 6068);
  const second = bytes.subarray(244);
  bytes.writeInt32LE(version, 0);
  second.writeInt32LE(day, 340);
  second.writeInt32LE(3723, 344);
  second.writeFloatLE(0.62, 2724);
  second.writeFloatLE(200_000, 3028);
  second.writeInt32LE(mode, 3288);
  second.writeFloatLE(50_000, 3292);
  second.write('TemCam-F416', 3524, 'utf16le');
  second.writeInt32LE(2, 3700);
  second.writeFloatLE(750, 3708);
  second.writeUInt32LE(mark, 6064);
  const tag: MadeField = { tag: 37_706, type: 4, values: [at] };
  const tiff = makeTiff([{ fields: grey(1, 1, 8, [tag, date]), blocks: [Buffer.of(1)] }]);
  assert.ok(tiff.length <= 4096);
  return Buffer.concat([tiff, Buffer.alloc(4096 - tiff.length), bytes]);
}

const readTem = async (bytes: Uint8Array): Promise<object | undefined> => {
  const file = path.join(into, 'tem.tif');
  fs.writeFileSync(file, bytes);
  return (await read(file)).exposure.metadata;
};

test("TVIPS's own structure states how an exposure was taken, before all else; where it is not whole it says nothing", async () => {
  const always = { taken: new Date(2016, 8, 21, 1, 2, 3).getTime(), takenFrom: 'TVIPS TemData', exposureSeconds: 0.75 };
  const more = { binning: 2, kilovolts: 200, camera: 'TemCam-F416' };
  const image = { ...always, ...more, pixelSize: 6.2, magnification: 50_000 };
  assert.deepEqual(await readTem(temData(4096)), image);
  const diffraction = { ...always, ...more, diffraction: true };
  assert.deepEqual(await readTem(temData(4096, { mode: 3 })), diffraction);
  const dateOnly = { taken, takenFrom: 'TIFF DateTime' };
  const noDay = await readTem(temData(4096, { day: 7 }));
  assert.deepEqual(noDay, { ...image, ...dateOnly });
  for (const odd of [temData(4097), temData(2 ** 32 - 1), temData(4096, { mark: 1 }), temData(4096, { version: 1 })])
    assert.deepEqual(await readTem(odd), dateOnly);
});

test("tifffile finds the same in TVIPS's structure", { skip: lacks('tifffile', 'python3-tifffile') }, () => {
  const file = path.join(into, 'tem.tif');
  fs.writeFileSync(file, temData(4096));
  const said = python(`import tifffile, json
tags = tifffile.TiffFile('${file}').tvips_metadata
print(json.dumps([round(tags[k], 3) for k in ('PixelSizeX', 'TemHighTension', 'TemMagnification', 'ExposureTime', 'BinningX')] + [tags['CameraType']]))`);
  assert.deepEqual(JSON.parse(said), [0.62, 200_000, 50_000, 750, 2, 'TemCam-F416']);
});

test('dates and texts of programs state when and how an exposure was taken', async () => {
  for (const [name, { fields, metadata }] of Object.entries(CASES)) {
    for (const bigEndian of [false, true]) {
      const file = path.join(into, 'x.tif');
      fs.writeFileSync(file, makeTiff([{ fields: grey(1, 1, 8, fields), blocks: [Buffer.of(1)] }], { bigEndian }));
      assert.deepEqual((await read(file)).exposure.metadata, metadata, `${name}, ${bigEndian}`);
    }
  }
});
