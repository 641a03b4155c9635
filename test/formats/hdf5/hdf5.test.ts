/** HDF5 files are read pixel by pixel, of Velox and of others; what is not written yet waits, and is never zeros. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DATA, noData } from '../../correct/lab.ts';
import { done, fails, readBack } from '../../correct/reading.ts';
import { DM_TYPES } from '../../made/dm.ts';
import { type MadeDataset, madeHdf5, madeVelox } from '../../made/hdf5.ts';
import { counted } from '../../made/images.ts';
import type { SerType } from '../../made/ser.ts';
import { readPlainStack } from '../../oracle/plain-mrc.ts';
import { exposureOf, into, lacks, pixelsOf, python, refusal, save } from '../camera-files.ts';

const [width, height] = [13, 7];
const count = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => (i * 7919 + from) % 120);
const image: MadeDataset = { shape: [height, width], type: 'uint16', numbers: count(width * height) };

test('every type of pixel is read in both byte orders, in one piece and in chunks, packed and not', async () => {
  const ways: readonly Partial<MadeDataset>[] = [
    {},
    { chunk: [height, width] },
    { chunk: [3, 5] },
    { chunk: [3, 5], deflate: true },
    { chunk: [2, width], deflate: true },
  ];
  for (const type of Object.keys(DM_TYPES) as SerType[]) {
    for (const littleEndian of [true, false]) {
      for (const way of ways) {
        const file = save('types.h5', madeHdf5({ entry: { data: { ...image, type, littleEndian, ...way } } }));
        const exposure = await exposureOf(file);
        assert.deepEqual([exposure.width, exposure.height, exposure.frames], [width, height, 1]);
        assert.deepEqual([exposure.type, exposure.firstRow], [type, 'top']);
        assert.deepEqual(await pixelsOf(file), image.numbers, `${type} ${littleEndian} ${JSON.stringify(way)}`);
      }
    }
  }
});

test('a stack is frames x rows x columns; of Velox it is rows x columns x frames', async () => {
  const frames = 3;
  const numbers = count(width * height * frames);
  const turned = numbers.map((_, i) => {
    const [frame, pixel] = [i % frames, Math.floor(i / frames)];
    return numbers[frame * width * height + pixel]!;
  });
  for (const chunk of [undefined, [1, height, width], [2, 4, 5]]) {
    const made: MadeDataset = { shape: [frames, height, width], type: 'int16', numbers, ...(chunk && { chunk }) };
    const file = save('stack.h5', madeHdf5({ stack: made }));
    assert.equal((await exposureOf(file)).frames, frames);
    assert.deepEqual(await pixelsOf(file), numbers, `chunks ${chunk}`);
  }
  for (const chunk of [undefined, [height, width, 1], [4, 5, 2], [height, width, frames]]) {
    for (const deflate of chunk ? [false, true] : [false]) {
      const made: MadeDataset = { shape: [height, width, frames], type: 'int16', numbers: turned, deflate };
      const file = save('velox.emd', madeVelox({ ...made, ...(chunk && { chunk }) }, {}));
      assert.equal((await exposureOf(file)).frames, frames);
      assert.deepEqual(await pixelsOf(file), numbers, `chunks ${chunk}`);
    }
  }
});

const VELOX = {
  Acquisition: { AcquisitionStartDatetime: { DateTime: '1596041299' } },
  Optics: { AccelerationVoltage: '300000', NominalMagnification: '26996.3' },
  Stage: { AlphaTilt: String(Math.PI / 6) },
  Detectors: {
    'Detector-0': { DetectorName: 'BF', ExposureTime: '9' },
    'Detector-1': { DetectorName: 'BM-Ceta', ExposureTime: '0.4', Binning: { width: '8', height: '8' } },
  },
  BinaryResult: { Detector: 'BM-Ceta', PixelUnitX: 'm', PixelSize: { width: '2.5e-10', height: '2.5e-10' } },
};

test('what Velox says of an image is metadata; text that makes no sense keeps no pixels from being read', async () => {
  const velox: MadeDataset = { ...image, shape: [height, width, 1], chunk: [height, width, 1] };
  const { metadata, pixelSize } = await exposureOf(save('velox.emd', madeVelox(velox, VELOX)));
  const { tilt, ...rest } = metadata!;
  assert.ok(Math.abs(tilt! - 30) < 1e-9, `${tilt}`);
  assert.deepEqual(rest, {
    ...{ taken: 1_596_041_299_000, takenFrom: 'Velox AcquisitionStartDatetime', exposureSeconds: 0.4 },
    ...{ pixelSize: 2.5, binning: 8, kilovolts: 300, magnification: 26_996.3, camera: 'BM-Ceta' },
  });
  assert.equal(pixelSize, 2.5);
  const pattern = { ...VELOX, BinaryResult: { ...VELOX.BinaryResult, PixelUnitX: '1/m' } };
  const diffraction = await exposureOf(save('pattern.emd', madeVelox(velox, pattern)));
  assert.equal(diffraction.metadata!.diffraction, true);
  assert.equal(diffraction.pixelSize, undefined);
  const broken = Buffer.from(madeVelox(velox, VELOX));
  broken.write('}}}', broken.indexOf('{"Acquisition"'));
  assert.deepEqual((await exposureOf(save('broken.emd', broken))).metadata, {});
  assert.deepEqual(await pixelsOf(save('broken.emd', broken)), image.numbers);
});

test('the largest image is read; --image chooses another, and names them all', async () => {
  const small: MadeDataset = { shape: [2, 3], type: 'uint8', numbers: count(6) };
  const file = save('several.h5', madeHdf5({ a: { small }, b: { image }, c: { line: { ...small, shape: [6] } } }));
  const exposure = await exposureOf(file);
  assert.equal(exposure.width, width);
  assert.match(exposure.notes.join(), /several images: the largest is read, such as image 2/);
  assert.equal((await exposureOf(file, 1)).width, 3);
  assert.match(
    (await refusal(file, 3)).message,
    /no image 3, expected one of 1 \(\/a\/small, 2 x 3\), 2 \(\/b\/image, 7 x 13\)/,
  );
});

test('chunks that are not written are no zeros: the file is unfinished', async () => {
  for (const missing of [[0], [5], [0, 1, 2, 3, 4, 5, 6, 7, 8]]) {
    for (const deflate of [false, true]) {
      const file = save('gap.h5', madeHdf5({ image: { ...image, chunk: [3, 5], deflate, missing } }));
      const { kind, message } = await refusal(file);
      assert.equal(kind, 'incomplete', message);
      assert.match(message, /\d of 9 chunks of pixels that are not written/);
    }
  }
});

test('a file that is cut short anywhere is incomplete', async () => {
  for (const way of [{}, { chunk: [3, 5] }, { chunk: [3, 5], deflate: true }]) {
    const whole = madeHdf5({ entry: { data: { ...image, ...way } } });
    for (let length = 1; length < whole.length; length += 9) {
      const { kind, message } = await refusal(save('cut.h5', whole.slice(0, length)));
      assert.equal(kind, 'incomplete', `${length}: ${message}`);
    }
    // Room that was reserved, and the end that the file says it has.
    const { kind } = await refusal(save('zeros.h5', new Uint8Array(whole.length)));
    assert.equal(kind, 'incomplete');
  }
});

test('what is no exposure, or is packed otherwise, is named with a way out', async () => {
  const doubles: MadeDataset = { shape: [height, width], type: 'float64', numbers: image.numbers };
  const CASES: readonly [Uint8Array, RegExp][] = [
    [madeHdf5({ image: doubles }), /found float64 in \/image, expected integers of 8, 16 or 32 bits/],
    [madeHdf5({ image: { ...image, shape: [height, 1, 1, width] } }), /4 dimensions \(7 x 1 x 1 x 13\)/],
    [madeHdf5({ image: { ...image, shape: [height * width] } }), /no image in the HDF5 file/],
    [madeHdf5({}), /no image in the HDF5 file/],
    [madeHdf5({ Data: { SpectrumStream: { x: { Data: image } } } }), /found spectra/],
    [madeHdf5({ image: { ...image, chunk: [3, 5], filter: 32_008 } }), /compressed with bitshuffle.*h5repack -f NONE/],
  ];
  for (const [bytes, text] of CASES) {
    const { kind, message } = await refusal(save('refused.h5', bytes));
    assert.equal(kind, 'unsupported', message);
    assert.match(message, text);
  }
});

test('chunks that cannot be decompressed fail the exposure, whatever they claim', async () => {
  const bytes = Buffer.from(madeHdf5({ image: { ...image, chunk: [3, 5], deflate: true } }));
  const zlib = bytes.indexOf(Buffer.from([0x78, 0x9c]));
  assert.ok(zlib > 0);
  bytes.fill(0xff, zlib + 2, zlib + 10);
  const input = save('deflate.h5', bytes);
  await fails({ input, out: path.join(into, 'deflate'), output: 'a.mrc' }, 'format', /cannot be decompressed|chunk of/);
});

test('what an EMD file becomes is the same way up; negative counts stay, and a pedestal is written where it is asked for', async () => {
  const { pixels } = counted({ width: 64, height: 50, seed: 5, mean: 20 });
  const numbers = pixels.map((x) => x - 20);
  const made: MadeDataset = { shape: [50, 64, 1], type: 'int16', numbers, chunk: [50, 64, 1] };
  const input = save('ceta.emd', madeVelox(made, VELOX));
  const out = path.join(into, 'ceta');
  const turned = (pixel: number): number => (49 - Math.floor(pixel / 64)) * 64 + (pixel % 64);
  const plain = await done({ input, out, output: 'a.mrc', recipe: { despike: 'off' } });
  assert.equal(plain.type, 'int16');
  const back = readPlainStack(fs.readFileSync(plain.file))!;
  for (const [i, value] of back.pixels.entries()) assert.equal(value, numbers[turned(i)]);
  const lifted = { despike: 'off', type: 'uint16', offset: 100 } as const;
  const pedestal = await done({ input, out, output: 'b.mrc', recipe: lifted });
  assert.equal(pedestal.counts.outOfRange + pedestal.counts.clippedLow, 0);
  const raised = readPlainStack(fs.readFileSync(pedestal.file))!;
  for (const [i, value] of raised.pixels.entries()) assert.equal(value, numbers[turned(i)]! + 100);
  await fails({ input, out, output: 'c.mrc', recipe: { despike: 'off', type: 'uint16' } }, 'range', /--offset \d+/);
});

test('files of other programs: every pixel, and what they say', { skip: noData }, async () => {
  const file = path.join(DATA, 'foreign/ceta-int16.emd');
  const expected = readPlainStack(fs.readFileSync(`${file}.expected.mrc`))!;
  assert.deepEqual(Array.from((await readBack(file)).pixels), Array.from(expected.pixels));
  const { metadata } = await exposureOf(file);
  assert.equal(metadata!.taken, 1_596_041_299_000);
  assert.equal(metadata!.camera, 'BM-Ceta');
});

const noH5py = lacks('h5py, numpy', 'python3-h5py');

test('h5py reads the files that these tests make as we do', { skip: noH5py }, () => {
  for (const way of [{}, { chunk: [3, 5] }, { chunk: [3, 5], deflate: true }]) {
    const file = save('witness.h5', madeHdf5({ entry: { data: { ...image, ...way } } }));
    const code = `import h5py; d = h5py.File("${file}")["entry/data"][()]; print(d.shape, *d.ravel())`;
    assert.equal(python(code), `(${height}, ${width}) ${Array.from(image.numbers).join(' ')}`);
  }
});

/** How h5py is asked to store 3 frames of 37 x 41 px, by what is said of it; null: it is read. */
const LAYOUTS: readonly [options: string, refused: RegExp | null][] = [
  ['', null],
  ['chunks=(1,37,41)', null],
  ['chunks=(2,10,9)', null],
  ['chunks=(1,10,41), compression="gzip"', null],
  ['chunks=(2,10,9), compression="gzip", shuffle=True, fletcher32=True', null],
  ['chunks=(1,10,41), shuffle=True, fletcher32=True', null],
  ['chunks=(3,37,41), compression="gzip"', null],
  ['chunks=(1,37,41), compression="lzf"', /compressed with LZF/],
  ['chunks=(1,37,41), maxshape=(None,37,41)', null],
];

test('what h5py writes is read, in old and new versions of the format; other layouts are named', {
  skip: noH5py,
}, async () => {
  const expected = count(3 * 37 * 41);
  for (const libver of ['earliest', 'v108', 'latest']) {
    for (const type of ['<u2', '>i2', '<f4', '>f4', '<f2', 'u1', 'i1', '<i4', '>u4']) {
      const files = LAYOUTS.map((_, i) => path.join(into, `h5py-${i}.h5`));
      const writes = LAYOUTS.map(
        ([options], i) =>
          `f = h5py.File("${files[i]}", "w", libver="${libver}"); f.create_dataset("g/h/data", data=a${options ? `, ${options}` : ''}); f["g/h/data"].attrs["unit"] = "counts"; f.close()`,
      );
      const made = `a = (numpy.arange(3*37*41, dtype="i8") * 7919 % 120).astype("${type}").reshape(3, 37, 41)`;
      python([`import h5py, numpy`, made, ...writes].join('\n'));
      for (const [i, [options, refused]] of LAYOUTS.entries()) {
        const what = `${libver} ${type} ${options}`;
        const extended = libver === 'latest' && options.includes('maxshape');
        if (refused || extended) {
          assert.match(
            (await refusal(files[i]!)).message,
            refused ?? /chunks of a dataset that can be extended.*h5repack/,
            what,
          );
          continue;
        }
        const exposure = await exposureOf(files[i]!);
        assert.deepEqual([exposure.width, exposure.height, exposure.frames], [41, 37, 3], what);
        if (exposure.type === 'float16') continue;
        assert.deepEqual(await pixelsOf(files[i]!), expected, what);
      }
    }
  }
});

test('a file that is open for writing is unfinished', { skip: noH5py }, async () => {
  const file = path.join(into, 'open.h5');
  const code = `import h5py, numpy, os; f = h5py.File("${file}", "w", libver="latest"); f["a"] = numpy.zeros((9, 9), "u2"); f.flush(); os._exit(0)`;
  python(code);
  const { kind, message } = await refusal(file);
  assert.equal(kind, 'incomplete');
  assert.match(message, /open for writing/);
});
