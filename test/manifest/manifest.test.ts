/**
 * The bytes of outputs, held against a list of hashes that was written once: over formats, types, methods, masks and
 * stacks. No rebuilding of the program may change them without somebody deciding so: then the list is written again with
 *
 *     MANIFEST=write node --test dist/test/manifest/manifest.test.js
 *
 * and the changelog says what changed. The version in labels is left out of the hashes.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../../src/model/version.ts';
import { badMap, counted, noisy, withSpikes } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { darkroom, lay } from '../run/darkroom.ts';
import { plainTiff } from './plain-tiff.ts';

const LIST = fileURLToPath(new URL('../../../test/manifest/manifest.json', import.meta.url));
const WRITE = process.env.MANIFEST === 'write';

/** Odd on purpose: rows that end within a SIMD register, bands that end within an image. */
const SIZE = { width: 131, height: 97 };

const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'darkroom manifest-')));
after(() => fs.rmSync(root, { recursive: true, force: true }));

const spiked = (seed: number, mean = 700): Float32Array =>
  withSpikes(counted({ ...SIZE, seed, mean }), { count: 14, by: 9 * mean, seed }).image.pixels;
const joined = (...frames: Float32Array[]): Float32Array => Float32Array.from(frames.flatMap((each) => [...each]));

const RAWS: Record<string, Uint8Array> = {
  'int8.mrc': madeMrc({ ...SIZE, mode: 0, pixels: counted({ ...SIZE, seed: 1, mean: 60 }).pixels, imodSigned: true }),
  'int16.mrc': madeMrc({ ...SIZE, mode: 1, pixels: spiked(2).map((count) => count - 100) }),
  'float32.mrc': madeMrc({ ...SIZE, mode: 2, pixels: spiked(3).map((count) => count * 1.25) }),
  'uint16.mrc': madeMrc({ ...SIZE, mode: 6, pixels: spiked(4), labels: ['made for the manifest'] }),
  'saturated.mrc': madeMrc({ ...SIZE, mode: 6, pixels: spiked(5).map((count) => (count > 6000 ? 65_535 : count)) }),
  'float16.mrc': madeMrc({ ...SIZE, mode: 12, pixels: spiked(6, 150) }),
  'big-endian.mrc': madeMrc({ ...SIZE, mode: 6, pixels: spiked(7), littleEndian: false }),
  'extended.mrc': madeMrc({
    ...SIZE,
    mode: 6,
    pixels: spiked(8),
    extended: { type: 'FEI1', bytes: Uint8Array.from({ length: 768 }, (_, i) => i) },
  }),
  'stack.mrc': madeMrc({ ...SIZE, frames: 3, mode: 6, pixels: joined(spiked(9), spiked(10), spiked(11)) }),
  'strips.tif': plainTiff(SIZE, [spiked(12)], { rowsPerStrip: 16 }),
  'pages.tif': plainTiff(SIZE, [spiked(13), spiked(14)], { rowsPerStrip: 97 }),
  'motorola.tif': plainTiff(SIZE, [spiked(15)], { rowsPerStrip: 40, bigEndian: true }),
  'described.tif': plainTiff(SIZE, [spiked(16)], { rowsPerStrip: 50, description: 'ImageJ=1.53t\nunit=nm\n' }),
};

const raw = lay(path.join(root, 'raw'), RAWS);
const references = lay(path.join(root, 'references'), {
  'dark.mrc': madeMrc({ ...SIZE, mode: 2, pixels: noisy({ ...SIZE, seed: 21, mean: 20, deviation: 2 }).pixels }),
  'bright.mrc': madeMrc({ ...SIZE, mode: 2, pixels: noisy({ ...SIZE, seed: 22, mean: 2000, deviation: 90 }).pixels }),
  'defects.mrc': madeMrc({
    ...SIZE,
    mode: 0,
    pixels: badMap({ ...SIZE, seed: 23, single: 60, rows: [0, 40], cols: [7, 130] }).pixels,
  }),
});
const file = (name: string): string => path.join(references, name);
const [DARK, BRIGHT, DEFECTS] = [
  ['--dark', file('dark.mrc')],
  ['--bright', file('bright.mrc')],
  ['--defects', file('defects.mrc')],
];
const FLAT = [...DARK!, ...BRIGHT!, ...DEFECTS!];

/** Everything that reaches the pixels or the file, once at least. Failures by name (a range, say) belong to the list too. */
const CASES: Record<string, readonly string[]> = {
  usual: FLAT,
  'without references': ['--no-flat-field'],
  'without despike': [...FLAT, '--despike', 'off'],
  'leginon 11/3.5': [...FLAT, '--despike', 'leginon'],
  'leginon 5/6, frames': [
    ...FLAT,
    '--despike',
    'leginon',
    '--despike-size',
    '5',
    '--despike-threshold',
    '6',
    '--despike-frames',
  ],
  'robust, both ways, neighbours': [
    ...FLAT,
    '--despike-polarity',
    'both',
    '--despike-fill',
    'neighbour',
    '--despike-frames',
  ],
  'robust, patches of 3, diffraction': [...FLAT, '--despike-patch', '3', '--diffraction'],
  float32: [...FLAT, '--type', 'float32'],
  'int16, scaled': [...FLAT, '--type', 'int16', '--scale', '0.5', '--offset', '-100'],
  clipped: [...FLAT, '--clip-low', '100', '--clip-high', '5000'],
  'as MRC': [...FLAT, '--format', 'mrc', '--write-masks'],
  'as TIFF': [...FLAT, '--format', 'tiff', '--write-masks'],
  'as Deflate': [...FLAT, '--format', 'tiff', '--compression', 'deflate', '--type', 'float32'],
  'as LZW': [...FLAT, '--format', 'tiff', '--compression', 'lzw'],
  'as Zstandard': [...FLAT, '--format', 'tiff', '--compression', 'zstd', '--write-masks'],
  'stored rows': [...FLAT, '--row-order', 'stored', '--format', 'tiff'],
};

/** A file's bytes without our version, which rises when nothing else changes. */
function hashOf(output: string): string {
  const bytes = fs.readFileSync(output).toString('latin1').replaceAll(`darkroom ${VERSION}`, 'darkroom #.#.#');
  return createHash('sha256').update(bytes, 'latin1').digest('hex').slice(0, 32);
}

function imagesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(mrc|tiff?)$/.test(name) && !name.startsWith('.darkroom'))
    .sort();
}

const known: Record<string, Record<string, string>> = WRITE ? {} : JSON.parse(fs.readFileSync(LIST, 'utf8'));

for (const [name, options] of Object.entries(CASES)) {
  test(`${name}: every output has the bytes that the manifest lists`, async () => {
    const out = path.join(root, name.replaceAll(/\W+/g, '-'));
    const { code, stderr } = await darkroom(['run', raw, '-o', out, ...options]);
    assert.ok(code === 0 || code === 2, stderr);
    const found = Object.fromEntries(imagesIn(out).map((image) => [image, hashOf(path.join(out, image))]));
    assert.ok(Object.keys(found).length >= 8, stderr);
    if (WRITE) known[name] = found;
    else assert.deepEqual(found, known[name]);
  });
}

test('the manifest lists these cases and no others', () => {
  if (WRITE) fs.writeFileSync(LIST, `${JSON.stringify(known, null, 2)}\n`);
  assert.deepEqual(Object.keys(known).sort(), Object.keys(CASES).sort());
});
