/**
 * Zstandard, from two packages that need no native build: zstddec decodes (it comes with geotiff, and can decode piece by
 * piece), @bokuweb/zstd-wasm encodes (36 MB/s of exposures at level 3, three times the speed of others). Both are loaded
 * on use. Node's own Zstandard is younger than Node 20: where it is there it decodes strips, as it makes the same of them
 * and is faster. It never encodes, as its bytes would depend on the version of Node.
 */

import * as zlib from 'node:zlib';

export interface ZstdDecoder {
  /** Decodes a whole frame; fewer bytes, or none, when it is damaged or does not fit `bytes`. */
  decode(packed: Uint8Array, bytes: number): Uint8Array;
  /** Decodes a frame piece by piece; ends early when it is damaged. */
  pieces(packed: Iterable<Uint8Array>): Generator<Uint8Array>;
}

export async function zstdDecoder(): Promise<ZstdDecoder> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const native = nodeDecoder();
  return {
    decode: native ?? ((packed, bytes) => decoder.decode(packed, bytes)),
    *pieces(packed) {
      // The package looks at no error code: a damaged frame makes it give empty pieces for ever without taking input.
      // And it frees its memory only at the end of the input, so a reader that has enough makes the input end.
      let taken = 0;
      let enough = false;
      function* input(): Generator<Uint8Array> {
        for (const piece of packed) {
          if (enough) return;
          taken++;
          yield piece;
        }
      }
      let emptyAt = -1;
      const output = decoder.decodeStreaming(input());
      let damaged = false;
      try {
        for (let next = output.next(); !next.done; next = output.next()) {
          if (next.value.length > 0) yield next.value;
          else if (emptyAt === taken) {
            damaged = true;
            return;
          } else emptyAt = taken;
        }
      } catch {
        // It ended in the middle: what is missing will be noticed by who needs it.
      } finally {
        enough = true;
        if (!damaged) drain(output);
      }
    },
  };
}

/** Node takes no smaller one. */
const LEAST_CHUNK = 64;

/** Null on a Node without Zstandard. */
function nodeDecoder(): ZstdDecoder['decode'] | null {
  const decompress: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  if (typeof decompress !== 'function') return null;
  return (packed, bytes) => {
    try {
      // Otherwise it reserves 16 KB at a time, and joins them.
      return decompress(packed, { maxOutputLength: bytes, chunkSize: Math.max(LEAST_CHUNK, bytes) });
    } catch {
      // Damaged, or larger: whoever wants more takes it piece by piece.
      return new Uint8Array(0);
    }
  };
}

/** Lets a stream whose input has ended run out; at most what one piece of input holds. */
function drain(output: Generator<Uint8Array>): void {
  try {
    for (let empty = 0, next = output.next(); !next.done && empty < 2; next = output.next()) {
      empty = next.value.length === 0 ? empty + 1 : 0;
    }
  } catch {
    // "Incomplete stream": so it was meant.
  }
}

/** Level 3 is Zstandard's own default. */
const LEVEL = 3;

// Once per thread: a second `init` swaps the instance under a compression that is going on.
let encoder: ReturnType<typeof load> | null = null;

async function load() {
  const zstd = await import('@bokuweb/zstd-wasm');
  await zstd.init();
  return zstd;
}

export async function zstdEncoder(): Promise<(bytes: Uint8Array) => Uint8Array> {
  encoder ??= load();
  const { compress } = await encoder;
  return (bytes) => compress(bytes, LEVEL);
}
