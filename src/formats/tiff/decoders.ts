/**
 * What undoes each compression of TIFF. A decoder gives the bytes of a strip or tile piece by piece, so that a strip
 * that holds a whole image needs no memory for it.
 */

import type { TransformOptions } from 'node:stream';
import { constants, createInflate, type Inflate, inflateSync, type ZlibOptions } from 'node:zlib';
import type { Arena } from '../../kernels/arena.ts';
import type { TiffInput } from './input.ts';
import { zstdDecoder } from './zstd.ts';

/** A strip or tile: where its bytes stand in the file, and how many bytes it has to decode to. */
export interface Stretch {
  readonly offset: number;
  readonly bytes: number;
  readonly decoded: number;
}

/** Pieces of the decoded bytes, each valid until the next is asked for. Ends early, or throws, when they are damaged. */
export type Decode = (stretch: Stretch) => Generator<Uint8Array> | AsyncGenerator<Uint8Array>;

interface Compression {
  readonly name: string;
  /** Whether the Predictor tag counts. */
  readonly predicts: boolean;
  /** Loaded before the decoder is opened. */
  load?(): Promise<unknown>;
  open(input: TiffInput): Decode;
}

/** The Compression tag, 259. */
export const DECODERS: Readonly<Record<number, Compression>> = {
  1: { name: 'none', predicts: false, open: plain },
  5: { name: 'LZW', predicts: true, open: lzw },
  8: { name: 'Deflate', predicts: true, open: deflate },
  32946: { name: 'Deflate', predicts: true, open: deflate },
  32773: { name: 'PackBits', predicts: false, open: packBits },
  50000: { name: 'Zstandard', predicts: true, load: loadZstd, open: zstd },
};

/** Decoded at once up to this size, piece by piece above it. */
const WHOLE = 32 << 20;

/** Decoded bytes of a piece; small enough to stay in a processor's cache. */
const PIECE = 256 << 10;

function plain(input: TiffInput): Decode {
  return ({ offset, bytes }) => input.pieces(offset, bytes, PIECE);
}

// Both kernels write up to a string past a piece: the longest of LZW has 3839 bytes and is written in groups of eight.
const SLACK = 4096 + 64;

function lzw(input: TiffInput): Decode {
  const { kernels } = input.arena;
  return withKernel(input, kernels.lzwBytes(), kernels.openLzw, kernels.lzw);
}

function packBits(input: TiffInput): Decode {
  const { kernels } = input.arena;
  return withKernel(input, kernels.packBitsBytes(), kernels.openPackBits, kernels.packBits);
}

/** `open` begins a strip in a state of `stateBytes`; `decode` continues it piece by piece. */
function withKernel(
  input: TiffInput,
  stateBytes: number,
  open: (state: number) => void,
  decode: Arena['kernels']['lzw'],
): Decode {
  const { arena } = input;
  const { kernels } = arena;
  const state = arena.take(stateBytes);
  const out = arena.take(PIECE + SLACK);
  return function* ({ offset, bytes }) {
    open(state);
    for (let done = 0; done < bytes; ) {
      const packed = input.locate(offset + done, bytes - done);
      const produced = decode(packed.address, packed.bytes, out, PIECE, state);
      const consumed = kernels.decoderConsumed(state);
      const ended = kernels.decoderEnded(state) === 1;
      done += consumed;
      if (produced > 0) yield arena.bytes(out, produced);
      else if (consumed === 0) return;
      if (ended) return;
    }
  };
}

/** Bytes that are inflated in one go: Deflate makes at most 1032 times as many of them. */
const DEFLATE_BITE = 8 << 10;

function deflate(input: TiffInput): Decode {
  return async function* ({ offset, bytes, decoded }) {
    if (decoded <= WHOLE && bytes <= 2 * WHOLE) {
      const room = decoded + 64;
      try {
        // SYNC_FLUSH: a stream without its last bytes gives what it has; whether that is enough is seen later.
        const flush = { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: room, maxOutputLength: room };
        yield inflateSync(input.whole(offset, bytes), flush);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
        // More than is needed is in there: take it piece by piece, and no further than it is needed.
      }
    }
    // A buffer above what a bite can give, so that every bite ends by itself and nothing is read behind our back.
    const options: ZlibOptions & TransformOptions = { chunkSize: PIECE, readableHighWaterMark: 2048 * DEFLATE_BITE };
    const stream = createInflate(options);
    stream.on('error', () => {}); // each bite hears of it
    try {
      for (const packed of input.pieces(offset, bytes, DEFLATE_BITE)) {
        await swallow(stream, packed.slice());
        const piece: Buffer | null = stream.read();
        if (piece) yield piece;
        if (stream.readableEnded) return;
      }
    } finally {
      stream.destroy();
    }
  };
}

function swallow(stream: Inflate, bite: Uint8Array): Promise<void> {
  return new Promise((done, fail) => {
    stream.once('error', fail);
    stream.write(bite, () => {
      stream.off('error', fail);
      done();
    });
  });
}

let zstandard: Awaited<ReturnType<typeof zstdDecoder>>;

async function loadZstd(): Promise<void> {
  zstandard = await zstdDecoder();
}

/** Zstandard makes at most 128 KB of 4 bytes. */
const ZSTD_BITE = 4 << 10;

function zstd(input: TiffInput): Decode {
  return function* ({ offset, bytes, decoded }) {
    if (decoded <= WHOLE && bytes <= 2 * WHOLE) {
      const all = zstandard.decode(input.whole(offset, bytes), decoded);
      if (all.length === decoded) {
        yield all;
        return;
      }
    }
    yield* zstandard.pieces(input.pieces(offset, bytes, ZSTD_BITE));
  };
}
