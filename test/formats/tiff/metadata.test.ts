/** What the fields of a TIFF state of how it was taken. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
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

test('dates and texts of programs state when and how an exposure was taken', async () => {
  for (const [name, { fields, metadata }] of Object.entries(CASES)) {
    for (const bigEndian of [false, true]) {
      const file = path.join(into, 'x.tif');
      fs.writeFileSync(file, makeTiff([{ fields: grey(1, 1, 8, fields), blocks: [Buffer.of(1)] }], { bigEndian }));
      assert.deepEqual((await read(file)).exposure.metadata, metadata, `${name}, ${bigEndian}`);
    }
  }
});
