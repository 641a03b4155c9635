/** Raw bytes become float32 counts, saturation marks and counts of what was not finite. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNPACK } from '../../src/kernels/kernels.ts';
import { Tally } from '../../src/kernels/tally.ts';
import { PIXELS, type PixelType } from '../../src/model/exposure.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { kernels, newBench, Stretch, sameBits } from './arena.ts';

const WIDTHS = [...Array.from({ length: 40 }, (_, i) => i + 1), 61, 509, 513, 1025];

/** One row through a kernel: counts, marks (0 or 1 per pixel), and what the tally says. */
function unpack(type: PixelType, raw: Uint8Array, width: number, saturation: number, misaligned = 0) {
  const arena = newBench();
  const tally = new Tally(arena, 'float32');
  tally.reset();
  const rowBytes = width * PIXELS[type].bytes;
  const from = new Stretch(arena, rowBytes + misaligned);
  from.bytes.set(raw.subarray(0, rowBytes), misaligned);
  const out = new Stretch(arena, Math.ceil(width / 8) * 32);
  const flags = new Stretch(arena, Math.ceil(width / 8));
  kernels[UNPACK[type]](from.address + misaligned, out.address, width, saturation, flags.address, tally.address);
  const what = `${type}, width ${width}`;
  for (const stretch of [from, out, flags]) stretch.assertGuarded(what);
  assert.deepEqual(from.bytes.subarray(misaligned), raw.subarray(0, rowBytes), `${what}: the raw stays`);
  const counts = new Float32Array(width);
  new Uint8Array(counts.buffer).set(out.bytes.subarray(0, 4 * width));
  const marks = Array.from({ length: width }, (_, col) => (flags.bytes[col >> 3]! >> (col & 7)) & 1);
  const last = flags.bytes.at(-1)! >> (((width - 1) & 7) + 1);
  return { counts, marks, behind: last, ...tally.counts() };
}

/** The value that a pixel of `type` has in `raw`, in the plainest way. */
function countsOf(type: PixelType, raw: Uint8Array, i: number): number {
  const view = new DataView(raw.buffer, raw.byteOffset);
  switch (type) {
    case 'uint8':
      return view.getUint8(i);
    case 'int8':
      return view.getInt8(i);
    case 'uint16':
      return view.getUint16(2 * i, true);
    case 'int16':
      return view.getInt16(2 * i, true);
    case 'float32':
      return view.getFloat32(4 * i, true);
    case 'int32':
      return view.getInt32(4 * i, true);
    case 'uint32':
      return view.getUint32(4 * i, true);
    case 'float16':
      return halfOf(view.getUint16(2 * i, true));
  }
}

/** IEEE 754 binary16 by its definition. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const randomBytes = (length: number, seed: number): Uint8Array => {
  const { uniform } = noise(seed, 7);
  return Uint8Array.from({ length }, () => Math.floor(256 * uniform()));
};

test('every type of pixel becomes its counts at every width, saturated ones marked and counted', () => {
  for (const type of Object.keys(PIXELS) as PixelType[]) {
    for (const width of WIDTHS) {
      const raw = randomBytes(width * PIXELS[type].bytes, width);
      for (const saturation of [PIXELS[type].highest, 100, 0.1, -3]) {
        const found = unpack(type, raw, width, saturation);
        const what = `${type}, width ${width}, saturation ${saturation}`;
        const values = Array.from({ length: width }, (_, i) => countsOf(type, raw, i));
        const finite = values.map((value) => (Number.isFinite(value) ? value : 0));
        const marks = finite.map((value) => (value >= Math.fround(saturation) ? 1 : 0));
        sameBits(found.counts, Float32Array.from(finite), what);
        assert.deepEqual(found.marks, marks, what);
        assert.equal(found.behind, 0, `${what}: no mark behind the row's end`);
        assert.equal(found.saturated, marks.filter((mark) => mark === 1).length, what);
        assert.equal(found.nonFinite, values.filter((value) => !Number.isFinite(value)).length, what);
      }
    }
  }
});

test('rows may begin at any pixel: bands of odd widths are packed without gaps', () => {
  for (const type of Object.keys(PIXELS) as PixelType[]) {
    const { bytes } = PIXELS[type];
    const raw = randomBytes(61 * bytes, 3);
    const straight = unpack(type, raw, 61, 90);
    for (let shift = 1; shift < 9; shift++) assert.deepEqual(unpack(type, raw, 61, 90, shift * bytes), straight, type);
  }
});

test('all 65 536 values of float16 are what IEEE 754 says, infinities and NaN become 0 and are counted', () => {
  const raw = new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer);
  const found = unpack('float16', raw, 65_536, Number.POSITIVE_INFINITY);
  const expected = Float32Array.from({ length: 65_536 }, (_, bits) => {
    const value = halfOf(bits);
    return Number.isFinite(value) ? value : 0;
  });
  sameBits(found.counts, expected, 'float16');
  assert.deepEqual([found.nonFinite, found.saturated], [2048, 0]);
});

test('float32 keeps -0, subnormals and the largest numbers, and makes 0 of what is not finite', () => {
  const kept = [-0, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, -3.4028235e38, 0.1];
  const lost = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const raw = new Uint8Array(Float32Array.from([...kept, ...lost]).buffer);
  const found = unpack('float32', raw, kept.length + lost.length, Number.POSITIVE_INFINITY);
  sameBits(found.counts, Float32Array.from([...kept, 0, 0, 0]), 'float32');
  assert.deepEqual([found.nonFinite, found.saturated], [3, 0]);
});
