/** LZW and Deflate from the writing side: other programs' decoders get the bytes back, within the memory that was reserved. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import { noise } from '../../src/tools/simulate/noise.ts';
import { kernels, newBench, Stretch } from './arena.ts';

const { uniform } = noise(5, 1);
const pick = (most: number): number => Math.floor(uniform() * most);

/** What drives an encoder to its ends: nothing repeats, all repeats, long and short repeats, two values, counts of a camera. */
const KINDS: Record<string, (length: number) => Uint8Array> = {
  noise: (length) => Uint8Array.from({ length }, () => pick(256)),
  zeros: (length) => new Uint8Array(length),
  pairs: (length) => Uint8Array.from({ length }, (_, i) => i & 1),
  steps: (length) => Uint8Array.from({ length }, (_, i) => i >> 9),
  two: (length) => Uint8Array.from({ length }, () => (uniform() < 0.5 ? 7 : 8)),
  rare: (length) => Uint8Array.from({ length }, (_, i) => (i % 4099 === 0 ? pick(256) : 3)),
  counts: (length) => {
    const { poisson } = noise(6, 2);
    const bytes = new Uint8Array(Uint16Array.from({ length: length / 2 + 1 }, () => poisson(500)).buffer);
    return bytes.subarray(0, length);
  },
  floats: (length) =>
    new Uint8Array(Float32Array.from({ length: length / 4 + 1 }, () => 500 * uniform()).buffer).subarray(0, length),
  // Frequencies that fall like Fibonacci's numbers want the longest codes.
  fibonacci: (length) => {
    const bytes: number[] = [];
    for (let [symbol, a, b] = [0, 1, 1]; bytes.length < length; [a, b] = [b, a + b])
      for (let i = 0, mine = symbol++ & 255; i < a && bytes.length < length; i++) bytes.push(mine);
    return Uint8Array.from(bytes, (_, i) => bytes[(i * 7919) % length]!);
  },
  repeats: (length) => {
    const bytes = Uint8Array.from({ length }, () => pick(256));
    for (let at = 300; at + 600 < length; at += 40 + pick(700)) bytes.copyWithin(at, pick(at), pick(at) + pick(300));
    return bytes;
  },
};

const LENGTHS = [
  1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 255, 256, 4097, 65_535, 65_537, 131_071, 131_072, 131_073, 300_001,
];

/** What a kernel makes of some bytes, its state full of rubbish. */
function packed(kernel: 'packLzw' | 'packDeflate', bytes: Uint8Array): Uint8Array {
  const arena = newBench();
  const from = new Stretch(arena, bytes.length);
  const to = new Stretch(arena, kernels[`${kernel}Most`](bytes.length));
  const state = new Stretch(arena, kernels[`${kernel}Bytes`]());
  from.bytes.set(bytes);
  const length = kernels[kernel](from.address, bytes.length, to.address, state.address);
  for (const [what, stretch] of Object.entries({ from, to, state })) stretch.assertGuarded(`${kernel}, ${what}`);
  assert.deepEqual(from.bytes, bytes, 'the input stays');
  return Uint8Array.from(to.bytes.subarray(0, length));
}

/** TIFF 6.0, section 13, word for word. */
function plainLzw(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let bit = 0;
  let [width, table, before] = [9, [] as number[][], [] as number[]];
  for (;;) {
    let code = 0;
    for (let i = 0; i < width; i++, bit++) code = (code << 1) | ((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1);
    if (code === 257) break;
    if (code === 256) {
      table = Array.from({ length: 258 }, (_, i) => [i]);
      [width, before] = [9, []];
      continue;
    }
    assert.ok(code < table.length || (code === table.length && before.length > 0), `code ${code} of ${table.length}`);
    const string = table[code] ?? [...before, before[0]!];
    out.push(...string);
    if (before.length > 0) table.push([...before, string[0]!]);
    assert.ok(table.length < 4096, 'cleared in time');
    if (table.length >= 511) width = table.length >= 2047 ? 12 : table.length >= 1023 ? 11 : 10;
    before = string;
  }
  assert.equal(Math.ceil(bit / 8), bytes.length, 'nothing follows the end');
  return Uint8Array.from(out);
}

test('what Deflate packs, zlib unpacks to the same bytes; never larger than what is reserved', () => {
  for (const [name, make] of Object.entries(KINDS)) {
    for (const length of LENGTHS) {
      const bytes = make(length);
      assert.deepEqual(new Uint8Array(inflateSync(packed('packDeflate', bytes))), bytes, `${name}, ${length} bytes`);
    }
  }
});

test('what LZW packs, a plain decoder unpacks to the same bytes, code by code', () => {
  for (const [name, make] of Object.entries(KINDS)) {
    for (const length of LENGTHS.filter((each) => each < 70_000)) {
      const bytes = make(length);
      assert.deepEqual(plainLzw(packed('packLzw', bytes)), bytes, `${name}, ${length} bytes`);
    }
  }
});

test("a string that comes again is found up to the window's end, and not behind it", () => {
  const string = KINDS.noise!(64);
  for (const distance of [64, 32_766, 32_768, 32_770, 65_536]) {
    // What lies between never repeats, nor does it hide where the string was.
    const bytes = new Uint8Array(distance + string.length);
    for (let i = 0; i < bytes.length; i += 4096) bytes.set([i >> 8, i >> 12, 7], i);
    bytes.set(string);
    bytes.set(string, distance);
    assert.deepEqual(new Uint8Array(inflateSync(packed('packDeflate', bytes))), bytes, `${distance} bytes apart`);
  }
});

test('LZW ends right wherever its table stands when the bytes are used up', () => {
  const bytes = KINDS.noise!(4200);
  for (let length = 240; length < 270; length++)
    assert.deepEqual(plainLzw(packed('packLzw', bytes.subarray(0, length))), bytes.subarray(0, length), `${length}`);
  for (let length = 760; length < 800; length++)
    assert.deepEqual(plainLzw(packed('packLzw', bytes.subarray(0, length))), bytes.subarray(0, length), `${length}`);
  for (let length = 3830; length < 3900; length++)
    assert.deepEqual(plainLzw(packed('packLzw', bytes.subarray(0, length))), bytes.subarray(0, length), `${length}`);
});

test("counts of a camera take no more room than at zlib's level 6, but for 3 %", () => {
  for (const kind of ['counts', 'floats', 'noise', 'zeros']) {
    const bytes = KINDS[kind]!(1 << 20);
    const [ours, theirs] = [packed('packDeflate', bytes).length, deflateSync(bytes).length];
    assert.ok(ours < 1.03 * theirs + 1024, `${kind}: ${ours}, zlib ${theirs}`);
  }
});

test('the same bytes are packed to the same bytes, whatever the state held before', () => {
  for (const kernel of ['packLzw', 'packDeflate'] as const) {
    const bytes = KINDS.counts!(200_000);
    const first = packed(kernel, bytes);
    packed(kernel, KINDS.repeats!(100_000));
    assert.deepEqual(packed(kernel, bytes), first, kernel);
  }
});
