/**
 * What packs the strips of an output. The bytes depend on nothing but this tool's version: not on that of Node, whose
 * zlib and Zstandard differ from one version to the next, and from one processor to another.
 */

import type { Arena } from '../../kernels/arena.ts';
import type { Compression } from '../format.ts';
import { zstdEncoder } from './zstd.ts';

/** Packs the `bytes` at `address`; what it gives is valid until the next call. */
export type Pack = (address: number, bytes: number) => Uint8Array | Promise<Uint8Array>;

interface Compressor {
  /** The Compression tag, 259. */
  readonly code: number;
  /** How much larger than its pixels a file may become at most. */
  readonly growth: number;
  /** Reserves what it needs for strips of up to `most` bytes. */
  open(arena: Arena, most: number): Pack;
}

export const COMPRESSORS: Readonly<Record<Exclude<Compression, 'none'>, Compressor>> = {
  lzw: { code: 5, growth: 1.51, open: (arena, most) => byKernel(arena, most, 'packLzw') },
  deflate: { code: 8, growth: 1.01, open: (arena, most) => byKernel(arena, most, 'packDeflate') },
  zstd: { code: 50000, growth: 1.01, open: zstd },
};

function byKernel(arena: Arena, most: number, kernel: 'packLzw' | 'packDeflate'): Pack {
  const { kernels } = arena;
  const state = arena.take(kernels[`${kernel}Bytes`]());
  const out = arena.take(kernels[`${kernel}Most`](most));
  return (address, bytes) => arena.bytes(out, kernels[kernel](address, bytes, out, state));
}

function zstd(arena: Arena): Pack {
  let encode: ((bytes: Uint8Array) => Uint8Array) | undefined;
  return async (address, bytes) => {
    encode ??= await zstdEncoder();
    return encode(arena.bytes(address, bytes));
  };
}
