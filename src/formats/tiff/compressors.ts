/** What packs the strips of an output. The bytes depend on nothing but this tool's version. */

import type { Compression } from '../format.ts';
import { zstdEncoder } from './zstd.ts';

interface Compressor {
  /** The Compression tag, 259. */
  readonly code: number;
  load(): Promise<(bytes: Uint8Array) => Uint8Array>;
}

// Not Node's zlib: its bytes differ from one version of Node to the next, and from one processor to another (Chromium's
// zlib matches with vector instructions where there are some). Level 1: noise takes twice as long at 6, for 2 % less.
async function deflateEncoder(): Promise<(bytes: Uint8Array) => Uint8Array> {
  const { zlibSync } = await import('fflate');
  return (bytes) => zlibSync(bytes, { level: 1 });
}

export const COMPRESSORS: Readonly<Record<Exclude<Compression, 'none'>, Compressor>> = {
  deflate: { code: 8, load: deflateEncoder },
  zstd: { code: 50000, load: zstdEncoder },
};
