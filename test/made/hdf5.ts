/**
 * HDF5 files as bytes, as libraries before 1.10 write them: groups by symbol tables, datasets in one piece or in chunks.
 * Good and odd ones. Newer layouts are written by h5py in the tests.
 */

import { deflateSync } from 'node:zlib';
import { pixelBytes } from './dm.ts';
import type { SerType } from './ser.ts';

export interface MadeDataset {
  readonly shape: readonly number[];
  readonly type: SerType | 'float64';
  readonly numbers: ArrayLike<number>;
  readonly littleEndian?: boolean;
  /** px in each dimension; absent: all in one piece. */
  readonly chunk?: readonly number[];
  readonly deflate?: boolean;
  /** Numbers of chunks that are not written. */
  readonly missing?: readonly number[];
  /** Id of a filter that stands beside. */
  readonly filter?: number;
}

export interface MadeGroup {
  readonly [name: string]: MadeGroup | MadeDataset;
}

const isDataset = (each: MadeGroup | MadeDataset): each is MadeDataset => 'shape' in each && 'numbers' in each;

const UNDEFINED = 2n ** 64n - 1n;

/** Pieces appended one behind the other; each is given its address. */
class Body {
  #parts: Buffer[] = [];
  #length = 0;

  add(bytes: Uint8Array): number {
    const at = this.#length;
    const padding = (8 - (bytes.length % 8)) % 8;
    this.#parts.push(Buffer.from(bytes), Buffer.alloc(padding));
    this.#length += bytes.length + padding;
    return at;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

const u8 = (...values: number[]): Buffer => Buffer.from(values);
const u16 = (...values: number[]): Buffer => numbers(2, values);
const u32 = (...values: number[]): Buffer => numbers(4, values);
const u64 = (...values: (number | bigint)[]): Buffer => {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * i);
  return bytes;
};

function numbers(size: 2 | 4, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(size * values.length);
  for (const [i, value] of values.entries()) bytes.writeUIntLE(value, size * i, size);
  return bytes;
}

/** Nodes take the room of as many members as they may have. */
const filled = (bytes: Buffer, length: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))]);

const HEADER_BYTES = 96;

/** The whole file; `end`: the address behind its last byte, should it lie. */
export function madeHdf5(root: MadeGroup, end?: number): Uint8Array {
  const body = new Body();
  body.add(Buffer.alloc(HEADER_BYTES));
  const { header } = group(body, root);
  const bytes = body.bytes;
  const superblock = Buffer.concat([
    Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
    u8(0, 0, 0, 0, 0, 8, 8, 0),
    u16(16, 16),
    u32(0),
    u64(0, UNDEFINED, end ?? bytes.length, UNDEFINED),
    u64(0, header),
    u32(0, 0),
    Buffer.alloc(16),
  ]);
  superblock.copy(bytes);
  return Uint8Array.from(bytes);
}

function object(body: Body, messages: readonly (readonly [type: number, content: Buffer])[]): number {
  const all = messages.map(([type, content]) => {
    const padded = Buffer.concat([content, Buffer.alloc((8 - (content.length % 8)) % 8)]);
    return Buffer.concat([u16(type, padded.length), u8(0, 0, 0, 0), padded]);
  });
  const bytes = Buffer.concat(all);
  return body.add(Buffer.concat([u8(1, 0), u16(messages.length), u32(1, bytes.length, 0), bytes]));
}

function group(body: Body, members: MadeGroup): { header: number } {
  const names = Object.keys(members).sort();
  const addresses = names.map((name) => {
    const member = members[name]!;
    return isDataset(member) ? dataset(body, member) : group(body, member).header;
  });
  const heap = Buffer.concat([
    Buffer.alloc(8),
    ...names.map((name) => Buffer.concat([Buffer.from(name), Buffer.alloc(8 - (name.length % 8))])),
  ]);
  let [offset, last] = [8, 0];
  const entries = names.map((name, i) => {
    const entry = Buffer.concat([u64(offset, addresses[i]!), u32(0, 0), Buffer.alloc(16)]);
    last = offset;
    offset += name.length + 8 - (name.length % 8);
    return entry;
  });
  const names8 = body.add(heap);
  const heapAt = body.add(Buffer.concat([Buffer.from('HEAP'), u8(0, 0, 0, 0), u64(heap.length, 1, names8)]));
  const node = body.add(
    filled(Buffer.concat([Buffer.from('SNOD'), u8(1, 0), u16(names.length), ...entries]), 8 + 32 * 40),
  );
  const tree = body.add(
    filled(
      Buffer.concat([Buffer.from('TREE'), u8(0, 0), u16(1), u64(UNDEFINED, UNDEFINED), u64(0, node, last)]),
      24 + 33 * 8 + 32 * 8,
    ),
  );
  return { header: object(body, [[17, u64(tree, heapAt)]]) };
}

/** Class and flags, bytes, offset and bits; of floats also where exponent and mantissa stand. */
function datatype(type: MadeDataset['type'], littleEndian: boolean): Buffer {
  const order = littleEndian ? 0 : 1;
  if (type === 'float32' || type === 'float64') {
    const [bytes, bits, exponentAt, exponentBits, mantissa, bias] =
      type === 'float32' ? [4, 32, 23, 8, 23, 127] : [8, 64, 52, 11, 52, 1023];
    return Buffer.concat([
      u8(0x11, 0x20 | order, bits! - 1, 0),
      u32(bytes!),
      u16(0, bits!),
      u8(exponentAt!, exponentBits!, 0, mantissa!),
      u32(bias!),
    ]);
  }
  const bytes = Number(/\d+/.exec(type)![0]) / 8;
  return Buffer.concat([u8(0x10, order | (type.startsWith('u') ? 0 : 8), 0, 0), u32(bytes), u16(0, 8 * bytes)]);
}

function dataset(body: Body, made: MadeDataset): number {
  const { shape, type, littleEndian = true, chunk, deflate = false, filter } = made;
  const content =
    type === 'float64'
      ? new Uint8Array(Float64Array.from(made.numbers).buffer)
      : pixelBytes(made.numbers, type, littleEndian);
  const size = type === 'float64' ? 8 : Number(/\d+/.exec(type)![0]) / 8;
  const space = Buffer.concat([u8(1, shape.length, 0, 0), u32(0), u64(...shape)]);
  const layout = chunk
    ? Buffer.concat([u8(3, 2, shape.length + 1), u64(chunks(body, made, chunk, content, size)), u32(...chunk, size)])
    : Buffer.concat([u8(3, 1), u64(body.add(content), content.length)]);
  const ids = [...(deflate ? [1] : []), ...(filter === undefined ? [] : [filter])];
  const filters = Buffer.concat([
    u8(1, ids.length, 0, 0, 0, 0, 0, 0),
    ...ids.map((id) => Buffer.concat([u16(id, 0, 0, 1), u32(6, 0)])),
  ]);
  return object(body, [
    [1, space],
    [3, datatype(type, littleEndian)],
    [8, layout],
    ...(ids.length > 0 ? ([[11, filters]] as const) : []),
  ]);
}

/** The table of chunks, one node; chunks at the ends are filled with zeros. */
function chunks(body: Body, made: MadeDataset, chunk: readonly number[], content: Uint8Array, size: number): number {
  const { shape, deflate = false, missing = [] } = made;
  const counts = shape.map((length, i) => Math.ceil(length / chunk[i]!));
  const total = counts.reduce((product, count) => product * count, 1);
  const keys: Buffer[] = [];
  for (let number = 0; number < total; number++) {
    if (missing.includes(number)) continue;
    const place: number[] = [];
    for (let axis = shape.length - 1, rest = number; axis >= 0; axis--) {
      place[axis] = (rest % counts[axis]!) * chunk[axis]!;
      rest = Math.floor(rest / counts[axis]!);
    }
    const bytes = new Uint8Array(chunk.reduce((product, length) => product * length, size));
    for (let i = 0; i < bytes.length / size; i++) {
      const inside: number[] = [];
      for (let axis = chunk.length - 1, rest = i; axis >= 0; axis--) {
        inside[axis] = place[axis]! + (rest % chunk[axis]!);
        rest = Math.floor(rest / chunk[axis]!);
      }
      if (inside.some((at, axis) => at >= shape[axis]!)) continue;
      const at = inside.reduce((sum, each, axis) => sum * shape[axis]! + each, 0);
      bytes.set(content.subarray(at * size, (at + 1) * size), i * size);
    }
    const packed = deflate ? deflateSync(bytes) : bytes;
    keys.push(Buffer.concat([u32(packed.length, 0), u64(...place, 0), u64(body.add(packed))]));
  }
  const last = Buffer.concat([u32(0, 0), u64(...counts.map((each, axis) => each * chunk[axis]!), 0)]);
  const node = Buffer.concat([
    Buffer.from('TREE'),
    u8(1, 0),
    u16(keys.length),
    u64(UNDEFINED, UNDEFINED),
    ...keys,
    last,
  ]);
  return body.add(filled(node, 24 + 65 * (16 + 8 * shape.length) + 64 * 8));
}

/** A file as Velox writes it: one image, rows x columns x frames in chunks of a frame, and JSON beside it. */
export function madeVelox(image: MadeDataset, json: object): Uint8Array {
  const text = Buffer.alloc(60_000);
  text.write(JSON.stringify(json));
  const metadata = { shape: [text.length, 1], type: 'uint8', numbers: text, chunk: [text.length, 1] } as const;
  const thumbnail = { shape: [3000], type: 'uint8', numbers: new Uint8Array(3000) } as const;
  return madeHdf5({
    Data: { Image: { '0123456789abcdef0123456789abcdef': { Data: image, Metadata: metadata } }, Text: {} },
    'Thumbnail.jpg': thumbnail,
  });
}
