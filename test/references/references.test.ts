/** References: what is computed from them, what is odd about them, and which are refused before any pixel is corrected. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { compileKernels, createMemory, instantiate } from '../../src/kernels/kernels.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { type Loaded, loadReferences, type ReferencePaths } from '../../src/references/load.ts';
import { misfit, References } from '../../src/references/references.ts';
import { DATA, noData } from '../correct/lab.ts';
import { write } from '../formats/tiff/lab.ts';
import { grey, makeTiff } from '../formats/tiff/maker.ts';
import { sameBits } from '../kernels/arena.ts';
import { noisy } from '../made/images.ts';
import { type MadeMrc, madeMrc } from '../made/mrc.ts';
import type { Image } from '../oracle/image.ts';
import { normFrom, normGiven } from '../oracle/norm.ts';
import { readPlainMrc } from '../oracle/plain-mrc.ts';

const into = fs.mkdtempSync(path.join(os.tmpdir(), 'references-'));
after(() => fs.rmSync(into, { recursive: true, force: true }));

const module = compileKernels();
const SIZE = { width: 61, height: 47 };

function save(name: string, image: Image<ArrayLike<number>>, made: Partial<MadeMrc> = {}): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, madeMrc({ mode: 2, ...image, ...made }));
  return file;
}

interface Found extends Loaded {
  readonly dark: Image;
  readonly norm: Image;
  readonly defects: Image<Uint8Array>;
}

/** DoubleBuffer, and reads back what stands in the shared memory. */
async function load(paths: Partial<ReferencePaths>, stored = false): Promise<Found> {
  const memory = createMemory();
  const kernels = instantiate(module, memory);
  const all = { dark: null, bright: null, norm: null, defects: null, ...paths };
  const loaded = await loadReferences(all, stored, kernels, memory);
  const { width, height, stride, dark, norm, zeros, ones } = loaded.layout;
  const plane = (address: number, otherwise: number): Image => {
    const pixels = new Float32Array(width * height);
    for (let row = 0; row < height; row++) {
      const at = address ? address + row * stride : otherwise;
      pixels.set(new Float32Array(memory.buffer, at, width), row * width);
    }
    return { width, height, pixels };
  };
  const map = new References(loaded.layout).defects;
  const defects = new Uint8Array(width * height).map((_, i) => {
    if (!map) return 0;
    const col = i % width;
    const bits = new Uint8Array(
      memory.buffer,
      map.layout.mask + Math.floor(i / width) * map.layout.maskStride,
      map.layout.maskStride,
    );
    return (bits[col >> 3]! >> (col & 7)) & 1;
  });
  return { ...loaded, dark: plane(dark, zeros), norm: plane(norm, ones), defects: { width, height, pixels: defects } };
}

async function refused(paths: Partial<ReferencePaths>, text: RegExp): Promise<void> {
  await assert.rejects(load(paths), (error) => {
    assert.ok(error instanceof Refusal, `expected a Refusal, found ${error}`);
    assert.match(error.message, text);
    return true;
  });
}

const dark = noisy({ ...SIZE, seed: 1, mean: 100, deviation: 4 });
const bright = noisy({ ...SIZE, seed: 2, mean: 5000, deviation: 300 });
const changed = (image: Image, changes: Record<number, number>): Image => {
  const pixels = Float32Array.from(image.pixels);
  for (const [i, value] of Object.entries(changes)) pixels[Number(i)] = value;
  return { ...image, pixels };
};

async function assertAsDefined(darks: Image, brights: Image, what: string): Promise<Found> {
  const expected = normFrom(darks, brights);
  const found = await load({ dark: save('dark.mrc', darks), bright: save('bright.mrc', brights) });
  sameBits(found.dark.pixels, expected.dark.pixels, `${what}: dark`);
  sameBits(found.norm.pixels, expected.norm.pixels, `${what}: norm`);
  assert.deepEqual(found.defects.pixels, expected.defects.pixels, `${what}: defects`);
  return found;
}

test('the norm of dark and bright is the definition, bit for bit, at every width', async () => {
  for (const width of [1, 2, 3, 5, 7, 8, 9, 61, 513]) {
    const size = { width, height: 23 };
    await assertAsDefined(
      noisy({ ...size, seed: width, mean: 100, deviation: 4 }),
      noisy({ ...size, seed: width + 1, mean: 5000, deviation: 300 }),
      `width ${width}`,
    );
  }
});

test('dead pixels and pixels that are not finite join the defects, and leave the mean as it is defined', async () => {
  // 2867 pixels: 14 may be bad.
  const found = await assertAsDefined(
    changed(dark, { 3: Number.NaN, 64: Number.NEGATIVE_INFINITY, 70: 6000 }),
    changed(bright, { 7: 0, 8: 120, 9: Number.POSITIVE_INFINITY, 3: Number.NaN, 2000: 100, 2001: 263 }),
    'damaged',
  );
  assert.equal(found.defects.pixels.filter(Boolean).length, 8);
});

test('norms of the real exposures equal those of another program in every bit', { skip: noData }, async () => {
  for (const session of ['grid-square', 'negative-stain']) {
    const file = (name: string): string => path.join(DATA, session, name);
    const found = await load({ dark: file('dark.mrc'), bright: file('bright.mrc') });
    sameBits(found.norm.pixels, readPlainMrc(file('norm.mrc')).pixels, session);
  }
});

test('a given norm is used as it is, but where it is no number above 0', async () => {
  const given = changed(noisy({ ...SIZE, seed: 3, mean: 1, deviation: 0.1 }), {
    0: 0,
    1: -0.5,
    2: Number.NaN,
    3: Number.POSITIVE_INFINITY,
    4: -0,
    9: 30,
  });
  const expected = normGiven(given);
  const found = await load({ norm: save('norm.mrc', given) });
  sameBits(found.norm.pixels, expected.norm.pixels, 'norm');
  assert.deepEqual(found.defects.pixels, expected.defects.pixels);
});

test('a map of defects says nothing against the other references, however many pixels it has', async () => {
  const pixels = Uint8Array.from(dark.pixels, (_, i) => (i % 3 === 0 ? 1 : 0));
  const defects = save('defects.mrc', { ...SIZE, pixels }, { mode: 0 });
  const paths = { dark: save('dark.mrc', dark), bright: save('bright.mrc', bright) };
  const norm = save('norm.mrc', noisy({ ...SIZE, seed: 3, mean: 1, deviation: 0.1 }));
  for (const others of [paths, { norm }, { dark: paths.dark }]) {
    const [without, found] = [await load(others), await load({ ...others, defects })];
    sameBits(found.norm.pixels, without.norm.pixels, 'norm');
    assert.deepEqual(found.defects.pixels, pixels);
  }
  // Both together: what the map says and what the references show.
  const dead = { ...paths, bright: save('dead.mrc', changed(bright, { 1: 0 })), defects };
  assert.deepEqual([...(await load(dead)).defects.pixels.subarray(0, 4)], [1, 1, 0, 1]);
});

test('wrong references are refused with the figures and a guess', async () => {
  const good = { dark: save('dark.mrc', dark), bright: save('bright.mrc', bright) };
  const half = { ...bright, pixels: bright.pixels.map((x, i) => (i % 61 < 30 ? dark.pixels[i]! : x)) };
  const sized = (width: number, height: number): string =>
    save(`${width}x${height}.mrc`, noisy({ width, height, seed: 5 }));
  const lost = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [i, Number.NaN]));
  const cases: [string, Partial<ReferencePaths>, RegExp][] = [
    ['swapped', { dark: good.bright, bright: good.dark }, /is -\d+\.\d\d counts.*swapped/],
    ['the same twice', { dark: good.dark, bright: good.dark }, /dark\.mrc: --dark and --bright are the same file/],
    [
      'half a beam',
      { ...good, bright: save('half.mrc', half) },
      /1410 pixels \(49\.2 %\) are dead.*at most 0\.5 %.*beam/,
    ],
    ['a dark that is no number', { dark: save('nan.mrc', changed(dark, lost)) }, /15 pixels \(0\.5 %\).*damaged/],
    [
      'a norm of zeros',
      { norm: save('zeros.mrc', { ...dark, pixels: new Float32Array(2867) }) },
      /100\.0 %.*is it a norm/,
    ],
    ['turned by 90 degrees', { ...good, bright: sized(47, 61) }, /found 47 x 61.*turned by 90 degrees/],
    ['binned by 2', { ...good, bright: sized(122, 94) }, /found 122 x 94 px, the references have 61 x 47: 2 times/],
    ['another camera', { ...good, bright: sized(64, 64) }, /64 x 64.*camera and binning/],
    ['a map of another size', { ...good, defects: sized(30, 30) }, /30 x 30/],
    ['a map with other values', { defects: good.dark }, /found the value .* at column 0, row 0; expected a map of 0/],
    ['a map of two frames', { defects: save('two.mrc', { ...SIZE, pixels: [] }, { frames: 2, mode: 0 }) }, /2 frames/],
    ['a reference that is not there', { dark: path.join(into, 'none.mrc') }, /--dark: .*none\.mrc: is not there/],
    ['a file that is no image', { norm: new URL(import.meta.url).pathname }, /--norm: /],
  ];
  for (const [name, paths, text] of cases) {
    await refused(paths, text).catch((error) => assert.fail(`${name}: ${error.message}`));
  }
});

test('14 bad pixels of 2867 are a camera, 15 a wrong reference', async () => {
  const without = (count: number): Partial<ReferencePaths> => ({
    dark: save('dark.mrc', dark),
    bright: save(
      `less${count}.mrc`,
      changed(bright, Object.fromEntries(Array.from({ length: count }, (_, i) => [i, 0]))),
    ),
  });
  await load(without(14));
  await refused(without(15), /15 pixels \(0\.5 %\)/);
});

test('a stack is averaged over its frames in double, and that is said', async () => {
  const frames = [1, 2, 3].map((seed) => noisy({ ...SIZE, seed, mean: 100, deviation: 9 }));
  const all = { ...SIZE, pixels: Float32Array.from(frames.flatMap(({ pixels }) => [...pixels])) };
  const stack = save('stack.mrc', all, { frames: 3 });
  const found = await load({ dark: stack });
  const [one, two, three] = frames as [Image, Image, Image];
  const mean = one.pixels.map((x, i) => (x + two.pixels[i]! + three.pixels[i]!) / 3);
  sameBits(found.dark.pixels, mean, 'mean of three');
  assert.match(found.notes.join('\n'), /stack\.mrc: a stack of 3 frames, averaged/);
  // One frame without a number is no mean of three.
  all.pixels[2867 + 5] = Number.NaN;
  const lost = await load({ dark: save('stack.mrc', all, { frames: 3 }) });
  assert.deepEqual([lost.dark.pixels[5], lost.defects.pixels[5], lost.defects.pixels[6]], [0, 1, 0]);
});

test('references may be of any type that is read, in either byte order', async () => {
  const whole = { ...dark, pixels: dark.pixels.map(Math.round) };
  for (const mode of [0, 1, 2, 6, 12]) {
    for (const littleEndian of [true, false]) {
      const found = await load({ dark: save('typed.mrc', whole, { mode, littleEndian }) });
      sameBits(found.dark.pixels, whole.pixels, `mode ${mode}`);
    }
  }
  await refused(
    { dark: save('half.mrc', changed(whole, { 3: Number.NaN }), { mode: 12 }) },
    /not finite in float16.*convert/,
  );
});

test('references are the same whether they are read straight to their place or row by row', async () => {
  // More than is read at once; the other byte order is read row by row.
  for (const width of [8, 1501, 1504]) {
    const size = { width, height: Math.ceil(2_200_000 / width) };
    const some = noisy({ ...size, seed: width, mean: 1, deviation: 0.1 });
    const last = some.pixels.length - 1;
    const odd = changed(some, { 0: Number.NaN, 77: Number.POSITIVE_INFINITY, 1500000: -Infinity, [last]: Number.NaN });
    const straight = await load({ norm: save('straight.mrc', odd) });
    const rows = await load({ norm: save('rows.mrc', odd, { littleEndian: false }) });
    sameBits(straight.norm.pixels, rows.norm.pixels, `width ${width}`);
    assert.deepEqual(straight.defects.pixels, rows.defects.pixels, `width ${width}`);
    assert.equal(straight.defects.pixels.filter(Boolean).length, 4);

    const over = new Float32Array(odd.pixels.length);
    for (let row = 0; row < size.height; row++)
      over.set(odd.pixels.subarray(row * width, (row + 1) * width), (size.height - 1 - row) * width);
    const dark = await write(into, 'dark.tif', Buffer.alloc(4 * over.length), { ...size, type: 'float32' });
    const turned = await load({ dark, norm: save('turned.mrc', odd) });
    const expected = await load({ norm: save('over.mrc', { ...size, pixels: over }) });
    sameBits(turned.norm.pixels, expected.norm.pixels, `flipped vertically, width ${width}`);
    assert.deepEqual(turned.defects.pixels, expected.defects.pixels, `flipped vertically, width ${width}`);
  }
});

test('TIFF references are the same however their strips stand, in either byte order, compressed or not', async () => {
  const { pixels } = changed(noisy({ ...SIZE, seed: 9, mean: 1, deviation: 0.1 }), { 7: Number.NaN, 2866: -Infinity });
  const expected = await load({ norm: save('norm.mrc', { ...SIZE, pixels }) });
  const bytes = (bigEndian: boolean): Buffer => {
    const packed = Buffer.from(Float32Array.from(pixels).buffer);
    return bigEndian ? packed.swap32() : packed;
  };
  /** Strips of ten rows, `gap` bytes between them. */
  const strips = (gap: number, bigEndian: boolean): Buffer => {
    const fields = grey(61, 47, 32, [
      { tag: 278, type: 4, values: [10] },
      { tag: 339, type: 3, values: [3] },
    ]);
    const blocks = [0, 10, 20, 30, 40].map((row) =>
      Buffer.concat([bytes(bigEndian).subarray(row * 244, (row + 10) * 244), Buffer.alloc(gap)]),
    );
    return makeTiff([{ fields, blocks }], { bigEndian });
  };
  const compressed = path.join(into, 'deflate.tif');
  await write(into, 'deflate.tif', bytes(false), { ...SIZE, type: 'float32', compression: 'deflate' });
  const files: Record<string, Uint8Array> = {
    'one stretch': strips(0, false),
    'strips apart': strips(4, false),
    'big-endian': strips(0, true),
    compressed: fs.readFileSync(compressed),
  };
  for (const [name, content] of Object.entries(files)) {
    const norm = path.join(into, 'norm.tif');
    fs.writeFileSync(norm, content);
    const found = await load({ norm });
    sameBits(found.norm.pixels, expected.norm.pixels, name);
    assert.deepEqual(found.defects.pixels, expected.defects.pixels, name);
    assert.equal(found.layout.files[0]!.hash, createHash('sha256').update(content).digest('hex'), name);
  }
});

test('references in the other container are flipped vertically, once said, unless rows are taken as stored', async () => {
  const size = { width: 61, height: 47, type: 'float32' as const };
  const turned = new Float32Array(2867).map((_, i) => bright.pixels[(46 - Math.floor(i / 61)) * 61 + (i % 61)]!);
  const mrc = { dark: save('dark.mrc', dark), bright: save('bright.mrc', bright) };
  const tiff = { ...mrc, bright: await write(into, 'bright.tif', Buffer.from(turned.buffer), size) };
  const found = await load(tiff);
  sameBits(found.norm.pixels, (await load(mrc)).norm.pixels, 'flipped vertically');
  assert.match(found.notes.join('\n'), /bright\.tif: rows flipped vertically to match .*dark\.mrc/);
  assert.equal(found.layout.firstRow, 'bottom');

  const same = { ...mrc, bright: await write(into, 'same.tif', Buffer.from(bright.pixels.buffer), size) };
  const stored = await load(same, true);
  sameBits(stored.norm.pixels, found.norm.pixels, 'stored');
  assert.deepEqual([stored.notes, stored.layout.firstRow], [[], null]);
});

test('references that leave no memory for the exposures are refused, before they are read', async () => {
  const file = path.join(into, 'huge.mrc');
  fs.writeFileSync(file, madeMrc({ width: 40_000, height: 40_000, mode: 99, lies: { 12: 2 } }));
  fs.truncateSync(file, 1024 + 4 * 40_000 ** 2);
  await refused({ dark: file }, /huge\.mrc: 40000 x 40000 px; references of more than 402 million pixels/);
});

test('sizes that do not fit are told by what makes them differ', () => {
  const cases: [[number, number], [number, number], RegExp | null][] = [
    [[4096, 4096], [4096, 4096], null],
    [[5760, 4092], [4092, 5760], /found 4092 x 5760 px, the references have 5760 x 4092: turned by 90 degrees/],
    [[8192, 8192], [4096, 4096], /: 2 times; .* binning/],
    [[1024, 1024], [4096, 4096], /: 4 times; .* binning/],
    [[4096, 4096], [4096, 2048], /camera and binning/],
    [[4096, 2048], [4096, 4096], /camera and binning/],
  ];
  for (const [[width, height], [wide, high], text] of cases) {
    const said = misfit({ width, height }, { width: wide, height: high });
    if (text) assert.match(said!, text);
    else assert.equal(said, null);
  }
});

test('the content of each reference is known by its hash, for the journal, with all that stands around its pixels', async () => {
  const extended = { type: 'FEI1', bytes: Uint8Array.from({ length: 3000 }, (_, i) => i % 7) };
  const pixels = Uint8Array.from(dark.pixels, (_, i) => (i === 5 ? 1 : 0));
  const { layout } = await load({
    dark: save('dark.mrc', dark, { extended }),
    bright: save('bright.mrc', bright, { littleEndian: false }),
    defects: save('defects.mrc', { ...SIZE, pixels }, { mode: 0 }),
  });
  fs.appendFileSync(layout.files[0]!.path, 'behind the end');
  const longer = await load({ dark: layout.files[0]!.path });
  for (const { path: file, hash } of [...layout.files.slice(1), ...longer.layout.files])
    assert.equal(hash, createHash('sha256').update(fs.readFileSync(file)).digest('hex'), file);
  assert.notEqual(longer.layout.files[0]!.hash, layout.files[0]!.hash);
  assert.deepEqual(
    layout.files.map(({ role, path: file }) => [role, path.basename(file)]),
    [
      ['dark', 'dark.mrc'],
      ['bright', 'bright.mrc'],
      ['defects', 'defects.mrc'],
    ],
  );
});

test('of a dark its level is known, for trends; of the others none', async () => {
  const columns = { ...SIZE, pixels: Float32Array.from({ length: 61 * 47 }, (_, i) => 10 + (i % 61)) };
  const { layout } = await load({ dark: save('dark.mrc', columns), bright: save('bright.mrc', bright) });
  assert.deepEqual(
    layout.files.map(({ level }) => level),
    [40, null],
  );
});
