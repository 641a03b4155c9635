/** What the TIFF tests share: a arena of their own, exposures read and written through it in bands of any height. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { openRegular } from '../../../src/files/input-file.ts';
import { OutputFile } from '../../../src/files/output-file.ts';
import type { Carried, Compression, Plan } from '../../../src/formats/format.ts';
import { tiff } from '../../../src/formats/tiff/tiff.ts';
import { Arena } from '../../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../../src/kernels/kernels.ts';
import { type Exposure, PIXELS, type WrittenType } from '../../../src/model/exposure.ts';
import { Fault, type FaultKind } from '../../../src/model/outcome.ts';

const memory = createMemory();
const slot = { address: extend(memory, 96 << 20), bytes: 96 << 20 };
const kernels = instantiate(compileKernels(), memory);

export const newBench = (): Arena => new Arena(kernels, memory, slot);

/** A folder for one test file, removed after its tests. */
export function folder(): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'tiff-test-'));
  after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Real micrographs, where they are at hand: beside the project. */
export const DATA = new URL('../../../../../shared/data/', import.meta.url);
export const noData = fs.existsSync(DATA) ? false : 'the folder ../shared/data is not there';

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Read {
  readonly exposure: Exposure;
  readonly carried: Carried;
  /** All frames, packed, little-endian. */
  readonly pixels: Buffer;
}

/** Reads all frames in bands of `band` rows, which may come in any order. */
export async function read(
  file: string | URL,
  band = 64,
  order: (row: number[]) => number[] = (rows) => rows,
): Promise<Read> {
  const open = openRegular(file instanceof URL ? file.pathname : file);
  try {
    const source = await tiff.open(open);
    const { width, height, frames, type } = source.exposure;
    const arena = newBench();
    source.prepare(arena);
    const rowBytes = width * PIXELS[type].bytes;
    const at = arena.take(rowBytes * Math.min(band, height));
    assert.equal(arena.shortage, 0);
    const pixels = Buffer.alloc(frames * height * rowBytes);
    const tops = Array.from({ length: Math.ceil(height / band) }, (_, index) => index * band);
    for (let frame = 0; frame < frames; frame++) {
      for (const row of order(tops)) {
        const rows = Math.min(band, height - row);
        await source.read(frame, row, rows, at);
        pixels.set(arena.bytes(at, rows * rowBytes), (frame * height + row) * rowBytes);
      }
    }
    return { exposure: source.exposure, carried: source.carried, pixels };
  } finally {
    fs.closeSync(open.fd);
  }
}

export interface Write {
  readonly width: number;
  readonly height: number;
  readonly frames?: number;
  readonly type?: WrittenType;
  readonly compression?: Compression;
  readonly band?: number;
  readonly turned?: boolean;
  readonly carried?: Carried;
}

export const PROVENANCE = {
  software: 'darkroom test',
  lines: ['flat-field -- despike 11/3.5', 'dark.mrc 0123456789ab'],
};

/** Writes packed little-endian `pixels`; returns the path. */
export async function write(into: string, name: string, pixels: Uint8Array, how: Write): Promise<string> {
  const { width, height, frames = 1, type = 'uint16', compression = 'none', band = 64, turned = false } = how;
  const file = path.join(into, name);
  const plan: Plan = {
    path: file,
    width,
    height,
    frames,
    type,
    compression,
    turned,
    carried: how.carried ?? { description: [] },
    provenance: PROVENANCE,
  };
  fs.rmSync(file, { force: true });
  const output = OutputFile.create(file);
  try {
    const sink = tiff.create(output, plan);
    const arena = newBench();
    sink.prepare(arena);
    const rowBytes = width * PIXELS[type].bytes;
    const at = arena.take(rowBytes * Math.min(band, height));
    const tops = Array.from({ length: Math.ceil(height / band) }, (_, index) => index * band);
    for (let frame = 0; frame < frames; frame++) {
      for (const row of turned ? tops.toReversed() : tops) {
        const rows = Math.min(band, height - row);
        const from = (frame * height + row) * rowBytes;
        arena.bytes(at, rows * rowBytes).set(pixels.subarray(from, from + rows * rowBytes));
        await sink.write(frame, row, rows, at);
      }
    }
    const size = await sink.finish({ min: 0, max: 0, mean: 0, deviation: 0 });
    assert.equal(fs.statSync(file).size, size);
  } finally {
    output.close();
  }
  return file;
}

/** Expects a Fault of one of `kinds` whose message names the file and matches `text`. */
export async function refused(file: string, kinds: FaultKind | readonly FaultKind[], text = /./): Promise<void> {
  await assert.rejects(read(file), (error) => {
    assert.ok(error instanceof Fault, `expected a Fault, found ${error}`);
    assert.ok([kinds].flat().includes(error.kind), `expected ${kinds}, found ${error.kind}: ${error.message}`);
    assert.ok(error.message.startsWith(`${file}: `), error.message);
    assert.match(error.message, text);
    assert.doesNotMatch(error.message, /geotiff|\bbug\b|please report/i, 'no words of a library');
    return true;
  });
}
