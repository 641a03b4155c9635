/**
 * Reads the MRC files of the shared data in the plainest way: one frame, little-endian, whatever the machine stamp says.
 * Not the reader under test, so that the definitions can be held against the data without it.
 */

import fs from 'node:fs';
import { HEADER_BYTES, WORDS } from '../../src/formats/mrc-header.ts';
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
