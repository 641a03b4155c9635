/** Images as the reader under test sees them, held against a plain reader; then corrected, and read back plainly. */

import fs from 'node:fs';
import path from 'node:path';
import { correct } from '../../src/correct/correct.ts';
import type { Recipe } from '../../src/correct/recipe.ts';
import { openExposure } from '../../src/formats/index.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import { PIXELS, type PixelType } from '../../src/model/exposure.ts';
import { Fault } from '../../src/model/outcome.ts';
import { NO_REFERENCES } from '../../src/references/references.ts';
import { DEFAULTS } from '../correct/lab.ts';
import { float16 } from '../oracle/half.ts';
import { readPlainStack } from '../oracle/plain-mrc.ts';
import { ACCEPTED, REFUSED, unexpected, type Verdict, wrong } from './target.ts';

const memory = createMemory();
const kernels = instantiate(compileKernels(), memory);
const SLOT_BYTES = 96 << 20;
const slot = { address: extend(memory, SLOT_BYTES), bytes: SLOT_BYTES };

/** More pixels are read by their first and last rows only. */
const MOST_PIXELS = 1 << 20;

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly pixels: Float64Array;
}

/** `plain`: what a plain reader has for the file; null where it cannot tell. */
export async function checkImage(
  file: string,
  folder: string,
  plain: () => Promise<Pixels | null> | Pixels | null,
): Promise<Verdict> {
  try {
    const read = await readAll(file);
    if (read === null) return ACCEPTED;
    const expected = await plain();
    const odd = expected && difference(read, expected);
    if (odd) return wrong(odd);
    const after = await corrected(file, folder, read);
    if (after) return wrong(after);
    return { accepted: true, compared: expected !== null, wrong: null };
  } catch (error) {
    return error instanceof Fault ? REFUSED : unexpected(error);
  }
}

type View = (view: DataView, at: number) => number;
const VALUES: Readonly<Record<PixelType, View>> = {
  uint8: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint16: (view, at) => view.getUint16(at, true),
  int16: (view, at) => view.getInt16(at, true),
  float16: (view, at) => float16(view.getUint16(at, true)),
  float32: (view, at) => view.getFloat32(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
};

/** Null when it was too large to be read whole. */
export async function readAll(file: string): Promise<Pixels | null> {
  const { source, close } = await openExposure(file);
  try {
    const { width, height, frames, type } = source.exposure;
    const size = PIXELS[type].bytes;
    const arena = new Arena(kernels, memory, slot);
    source.prepare(arena);
    const small = width * height * frames <= MOST_PIXELS;
    const rows = small ? height : 1;
    const at = arena.take(width * rows * size + 64);
    if (arena.shortage > 0) return null;
    if (!small) {
      await source.read(0, 0, 1, at);
      await source.read(frames - 1, height - 1, 1, at);
      return null;
    }
    const pixels = new Float64Array(width * height * frames);
    for (let frame = 0; frame < frames; frame++) {
      await source.read(frame, 0, height, at);
      const view = new DataView(memory.buffer, at, width * height * size);
      for (let i = 0; i < width * height; i++) pixels[frame * width * height + i] = VALUES[type](view, i * size);
    }
    return { width, height, frames, pixels };
  } finally {
    close();
  }
}

export function difference(found: Pixels, expected: Pixels): string | null {
  const size = ({ width, height, frames }: Pixels): string => `${width} x ${height} x ${frames}`;
  if (size(found) !== size(expected)) return `read as ${size(found)}, plainly ${size(expected)}`;
  const at = found.pixels.findIndex((x, i) => !Object.is(x, expected.pixels[i]!));
  return at < 0 ? null : `pixel ${at} is ${found.pixels[at]}, plainly ${expected.pixels[at]}`;
}

/** Changes nothing but the type, so that what comes out is what went in. */
const AS_IT_IS: Partial<Recipe> = {
  steps: ['clip'],
  despike: 'off',
  clipLow: 'none',
  clipHigh: 'none',
  type: 'float32',
  format: 'mrc',
  rowOrder: 'stored',
};
const AS_USUAL: readonly Partial<Recipe>[] = [
  { steps: ['defects', 'despike', 'clip'], despikeFrames: true },
  { steps: ['despike', 'clip'], despike: 'leginon', despikeThreshold: 3, format: 'tiff', compression: 'deflate' },
  { steps: ['despike', 'clip'], format: 'tiff', compression: 'zstd', type: 'int16', writeMasks: true },
];

async function corrected(file: string, folder: string, read: Pixels): Promise<string | null> {
  const recipe = AS_USUAL[fs.statSync(file).size % AS_USUAL.length]!;
  await correctInto(file, path.join(folder, 'usual'), recipe);
  const output = await correctInto(file, path.join(folder, 'same'), AS_IT_IS);
  // Values that are not finite are repaired or become 0, which other tests look at.
  if (output === null || !read.pixels.every(Number.isFinite)) return null;
  const back = readPlainStack(fs.readFileSync(output));
  if (back === null) return 'the corrected file cannot be read plainly';
  const odd = difference(back, { ...read, pixels: read.pixels.map((x) => Math.fround(x)) });
  return odd && `corrected: ${odd}`;
}

/** The output; null where the exposure failed. */
async function correctInto(input: string, out: string, recipe: Partial<Recipe>): Promise<string | null> {
  fs.mkdirSync(out, { recursive: true });
  const task = {
    job: { input, output: 'out' },
    layout: NO_REFERENCES,
    temporary: path.join(out, '.part'),
    home: { path: out, device: fs.statSync(out).dev, folding: { letterCase: false, normalForm: false } },
    final: path.join(out, 'out'),
    survey: null,
    slot,
  };
  const lab = { kernels, memory, recipe: { ...DEFAULTS, ...recipe }, bandBytes: 1 << 12 };
  const outcome = await correct(task, lab);
  return outcome.status === 'done' ? task.final : null;
}
