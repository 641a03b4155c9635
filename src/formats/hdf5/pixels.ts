/**
 * Reads the rows of an image from a dataset. Where a frame stands in one piece as memory has it, it is read as such files
 * always are (`stored-rows.ts`); else chunk by chunk: those of a band of rows, unpacked, and of the others none.
 */

import { inflateSync } from 'node:zlib';
import { type OpenFile, readFully } from '../../files/input-file.ts';
import type { Arena } from '../../kernels/arena.ts';
import { type Exposure, PIXELS } from '../../model/exposure.ts';
import type { Carried, Source } from '../format.ts';
import { StoredRows, swap } from '../stored-rows.ts';
import { type Chunk, chunksOf, countsOf } from './chunks.ts';
import { type Dataset, FILTERS, type Numbers, refuseFilters } from './dataset.ts';
import type { Hdf5 } from './structure.ts';

/** Bytes of a chunk: one packed chunk is unpacked as a whole. */
const MOST_CHUNK_BYTES = 1 << 28;

/** Where frames stand beside each other, a row of one is a row of all: so many bytes are read at once. */
const PIECE_BYTES = 1 << 24;

/** Which dimension of a dataset is which; frames: null for a single image. */
export interface Axes {
  readonly frame: number | null;
  readonly row: number;
  readonly col: number;
}

export interface Stored {
  readonly exposure: Exposure;
  readonly carried: Carried;
  readonly axes: Axes;
  readonly numbers: Numbers;
}

/** @throws Fault 'incomplete' when pixels are not written or missing, 'unsupported', 'format' */
export function openPixels(hdf5: Hdf5, file: OpenFile, dataset: Dataset, stored: Stored): Source {
  const { axes, exposure, numbers } = stored;
  const { shape, filters } = dataset;
  const size = PIXELS[exposure.type].bytes;
  const layout = dataset.layout();
  const whole = layout.kind === 'stretch';
  const chunk = whole ? shape : layout.chunk;
  const chunkBytes = chunk.reduce((product, each) => product * each, size);
  if (!whole) refuseFilters(hdf5, filters);
  const filtered = !whole && filters.length > 0;
  if (filtered && chunkBytes > MOST_CHUNK_BYTES) throw hdf5.unsupported(`packed chunks of ${chunkBytes} bytes`);
  const chunks = whole
    ? [{ at: hdf5.place(layout.at - hdf5.place(0, 0), chunkBytes), bytes: chunkBytes, left: 0 }]
    : chunksOf(hdf5, layout.index, { shape, chunk, chunkBytes, filtered });
  const counts = countsOf({ shape, chunk });
  const { width, height, frames } = exposure;

  // In numbers, within a chunk.
  const strides = chunk.map((_, i) => chunk.slice(i + 1).reduce((product, each) => product * each, 1));
  const frameStride = axes.frame === null ? 0 : strides[axes.frame]!;
  const [rowStride, colStride] = [strides[axes.row]!, strides[axes.col]!];
  const depth = axes.frame === null ? 1 : chunk[axes.frame]!;
  const inOnePiece = colStride === 1 && rowStride === width && chunk[axes.row]! >= height;
  if (!filtered && inOnePiece) {
    const at = (frame: number, row: number): number => {
      const { at: begin } = chunks[Math.floor(frame / depth)]!;
      return begin + ((frame % depth) * frameStride + row * rowStride) * size;
    };
    return new StoredRows(file, { ...stored, littleEndian: numbers.littleEndian, at });
  }
  const places = {
    width,
    height,
    frames,
    size,
    counts,
    chunk,
    chunkBytes,
    axes,
    frameStride,
    rowStride,
    colStride,
    depth,
  };
  return new ChunkedRows(file, hdf5, stored, chunks, filtered ? filters : [], places);
}

interface Places {
  readonly width: number;
  readonly size: number;
  readonly counts: readonly number[];
  readonly chunk: readonly number[];
  readonly chunkBytes: number;
  readonly axes: Axes;
  readonly frameStride: number;
  readonly rowStride: number;
  readonly colStride: number;
  readonly depth: number;
}

class ChunkedRows implements Source {
  readonly exposure: Exposure;
  readonly carried: Carried;
  readonly #file: OpenFile;
  readonly #hdf5: Hdf5;
  readonly #numbers: Numbers;
  readonly #chunks: readonly Chunk[];
  readonly #filters: readonly number[];
  readonly #places: Places;
  /** Unpacked chunks of the rows that were read last, by their numbers. */
  #unpacked = new Map<number, Uint8Array>();
  #arena: Arena | null = null;

  constructor(
    file: OpenFile,
    hdf5: Hdf5,
    { exposure, carried, numbers }: Stored,
    chunks: readonly Chunk[],
    filters: readonly number[],
    places: Places,
  ) {
    this.exposure = exposure;
    this.carried = carried;
    this.#file = file;
    this.#hdf5 = hdf5;
    this.#numbers = numbers;
    this.#chunks = chunks;
    this.#filters = filters;
    this.#places = places;
  }

  prepare(arena: Arena): void {
    this.#arena = arena;
  }

  read(frame: number, row: number, rows: number, address: number): void {
    const { width, size, chunk, axes, rowStride } = this.#places;
    const most = Math.max(1, Math.floor(PIECE_BYTES / (rowStride * size)));
    const [chunkRows, chunkCols] = [chunk[axes.row]!, chunk[axes.col]!];
    const out = this.#arena!.bytes(address, rows * width * size);
    const used = new Map<number, Uint8Array>();
    for (let top = row; top < row + rows; ) {
      const below = Math.min(row + rows, top + most, (Math.floor(top / chunkRows) + 1) * chunkRows);
      for (let left = 0; left < width; left += chunkCols) {
        const cols = Math.min(chunkCols, width - left);
        const number = this.#number(frame, top, left);
        const from = this.#stretch(number, frame, top % chunkRows, below - top, used);
        this.#copy(from, out, { rows: below - top, cols, to: (top - row) * width + left });
      }
      top = below;
    }
    this.#unpacked = used;
    if (!this.#numbers.littleEndian) swap(this.#arena!, address, rows * width, size);
  }

  #number(frame: number, row: number, col: number): number {
    const { counts, chunk, axes } = this.#places;
    const place = counts.map(() => 0);
    place[axes.row] = Math.floor(row / chunk[axes.row]!);
    place[axes.col] = Math.floor(col / chunk[axes.col]!);
    if (axes.frame !== null) place[axes.frame] = Math.floor(frame / chunk[axes.frame]!);
    return counts.reduce((sum, count, axis) => sum * count + place[axis]!, 0);
  }

  /** Some rows of a chunk, from its first number of that frame on. */
  #stretch(number: number, frame: number, row: number, rows: number, used: Map<number, Uint8Array>): Uint8Array {
    const { size, frameStride, rowStride, depth, chunkBytes } = this.#places;
    const first = ((frame % depth) * frameStride + row * rowStride) * size;
    const chunk = this.#chunks[number]!;
    if (this.#filters.length === 0) {
      const bytes = new Uint8Array(Math.min(rows * rowStride * size, chunkBytes - first));
      readFully(this.#file, bytes, chunk.at + first);
      return bytes;
    }
    const whole = used.get(number) ?? this.#unpacked.get(number) ?? this.#unpack(chunk);
    used.set(number, whole);
    return whole.subarray(first);
  }

  #unpack({ at, bytes, left }: Chunk): Uint8Array {
    const { chunkBytes, size } = this.#places;
    if (bytes > 2 * chunkBytes + 1024) throw this.#hdf5.damaged(`a chunk of ${bytes} bytes`);
    let content: Uint8Array = new Uint8Array(bytes);
    readFully(this.#file, content, at);
    for (let i = this.#filters.length - 1; i >= 0; i--) {
      if ((left & (1 << i)) !== 0) continue;
      const filter = this.#filters[i];
      if (filter === FILTERS.fletcher32) content = content.subarray(0, Math.max(0, content.length - 4));
      if (filter === FILTERS.deflate) content = this.#inflated(content);
      if (filter === FILTERS.shuffle) content = unshuffled(content, size);
    }
    if (content.length !== chunkBytes) throw this.#hdf5.damaged(`a chunk of ${content.length} bytes, of ${chunkBytes}`);
    return content;
  }

  #inflated(content: Uint8Array): Uint8Array {
    try {
      // A checksum may stand behind its numbers.
      return inflateSync(content, { maxOutputLength: this.#places.chunkBytes + 4 });
    } catch {
      throw this.#hdf5.damaged('a chunk that cannot be decompressed');
    }
  }

  #copy(from: Uint8Array, out: Uint8Array, piece: { rows: number; cols: number; to: number }): void {
    const { width, size, rowStride, colStride } = this.#places;
    for (let row = 0; row < piece.rows; row++) {
      const begin = row * rowStride * size;
      const to = (piece.to + row * width) * size;
      if (colStride === 1) {
        out.set(from.subarray(begin, begin + piece.cols * size), to);
        continue;
      }
      for (let col = 0; col < piece.cols; col++) {
        const at = begin + col * colStride * size;
        for (let byte = 0; byte < size; byte++) out[to + col * size + byte] = from[at + byte]!;
      }
    }
  }
}

/** First all first bytes, then all second ones: back to number by number. */
function unshuffled(content: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(content.length / size);
  const plain = Uint8Array.from(content);
  for (let byte = 0; byte < size; byte++) {
    for (let i = 0, from = byte * count, to = byte; i < count; i++, from++, to += size) plain[to] = content[from]!;
  }
  return plain;
}
