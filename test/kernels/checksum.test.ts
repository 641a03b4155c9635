/** The folded CRC-32 is the one of everybody else, in whatever pieces the bytes come. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { Checksum } from '../../src/kernels/checksum.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { newBench, Stretch } from './arena.ts';

/** Of `bytes`, added in pieces of the given lengths again and again, the first of them `shift` bytes into memory. */
function folded(bytes: Uint8Array, pieces: readonly number[], shift = 0): number {
  const arena = newBench();
  const checksum = new Checksum(arena);
  const memory = new Stretch(arena, bytes.length + shift);
  memory.bytes.set(bytes, shift);
  // Rubbish of another exposure.
  checksum.begin();
  checksum.add(memory.address, Math.min(100, bytes.length));
  checksum.begin();
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const length = Math.min(pieces[piece % pieces.length]!, bytes.length - at);
    checksum.add(memory.address + shift + at, length);
    at += length;
  }
  const { crc } = checksum;
  assert.equal(checksum.crc, crc, 'asked twice');
  memory.assertGuarded('checksum');
  return crc;
}

const { uniform } = noise(3, 1);
const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => 256 * uniform());

test('the known value of the catalogue of CRCs comes out', () => {
  assert.equal(folded(Buffer.from('123456789'), [9]), 0xcbf43926);
});

test('every length up to some words, and those around where words fold and move, give the CRC-32 of zlib', () => {
  const lengths = Array.from({ length: 70 }, (_, i) => i);
  for (const words of [144, 145, 183, 211, 299, 300, 301, 1747, 1748, 2048, 4000]) {
    for (const rest of [-17, -1, 0, 1, 15]) lengths.push(16 * words + rest);
  }
  for (const length of lengths) {
    const bytes = random(length);
    assert.equal(folded(bytes, [length || 1]), crc32(bytes), `${length} bytes`);
  }
});

test('the pieces in which bytes come, and where they lie, make no difference', () => {
  const bytes = random(100_003);
  for (const pieces of [[1], [2, 3], [15, 1, 17], [16], [26], [4801, 7], [8192], [65_536, 1]]) {
    for (const shift of [0, 1, 12]) assert.equal(folded(bytes, pieces, shift), crc32(bytes), `pieces of ${pieces}`);
  }
});

test('bytes that are all the same, and a single one among zeros, are told apart', () => {
  for (const value of [0, 1, 0x55, 0xff]) {
    const bytes = new Uint8Array(70_000).fill(value);
    assert.equal(folded(bytes, [7000]), crc32(bytes), `all ${value}`);
  }
  for (const at of [0, 1, 15, 16, 4799, 4800, 69_983, 69_999]) {
    const bytes = new Uint8Array(70_000);
    bytes[at] = 0x80;
    assert.equal(folded(bytes, [7000]), crc32(bytes), `one at ${at}`);
  }
});
