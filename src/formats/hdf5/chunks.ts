/** Where the chunks of a dataset stand. What is not written has no place: such a dataset is unfinished, never zeros. */

import type { ChunkIndex } from './dataset.ts';
import { type Hdf5, isStored } from './structure.ts';

export interface Chunk {
  /** The byte of the file at which it begins, and how many there are, as packed. */
  readonly at: number;
  readonly bytes: number;
  /** Filters that were left out, one bit for each. */
  readonly left: number;
}

/** More chunks are taken for damage. */
const MOST_CHUNKS = 1_000_000;

export interface Grid {
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  /** Of a chunk that is not packed. */
  readonly chunkBytes: number;
  readonly filtered: boolean;
}

/** Chunks in each dimension. */
export const countsOf = ({ shape, chunk }: Pick<Grid, 'shape' | 'chunk'>): number[] =>
  shape.map((size, i) => Math.ceil(size / chunk[i]!));

/** All chunks in the order of their numbers, last dimension fastest. @throws Fault 'incomplete' when one is not written */
export function chunksOf(hdf5: Hdf5, index: ChunkIndex, grid: Grid): Chunk[] {
  if (grid.chunk.some((size) => !(size >= 1))) throw hdf5.damaged('chunks without a size');
  const counts = countsOf(grid);
  const count = counts.reduce((product, each) => product * each, 1);
  if (count > MOST_CHUNKS) throw hdf5.damaged(`${count} chunks`);
  const chunks = new Array<Chunk | undefined>(count);
  const put = (number: number, address: number, bytes: number, left: number): void => {
    if (isStored(address)) chunks[number] = { at: hdf5.place(address, bytes), bytes, left };
  };
  const { chunkBytes } = grid;
  if (!isStored(index.address)) throw hdf5.unfinished('no pixels that are written so far');
  if (index.kind === 'single') put(0, index.address, index.bytes ?? chunkBytes, 0);
  else if (index.kind === 'implicit')
    for (let i = 0; i < count; i++) put(i, index.address + i * chunkBytes, chunkBytes, 0);
  else if (index.kind === 'fixed array') fixedArray(hdf5, index.address, count, grid, put);
  else tree(hdf5, index.address, grid, counts, put);
  const missing = Array.from(chunks).filter((each) => each === undefined).length;
  if (missing > 0) throw hdf5.unfinished(`${missing} of ${count} chunks of pixels that are not written`);
  return chunks as Chunk[];
}

type Put = (number: number, address: number, bytes: number, left: number) => void;

/** A B-tree of version 1. */
function tree(hdf5: Hdf5, root: number, { shape, chunk }: Grid, counts: readonly number[], put: Put): void {
  let nodes = 0;
  const walk = (address: number, most: number): void => {
    if (++nodes > MOST_CHUNKS) throw hdf5.damaged('a tree without an end');
    const cursor = hdf5.cursor(address);
    if (cursor.text(4) !== 'TREE' || cursor.uint8() !== 1) throw hdf5.damaged('no table of chunks');
    const level = cursor.uint8();
    if (level >= most) throw hdf5.damaged('a tree that leads back to itself');
    const entries = cursor.uint16();
    cursor.skip(16);
    for (let i = 0; i < entries; i++) {
      const [bytes, left] = [cursor.uint32(), cursor.uint32()];
      const offsets = Array.from({ length: shape.length + 1 }, () => cursor.uint64());
      const child = cursor.uint64();
      if (level > 0) {
        walk(child, level);
        continue;
      }
      const inside = counts.every((_, axis) => offsets[axis]! < shape[axis]! && offsets[axis]! % chunk[axis]! === 0);
      // Chunks of a dataset that was made smaller stay in the table.
      if (!inside) continue;
      const number = counts.reduce((sum, count, axis) => sum * count + offsets[axis]! / chunk[axis]!, 0);
      put(number, child, bytes, left);
    }
  };
  walk(root, 100);
}

function fixedArray(hdf5: Hdf5, address: number, count: number, { chunkBytes, filtered }: Grid, put: Put): void {
  const header = hdf5.cursor(address);
  if (header.text(4) !== 'FAHD') throw hdf5.damaged('no table of chunks');
  header.skip(2);
  const [entryBytes, pageBits, entries] = [header.uint8(), header.uint8(), header.uint64()];
  if (entries !== count) throw hdf5.damaged(`a table of ${entries} chunks, of ${count}`);
  if (entries > 2 ** pageBits) throw hdf5.unsupported(`a table of ${entries} chunks in pages`);
  const block = header.uint64();
  if (!isStored(block)) return;
  const cursor = hdf5.cursor(block);
  if (cursor.text(4) !== 'FADB') throw hdf5.damaged('no table of chunks');
  cursor.skip(10);
  const sizeBytes = entryBytes - 12;
  if (filtered && (sizeBytes < 1 || sizeBytes > 8)) throw hdf5.damaged(`chunks with a size of ${sizeBytes} bytes`);
  for (let i = 0; i < count; i++) {
    const place = cursor.uint64();
    if (!filtered) {
      put(i, place, chunkBytes, 0);
      continue;
    }
    const view = cursor.view(sizeBytes);
    let bytes = 0;
    for (let at = sizeBytes - 1; at >= 0; at--) bytes = 256 * bytes + view.getUint8(at);
    put(i, place, bytes, cursor.uint32());
  }
}
