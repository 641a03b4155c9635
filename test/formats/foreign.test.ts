/** Formats of the field that are not read: named by their content, with a way out that leads to an exposure that is read. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { foreignBy, foreignNamed, notRead } from '../../src/formats/foreign.ts';
import { openExposure } from '../../src/formats/index.ts';
import { Fault } from '../../src/model/outcome.ts';
import { darkroom } from '../cli/call.ts';
import { DATA, noData } from '../correct/lab.ts';
import { counted } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { grey, makeTiff } from './tiff/maker.ts';

const into = fs.mkdtempSync(path.join(os.tmpdir(), 'foreign-'));
after(() => fs.rmSync(into, { recursive: true, force: true }));

function save(name: string, content: Uint8Array | string): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, content);
  return file;
}

/** What opening says; null: it is read. */
async function said(file: string): Promise<string | null> {
  try {
    (await openExposure(file)).close();
    return null;
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error.message;
  }
}

const bytes = (text: string, length = 4096): Buffer =>
  Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(length)]);
const at = (offset: number, text: string): Buffer => Buffer.concat([Buffer.alloc(offset), bytes(text)]);
const ints = (...values: number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);

function spider(littleEndian: boolean): Buffer {
  const [width, height] = [64, 50];
  const headerRecords = Math.ceil(1024 / (4 * width));
  const words: Record<number, number> = {
    1: 1,
    2: height,
    3: height + headerRecords,
    5: 1,
    12: width,
    13: headerRecords,
    22: headerRecords * 4 * width,
    23: 4 * width,
  };
  const file = Buffer.alloc((headerRecords + height) * 4 * width);
  for (const [word, value] of Object.entries(words)) {
    if (littleEndian) file.writeFloatLE(value, 4 * (Number(word) - 1));
    else file.writeFloatBE(value, 4 * (Number(word) - 1));
  }
  return file;
}

const bmp = bytes('BM');
bmp.writeInt32LE(bmp.length, 2);

const mrcz = Buffer.from(madeMrc({ width: 64, height: 50, mode: 6 }));
mrcz.writeInt32LE(6006, 12);

const SERIALEM = 'CameraSizeX 7676\nCameraSizeY 7420\nRotationFlip 3\nBadColumns 12 13\nBadPixels 100 200 300 400\n';
const MOTIONCOR = '# x y w h\n100 200 2 3\n7 0 1 3710\n';

/** The first bytes of each, and what is said of it. */
const MADE: readonly [content: Buffer, name: RegExp, way: RegExp][] = [
  [bytes('JK\x00\x02'), /TIA file \(EMI\)/, /SER files beside it/],
  [bytes('MQ1,000001,00384,01,0256,0256,U16'), /Merlin/, /HyperSpy/],
  [bytes('IMGBLO\x02\x01'), /NanoMEGAS/, /HyperSpy/],
  [bytes('\xfe\xed\x00\x00N\x00o\x00r\x00p\x00i\x00x\x00 \x00s\x00e\x00q\x00'), /StreamPix/, /16-bit TIFF/],
  [mrcz, /MRCZ/, /mrcz\.writeMRC/],
  [spider(true), /SPIDER/, /e2proc2d\.py/],
  [spider(false), /SPIDER/, /e2proc2d\.py/],
  [
    Buffer.concat([Buffer.from([6, 0, 0, 2]), ints(64, 50, 1), Buffer.alloc(496 + 64 * 50 * 2)]),
    /EM file/,
    /e2proc2d\.py/,
  ],
  [bytes('FEI RawImage'), /FEI raw image/, /raw2mrc/],
  [bytes('SIMPLE  =                    T'), /FITS/, /astropy/],
  [bytes('\x93NUMPY\x01\x00'), /NumPy/, /numpy\.load/],
  [bytes('MATLAB 5.0 MAT-file, Platform'), /MATLAB/, /export/],
  [at(128, 'DICM'), /DICOM/, /export/],
  [bytes('NRRD0004\n'), /NRRD/, /export/],
  [bytes('\x89PNG\r\n\x1a\n'), /PNG/, /export/],
  [bytes('\xff\xd8\xff\xe0'), /JPEG picture/, /export/],
  [bytes('\x00\x00\x00\x0cjP  \r\n'), /JPEG 2000/, /export/],
  [bytes('GIF89a'), /GIF/, /export/],
  [bmp, /BMP/, /export/],
  [bytes('BZh91AY&SY'), /bzip2/, /bunzip2 IN/],
  [bytes('\xfd7zXZ\x00'), /xz archive/, /unxz IN/],
  [bytes('\x28\xb5\x2f\xfd'), /Zstandard/, /unzstd IN/],
  [bytes('PK\x03\x04'), /ZIP/, /unzip IN/],
  [bytes("7z\xbc\xaf'\x1c"), /7z/, /7z x IN/],
  [at(257, 'ustar'), /tar archive/, /tar xf IN/],
  [Buffer.from(SERIALEM), /SerialEM list of defects/, /give it as --defects/],
  [Buffer.from(MOTIONCOR), /MotionCor list of defects/, /give it as --defects/],
];

test('each format is named by its content, whatever the name of the file says, and has a way out', async () => {
  for (const [content, name, way] of MADE) {
    for (const file of ['x.mrc', 'x.tif', 'x.data']) {
      const text = (await said(save(file, content))) ?? 'it was read';
      const all = new RegExp(
        `: found an? .*${name.source}.*, expected an exposure as MRC, TIFF.* or HDF5; .*${way.source}`,
      );
      assert.match(text, all);
      assert.doesNotMatch(text, /damaged|truncated|--exclude/);
    }
  }
});

test('what other programs wrote is named', { skip: noData }, async () => {
  const folder = path.join(DATA, 'foreign');
  const KINDS: Record<string, RegExp> = {
    '.emi': /TIA file \(EMI\)/,
  };
  const names = fs.readdirSync(folder).filter((name) => KINDS[path.extname(name)]);
  assert.ok(names.length >= 1);
  for (const name of names)
    assert.match((await said(path.join(folder, name))) ?? 'it was read', KINDS[path.extname(name)]!, name);
});

test('a file that tells nothing by its content is named by its extension; else nothing is guessed', async () => {
  const zeros = Buffer.alloc(5000);
  assert.match(
    (await said(save('x.eer', zeros)))!,
    /by its name it is an EER movie: it holds counted electrons, which RELION/,
  );
  assert.match((await said(save('x.IMG', zeros)))!, /by its name it is an IMAGIC file: .*e2proc2d\.py/);
  assert.match(
    (await said(save('x.mrc', zeros)))!,
    /found no header of MRC, TIFF.*, expected an exposure; .*--exclude/,
  );
});

test('no MRC or TIFF file is taken for another format, whatever its sizes and pixels look like', async () => {
  const like = (content: Buffer): number => content.readInt32LE(0);
  // Sizes whose bytes are the first bytes of a signature, and pixels that are those of others.
  const sizes = [
    256,
    3,
    4,
    6,
    ...MADE.map(([content]) => like(content)).filter((nx) => nx > 0 && nx <= 65_536),
    19_778,
  ];
  for (const width of sizes) {
    for (const littleEndian of [true, false]) {
      for (const map of ['MAP ', 'MAP\0']) {
        const file = save('plain.mrc', madeMrc({ width, height: 2, frames: 2, mode: 0, littleEndian, map }));
        assert.equal(await said(file), null, `${width} px`);
      }
    }
  }
  const text = Array.from(Buffer.from('BM SIMPLE MQ1, 12 13 14 15'.repeat(40)));
  assert.equal(await said(save('text.mrc', madeMrc({ width: 32, height: 30, mode: 0, pixels: text, map: '' }))), null);
  const pixels = Buffer.alloc(64, 'PK\x03\x04');
  assert.equal(await said(save('plain.tif', makeTiff([{ fields: grey(8, 8, 8), blocks: [pixels] }]))), null);
  assert.equal(foreignBy(new Uint8Array(0), 0), null);
  assert.equal(foreignBy(new Uint8Array(3), 3), null);
});

test('every extension that is counted in folders has a name and a way out, and none of them is read', () => {
  const EXPECTED =
    '.emi .mib .mrcz .raw .seq .gain .eer .hdf .hspy .img .hed .spi .em .png .jpg .jpeg .gz .bz2 .xz .zst .zip .npy .fits .dcm .blo'.split(
      ' ',
    );
  for (const extension of EXPECTED) {
    assert.ok(foreignNamed(extension), extension);
    assert.match(notRead(extension, 3), new RegExp(`^not read: 3 \\${extension}, an? .* each; .`));
    assert.doesNotMatch(notRead(extension, 1), / each/);
  }
  for (const extension of [
    '.dm3',
    '.dm4',
    '.ser',
    '.tvips',
    '.mrc',
    '.mrcs',
    '.st',
    '.tif',
    '.tiff',
    '.mdoc',
    '.xml',
    '.txt',
    '',
  ])
    assert.equal(foreignNamed(extension), null, extension);
});

const exposure = madeMrc({
  width: 64,
  height: 50,
  mode: 6,
  pixels: counted({ width: 64, height: 50, seed: 4 }).pixels,
});

/** Programs that unpack, and what they are given. */
const ARCHIVES: readonly [name: string, make: string, unpack: string][] = [
  ['a.mrc.bz2', 'bzip2', 'bunzip2'],
  ['a.mrc.xz', 'xz', 'unxz'],
  ['a.mrc.zst', 'zstd', 'unzstd'],
];

test('who unpacks an archive as told has an exposure that is read', async (t) => {
  assert.match((await said(save('a.mrc', gzipSync(gzipSync(exposure)))))!, /gunzip IN/, 'packed twice');
  for (const [name, make, unpack] of ARCHIVES) {
    fs.rmSync(path.join(into, name), { force: true });
    const plain = save('a.mrc', exposure);
    if (spawnSync(make, ['-f', plain]).status !== 0) {
      t.diagnostic(`${make} is not installed: its archive is not tried`);
      continue;
    }
    const archive = path.join(into, name);
    assert.match((await said(archive))!, new RegExp(`unpack it: ${unpack} IN`));
    fs.rmSync(plain, { force: true });
    assert.equal(spawnSync(unpack, [archive]).status, 0);
    assert.equal(await said(plain), null);
  }
});

const PYTHON = '/usr/bin/python3';
const has = (modules: string): false | string =>
  spawnSync(PYTHON, ['-c', `import ${modules}`]).status === 0 ? false : `Python has not all of: ${modules}`;

test('who converts a NumPy array as told has an exposure that is read', { skip: has('numpy, tifffile') }, async () => {
  const [array, out] = [path.join(into, 'a.npy'), path.join(into, 'a.tif')];
  const python = (code: string): void =>
    assert.equal(spawnSync(PYTHON, ['-c', `import numpy, tifffile; ${code}`]).status, 0);
  python(`numpy.save("${array}", numpy.arange(64 * 50, dtype="u2").reshape(50, 64))`);
  const way = /in Python: (tifffile.*)$/.exec((await said(array))!)![1]!;
  python(way.replace('IN', array).replace('OUT.tif', out));
  assert.equal(await said(out), null);
});

test('a list of defects is no exposure, which is said with what it is for; another text is no map', () => {
  const raw = save('raw.mrc', exposure);
  const run = (input: string, ...options: string[]) =>
    darkroom('run', input, '-o', path.join(into, 'out'), '--no-flat-field', '--force', ...options);
  for (const [name, content, what] of [
    ['serialem.txt', SERIALEM, /a SerialEM list of defects.*give it as --defects/],
    ['motioncor.txt', MOTIONCOR, /a MotionCor list of defects.*give it as --defects/],
  ] as const)
    assert.match(run(save(name, content)).err, what);
  const letter = save('letter.txt', 'Dear reader,\n'.repeat(200));
  const asMap = run(raw, '--defects', letter);
  assert.equal(asMap.code, 1);
  assert.match(asMap.err, /letter\.txt, line 1: found "Dear reader,", expected a list of defects/);
  const reference = darkroom('run', raw, '-o', path.join(into, 'out'), '--norm', letter);
  assert.match(reference.err, /--norm: .*found no header of MRC, TIFF.*, expected an image; check the path/);
  for (const { err } of [asMap, reference]) assert.doesNotMatch(err, /--exclude/);
});

test('folders of other formats: what is there is counted, named and given a way out', () => {
  const folder = path.join(into, 'folder');
  fs.mkdirSync(folder);
  for (const name of ['a.mib', 'b.mib', 'c.SEQ', 'd.blo', 'e.npy']) fs.writeFileSync(path.join(folder, name), 'x');
  const { err } = darkroom('run', folder, '-o', path.join(into, 'none'), '--no-flat-field');
  assert.match(err, /not read: 2 \.mib, a Merlin \(Medipix\) file each; convert it with HyperSpy/);
  for (const extension of ['.blo', '.npy']) assert.match(err, new RegExp(`not read: 1 \\${extension}, an? `));
});
