/**
 * Guard words in the shared memory: an exposure writes into what it reserved in its own slot, and into the survey. One
 * byte anywhere else (a reference, another thread's slot, the next piece of its own) would be a wrong pixel that nobody
 * sees.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { correct } from '../../src/correct/correct.ts';
import { layOutSurvey, type Survey } from '../../src/correct/observe/survey.ts';
import type { Recipe } from '../../src/correct/recipe.ts';
import { Arena, type Slot } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate, type Kernels } from '../../src/kernels/kernels.ts';
import { loadReferences, type ReferencePaths } from '../../src/references/load.ts';
import type { ReferenceLayout } from '../../src/references/references.ts';
import { loadPackers } from '../fuzz/packers.ts';
import { Random } from '../fuzz/random.ts';
import { madeTiffFile } from '../fuzz/tiff.ts';
import { badMap, counted, withSpikes } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { DEFAULTS } from './lab.ts';
import { folder } from './reading.ts';

const into = folder();
const module = compileKernels();

/** Fills what nobody may touch: as float32 a large negative number. */
const PATTERN = 0xf1;
/** Bytes before and behind each piece of a slot. */
const GUARD = 128;

/** Where guards stand while an exposure is corrected. */
let guards: number[] = [];
const { take } = Arena.prototype;
Arena.prototype.take = function (this: Arena, bytes: number): number {
  const reserved = Math.ceil(bytes / 64) * 64;
  const before = take.call(this, reserved + 2 * GUARD);
  guards.push(before, before + GUARD + reserved);
  return before + GUARD;
};
after(() => {
  Arena.prototype.take = take;
});

interface Guarded {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly layout: ReferenceLayout;
  readonly survey: Survey;
  readonly neighbours: readonly Slot[];
}

/** References and survey of a size, and slots of other threads around those that are lent. */
async function guarded(width: number, height: number, kind: 'bright' | 'norm'): Promise<Guarded> {
  const memory = createMemory();
  const kernels = instantiate(module, memory);
  const size = { width, height };
  const save = (name: string, bytes: Uint8Array): string => {
    fs.writeFileSync(path.join(into, name), bytes);
    return path.join(into, name);
  };
  const few = width * height > 300 ? 2 : 0;
  const map = badMap({
    ...size,
    seed: 3,
    single: 4 * few,
    cols: width > 20 ? [width >> 1, width - 1] : [],
    rows: height > 20 ? [height - 1] : [],
  });
  const norm = counted({ ...size, seed: 2, mean: 1000 });
  const paths: ReferencePaths = {
    dark: save('dark.mrc', madeMrc({ ...counted({ ...size, seed: 1, mean: 50 }), mode: 2 })),
    bright: kind === 'bright' ? save('bright.mrc', madeMrc({ ...norm, mode: 6 })) : null,
    norm:
      kind === 'norm'
        ? save('norm.mrc', madeMrc({ ...norm, pixels: norm.pixels.map((x) => x / 1000), mode: 2 }))
        : null,
    defects: save('defects.mrc', madeMrc({ ...map, mode: 0 })),
  };
  const before = { address: extend(memory, 1 << 16), bytes: 1 << 16 };
  const { layout } = await loadReferences(paths, true, kernels, memory);
  const survey = layOutSurvey(layout, memory)!;
  const behind = { address: extend(memory, 1 << 16), bytes: 1 << 16 };
  for (const { address, bytes } of [before, behind]) new Uint8Array(memory.buffer, address, bytes).fill(PATTERN);
  return { memory, kernels, layout, survey, neighbours: [before, behind] };
}

/** Corrects in a slot between two others; says where something else was written, or null. */
async function corrected(
  { memory, kernels, layout, survey }: Guarded,
  input: string,
  recipe: Partial<Recipe>,
  bandBytes: number,
): Promise<{ readonly status: string; readonly stray: string | null }> {
  const lab = { kernels, memory, recipe: { ...DEFAULTS, rowOrder: 'stored', ...recipe } as Recipe, bandBytes };
  const task = {
    job: { input, output: 'out' },
    layout,
    temporary: path.join(into, '.part'),
    home: { path: into, device: fs.statSync(into).dev, folding: { letterCase: false, normalForm: false } },
    final: path.join(into, 'out'),
    survey: survey.layout,
  };
  fs.rmSync(task.final, { force: true });
  fs.rmSync(`${task.final}_spikes`, { force: true });
  let slot: Slot = { address: extend(memory, 0), bytes: 0 };
  for (;;) {
    guards = [];
    const all = new Uint8Array(memory.buffer);
    all.fill(PATTERN, slot.address, slot.address + slot.bytes);
    const snapshot = Buffer.from(all);
    const reply = await correct({ ...task, slot }, lab);
    if (reply.status === 'needs room') {
      slot = { address: extend(memory, reply.bytes), bytes: reply.bytes };
      // The next thread's slot follows at once.
      const next = extend(memory, 1 << 16);
      new Uint8Array(memory.buffer).fill(PATTERN, slot.address + slot.bytes, next + (1 << 16));
      continue;
    }
    const { address, bytes } = survey.layout;
    const surveyed = { from: address, to: address + bytes };
    return { status: reply.status, stray: strayIn(new Uint8Array(memory.buffer), snapshot, slot, surveyed) };
  }
}

/** Everything but the slot and the survey is as it was, and so are the guards in the slot. */
function strayIn(now: Uint8Array, before: Buffer, slot: Slot, surveyed: { from: number; to: number }): string | null {
  const end = slot.address + slot.bytes;
  const still: readonly (readonly [what: string, from: number, to: number])[] = [
    ['before the survey: references or another slot', 0, surveyed.from],
    ['between survey and slot', surveyed.to, slot.address],
    ['behind the slot', end, before.length],
    ...guards.map((at) => ['beside a piece of the slot', at, at + GUARD] as const),
  ];
  for (const [what, from, to] of still) {
    const found = Buffer.from(now.buffer, from, to - from);
    if (found.equals(before.subarray(from, to))) continue;
    const at = found.findIndex((byte, i) => byte !== before[from + i]);
    return `byte ${from + at} (${at} bytes ${what})`;
  }
  return null;
}

const RECIPES: Readonly<Record<string, Partial<Recipe>>> = {
  robust: { type: 'same' },
  'robust, large patches, both ways, masks': {
    despikePatch: 25,
    despikePolarity: 'both',
    writeMasks: true,
    type: 'int16',
  },
  'robust, neighbours, diffraction': { despikeFill: 'neighbour', diffraction: true, type: 'float32' },
  'leginon 3': { despike: 'leginon', despikeSize: 3, despikeThreshold: 2 },
  'leginon 11 as Leginon orders': {
    despike: 'leginon',
    steps: ['flat-field', 'defects', 'clip', 'despike'],
    scale: 2,
    offset: 5,
  },
  'leginon 31, float32': { despike: 'leginon', despikeSize: 31, despikeArithmetic: 'float32', type: 'float32' },
  'no despike': { despike: 'off', clipLow: 10, clipHigh: 400 },
  'tiff, deflate, flipped vertically': {
    format: 'tiff',
    compression: 'deflate',
    rowOrder: 'picture',
    writeMasks: true,
  },
  'tiff, zstd': { format: 'tiff', compression: 'zstd', despikeFrames: true, saturation: 700 },
  'tiff, plain': { format: 'tiff', despikeFrames: true, type: 'float32' },
};

const SIZES: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 40],
  [7, 9],
  [8, 8],
  [61, 47],
  [129, 33],
  [256, 64],
];
const MODES = [0, 1, 2, 6, 12];

test('no exposure writes outside its own reservation, whatever its size, type, recipe and bands', {
  timeout: 120_000,
}, async () => {
  let done = 0;
  let count = 0;
  for (const [width, height] of SIZES) {
    const place = await guarded(width, height, count % 2 ? 'norm' : 'bright');
    for (const [name, recipe] of Object.entries(RECIPES)) {
      const mode = MODES[count % MODES.length]!;
      const frames = count % 3 === 0 ? 2 : 1;
      const { image } = withSpikes(counted({ width, height: height * frames, seed: count, mean: 100 }), {
        count: (width * height) >> 7,
        by: 900,
        seed: count,
      });
      const pixels = mode === 0 ? image.pixels.map((x) => Math.min(127, x)) : image.pixels;
      const input = path.join(into, 'raw.mrc');
      fs.writeFileSync(input, madeMrc({ width, height, frames, mode, pixels, littleEndian: count % 4 !== 0 }));
      for (const rows of count % 4 < 2 ? [1, height] : [5, height]) {
        const { status, stray } = await corrected(place, input, { maxSpikes: 1e6, ...recipe }, rows * width * 4);
        assert.equal(stray, null, `${name}, ${width} x ${height} x ${frames}, mode ${mode}, bands of ${rows}`);
        if (status === 'done') done++;
        count++;
      }
    }
    for (const slot of place.neighbours)
      assert.ok(new Uint8Array(place.memory.buffer, slot.address, slot.bytes).every((byte) => byte === PATTERN));
  }
  assert.ok(done > 0.5 * count, `${done} of ${count} were corrected to their end`);
});

test('nor do TIFF files of any layout and compression', { timeout: 120_000 }, async () => {
  await loadPackers();
  let done = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const file = madeTiffFile(new Random(seed));
    const input = path.join(into, 'raw.tif');
    fs.writeFileSync(input, file);
    const { width, height } = await sizeOf(input);
    const place = await guarded(width, height, 'norm');
    const recipe = Object.values(RECIPES)[seed % Object.keys(RECIPES).length]!;
    const { status, stray } = await corrected(
      place,
      input,
      { maxSpikes: 1e6, ...recipe },
      [1, 300, 1 << 20][seed % 3]!,
    );
    assert.equal(stray, null, `seed ${seed}`);
    if (status === 'done') done++;
  }
  assert.ok(done > 10, `${done} were corrected to their end`);
});

async function sizeOf(file: string): Promise<{ width: number; height: number }> {
  const { openExposure } = await import('../../src/formats/index.ts');
  const { source, close } = await openExposure(file);
  close();
  return source.exposure;
}

test('the guards see a single byte behind a piece, before the slot, in a reference and in the next slot', async () => {
  const [width, height] = [61, 47];
  const place = await guarded(width, height, 'bright');
  const input = path.join(into, 'raw.mrc');
  fs.writeFileSync(input, madeMrc({ ...counted({ width, height, seed: 9 }), mode: 6 }));
  assert.equal((await corrected(place, input, {}, 5000)).stray, null);
  const { memory, kernels, layout } = place;
  const at: Record<string, (row: number) => number> = {
    'the dark': () => layout.dark + 8,
    'the norm': () => layout.norm + 4 * width - 1,
    'the first slot': () => place.neighbours[0]!.address,
    'beside a piece': () => guards[1]!,
    'behind the slot': () => memory.buffer.byteLength - 1,
  };
  for (const [what, where] of Object.entries(at)) {
    const unpackUint16: Kernels['unpackUint16'] = (raw, ...rest) => {
      kernels.unpackUint16(raw, ...rest);
      new Uint8Array(memory.buffer)[where(raw)]! ^= 0x55;
    };
    // An odd number of rows: what is flipped vertically each time is not as it was in the end.
    const broken = { ...place, kernels: { ...kernels, unpackUint16 } };
    assert.notEqual((await corrected(broken, input, {}, 5000)).stray, null, what);
  }
});
