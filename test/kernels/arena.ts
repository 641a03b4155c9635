/**
 * Kernels on a memory of their own: images go in and out as plain arrays. What stands beside the pixels, behind the end
 * of a row and around a stretch, is filled with rubbish that must neither be read into a result nor overwritten.
 */

import assert from 'node:assert/strict';
import { Arena } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import type { Image } from '../oracle/image.ts';

const BYTES = 64 << 20;

export const memory = createMemory();
export const kernels = instantiate(compileKernels(), memory);
const slot = { address: extend(memory, BYTES), bytes: BYTES };

/** An arena over the same stretch each time: what earlier tests left there is the first rubbish. */
export const newBench = (): Arena => new Arena(kernels, memory, slot);

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Byte that fills what is not to be touched: as float32 a large negative number, as 16 bits 0xf1f1. */
const RUBBISH = 0xf1;
const GUARD = 256;

/** A stretch with guards on both sides. */
export class Stretch {
  readonly address: number;
  readonly #arena: Arena;
  readonly #bytes: number;

  constructor(arena: Arena, bytes: number) {
    this.#arena = arena;
    this.#bytes = bytes;
    const start = arena.take(bytes + 2 * GUARD);
    this.address = start + GUARD;
    arena.bytes(start, bytes + 2 * GUARD).fill(RUBBISH);
  }

  get bytes(): Uint8Array {
    return this.#arena.bytes(this.address, this.#bytes);
  }

  /** `reach`: bytes behind the stretch that a kernel may use by its contract. */
  assertGuarded(what: string, reach = 0): void {
    const before = this.#arena.bytes(this.address - GUARD, GUARD);
    const behind = this.#arena.bytes(this.address + this.#bytes + reach, GUARD - reach);
    assert.ok(
      [before, behind].every((side) => side.every((byte) => byte === RUBBISH)),
      `${what}: bytes outside the stretch are as they were`,
    );
  }
}

/** What stands behind the last pixel of a row, in even and odd columns: this would show in any sum it got into. */
const POISON: readonly [number, number] = [3e38, Number.NaN];

/** An image laid out as in a line: padded rows, behind each its bits of saturated and of replaced pixels. */
export class Laid {
  readonly width: number;
  readonly height: number;
  readonly flags: number;
  readonly marks: number;
  readonly stride: number;
  readonly layout: number;
  readonly #stretch: Stretch;

  constructor(arena: Arena, image: Image, saturated?: Uint8Array, padding = POISON) {
    const { width, height, pixels } = image;
    this.width = width;
    this.height = height;
    this.flags = aligned(Math.ceil(width / 8) * 8 * 4);
    this.marks = this.flags + aligned(Math.ceil(width / 8));
    this.stride = this.marks + aligned(Math.ceil(width / 8));
    this.layout = arena.take(kernels.rowLayoutBytes());
    kernels.openRowLayout(this.layout, width, height, this.stride, this.flags, this.marks, 0);
    this.#stretch = new Stretch(arena, this.stride * height);
    const { bytes } = this.#stretch;
    for (let row = 0; row < height; row++) {
      const at = row * this.stride;
      bytes.set(new Uint8Array(Float32Array.from(pixels.subarray(row * width, (row + 1) * width)).buffer), at);
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      for (let col = width; col < this.flags / 4; col++) view.setFloat32(at + 4 * col, padding[col % 2]!, true);
      bytes.fill(0, at + this.flags, at + this.stride);
      for (let col = 0; col < width; col++) {
        if (saturated?.[row * width + col] === 1) bytes[at + this.flags + (col >> 3)]! |= 1 << (col & 7);
      }
    }
  }

  address(row: number): number {
    return this.#stretch.address + row * this.stride;
  }

  get pixels(): Float32Array {
    const all = new Float32Array(this.width * this.height);
    const { bytes } = this.#stretch;
    for (let row = 0; row < this.height; row++) {
      const from = bytes.byteOffset + row * this.stride;
      all.set(new Float32Array(bytes.buffer, from, this.width), row * this.width);
    }
    return all;
  }

  /** 1 where a kernel marked a pixel. */
  get marked(): Uint8Array {
    const all = new Uint8Array(this.width * this.height);
    const { bytes } = this.#stretch;
    for (let i = 0; i < all.length; i++) {
      const [row, col] = [Math.floor(i / this.width), i % this.width];
      all[i] = (bytes[row * this.stride + this.marks + (col >> 3)]! >> (col & 7)) & 1;
    }
    return all;
  }

  assertGuarded(what: string): void {
    this.#stretch.assertGuarded(what);
  }
}

/** Equal in every bit: 0 is not -0. */
export function sameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(actual.length, expected.length, what);
  const [found, wanted] = [actual, expected].map(({ buffer, byteOffset, length }) => {
    return new Uint32Array(buffer, byteOffset, length);
  });
  const at = found!.findIndex((bits, i) => bits !== wanted![i]);
  if (at >= 0) assert.fail(`${what}: pixel ${at} is ${print(actual[at]!)}, expected ${print(expected[at]!)}`);
}

const print = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
