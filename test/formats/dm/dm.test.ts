/** DM3 and DM4 files are read pixel by pixel, whoever wrote them; what is no exposure is named; what is cut short waits. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Metadata } from '../../../src/model/metadata.ts';
import type { Fault } from '../../../src/model/outcome.ts';
import { darkroom } from '../../cli/call.ts';
import { DATA, noData } from '../../correct/lab.ts';
import { done, fails, readBack as read } from '../../correct/reading.ts';
import { DM_TYPES, type DmTag, dmImage, group, type MadeDmImage, madeDm, madeDmFile } from '../../made/dm.ts';
import { counted } from '../../made/images.ts';
import { readPlainStack } from '../../oracle/plain-mrc.ts';
import { exposureOf, into, lacks, python, refusal as refusalOf, save } from '../camera-files.ts';

async function metadataOf(file: string): Promise<Metadata> {
  return (await exposureOf(file)).metadata ?? {};
}

/** What opening says. */
const refusal = (bytes: Uint8Array, image: number | null = null): Promise<Fault> =>
  refusalOf(save('refused.dm3', bytes), image);

const [width, height] = [13, 7];
const ENDS: Readonly<Record<keyof typeof DM_TYPES, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  float32: [-1.5, 3e9],
};

function image(type: keyof typeof DM_TYPES, frames = 1): MadeDmImage {
  const pixels = Array.from({ length: width * height * frames }, (_, i) => (i * 7919) % 120);
  pixels[0] = ENDS[type][0];
  pixels[pixels.length - 1] = ENDS[type][1];
  return { type, dimensions: frames === 1 ? [width, height] : [width, height, frames], pixels };
}

test('every type of pixel is read in both versions and byte orders, images and stacks', async () => {
  for (const version of [3, 4] as const) {
    for (const littleEndian of [true, false]) {
      for (const type of Object.keys(DM_TYPES) as (keyof typeof DM_TYPES)[]) {
        for (const frames of [1, 3]) {
          const made = image(type, frames);
          const file = save('types.dm', madeDmFile([made], { version, littleEndian }));
          const { exposure, pixels } = await read(file);
          const what = `DM${version} ${littleEndian ? 'little' : 'big'}-endian ${type}, ${frames} frames`;
          assert.deepEqual([exposure.width, exposure.height, exposure.frames], [width, height, frames], what);
          assert.equal(exposure.type, type, what);
          assert.equal(exposure.firstRow, 'top');
          // What is read back of int8 are its bytes.
          const values = type === 'int8' ? Int8Array.from(pixels) : pixels;
          assert.deepEqual(Array.from(values), Array.from(made.pixels), what);
        }
      }
    }
  }
});

test('the largest image is read, not a thumbnail that is larger; --image chooses another', async () => {
  const [small, large] = [image('uint16'), { ...image('float32', 4) }];
  const file = save('several.dm4', madeDmFile([small, large], { version: 4, thumbnail: 200 }));
  const largest = await exposureOf(file);
  assert.equal(largest.type, 'float32');
  assert.match(largest.notes.join(), /several images: the largest is read, such as image 3; --image/);
  assert.equal((await exposureOf(file, 2)).type, 'uint16');
  assert.match((await refusal(fs.readFileSync(file), 1)).message, /found an image of colours \(RGB\)/);
  assert.match((await refusal(fs.readFileSync(file), 9)).message, /--image 9: found the images 1, 2, 3; give one/);
  assert.deepEqual((await exposureOf(save('only.dm3', madeDmFile([small])))).notes, []);
});

test('a run takes the image that --image names, and knows afterwards which it was', () => {
  const raw = path.join(into, 'chosen');
  fs.mkdirSync(raw);
  fs.writeFileSync(path.join(raw, 'a.dm3'), madeDmFile([image('uint16'), image('float32', 4)]));
  const out = path.join(into, 'chosen-out');
  const run = (...more: string[]) => darkroom('run', raw, '-o', out, '--no-flat-field', '--clip-low', 'none', ...more);
  assert.equal(run('--image', '2').code, 0);
  const { frames } = readPlainStack(fs.readFileSync(path.join(out, 'a.mrc')))!;
  assert.equal(frames, 1);
  assert.match(run('--image', '2').out, /nothing new/);
  assert.match(run().out, /done +1\n/, 'the largest is another image');
  assert.equal(readPlainStack(fs.readFileSync(path.join(out, 'a.mrc')))!.frames, 4);
  assert.match(darkroom('info', path.join(raw, 'a.dm3'), '--image', '2').out, /13 x 7 px, uint16, dm/);
});

const tagsOf = (...tags: DmTag[]): Uint8Array => madeDmFile([{ ...image('int16'), imageTags: tags }]);

test('what the tags say of how it was taken is metadata, and what they do not say is absent', async () => {
  const microscope: DmTag = [
    'Microscope Info',
    group(
      ['Voltage', { float64: 200_000 }],
      ['Indicated Magnification', { float64: 29_000 }],
      ['Imaging Mode', { text: 'IMAGING' }],
      ['Stage Position', group(['Stage Alpha', { float32: -12.5 }])],
    ),
  ];
  const acquisition: DmTag = [
    'Acquisition',
    group(
      ['Device', group(['Name', { text: 'US1000XP' }])],
      ['Frame', group(['Sequence', group(['Acquisition Start Time (epoch)', { float64: 1_404_924_994_906 }])])],
      ['Parameters', group(['High Level', group(['Binning', { struct: [2, 2] }], ['Exposure (s)', { float64: 0.5 }])])],
    ),
  ];
  const bytes = madeDmFile([{ ...image('int16'), scale: [0.25, 'nm'], imageTags: [microscope, acquisition] }]);
  assert.deepEqual(await metadataOf(save('tags.dm3', bytes)), {
    ...{ taken: 1_404_924_994_906, takenFrom: 'DM Acquisition Start Time (epoch)' },
    ...{ exposureSeconds: 0.5, pixelSize: 2.5, binning: 2, kilovolts: 200, magnification: 29_000 },
    ...{ tilt: -12.5, camera: 'US1000XP' },
  });
  assert.deepEqual(await metadataOf(save('none.dm3', madeDmFile([image('int16')]))), {});
  const units: readonly [string, number | undefined][] = [
    ['\u00b5m', 2500],
    ['\u03bcm', 2500],
    ['pm', 0.0025],
    ['\u00c5', 0.25],
    ['furlong', undefined],
  ];
  for (const [unit, pixelSize] of units) {
    const file = save('unit.dm3', madeDmFile([{ ...image('int16'), scale: [0.25, unit] }]));
    const found = (await metadataOf(file)).pixelSize;
    assert.ok(pixelSize === undefined ? found === undefined : Math.abs(found! - pixelSize) < 1e-6 * pixelSize, unit);
  }
});

test('a diffraction pattern is marked as one, and its scale is no pixel size', async () => {
  const bytes = madeDmFile([{ ...image('int16'), scale: [0.02, '1/nm'] }]);
  assert.deepEqual(await metadataOf(save('pattern.dm3', bytes)), { diffraction: true });
  const mode = tagsOf(['Microscope Info', group(['Operation Mode', { text: 'DIFFRACTION' }])]);
  assert.equal((await metadataOf(save('mode.dm3', mode))).diffraction, true);
});

test('date and time of the data bar are read where day and month can be told apart', async () => {
  const bar = async (date: string, time: string): Promise<number | undefined> => {
    const bytes = tagsOf([
      'DataBar',
      group(['Acquisition Date', { text: date }], ['Acquisition Time', { text: time }]),
    ]);
    return (await metadataOf(save('bar.dm3', bytes))).taken;
  };
  const evening = new Date(2014, 6, 9, 18, 56, 37).getTime();
  assert.equal(await bar('7/9/2014', '6:56:37 PM'), evening);
  assert.equal(await bar('2014-07-09', '18:56:37'), evening);
  assert.equal(await bar('09.07.2014', '18:56:37'), evening);
  assert.equal(await bar('27/9/2014', '18:56:37'), new Date(2014, 8, 27, 18, 56, 37).getTime());
  assert.equal(await bar('7/9/2014', '18:56:37'), undefined, 'July or September');
  assert.equal(await bar('12:30', 'noon'), undefined);
  assert.equal(await bar('7/9/2014', '12:00:01 AM'), new Date(2014, 6, 9, 0, 0, 1).getTime());
  assert.equal(await bar('2/30/2014', '1:00:01 AM'), undefined, 'there is no such day');
});

test('what is no exposure is named and refused', async () => {
  const of = (dataType: number): Uint8Array =>
    madeDm({ tags: [['ImageList', group(['', dmImage({ ...image('int32'), dataType })])]] });
  const CASES: readonly [Uint8Array, RegExp][] = [
    [of(23), /colours \(RGB\)/],
    [of(3), /complex numbers: a transform/],
    [of(14), /a mask/],
    [of(77), /type 77/],
    [madeDmFile([{ ...image('int16'), dimensions: [width * height] }]), /a spectrum or a profile/],
    [madeDmFile([{ ...image('int16'), dimensions: [width, 1, 1, height] }]), /4 dimensions/],
    [madeDmFile([{ ...image('int16'), scale: [0.5, 'eV'] }]), /spectra \(an axis of energy\)/],
    [tagsOf(['Meta Data', group(['Format', { text: 'Spectrum image' }])]), /spectra/],
  ];
  for (const [bytes, text] of CASES) {
    const { kind, message } = await refusal(bytes);
    assert.equal(kind, 'unsupported', message);
    assert.match(message, text);
  }
  assert.match((await refusal(madeDm({ tags: [['ImageList', group()]] }))).message, /found no image in the DM3 file/);
});

test('a file that is cut short anywhere is incomplete, and so is one whose rest is still zeros', async () => {
  for (const version of [3, 4] as const) {
    const whole = madeDmFile([image('uint16')], { version, thumbnail: 5 });
    // The last eight bytes close the file and hold nothing.
    for (let length = 1; length < whole.length - 8; length += 7) {
      for (const cut of [whole.slice(0, length), Uint8Array.from(whole).fill(0, length)]) {
        if (Buffer.from(cut).equals(whole)) continue;
        const { kind, message } = await refusal(cut);
        const zeros = cut.length === whole.length;
        // Zeros in place of a number are another number.
        const odd = zeros && kind !== 'incomplete' ? /damaged|no image|expected/ : /still being written|expected/;
        assert.ok(zeros || kind === 'incomplete', `${length}: ${kind} ${message}`);
        assert.match(message, odd);
      }
    }
  }
});

test('counts and lengths that lie are refused at once, without memory', async () => {
  const array = { type: 4, size: 2, bytes: new Uint8Array(200), count: 2 ** 32 - 1 };
  const lies: readonly [string, readonly DmTag[]][] = [
    ['an array of 2^32 numbers', [['Data', { array }]]],
    ['a group of 2^32 tags', [['ImageList', { tags: [], count: 2 ** 32 - 1 }]]],
  ];
  for (const [what, tags] of lies) {
    const before = process.memoryUsage.rss();
    const { kind } = await refusal(madeDm({ tags }));
    assert.equal(kind, 'incomplete', what);
    assert.ok(process.memoryUsage.rss() - before < 200 << 20, what);
  }
  let deep: DmTag = ['', group()];
  for (let i = 0; i < 100; i++) deep = ['', group(deep)];
  assert.match((await refusal(madeDm({ tags: [deep] }))).message, /groups in 60 groups/);
  const many = { tags: Array.from({ length: 200_001 }, (): DmTag => ['', { int16: 1 }]) };
  assert.match((await refusal(madeDm({ tags: [['', many]] }))).message, /more than 200000 tags/);
  const huge = { ...image('uint16'), dimensions: [100_000, 100_000] };
  assert.match((await refusal(madeDmFile([huge]))).message, /100000 x 100000 x 1; at most 65536 columns/);
  const short = { ...image('uint16'), dimensions: [width, height + 1] };
  assert.match((await refusal(madeDmFile([short]))).message, /found 182 bytes of pixels, expected 208/);
});

test('what a DM file becomes is an MRC file the same way up, and TIFF where it is asked for; both are said', async () => {
  const picture = counted({ width: 64, height: 50, seed: 5 });
  const input = save(
    'up.dm4',
    madeDmFile([{ type: 'uint16', dimensions: [64, 50], pixels: picture.pixels }], { version: 4 }),
  );
  const out = path.join(into, 'up');
  const one = await done({ input, out, output: 'up.mrc', recipe: { despike: 'off' } });
  assert.match(one.notes.join('\n'), /\.dm3 and \.dm4 files are read, not written: the outputs are MRC/);
  const back = readPlainStack(fs.readFileSync(one.file))!;
  // MRC has the bottom row first.
  for (const [i, value] of back.pixels.entries()) {
    const row = 49 - Math.floor(i / 64);
    assert.equal(value, picture.pixels[row * 64 + (i % 64)]);
  }
  const tiff = await done({ input, out, output: 'up.tif', recipe: { despike: 'off', format: 'tiff' } });
  assert.deepEqual(Array.from((await read(tiff.file)).pixels), Array.from(picture.pixels));
  assert.doesNotMatch(tiff.notes.join('\n'), /read, not written/);
});

test('counts of 32 bits that the type written does not hold fail, and those that are rounded are suspect', async () => {
  const pixels = Array.from({ length: 64 * 50 }, (_, i) => 1000 + (i % 50));
  const of = (values: ArrayLike<number>): string =>
    save('wide.dm3', madeDmFile([{ type: 'int32', dimensions: [64, 50], pixels: values }]));
  const recipe = { despike: 'off', clipLow: 'none', clipHigh: 'none' } as const;
  const out = path.join(into, 'wide');
  const plain = await done({ input: of(pixels), out, output: 'a.mrc', recipe });
  assert.equal(plain.type, 'float32');
  const large = pixels.map((x) => x + 100_000);
  await fails(
    { input: of(large), out, output: 'b.mrc', recipe: { ...recipe, type: 'uint16' } },
    'range',
    /outside uint16/,
  );
  const rounded = await done({ input: of(pixels.map((x) => x + 2 ** 24)), out, output: 'c.mrc', recipe });
  assert.match(rounded.suspect.join(), /counts beyond 16777216 are rounded/);
});

test('files of other programs: every pixel, and what their tags say', { skip: noData }, async () => {
  const foreign = path.join(DATA, 'foreign');
  const names = fs.readdirSync(foreign).filter((name) => /\.dm[34]$/.test(name));
  assert.ok(names.length >= 5);
  for (const name of names) {
    const { exposure, pixels } = await read(path.join(foreign, name));
    const expected = readPlainStack(fs.readFileSync(path.join(foreign, `${name}.expected.mrc`)))!;
    assert.deepEqual(
      [exposure.width, exposure.height, exposure.frames],
      [expected.width, expected.height, expected.frames],
    );
    assert.deepEqual(Array.from(pixels), Array.from(expected.pixels), name);
  }
  assert.deepEqual(await metadataOf(path.join(foreign, 'diffraction-int32.dm3')), {
    ...{ taken: 1_404_924_994_906, takenFrom: 'DM Acquisition Start Time (epoch)', exposureSeconds: 0.2 },
    ...{ binning: 1, kilovolts: 200, camera: 'BM-UltraScan', diffraction: true },
  });
});

test('HyperSpy reads the files that these tests make as we do', {
  skip: lacks('hyperspy.api', 'python3-hyperspy'),
}, () => {
  for (const version of [3, 4] as const) {
    const made = image('int16', 3);
    const file = save(`witness.dm${version}`, madeDmFile([made], { version }));
    const code = `import hyperspy.api as hs; s = hs.load("${file}"); print(s.data.shape, *s.data.ravel())`;
    assert.equal(python(code), `(3, ${height}, ${width}) ${Array.from(made.pixels).join(' ')}`);
  }
});
