/** MRC files: every mode and byte order, what real headers get wrong, damage, and what an output keeps of its input. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { OutputFile } from '../../../src/files/output-file.ts';
import { type Carried, OUR_LINE, type Plan } from '../../../src/formats/format.ts';
import { openExposure } from '../../../src/formats/index.ts';
import { HEADER_BYTES, WORDS } from '../../../src/formats/mrc/header.ts';
import { mrc } from '../../../src/formats/mrc/mrc.ts';
import { Arena } from '../../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../../src/kernels/kernels.ts';
import { type Exposure, PIXELS, type Statistics, type WrittenType } from '../../../src/model/exposure.ts';
import { Fault, type FaultKind } from '../../../src/model/outcome.ts';
import { DATA, noData } from '../../correct/lab.ts';
import { float16Bits, type MadeMrc, madeMrc } from '../../made/mrc.ts';

const into = fs.mkdtempSync(path.join(os.tmpdir(), 'mrc-test-'));
after(() => fs.rmSync(into, { recursive: true, force: true }));

const PYTHON = '/usr/bin/python3';
const noMrcfile = spawnSync(PYTHON, ['-c', 'import mrcfile']).status === 0 ? false : 'python3-mrcfile is not installed';

const memory = createMemory();
const kernels = instantiate(compileKernels(), memory);
const slot = { address: extend(memory, 32 << 20), bytes: 32 << 20 };

function save(name: string, made: MadeMrc | Uint8Array): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, made instanceof Uint8Array ? made : madeMrc(made));
  return file;
}

interface Read {
  readonly exposure: Exposure;
  readonly carried: Carried;
  /** All frames, little-endian. */
  readonly pixels: Buffer;
}

async function read(file: string, band = 7): Promise<Read> {
  const { source, close } = await openExposure(file);
  try {
    const { width, height, frames, type } = source.exposure;
    const arena = new Arena(kernels, memory, slot);
    source.prepare(arena);
    const rowBytes = width * PIXELS[type].bytes;
    const at = arena.take(band * rowBytes);
    const pieces: Buffer[] = [];
    for (let frame = 0; frame < frames; frame++) {
      for (let row = 0; row < height; row += band) {
        const rows = Math.min(band, height - row);
        await source.read(frame, row, rows, at);
        pieces.push(Buffer.from(arena.bytes(at, rows * rowBytes)));
      }
    }
    return { exposure: source.exposure, carried: source.carried, pixels: Buffer.concat(pieces) };
  } finally {
    close();
  }
}

interface Write {
  readonly width: number;
  readonly height: number;
  readonly frames?: number;
  readonly type: WrittenType;
  readonly pixels: Uint8Array;
  readonly carried?: Carried;
  readonly lines?: readonly string[];
  readonly statistics?: Statistics;
  readonly band?: number;
}

async function write(name: string, how: Write): Promise<{ file: string; notes: readonly string[] }> {
  const { width, height, frames = 1, type, pixels, band = 5, lines = ['darkroom 1.2.3: one', 'darkroom: two'] } = how;
  const file = path.join(into, name);
  const plan: Plan = {
    path: file,
    width,
    height,
    frames,
    type,
    compression: 'none',
    turned: false,
    carried: how.carried ?? { description: [] },
    provenance: { software: 'darkroom test', lines },
  };
  fs.rmSync(file, { force: true });
  const output = OutputFile.create(file);
  try {
    const sink = mrc.create(output, plan);
    const arena = new Arena(kernels, memory, slot);
    sink.prepare(arena);
    const rowBytes = width * PIXELS[type].bytes;
    const at = arena.take(band * rowBytes);
    for (let frame = 0; frame < frames; frame++) {
      for (let row = 0; row < height; row += band) {
        const rows = Math.min(band, height - row);
        const from = (frame * height + row) * rowBytes;
        arena.bytes(at, rows * rowBytes).set(pixels.subarray(from, from + rows * rowBytes));
        await sink.write(frame, row, rows, at);
      }
    }
    const size = await sink.finish(how.statistics ?? { min: -1.5, max: 9, mean: 3.25, deviation: 2 });
    assert.equal(fs.statSync(file).size, size);
    return { file, notes: sink.notes };
  } finally {
    output.close();
  }
}

async function refused(file: string, kind: FaultKind, text: RegExp): Promise<void> {
  await assert.rejects(read(file), (error) => {
    assert.ok(error instanceof Fault, `expected a Fault, found ${error}`);
    assert.equal(error.kind, kind, error.message);
    assert.ok(error.message.startsWith(`${file}: `), error.message);
    assert.match(error.message, text);
    return true;
  });
}

const SHAPE = { width: 13, height: 17, frames: 2 };
const COUNT = 13 * 17 * 2;
const values = (mode: number): number[] =>
  Array.from({ length: COUNT }, (_, i) => {
    const sign = i % 2 === 0 ? 1 : -1;
    if (mode === 0) return (sign * i) % 128;
    if (mode === 6) return (i * 149) % 65_536;
    return mode === 2 || mode === 12 ? (sign * i) / 4 : sign * i * 70;
  });

/** The pixels of a mode, little-endian, in the plainest way. */
function plain(mode: number, imodSigned?: boolean): { type: string; bytes: Buffer } {
  const all = values(mode);
  const of = (array: { buffer: ArrayBufferLike }): Buffer => Buffer.from(array.buffer as ArrayBuffer);
  switch (mode) {
    case 0:
      return { type: imodSigned === false ? 'uint8' : 'int8', bytes: of(Int8Array.from(all)) };
    case 1:
      return { type: 'int16', bytes: of(Int16Array.from(all)) };
    case 2:
      return { type: 'float32', bytes: of(Float32Array.from(all)) };
    case 6:
      return { type: 'uint16', bytes: of(Uint16Array.from(all)) };
    default:
      return { type: 'float16', bytes: of(Uint16Array.from(all, float16Bits)) };
  }
}

test('every mode is read in both byte orders, in bands of any height, stacks too', async () => {
  for (const [mode, imodSigned] of [[0], [0, true], [0, false], [1], [2], [6], [12]] as [number, boolean?][]) {
    const expected = plain(mode, imodSigned);
    for (const littleEndian of [true, false]) {
      const stamped = imodSigned === undefined ? {} : { imodSigned };
      const file = save('mode.mrc', { ...SHAPE, mode, pixels: values(mode), littleEndian, ...stamped });
      for (const band of [1, 5, 17]) {
        const { exposure, pixels } = await read(file, band);
        assert.deepEqual({ ...exposure, pixelSize: 1.5 }, {
          ...SHAPE,
          format: 'mrc',
          type: expected.type,
          firstRow: 'bottom',
          pixelSize: 1.5,
          metadata: { pixelSize: 1.5 },
          notes: [],
        } as unknown);
        assert.ok(pixels.equals(expected.bytes), `mode ${mode}, little-endian ${littleEndian}, bands of ${band}`);
      }
    }
  }
});

test('an unknown machine stamp is told once, and the dimensions decide the byte order', async () => {
  for (const littleEndian of [true, false]) {
    for (const stamp of [
      [0, 0, 0x44, 0x44],
      [0x44, 0, 0, 0],
      [0, 0, 0, 0],
      [0x11, 0x44, 0, 0],
      // A stamp of the standard that contradicts the dimensions is not believed.
      littleEndian ? [0x11, 0x11, 0, 0] : [0x44, 0x44, 0, 0],
    ]) {
      const file = save('stamp.mrc', { ...SHAPE, mode: 6, pixels: values(6), littleEndian, stamp });
      const { exposure, pixels } = await read(file);
      assert.ok(pixels.equals(plain(6).bytes), `${stamp}`);
      const order = littleEndian ? 'little' : 'big';
      assert.equal(exposure.notes.length, 1);
      const said = `unknown MRC machine stamp ${Buffer.from(stamp).toString('hex')}: read as ${order}-endian`;
      assert.ok(exposure.notes[0]!.startsWith(said), exposure.notes[0]);
    }
  }
  for (const stamp of [
    [0x44, 0x44, 0, 0],
    [0x44, 0x41, 0, 0],
  ]) {
    const { exposure } = await read(save('stamp.mrc', { ...SHAPE, mode: 6, pixels: values(6), stamp }));
    assert.deepEqual(exposure.notes, []);
  }
});

test('256 x 256 without a stamp is 256 x 256, though 65 536 x 65 536 would be possible', async () => {
  for (const littleEndian of [true, false]) {
    const shape = { width: 256, height: 256, mode: 0, pixels: [], littleEndian, stamp: [0, 0, 0, 0] };
    const { exposure } = await read(save('square.mrc', shape));
    assert.deepEqual([exposure.width, exposure.height, exposure.frames], [256, 256, 1]);
  }
});

test("a header without 'MAP ', or with NUL at its end, is an MRC header", async () => {
  for (const map of ['MAP\0', '', 'MAP ']) {
    const { pixels } = await read(save('map.mrc', { ...SHAPE, mode: 1, pixels: values(1), map }));
    assert.ok(pixels.equals(plain(1).bytes));
  }
});

test('a cell of zero or less gives no pixel size, and its words stay as they are', async () => {
  for (const pixelSize of [0, -2.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const { exposure, carried } = await read(save('cell.mrc', { ...SHAPE, mode: 1, pixels: values(1), pixelSize }));
    assert.equal('pixelSize' in exposure, false, `${pixelSize}`);
    const { file } = await write('cell-out.mrc', { ...SHAPE, type: 'int16', pixels: plain(1).bytes, carried });
    const out = fs.readFileSync(file);
    assert.deepEqual(
      out.subarray(WORDS.mx, WORDS.amin),
      Buffer.from(carried.mrc!.bytes.subarray(WORDS.mx, WORDS.amin)),
    );
  }
});

test('bytes behind the data are padding, and are left alone', async () => {
  const whole = madeMrc({ ...SHAPE, mode: 6, pixels: values(6) });
  const { pixels } = await read(save('padded.mrc', Buffer.concat([whole, Buffer.alloc(777, 0xee)])));
  assert.ok(pixels.equals(plain(6).bytes));
});

test('a file cut off anywhere is incomplete, never dark', async () => {
  const extended = { type: 'FEI1', bytes: new Uint8Array(96).fill(7) };
  const whole = madeMrc({ ...SHAPE, mode: 6, pixels: values(6), extended });
  for (const length of [0, 1, 100, 1023, 1024, 1050, 1120, 1121, 1500, whole.length - 1]) {
    const text =
      length === 0 ? /empty file/ : length < 1024 ? /expected an MRC header/ : /found \d+ bytes, expected 2004 /;
    await refused(save('cut.mrc', whole.subarray(0, length)), 'incomplete', text);
  }
});

test('headers that lie, overflow or are rubbish each give one message', async () => {
  const made = { ...SHAPE, mode: 6, pixels: values(6) };
  const { nx, ny, nz, mode, nsymbt } = WORDS;
  const LIES: Record<string, [Record<number, number>, FaultKind, RegExp]> = {
    'sizes whose product overflows': [
      { [nx]: 65_536, [ny]: 65_536, [nz]: 65_536 },
      'unsupported',
      /65536 x 65536 x 65536.*2\^31/,
    ],
    'a million by a million': [{ [nx]: 1e6, [ny]: 1e6 }, 'unsupported', /1000000 x 1000000 x 2; at most 65536/],
    'the largest numbers there are': [
      { [nx]: 0x7fffffff, [ny]: 0x7fffffff, [nz]: 0x7fffffff },
      'unsupported',
      /2147483647/,
    ],
    'too many frames': [{ [nz]: 100_001 }, 'unsupported', /100000 frames/],
    'more frames than there are': [{ [nz]: 100_000 }, 'incomplete', /13 x 17 x 100000 uint16/],
    'a width of 0': [{ [nx]: 0 }, 'format', /no header of MRC, TIFF/],
    'negative sizes': [{ [nx]: -13, [ny]: -17 }, 'format', /no header of MRC, TIFF/],
    'a negative extended header': [{ [nsymbt]: -1 }, 'format', /extended header of -1 bytes/],
    'an extended header of 2 GB': [{ [nsymbt]: 0x7fffffff }, 'format', /extended header of 2147483647 bytes/],
    'an extended header longer than the file': [{ [nsymbt]: 5000 }, 'incomplete', /expected 6908/],
    'complex integers': [{ [mode]: 3 }, 'unsupported', /mode 3 \(complex 16-bit/],
    'complex numbers': [{ [mode]: 4 }, 'unsupported', /mode 4 \(complex float32/],
    RGB: [{ [mode]: 16 }, 'unsupported', /mode 16 \(RGB.*newstack/],
    'an unknown mode': [{ [mode]: 99 }, 'unsupported', /mode 99 \(not part of MRC2014/],
    'a mode that is none': [{ [mode]: 9000 }, 'format', /no header of MRC, TIFF/],
  };
  for (const [name, [lies, kind, text]] of Object.entries(LIES)) {
    await refused(save('lie.mrc', { ...made, lies }), kind, text).catch((error) =>
      assert.fail(`${name}: ${error.message}`),
    );
  }
  for (const byte of [0x00, 0xff, 0x20]) {
    await refused(save('rubbish.mrc', new Uint8Array(5000).fill(byte)), 'format', /no header of MRC, TIFF/);
  }
});

test('TIFF files are never taken for MRC, whatever numbers stand where an MRC header has its own', async () => {
  // Nearly empty pixels behind a TIFF's signature look like frames and mode.
  const head = Buffer.alloc(4096);
  head.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, 1]);
  await assert.rejects(openExposure(save('sparse.mrc', head)), (error) => {
    assert.doesNotMatch(String(error), /the header says|MRC/);
    return true;
  });
});

test('a BigTIFF is a TIFF', { skip: noData }, async () => {
  const { source, close } = await openExposure(path.join(DATA, 'tiff/bigtiff.tif'));
  close();
  assert.deepEqual([source.exposure.format, source.exposure.width], ['tiff', 509]);
});

const header = (file: string): DataView => {
  const bytes = fs.readFileSync(file).subarray(0, HEADER_BYTES);
  return new DataView(Uint8Array.from(bytes).buffer);
};

test('what is written is read back, with the statistics, size of pixels and mode in its header', async () => {
  for (const [mode, type] of [
    [1, 'int16'],
    [2, 'float32'],
    [6, 'uint16'],
  ] as const) {
    for (const band of [1, 4, 17]) {
      const { bytes } = plain(mode);
      const carried = { pixelSize: 0.75, description: [] };
      const { file, notes } = await write('back.mrc', { ...SHAPE, type, pixels: bytes, band, carried });
      const found = await read(file);
      assert.deepEqual(notes, []);
      assert.ok(found.pixels.equals(bytes), `${type}, bands of ${band}`);
      assert.deepEqual([found.exposure.type, found.exposure.frames, found.exposure.pixelSize], [type, 2, 0.75]);
      assert.deepEqual(found.carried.description, ['darkroom 1.2.3: one', 'darkroom: two']);
      const words = header(file);
      const floats = [WORDS.amin, WORDS.amax, WORDS.amean, WORDS.rms].map((at) => words.getFloat32(at, true));
      assert.deepEqual(floats, [-1.5, 9, 3.25, 2]);
      assert.deepEqual([words.getInt32(WORDS.mode, true), words.getInt32(WORDS.mx + 8, true)], [mode, 1]);
    }
  }
});

test("an input's header is kept but for our words, and swapped to little-endian whole", async () => {
  const made = { ...SHAPE, mode: 6, pixels: values(6), labels: ['by others'], lies: { 16: -3, 100: 12_345, 196: 77 } };
  for (const littleEndian of [true, false]) {
    const { carried } = await read(save('kept.mrc', { ...made, littleEndian }));
    const { file } = await write('kept-out.mrc', { ...SHAPE, type: 'uint16', pixels: plain(6).bytes, carried });
    const expected = madeMrc({ ...made, labels: ['by others', 'darkroom 1.2.3: one', 'darkroom: two'] });
    const words = new DataView(expected.buffer);
    for (const [at, value] of [
      [WORDS.amin, -1.5],
      [WORDS.amax, 9],
      [WORDS.amean, 3.25],
      [WORDS.rms, 2],
    ] as const) {
      words.setFloat32(at, value, true);
    }
    // Labels that are not in use are blank.
    expected.fill(0x20, WORDS.labels + 3 * 80, HEADER_BYTES);
    assert.deepEqual(fs.readFileSync(file), Buffer.from(expected), `little-endian ${littleEndian}`);
  }
});

test('an extended header is carried over byte for byte, and the output keeps the byte order of the input', async () => {
  const bytes = Uint8Array.from({ length: 131 }, (_, i) => i * 7);
  for (const littleEndian of [true, false]) {
    const made = { ...SHAPE, mode: 6, pixels: values(6), littleEndian, extended: { type: 'FEI2', bytes } };
    const { carried } = await read(save('extended.mrc', made));
    const { file } = await write('extended-out.mrc', { ...SHAPE, type: 'uint16', pixels: plain(6).bytes, carried });
    const out = fs.readFileSync(file);
    assert.deepEqual(out.subarray(1024, 1024 + 131), Buffer.from(bytes));
    assert.equal(out.toString('latin1', WORDS.exttyp, WORDS.exttyp + 4), 'FEI2');
    const words = header(file);
    assert.equal(words.getInt32(WORDS.nsymbt, littleEndian), 131);
    assert.equal(words.getUint16(WORDS.machine, false), littleEndian ? 0x4444 : 0x1111);
    assert.deepEqual(out.subarray(1024 + 131), Buffer.from(madeMrc(made)).subarray(1024 + 131), 'pixels in that order');
    assert.ok((await read(file)).pixels.equals(plain(6).bytes));
  }
});

test("a real microscope's extended header of 909 312 bytes survives", { skip: noData }, async () => {
  const real = path.join(DATA, 'mrc/fei2-extended-header.mrc');
  const { exposure, carried, pixels } = await read(real, 64);
  const { file } = await write('fei2.mrc', { ...exposure, type: 'int16', pixels, carried, band: 64 });
  const [theirs, ours] = [fs.readFileSync(real), fs.readFileSync(file)];
  assert.ok(ours.subarray(1024, 1024 + 909_312).equals(theirs.subarray(1024, 1024 + 909_312)));
  assert.ok(ours.subarray(1024 + 909_312).equals(theirs.subarray(1024 + 909_312)), 'pixels');
  assert.equal(ours.length, theirs.length);
});

test("a real movie's negative cell dimensions stay", { skip: noData }, async () => {
  const { exposure, carried } = await read(path.join(DATA, 'mrc/direct-electron-movie.mrc'), 64);
  assert.equal('pixelSize' in exposure, false);
  const cell = new DataView(carried.mrc!.bytes.buffer, carried.mrc!.bytes.byteOffset).getFloat32(WORDS.cella, true);
  assert.ok(cell < 0, `${cell}`);
});

test('labels: ours are appended, others stay, our oldest make room first', async () => {
  const others = (count: number): string[] => Array.from({ length: count }, (_, i) => `other ${i}`);
  const ours = ['darkroom 2.0.0: a', 'darkroom: b'];
  const old = (count: number): string[] => Array.from({ length: count }, (_, i) => `darkroom 1.0.0: ${i}`);
  const CASES: [string, string[], string[], RegExp | null][] = [
    ['none before', [], ours, null],
    ['others before', others(3), [...others(3), ...ours], null],
    ['just room', others(8), [...others(8), ...ours], null],
    ['room for one', others(9), [...others(9), ours[0]!], /only the first of our labels fits/],
    ['no room', others(10), [...others(9), ours[0]!], /the last label of others gave way to ours/],
    [
      'no room beside old ones',
      [...others(9), ...old(1)],
      [...others(9), ours[0]!],
      /only the first of our labels fits/,
    ],
    ['old ones of ours stay while there is room', [...others(2), ...old(2)], [...others(2), ...old(2), ...ours], null],
    ['the oldest of ours goes', [...others(6), ...old(4)], [...others(6), ...old(4).slice(2), ...ours], null],
    ['all of ours go', [...old(2), ...others(8)], [...others(8), ...ours], null],
    [
      'the same label of ours twice',
      ['darkroom 1.0.0: x', 'darkroom 1.0.0: x', ...others(7)],
      ['darkroom 1.0.0: x', ...others(7), ...ours],
      null,
    ],
    ['the same label of others twice', ['twin', ...others(3), 'twin'], ['twin', ...others(3), 'twin', ...ours], null],
  ];
  for (const [name, before, expected, note] of CASES) {
    const { carried } = await read(save('labels.mrc', { ...SHAPE, mode: 6, pixels: values(6), labels: before }));
    const { file, notes } = await write('labels-out.mrc', {
      ...SHAPE,
      type: 'uint16',
      pixels: plain(6).bytes,
      carried,
      lines: ours,
    });
    assert.deepEqual((await read(file)).carried.description, expected, name);
    if (note) assert.match(notes.join(), note, name);
    else assert.deepEqual(notes, [], name);
  }
});

test('labels of blanks take no place from ours, and what stands behind the NUL of a text is no label', async () => {
  const NUL = String.fromCharCode(0);
  const odd = ['one', '', `two${NUL}left from before`, NUL, '   ', `${NUL}junk`, 'caf\u00e9', '', '', 'ten'];
  const { carried } = await read(save('odd.mrc', { ...SHAPE, mode: 6, pixels: values(6), labels: odd }));
  const theirs = ['one', 'two', 'caf\u00e9', 'ten'];
  assert.deepEqual(carried.description, theirs);
  const { file, notes } = await write('odd-out.mrc', { ...SHAPE, type: 'uint16', pixels: plain(6).bytes, carried });
  assert.deepEqual((await read(file)).carried.description, [...theirs, 'darkroom 1.2.3: one', 'darkroom: two']);
  assert.deepEqual(notes, []);
});

test('lines of a description become labels: long ones go on in the next, and our mark is there however many there are', async () => {
  const long = 'word '.repeat(40).trim();
  const CASES: [string, string[], string[], RegExp | null][] = [
    ['as they are', ['one', '', '  two  ', 'three\tx'], ['one', '  two', 'three x'], null],
    ['long lines', [long], [long.slice(0, 79), long.slice(80, 159), long.slice(160)], null],
    ['no space to break at', ['x'.repeat(100)], ['x'.repeat(80), 'x'.repeat(20)], null],
    [
      'letters that labels have not',
      ['1.2 \u00b5m, 3 \u00c5, caf\u00e9, \u56f3'],
      ['1.2 um, 3 A, cafe, ?'],
      /"\?" stands/,
    ],
    ['ten', Array.from({ length: 10 }, (_, i) => `line ${i}`), [], /the last label of others gave way/],
    ['a hundred', Array.from({ length: 100 }, (_, i) => `line ${i}`), [], /more lines than an MRC header has labels/],
  ];
  for (const [name, description, expected, note] of CASES) {
    const { file, notes } = await write('lines.mrc', {
      ...SHAPE,
      type: 'uint16',
      pixels: plain(6).bytes,
      carried: { description },
    });
    const labels = (await read(file)).carried.description;
    assert.ok(
      labels.some((label) => OUR_LINE.test(label)),
      name,
    );
    const wanted = expected.length > 0 ? expected : description.slice(0, 9);
    assert.deepEqual(labels.slice(0, wanted.length), wanted, name);
    if (note) assert.match(notes.join(), note, name);
    else assert.deepEqual(notes, [], name);
    const bytes = fs.readFileSync(file).subarray(WORDS.labels, HEADER_BYTES);
    assert.ok(
      bytes.every((byte) => byte >= 0x20 && byte < 0x7f),
      `${name}: ASCII`,
    );
  }
});

test('the version of the standard that an input names is kept; where it names none it is 20140', async () => {
  for (const [theirs, ours] of [
    [20_140, 20_140],
    [20_141, 20_141],
    [0, 20_140],
    [-1, 20_140],
    [0x20202020, 20_140],
  ] as const) {
    for (const littleEndian of [true, false]) {
      const made = { ...SHAPE, mode: 6, pixels: values(6), littleEndian, lies: { [WORDS.nversion]: theirs } };
      const { carried } = await read(save('version.mrc', made));
      const { file } = await write('version-out.mrc', { ...SHAPE, type: 'uint16', pixels: plain(6).bytes, carried });
      assert.equal(header(file).getInt32(WORDS.nversion, true), ours, `${theirs}`);
    }
  }
});

test('a count of labels that is nonsense is not believed', async () => {
  for (const lie of [-5, 11, 2 ** 30]) {
    const file = save('nlabl.mrc', {
      ...SHAPE,
      mode: 6,
      pixels: values(6),
      labels: ['one'],
      lies: { [WORDS.nlabl]: lie },
    });
    assert.ok((await read(file)).carried.description.length <= 10);
  }
});

test('mrcfile finds our files valid and reads the same pixels', { skip: noMrcfile }, async () => {
  const script = `
import sys, json, warnings, mrcfile, numpy
warnings.simplefilter('error')
ok = mrcfile.validate(sys.argv[1], print_file=sys.stderr)
with mrcfile.open(sys.argv[1]) as f:
    d = f.data
    open(sys.argv[1] + '.raw', 'wb').write(d.astype(d.dtype.newbyteorder('<')).tobytes())
    print(json.dumps({'ok': bool(ok), 'shape': d.shape, 'type': d.dtype.name, 'x': float(f.voxel_size.x)}))`;
  const extended = { type: 'SERI', bytes: new Uint8Array(64).fill(3) };
  for (const [mode, type] of [
    [1, 'int16'],
    [2, 'float32'],
    [6, 'uint16'],
  ] as const) {
    for (const frames of [1, 2]) {
      for (const from of [undefined, { littleEndian: false }, { littleEndian: false, extended }, { extended }]) {
        const { bytes } = plain(mode);
        const shape = { ...SHAPE, frames };
        const pixels = bytes.subarray(0, (bytes.length / 2) * frames);
        const made = from && save('from.mrc', { ...shape, mode, pixels: values(mode), ...from });
        const carried = made ? (await read(made)).carried : { pixelSize: 1.5, description: ['from a TIFF'] };
        const all = Array.from(values(mode).slice(0, (COUNT / 2) * frames));
        const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
        const deviation = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length);
        const statistics = { min: Math.min(...all), max: Math.max(...all), mean, deviation };
        const { file } = await write('valid.mrc', { ...shape, type, pixels, carried, statistics });
        const ran = spawnSync(PYTHON, ['-c', script, file], { encoding: 'utf8' });
        assert.equal(ran.status, 0, ran.stderr);
        const found = JSON.parse(ran.stdout);
        assert.equal(found.ok, true, ran.stderr);
        assert.deepEqual([found.shape.slice(-2), found.type], [[17, 13], type]);
        assert.ok(Math.abs(found.x - 1.5) < 1e-6, `voxel ${found.x}`);
        assert.ok(fs.readFileSync(`${file}.raw`).equals(pixels), `${type}, ${JSON.stringify(from)}`);
      }
    }
  }
});
