/** The size of a pixel on the specimen, as microscopes and programs say it in TIFF. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { folder, read } from './lab.ts';
import { grey, type MadeField, makeTiff } from './maker.ts';

const into = folder();
const text = (tag: number, values: string): MadeField => ({ tag, type: 2, values });

/** Pixels per unit, and the unit: 1 none, 2 inch, 3 cm. */
const resolution = (pixels: number, per: number, unit: number): MadeField[] => [
  { tag: 282, type: 5, values: [pixels, per] },
  { tag: 283, type: 5, values: [pixels, per] },
  { tag: 296, type: 3, values: [unit] },
];
const gatan = (scale: number, unit: MadeField): MadeField[] => [unit, { tag: 65_009, type: 12, values: [scale] }];
const utf16 = (tag: number, unit: string): MadeField => ({
  tag,
  type: 3,
  values: [...unit, '\0'].map((one) => one.charCodeAt(0)),
});
const jeol = (mode: string, value: string): MadeField =>
  text(
    270,
    `<?xml version="1.0"?><TemReporter><Eos><EosMode>eosTEM</EosMode></Eos><IlluminationSystem><SelectorValue>7</SelectorValue></IlluminationSystem><ImageFormingSystem><ModeString>${mode}</ModeString><SelectorValue>${value}</SelectorValue></ImageFormingSystem></TemReporter>`,
  );
const imageJ = (unit: string): MadeField => text(270, `ImageJ=1.53t\nimages=1\nunit=${unit}\n`);

/** Fields, and the size in Angstrom. */
const CASES: Record<string, { fields: MadeField[]; size: number | undefined }> = {
  'ImageJ, nm': { fields: [imageJ('nm'), ...resolution(4, 1, 1)], size: 2.5 },
  'ImageJ, micron': { fields: [imageJ('micron'), ...resolution(1000, 1, 1)], size: 10 },
  'ImageJ, its way to write µm': { fields: [imageJ('\\u00B5m'), ...resolution(1000, 1, 1)], size: 10 },
  'ImageJ, µm': { fields: [imageJ('µm'), ...resolution(1000, 1, 1)], size: 10 },
  'ImageJ, angstrom': { fields: [imageJ('angstrom'), ...resolution(4, 5, 1)], size: 1.25 },
  'ImageJ, Å': { fields: [imageJ('Å'), ...resolution(4, 5, 1)], size: 1.25 },
  'ImageJ, nm, with a resolution unit left over': { fields: [imageJ('nm'), ...resolution(4, 1, 2)], size: 2.5 },
  'ImageJ, cm': { fields: [imageJ('cm'), ...resolution(80_000_000, 1, 3)], size: 1.25 },
  'ImageJ, pixel': { fields: [imageJ('pixel'), ...resolution(1, 1, 1)], size: undefined },
  'ImageJ, inverse nm (diffraction)': { fields: [imageJ('1/nm'), ...resolution(4, 1, 1)], size: undefined },
  'ImageJ, no unit': { fields: [text(270, 'ImageJ=1.53t\n'), ...resolution(2_540_000, 1, 2)], size: 100 },
  'ImageJ, no resolution': { fields: [imageJ('nm')], size: undefined },
  'Gatan, nm': { fields: gatan(0.25, text(65_003, 'nm')), size: 2.5 },
  'Gatan, nm in UTF-16': { fields: gatan(0.25, utf16(65_003, 'nm')), size: 2.5 },
  'Gatan, by the full name': { fields: gatan(0.25, text(65_012, 'Nanometers')), size: 2.5 },
  'Gatan, µm, Latin-1': {
    fields: gatan(0.001, { tag: 65_003, type: 2, values: Buffer.from('\xb5m\0', 'latin1') }),
    size: 10,
  },
  'Gatan, 1/nm': { fields: [...gatan(0.25, text(65_003, '1/nm')), ...resolution(8e7, 1, 3)], size: undefined },
  FEI: {
    fields: [text(34_682, '[User]\r\nDate=1\r\n[Scan]\r\nInternalScan=true\r\nPixelWidth=1.25e-009\r\n[EScan]\r\n')],
    size: 12.5,
  },
  'FEI, the older field': { fields: [text(34_680, '[Scan]\nPixelWidth=2e-10\n')], size: 2 },
  'FEI, PixelWidth of another section': {
    fields: [text(34_682, '[Scan]\nDwell=1\n[Other]\nPixelWidth=2e-10\n')],
    size: undefined,
  },
  // 2540 px per inch: a camera with pixels of 10 µm, at 40 000 x.
  'JEOL, magnification': { fields: [jeol('MAG', '40000'), ...resolution(2540, 1, 2)], size: 2.5 },
  'JEOL, in cm': { fields: [jeol('MAG', '40000'), ...resolution(1000, 1, 3)], size: 2.5 },
  'JEOL, diffraction: not the pixel of the camera': {
    fields: [jeol('DIFF', '80'), ...resolution(4000, 1, 3)],
    size: undefined,
  },
  OME: {
    fields: [
      text(270, '<OME><Image><Pixels ID="1" PhysicalSizeX="0.25" PhysicalSizeXUnit="nm" SizeX="1"/></Image></OME>'),
    ],
    size: 2.5,
  },
  'OME, micrometres unless it says otherwise': {
    fields: [text(270, '<OME><Image><Pixels ID="1" PhysicalSizeX="0.001"/></Image></OME>')],
    size: 10,
  },
  'OME without a size': {
    fields: [text(270, '<OME><Image><Pixels ID="1"/></Image></OME>'), ...resolution(8e7, 1, 3)],
    size: 1.25,
  },
};

test('each way to say the size of a pixel is understood, and none is mistaken for another', async () => {
  for (const [name, { fields, size }] of Object.entries(CASES)) {
    for (const bigEndian of [false, true]) {
      const file = path.join(into, 'size.tif');
      fs.writeFileSync(file, makeTiff([{ fields: grey(1, 1, 8, fields), blocks: [Buffer.of(1)] }], { bigEndian }));
      const { exposure, carried } = await read(file);
      if (size === undefined) assert.equal(exposure.pixelSize, undefined, name);
      else assert.ok(Math.abs(exposure.pixelSize! / size - 1) < 1e-9, `${name}: ${exposure.pixelSize}`);
      assert.equal(carried.pixelSize, exposure.pixelSize);
    }
  }
});
