/** Compressed strips for TIFF cases, by encoders of the tests' own or of libraries that are not under test. */

import { deflateSync } from 'node:zlib';
import { decompress } from '@bokuweb/zstd-wasm';
import { zstdEncoder } from '../../src/formats/tiff/zstd.ts';
import { CannotTell } from '../oracle/plain-tiff.ts';

export type Pack = (bytes: Uint8Array) => Uint8Array;

let compress: Pack | null = null;

/** To be awaited before Zstandard is packed or unpacked. The package must not be started twice in a thread. */
export async function loadPackers(): Promise<void> {
  compress ??= await zstdEncoder();
}

/** By the value of the Compression tag. */
export const PACKERS: Readonly<Record<number, Pack>> = {
  1: (bytes) => bytes,
  5: lzw,
  8: (bytes) => deflateSync(bytes),
  32773: packBits,
  50000: (bytes) => compress!(bytes),
};

/** This package takes whole frames only, and nothing behind them; a strip may hold more, or lack its checksum. */
export function unzstd(packed: Uint8Array): Uint8Array {
  try {
    return decompress(Buffer.from(packed));
  } catch (error) {
    throw new CannotTell(`Zstandard: ${(error as Error).message}`);
  }
}

/** Runs where bytes repeat, else literals; 128 at most. */
function packBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let run = 1;
    while (run < 128 && at + run < bytes.length && bytes[at + run] === bytes[at]) run++;
    if (run > 1) {
      out.push(257 - run, bytes[at]!);
      at += run;
      continue;
    }
    let end = at + 1;
    while (end < bytes.length && end - at < 128 && bytes[end] !== bytes[end + 1]) end++;
    out.push(end - at - 1, ...bytes.subarray(at, end));
    at = end;
  }
  return Uint8Array.from(out);
}

/** TIFF 6.0, page 60; the table is cleared before it is full. */
function lzw(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let [held, bits] = [0, 0];
  let table = new Map<string, number>();
  let next = 258;
  const put = (code: number): void => {
    const width = next <= 511 ? 9 : next <= 1023 ? 10 : next <= 2047 ? 11 : 12;
    held = held * 2 ** width + code;
    bits += width;
    for (; bits >= 8; bits -= 8) {
      const low = 2 ** (bits - 8);
      out.push(Math.floor(held / low));
      held %= low;
    }
  };
  const codeOf = (text: string): number => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!);
  put(256);
  let text = '';
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte);
    if (text === '' || table.has(text + letter)) {
      text += letter;
      continue;
    }
    put(codeOf(text));
    table.set(text + letter, next++);
    text = letter;
    if (next === 4094) {
      put(256);
      table = new Map();
      next = 258;
    }
  }
  if (text !== '') {
    put(codeOf(text));
    next++;
  }
  put(257);
  if (bits > 0) out.push(held * 2 ** (8 - bits));
  return Uint8Array.from(out);
}
