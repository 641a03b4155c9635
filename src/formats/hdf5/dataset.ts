/** A dataset: its shape, what its numbers are, where they stand, and how they are packed. */

import type { PixelType } from '../../model/exposure.ts';
import type { FileCursor } from '../file-cursor.ts';
import { type Hdf5, isStored, MESSAGES, type Message } from './structure.ts';

/** Classes of layout. */
const [COMPACT, CONTIGUOUS, CHUNKED] = [0, 1, 2];

/** Filters that are undone; the others are named. */
export const FILTERS = { deflate: 1, shuffle: 2, fletcher32: 3 } as const;
const NAMES: Readonly<Record<number, string>> = {
  4: 'SZIP',
  5: 'N-Bit',
  6: 'scale-offset',
  307: 'bzip2',
  32000: 'LZF',
  32001: 'Blosc',
  32004: 'LZ4',
  32008: 'bitshuffle',
  32015: 'Zstandard',
};

export interface Numbers {
  readonly type: PixelType;
  readonly littleEndian: boolean;
}

export type Layout =
  /** The byte of the file at which all numbers begin. */
  | { readonly kind: 'stretch'; readonly at: number }
  | { readonly kind: 'chunks'; readonly chunk: readonly number[]; readonly index: ChunkIndex };

/** How the chunks are found, and where that stands. */
export type ChunkIndex =
  | { readonly kind: 'tree' | 'implicit' | 'fixed array'; readonly address: number }
  /** `bytes`: as packed; null: as many as its numbers take. */
  | { readonly kind: 'single'; readonly address: number; readonly bytes: number | null };

export interface Dataset {
  readonly shape: readonly number[];
  /** What its numbers are; text: what they are instead of pixels. */
  readonly numbers: Numbers | string;
  /** Ids of filters, in the order in which they were done. */
  readonly filters: readonly number[];
  readonly layout: () => Layout;
}

/** Null: the object is no dataset. */
export function datasetOf(hdf5: Hdf5, messages: readonly Message[]): Dataset | null {
  const find = (type: number): Message | undefined => messages.find((each) => each.type === type);
  const [space, type, layout] = [MESSAGES.dataspace, MESSAGES.datatype, MESSAGES.layout].map(find);
  if (!space || !type || !layout) return null;
  const filters = find(MESSAGES.filters);
  const shape = shapeOf(hdf5, hdf5.at(space.at));
  return {
    shape,
    numbers: type.shared ? 'a type that is defined elsewhere in the file' : numbersOf(hdf5.at(type.at)),
    filters: filters ? filtersOf(hdf5, hdf5.at(filters.at)) : [],
    layout: () => layoutOf(hdf5, layout, shape.length),
  };
}

function shapeOf(hdf5: Hdf5, cursor: FileCursor): number[] {
  const version = cursor.uint8();
  const rank = cursor.uint8();
  if (version < 1 || version > 2 || rank > 32) throw hdf5.damaged(`a shape of version ${version}`);
  cursor.skip(version === 1 ? 6 : 2);
  return Array.from({ length: rank }, () => cursor.uint64());
}

const INTEGERS: Readonly<Record<string, PixelType>> = {
  'true 1': 'int8',
  'false 1': 'uint8',
  'true 2': 'int16',
  'false 2': 'uint16',
  'true 4': 'int32',
  'false 4': 'uint32',
};

function numbersOf(cursor: FileCursor): Numbers | string {
  const kind = cursor.uint8() & 15;
  const flags = cursor.uint8();
  cursor.skip(2);
  const bytes = cursor.uint32();
  const littleEndian = (flags & 1) === 0;
  if (kind === 0) {
    const [offset, bits] = [cursor.uint16(), cursor.uint16()];
    const type = INTEGERS[`${(flags & 8) !== 0} ${bytes}`];
    if (type && offset === 0 && bits === 8 * bytes) return { type, littleEndian };
    return `${bits}-bit integers`;
  }
  if (kind === 1 && (bytes === 2 || bytes === 4)) return { type: bytes === 2 ? 'float16' : 'float32', littleEndian };
  if (kind === 1) return `float${8 * bytes}`;
  return kind === 6 ? 'compound values (complex numbers or a table)' : 'values that are no numbers';
}

function filtersOf(hdf5: Hdf5, cursor: FileCursor): number[] {
  const version = cursor.uint8();
  const count = cursor.uint8();
  if (version < 1 || version > 2 || count > 32) throw hdf5.damaged(`filters of version ${version}`);
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => {
    const id = cursor.uint16();
    const name = version === 1 || id >= 256 ? cursor.uint16() : 0;
    cursor.skip(2);
    const values = cursor.uint16();
    cursor.skip(version === 1 ? 8 * Math.ceil(name / 8) : name);
    cursor.skip(4 * values + (version === 1 && values % 2 === 1 ? 4 : 0));
    return id;
  });
}

/** @throws Fault 'unsupported' for filters that are not undone */
export function refuseFilters(hdf5: Hdf5, filters: readonly number[]): void {
  const known: readonly number[] = Object.values(FILTERS);
  const other = filters.find((id) => !known.includes(id));
  if (other !== undefined)
    throw hdf5.unsupported(`pixels that are compressed with ${NAMES[other] ?? `filter ${other}`}`);
}

/** `rank`: dimensions of the dataset; a chunk has one more, the bytes of a number. */
function layoutOf(hdf5: Hdf5, { at }: Message, rank: number): Layout {
  const cursor = hdf5.at(at);
  const version = cursor.uint8();
  if (version !== 3 && version !== 4) throw hdf5.unsupported(`a layout of version ${version}`);
  const kind = cursor.uint8();
  if (kind === COMPACT) {
    cursor.skip(2);
    return { kind: 'stretch', at: cursor.at };
  }
  if (kind === CONTIGUOUS) {
    const address = cursor.uint64();
    if (!isStored(address)) throw hdf5.unfinished('no pixels that are written so far');
    return { kind: 'stretch', at: hdf5.place(address, 1) };
  }
  if (kind !== CHUNKED) throw hdf5.unsupported('pixels that stand in other files (a virtual dataset)');
  const flags = version === 4 ? cursor.uint8() : 0;
  if (cursor.uint8() !== rank + 1) throw hdf5.damaged('chunks of another shape than the pixels');
  if (version === 3) {
    const address = cursor.uint64();
    return { kind: 'chunks', chunk: sizes(cursor, 4, rank), index: { kind: 'tree', address } };
  }
  const chunk = sizes(cursor, cursor.uint8(), rank + 1).slice(0, rank);
  const index = cursor.uint8();
  if (index === 1) {
    const bytes = flags & 2 ? cursor.uint64() : null;
    if (bytes !== null) cursor.skip(4);
    return { kind: 'chunks', chunk, index: { kind: 'single', address: cursor.uint64(), bytes } };
  }
  if (index === 2) return { kind: 'chunks', chunk, index: { kind: 'implicit', address: cursor.uint64() } };
  if (index === 3) {
    cursor.skip(1);
    return { kind: 'chunks', chunk, index: { kind: 'fixed array', address: cursor.uint64() } };
  }
  throw hdf5.unsupported('chunks of a dataset that can be extended (HDF5 1.10)');
}

const sizes = (cursor: FileCursor, bytes: number, count: number): number[] =>
  Array.from({ length: count }, () => {
    const view = cursor.view(bytes);
    let size = 0;
    for (let i = bytes - 1; i >= 0; i--) size = 256 * size + view.getUint8(i);
    return size;
  });
