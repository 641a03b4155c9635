/** SER files are read pixel by pixel, whoever wrote them; what is no image is named; what is cut short waits. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { mayGrow } from '../../../src/formats/index.ts';
import { darkroom } from '../../cli/call.ts';
import { DATA, noData } from '../../correct/lab.ts';
import { done, readBack, turnedOver } from '../../correct/reading.ts';
import { DM_TYPES } from '../../made/dm.ts';
import { counted } from '../../made/images.ts';
import { type MadeSer, madeEmi, madeSer, type SerType } from '../../made/ser.ts';
import { readPlainStack } from '../../oracle/plain-mrc.ts';
import { exposureOf, into, lacks, pixelsOf, python, refusal, save } from '../camera-files.ts';

const [width, height] = [13, 7];
const image = (from = 0): number[] => Array.from({ length: width * height }, (_, i) => (i * 7919 + from) % 120);
const made: MadeSer = { width, height, type: 'uint16', images: [image()] };

test('every type of pixel is read, with places of 4 and of 8 bytes, single images and series', async () => {
  for (const type of Object.keys(DM_TYPES) as SerType[]) {
    for (const long of [false, true]) {
      for (const images of [[image()], [image(1), image(2), image(3)]]) {
        const file = save('types.ser', madeSer({ ...made, type, long, images }));
        const exposure = await exposureOf(file);
        assert.deepEqual([exposure.width, exposure.height, exposure.frames], [width, height, images.length]);
        assert.deepEqual([exposure.type, exposure.firstRow], [type, 'bottom']);
        assert.deepEqual(await pixelsOf(file), images.flat(), `${type} ${long}`);
      }
    }
  }
});

test('time and pixel size come from the series, the rest from the EMI file beside it', async () => {
  const file = save('grid_2.ser', madeSer({ ...made, delta: 2.5e-10, seconds: 1_456_073_429 }));
  const own = { taken: 1_456_073_429_000, takenFrom: 'SER tag', pixelSize: 2.5 };
  assert.deepEqual((await exposureOf(file)).metadata, own);
  const label = (name: string, value: string): string =>
    `<Data><Label>${name}</Label><Value>${value}</Value><Unit></Unit></Data>`;
  const camera = '<CameraNamePath>WA-Orius</CameraNamePath><DwellTimePath>0.0625</DwellTimePath><Binning>4</Binning>';
  const second = `<AcceleratingVoltage>200000</AcceleratingVoltage>${label('Mode', ' TEM uP SA Zoom Image')}${label('Magnification', '19500')}${label('Stage A', '-3.5')}${camera}`;
  save('grid.emi', madeEmi('<AcceleratingVoltage>80000</AcceleratingVoltage>', second));
  const said = { exposureSeconds: 0.0625, binning: 4, kilovolts: 200, magnification: 19_500, tilt: -3.5 };
  assert.deepEqual((await exposureOf(file)).metadata, { ...own, ...said, camera: 'WA-Orius' });
  save('grid.emi', madeEmi('', label('Mode', 'TEM uP Diffraction')));
  assert.deepEqual((await exposureOf(file)).metadata, {
    taken: own.taken,
    takenFrom: own.takenFrom,
    diffraction: true,
  });
  save('grid.emi', Buffer.from('<ObjectInfo>'.repeat(1000)));
  assert.deepEqual((await exposureOf(file)).metadata, own);
});

test('a side of a pixel that no microscope has is no pixel size', async () => {
  assert.equal((await exposureOf(save('far.ser', madeSer({ ...made, delta: 2e7 })))).pixelSize, undefined);
  assert.equal((await exposureOf(save('far.ser', madeSer({ ...made, delta: Number.NaN })))).pixelSize, undefined);
});

test('of a series that was ended early the images that are there are read, and a watch gives it longer', async () => {
  const bytes = madeSer({ ...made, images: [image(1), image(2)], total: 5 });
  const exposure = await exposureOf(save('ended.ser', bytes));
  assert.equal(exposure.frames, 2);
  assert.match(exposure.notes.join(), /fewer images than were asked for/);
  assert.ok(mayGrow(bytes.subarray(0, 64)));
  assert.ok(!mayGrow(madeSer(made).subarray(0, 64)));
  const none = await refusal(save('none.ser', madeSer({ ...made, images: [], total: 5 })));
  assert.equal(none.kind, 'incomplete');
});

test('what is no exposure is named and refused', async () => {
  const CASES: readonly [Partial<MadeSer>, RegExp][] = [
    [{ kind: 0x4120 }, /found spectra, expected images/],
    [{ code: 8 }, /float64 pixels/],
    [{ code: 9 }, /complex numbers/],
    [{ code: 77 }, /pixels of type 77/],
  ];
  for (const [odd, text] of CASES) {
    const { kind, message } = await refusal(save('refused.ser', madeSer({ ...made, ...odd })));
    assert.equal(kind, 'unsupported', message);
    assert.match(message, text);
  }
  const other = Buffer.from(madeSer({ ...made, images: [image(), image()] }));
  other.writeUInt32LE(height - 1, other.length - 16 - 2 * width * height - 4);
  assert.match((await refusal(save('sizes.ser', other))).message, /13 x 7 and 13 x 6 px in one series/);
});

test('a file that is cut short anywhere is incomplete; places and sizes that lie are refused', async () => {
  const whole = madeSer({ ...made, images: [image(), image()] });
  // Behind the last image stand the times; the first of them is read.
  for (let length = 1; length <= whole.length - 16; length += 5) {
    const { kind, message } = await refusal(save('cut.ser', whole.slice(0, length)));
    assert.equal(kind, 'incomplete', `${length}: ${message}`);
  }
  const zeros = await refusal(save('zeros.ser', new Uint8Array(whole.length)));
  assert.equal(zeros.kind, 'incomplete', zeros.message);
  for (const place of [0, 3, 2 ** 31, whole.length - 10]) {
    const fault = await refusal(save('lies.ser', madeSer({ ...made, images: [image(), image()], lies: { 1: place } })));
    assert.ok(['incomplete', 'format', 'unsupported'].includes(fault.kind), fault.message);
  }
  const huge = await refusal(save('huge.ser', madeSer({ ...made, width: 2 ** 31, height: 2 ** 31 })));
  assert.match(huge.message, /at most 65536 columns/);
});

test('what a SER file becomes is the same way up, and an EMI file beside it is no exposure', async () => {
  const { pixels } = counted({ width: 64, height: 50, seed: 5 });
  const bytes = madeSer({ width: 64, height: 50, type: 'uint16', images: [pixels] });
  const input = save('raw/a_1.ser', bytes);
  save('raw/a.emi', madeEmi('<AcceleratingVoltage>80000</AcceleratingVoltage>'));
  const one = await done({ input, out: path.join(into, 'up'), output: 'a_1.mrc', recipe: { despike: 'off' } });
  assert.equal(one.turned, false);
  assert.deepEqual(Array.from(readPlainStack(fs.readFileSync(one.file))!.pixels), Array.from(pixels));
  const ran = darkroom('run', path.join(into, 'raw'), '-o', path.join(into, 'ran'), '--no-flat-field');
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /done +1\n/);
  assert.doesNotMatch(ran.err, /\.emi/);
  fs.rmSync(input);
  save('raw/b_1.ser', bytes);
  const alone = darkroom('run', path.join(into, 'raw'), '-o', path.join(into, 'ran'), '--no-flat-field');
  assert.match(alone.err, /not read: 1 \.emi, a TIA file \(EMI\)/);
});

test('files of other programs: every pixel, and what they say', { skip: noData }, async () => {
  const foreign = path.join(DATA, 'foreign');
  const names = fs.readdirSync(foreign).filter((name) => name.endsWith('.ser'));
  assert.ok(names.length >= 3);
  for (const name of names) {
    const expected = readPlainStack(fs.readFileSync(path.join(foreign, `${name}.expected.mrc`)))!;
    // openNCEM, which gave what is expected, shows the top row first.
    const { pixels } = await readBack(path.join(foreign, name));
    const turned = turnedOver(pixels, expected.width, expected.height);
    assert.deepEqual(Array.from(turned), Array.from(expected.pixels), name);
  }
  const { pixelSize } = await exposureOf(path.join(foreign, 'lattice-uint16.ser'));
  assert.ok(Math.abs(pixelSize! - 0.100127) < 1e-6, `${pixelSize}`);
});

test('HyperSpy reads the files that these tests make as we do, turned over as it shows them', {
  skip: lacks('hyperspy.api', 'python3-hyperspy'),
}, () => {
  for (const long of [false, true]) {
    const images = [image(1), image(2)];
    const file = save('witness.ser', madeSer({ ...made, type: 'int16', long, images }));
    const code = `import hyperspy.api as hs; s = hs.load("${file}"); print(s.data.shape, *s.data[:, ::-1].ravel())`;
    assert.equal(python(code), `(2, ${height}, ${width}) ${images.flat().join(' ')}`);
  }
});
