/**
 * Reads the MRC files of the shared data in the plainest way: one frame, little-endian, whatever the machine stamp says.
 * Not the reader under test, so that the definitions can be held against the data without it.
 */

import fs from 'node:fs';
import { HEADER_BYTES, WORDS } from '../../src/formats/mrc/header.ts';
import { float16 } from './half.ts';
import type { Image } from './image.ts';

const READERS: Record<number, { bytes: number; read: (view: DataView, at: number) => number }> = {
  0: { bytes: 1, read: (view, at) => view.getInt8(at) },
  1: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  2: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  6: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
};

export function readPlainMrc(file: string): Image {
  const bytes = fs.readFileSync(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => view.getInt32(at, true);
  const width = word(WORDS.nx);
  const height = word(WORDS.ny);
  const { bytes: size, read } = READERS[word(WORDS.mode)]!;
  const first = HEADER_BYTES + word(WORDS.nsymbt);
  const pixels = Float32Array.from({ length: width * height }, (_, i) => read(view, first + i * size));
  return { width, height, pixels };
}

/**
 * All frames of an MRC file in memory, in either byte order, or null where the header leaves open what is meant: a stamp
 * that is none, 4-bit pixels in mode 0, a mode of another kind.
 */
export function readPlainStack(file: Uint8Array): (Image<Float64Array> & { readonly frames: number }) | null {
  if (file.length < HEADER_BYTES) return null;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const stamp = view.getUint16(WORDS.machine, false);
  if (![0x4444, 0x4441, 0x1111].includes(stamp)) return null;
  const little = stamp !== 0x1111;
  const word = (at: number): number => view.getInt32(at, little);
  const [width, height, frames, mode] = [WORDS.nx, WORDS.ny, WORDS.nz, WORDS.mode].map(word);
  // Dimensions that make no sense in the order of the stamp: whether the other is meant is a matter of taste.
  if (width! < 1 || height! < 1 || frames! < 1 || width! * height! * frames! > 1 << 22) return null;
  const byImod = word(WORDS.imodStamp) === 1_146_047_817;
  const flags = word(WORDS.imodFlags);
  // IMOD's flag of 4-bit bytes.
  if (mode === 0 && byImod && (flags & 16) !== 0) return null;
  if (mode === 101) return plainNibbles(view, HEADER_BYTES + word(WORDS.nsymbt), [width!, height!, frames!]);
  const unsigned = byImod && (flags & 1) === 0;
  const read = {
    0: (at: number) => (unsigned ? view.getUint8(at) : view.getInt8(at)),
    1: (at: number) => view.getInt16(at, little),
    2: (at: number) => view.getFloat32(at, little),
    6: (at: number) => view.getUint16(at, little),
    12: (at: number) => float16(view.getUint16(at, little)),
  }[mode!];
  if (!read) return null;
  const size = mode === 0 ? 1 : mode === 2 ? 4 : 2;
  const first = HEADER_BYTES + word(WORDS.nsymbt);
  const count = width! * height! * frames!;
  if (first < HEADER_BYTES || first + count * size > file.length) return null;
  const pixels = Float64Array.from({ length: count }, (_, i) => read(first + i * size));
  return { width: width!, height: height!, frames: frames!, pixels };
}

/** Mode 101: two pixels in a byte, the left one in its lower bits; each row begins with a byte. */
function plainNibbles(view: DataView, first: number, [width, height, frames]: readonly [number, number, number]) {
  const rowBytes = Math.ceil(width / 2);
  if (first < HEADER_BYTES || first + rowBytes * height * frames > view.byteLength) return null;
  const pixels = Float64Array.from({ length: width * height * frames }, (_, i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    const byte = view.getUint8(first + row * rowBytes + (col >> 1));
    return col % 2 === 0 ? byte & 15 : byte >> 4;
  });
  return { width, height, frames, pixels };
}
