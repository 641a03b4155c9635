/** Corrected files read back through the formats, and folders for the tests of `correct`. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { openExposure } from '../../src/formats/index.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import { type Exposure, PIXELS } from '../../src/model/exposure.ts';
import type { FaultKind, Outcome } from '../../src/model/outcome.ts';
import { type Asked, correctOne } from './lab.ts';

const memory = createMemory();
const kernels = instantiate(compileKernels(), memory);
const slot = { address: extend(memory, 32 << 20), bytes: 32 << 20 };

export function folder(): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'correct-'));
  after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

export interface Read {
  readonly exposure: Exposure;
  /** All frames in stored order, as numbers of the type. */
  readonly pixels: Uint16Array | Int16Array | Float32Array | Uint8Array | Int32Array | Uint32Array;
  readonly description: readonly string[];
}

const ARRAYS = {
  uint8: Uint8Array,
  int8: Uint8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  float16: Uint16Array,
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
};

export async function readBack(file: string): Promise<Read> {
  const { source, close } = await openExposure(file);
  try {
    const { width, height, frames, type } = source.exposure;
    const arena = new Arena(kernels, memory, slot);
    source.prepare(arena);
    const bytes = width * height * PIXELS[type].bytes;
    const at = arena.take(bytes);
    assert.equal(arena.shortage, 0);
    const all = new Uint8Array(bytes * frames);
    for (let frame = 0; frame < frames; frame++) {
      await source.read(frame, 0, height, at);
      all.set(arena.bytes(at, bytes), frame * bytes);
    }
    return {
      exposure: source.exposure,
      pixels: new ARRAYS[type](all.buffer),
      description: source.carried.description,
    };
  } finally {
    close();
  }
}

/** The same picture with its rows in the other order. */
export function turnedOver<Pixels extends Read['pixels']>(pixels: Pixels, width: number, height: number): Pixels {
  const turned = pixels.slice() as Pixels;
  for (let row = 0; row < height; row++) {
    turned.set(pixels.subarray((height - 1 - row) * width, (height - row) * width) as never, row * width);
  }
  return turned;
}

export type Done = Extract<Outcome, { status: 'done' }>;

export async function done(asked: Asked): Promise<Done & { file: string }> {
  const outcome = await correctOne(asked);
  assert.equal(outcome.status, 'done', 'fault' in outcome ? outcome.fault.message : '');
  return { ...(outcome as Done), file: path.join(asked.out, outcome.output) };
}

/** Expects a failure that leaves nothing behind: no output, no unfinished file. */
export async function fails(asked: Asked, kind: FaultKind, text: RegExp): Promise<void> {
  const before = fs.existsSync(asked.out) && fs.statSync(asked.out).isDirectory() ? fs.readdirSync(asked.out) : null;
  const outcome = await correctOne(asked);
  assert.equal(outcome.status, 'failed');
  if (outcome.status !== 'failed') return;
  assert.equal(outcome.fault.kind, kind, outcome.fault.message);
  assert.match(outcome.fault.message, text);
  if (before) assert.deepEqual(fs.readdirSync(asked.out), before, 'nothing is left behind');
}
