/** SER files (TIA) as bytes, in both lengths of places; good and odd ones. */

import { pixelBytes } from './dm.ts';

export type SerType = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32';

const TYPES: Readonly<Record<SerType, number>> = {
  uint8: 1,
  uint16: 2,
  uint32: 3,
  int8: 4,
  int16: 5,
  int32: 6,
  float32: 7,
};

export interface MadeSer {
  readonly width: number;
  readonly height: number;
  readonly type: SerType;
  /** One array for each image, in stored order. */
  readonly images: readonly ArrayLike<number>[];
  /** Places of 8 bytes. */
  readonly long?: boolean;
  /** Images that were asked for. */
  readonly total?: number;
  /** 0x4120: spectra. */
  readonly kind?: number;
  /** Another type of pixels than they have. */
  readonly code?: number;
  /** Side of a pixel, m. */
  readonly delta?: number;
  /** s since 1970. */
  readonly seconds?: number;
  /** Places of the images that lie, by number. */
  readonly lies?: Readonly<Record<number, number>>;
}

/** The whole file: header, one dimension, table of places, images, tags. */
export function madeSer(made: MadeSer): Uint8Array {
  const { width, height, type, images, long = false, total = images.length, kind = 0x4122 } = made;
  const place = long ? 8 : 4;
  const table = 22 + place + 4 + 46;
  const first = table + 2 * total * place;
  const elements = images.map((pixels) => Buffer.concat([elementHeader(made), pixelBytes(pixels, type)]));
  const elementBytes = elements[0]?.length ?? 0;
  const tags = first + elements.length * elementBytes;
  const head = Buffer.alloc(first);
  head.write('II\x97\x01', 'latin1');
  head.writeUInt16LE(long ? 0x220 : 0x210, 4);
  head.writeUInt32LE(kind, 6);
  head.writeUInt32LE(0x4152, 10);
  head.writeUInt32LE(total, 14);
  head.writeUInt32LE(images.length, 18);
  const putPlace = (value: number, at: number): void => {
    if (long) head.writeBigUInt64LE(BigInt(value), at);
    else head.writeUInt32LE(value, at);
  };
  putPlace(table, 22);
  head.writeUInt32LE(1, 22 + place);
  const dimension = 26 + place;
  head.writeUInt32LE(total, dimension);
  head.writeDoubleLE(1, dimension + 12);
  head.writeUInt32LE(6, dimension + 24);
  head.write('Number', dimension + 28, 'latin1');
  for (let i = 0; i < images.length; i++) {
    putPlace(made.lies?.[i] ?? first + i * elementBytes, table + i * place);
    putPlace(tags + 8 * i, table + (total + i) * place);
  }
  const ends = images.map((_, i) => {
    const tag = Buffer.alloc(8);
    tag.writeUInt16LE(0x4152, 0);
    tag.writeUInt32LE((made.seconds ?? 1_456_073_429) + i, 4);
    return tag;
  });
  return Uint8Array.from(Buffer.concat([head, ...elements, ...ends]));

  function elementHeader({ delta = 5e-11, code = TYPES[type] }: MadeSer): Buffer {
    const bytes = Buffer.alloc(50);
    for (const at of [8, 28]) bytes.writeDoubleLE(delta, at);
    bytes.writeUInt16LE(code, 40);
    bytes.writeUInt32LE(width, 42);
    bytes.writeUInt32LE(height, 46);
    return bytes;
  }
}

/** What TIA writes beside its SER files: bytes that nobody knows, and a piece of XML for each. */
export const madeEmi = (...objects: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from('JK\x00\x02\x0b\x00', 'latin1'),
    ...objects.map((xml) => Buffer.from(`\x00\x01<ObjectInfo>${xml}</ObjectInfo>\x00`, 'latin1')),
  ]);
