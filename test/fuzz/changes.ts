/** Changes to bytes and text, each drawn once and then the same whenever it is done: a finding is made smaller by leaving some out. */

import type { Random } from './random.ts';

export type Change = (bytes: Uint8Array) => Uint8Array;

/** Numbers at which sizes, counts and signs go wrong. */
export const EDGES = [
  ...[0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 127, 128, 255, 256, 257, 511, 512, 1023, 1024, 4095, 4096, 32_767, 32_768],
  ...[65_535, 65_536, 65_537, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1],
];

/** A change to any file. */
export function anyChange(random: Random): Change {
  const where = random.uniform();
  const draw = random.uniform();
  const length = random.pick([1, 1, 2, 4, 8, 32, 256]);
  const value = random.below(256);
  const bit = 1 << random.below(8);
  const edge = random.pick(EDGES);
  const little = random.chance(0.7);
  const at = (bytes: Uint8Array): number => Math.floor(where * bytes.length);
  return random.pick<Change>([
    (bytes) => edited(bytes, at(bytes), (copy, i) => copy.set([copy[i]! ^ bit], i)),
    (bytes) => edited(bytes, at(bytes), (copy, i) => copy.fill(value, i, Math.min(copy.length, i + length))),
    (bytes) => number(bytes, at(bytes), 4, edge, little),
    (bytes) => number(bytes, at(bytes), 2, edge % 65_536, little),
    (bytes) => bytes.slice(0, at(bytes)),
    (bytes) => joined(bytes.subarray(0, at(bytes)), bytes.subarray(at(bytes) + length)),
    (bytes) => joined(bytes.subarray(0, at(bytes)), new Uint8Array(length).fill(value), bytes.subarray(at(bytes))),
    (bytes) => {
      const from = Math.floor(draw * bytes.length);
      return joined(bytes.subarray(0, at(bytes)), bytes.subarray(from, from + length), bytes.subarray(at(bytes)));
    },
    (bytes) => joined(bytes, bytes.subarray(at(bytes), at(bytes) + length)),
  ]);
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

export function edited(bytes: Uint8Array, at: number, edit: (copy: Uint8Array, at: number) => void): Uint8Array {
  const copy = bytes.slice();
  if (at < copy.length) edit(copy, at);
  return copy;
}

/** Puts a whole number of `size` bytes at `at`, as far as there is room. */
export function number(bytes: Uint8Array, at: number, size: number, value: number, little: boolean): Uint8Array {
  return edited(bytes, at, (copy) => {
    if (at + size > copy.length) return;
    const buffer = Buffer.from(copy.buffer, copy.byteOffset, copy.length);
    const cut = value % 2 ** (8 * size);
    if (size === 8) little ? buffer.writeBigUInt64LE(BigInt(cut), at) : buffer.writeBigUInt64BE(BigInt(cut), at);
    else little ? buffer.writeUIntLE(cut, at, size) : buffer.writeUIntBE(cut, at, size);
  });
}
