/** Directories as bytes: fields made from values, put together into the chain of directories that ends a file. */

import { FIELD_TYPES, type TiffField } from './fields.ts';

const [ASCII, SHORT, LONG, RATIONAL, LONG8] = [2, 3, 4, 5, 16];

export const short = (tag: number, value: number): TiffField => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return { tag, type: SHORT!, count: 1, bytes };
};

export const long = (tag: number, value: number): TiffField => longs(tag, [value], false);

/** LONG, or LONG8 in a BigTIFF. */
export function longs(tag: number, values: ArrayLike<number>, big: boolean): TiffField {
  const bytes = Buffer.alloc(values.length * (big ? 8 : 4));
  for (let index = 0; index < values.length; index++) {
    if (big) bytes.writeBigUInt64LE(BigInt(values[index]!), index * 8);
    else bytes.writeUInt32LE(values[index]!, index * 4);
  }
  return { tag, type: big ? LONG8! : LONG!, count: values.length, bytes };
}

/** `bytes` end with NUL. */
export const ascii = (tag: number, bytes: Uint8Array): TiffField => ({ tag, type: ASCII!, count: bytes.length, bytes });

/** A positive number below 2^32, as exact as 32 bits and a power of ten allow. */
export function rational(tag: number, value: number): TiffField {
  let denominator = 1;
  while (value * denominator * 10 < 2 ** 32 && denominator < 1e9) denominator *= 10;
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(Math.round(value * denominator));
  bytes.writeUInt32LE(denominator, 4);
  return { tag, type: RATIONAL!, count: 1, bytes };
}

/** Bytes of a directory with its values. */
export function directoryBytes(fields: readonly TiffField[], big: boolean): number {
  const [head, step, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const values = fields.reduce((sum, { bytes }) => sum + (bytes.length > inline ? even(bytes.length) : 0), 0);
  return even(head + fields.length * step + inline) + values;
}

/** TIFF wants values and directories at even places. */
const even = (bytes: number): number => bytes + (bytes & 1);

/** The directory of `fields` as it stands at byte `at` of the file; `next` is the place of the next one, 0 after the last. */
export function directory(fields: readonly TiffField[], big: boolean, at: number, next: number): Buffer {
  const [head, step, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const bytes = Buffer.alloc(directoryBytes(fields, big));
  const word = (value: number, place: number): void => {
    if (big) bytes.writeBigUInt64LE(BigInt(value), place);
    else bytes.writeUInt32LE(value, place);
  };
  if (big) word(fields.length, 0);
  else bytes.writeUInt16LE(fields.length, 0);
  let values = even(head + fields.length * step + inline);
  let entry = head;
  // Readers may rely on rising tags.
  for (const field of [...fields].sort((a, b) => a.tag - b.tag)) {
    if (field.bytes.length !== field.count * FIELD_TYPES[field.type]!.bytes)
      throw new Error(`tag ${field.tag} is made wrong`);
    bytes.writeUInt16LE(field.tag, entry);
    bytes.writeUInt16LE(field.type, entry + 2);
    word(field.count, entry + 4);
    const place = entry + step - inline;
    if (field.bytes.length <= inline) {
      bytes.set(field.bytes, place);
    } else {
      word(at + values, place);
      bytes.set(field.bytes, values);
      values += even(field.bytes.length);
    }
    entry += step;
  }
  word(next, entry);
  return bytes;
}

/** The first bytes of a file whose first directory stands at `first`. */
export function header(big: boolean, first: number): Buffer {
  const bytes = Buffer.alloc(headerBytes(big));
  bytes.write('II', 'latin1');
  bytes.writeUInt16LE(big ? 43 : 42, 2);
  if (big) {
    bytes.writeUInt16LE(8, 4);
    bytes.writeBigUInt64LE(BigInt(first), 8);
  } else {
    bytes.writeUInt32LE(first, 4);
  }
  return bytes;
}

export const headerBytes = (big: boolean): number => (big ? 16 : 8);
