/**
 * Reads TIFF in the plainest way, slowly, from a whole file in memory: not the reader under test, and nothing of it. What
 * TIFF 6.0 leaves open it does not guess: then it says why it cannot tell.
 */

import { inflateSync } from 'node:zlib';
import { float16 } from './half.ts';

export interface Plain {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** All frames, as stored. */
  readonly pixels: Float64Array;
}

/** This reader has no answer, which says nothing about the file. */
export class CannotTell extends Error {}

/** TIFF 6.0, page 15: bytes of each field type that holds whole numbers. */
const WHOLE: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };

type Fields = ReadonlyMap<number, readonly number[]>;

/** Undoes Zstandard, where there is a package for it. */
export type Unzstd = (packed: Uint8Array) => Uint8Array;

export function readPlainTiff(file: Uint8Array, unzstd: Unzstd): Plain {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const little = bytes[0] === 0x49;
  const number = (at: number, size: number): number => {
    if (at < 0 || at + size > bytes.length) throw new CannotTell(`byte ${at} is not there`);
    if (size === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return little ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  const big = number(2, 2) === 43;
  const [head, step, wide] = big ? [8, 20, 8] : [2, 12, 4];
  const pages: Fields[] = [];
  const seen = new Set<number>();
  for (let at = number(big ? 8 : 4, wide); at !== 0; ) {
    if (seen.has(at)) throw new CannotTell('a loop of directories');
    seen.add(at);
    const fields = new Map<number, readonly number[]>();
    const entries = number(at, head);
    for (let i = 0; i < entries; i++) {
      const entry = at + head + i * step;
      const tag = number(entry, 2);
      const size = WHOLE[number(entry + 2, 2)];
      const count = number(entry + 4, wide);
      if (fields.has(tag)) throw new CannotTell(`tag ${tag} comes twice`);
      if (size === undefined) {
        fields.set(tag, []);
        continue;
      }
      if (count > bytes.length) throw new CannotTell(`tag ${tag} has ${count} values`);
      const place = size * count <= wide ? entry + 4 + wide : number(entry + 4 + wide, wide);
      fields.set(
        tag,
        Array.from({ length: count }, (_, k) => number(place + k * size, size)),
      );
    }
    pages.push(fields);
    at = number(at + head + entries * step, wide);
  }
  const frames = pages.filter((fields) => ((fields.get(254)?.[0] ?? 0) & 0b101) === 0);
  const decoded = frames.map((fields) => readPage(fields, bytes, little, unzstd));
  const [first] = decoded;
  if (!first) throw new CannotTell('no page');
  const { width, height } = first;
  if (decoded.some((page) => page.width !== width || page.height !== height)) throw new CannotTell('pages differ');
  return {
    width,
    height,
    frames: decoded.length,
    pixels: Float64Array.from(decoded.flatMap(({ pixels }) => Array.from(pixels))),
  };
}

/** More pixels than this are not put side by side one by one. */
const MOST_PIXELS = 1 << 20;

function readPage(fields: Fields, bytes: Buffer, little: boolean, unzstd: Unzstd): Omit<Plain, 'frames'> {
  const all = (tag: number): readonly number[] => {
    const values = fields.get(tag);
    if (values?.length === 0) throw new CannotTell(`tag ${tag} is no whole number`);
    return values ?? [];
  };
  const one = (tag: number, otherwise: number): number => all(tag)[0] ?? otherwise;
  const [width, height, bits] = [one(256, 0), one(257, 0), one(258, 1)];
  const [compression, predictor, format] = [one(259, 1), one(317, 1), one(339, 1)];
  if (width * height > MOST_PIXELS) throw new CannotTell(`${width} x ${height} px`);
  if (![4, 8, 16, 32].includes(bits)) throw new CannotTell(`${bits} bits`);
  const size = bits / 8;
  const packed = compression !== 1 && compression !== 32773;
  const tiled = fields.has(322) || fields.has(324);
  const blockWidth = tiled ? one(322, 0) : width;
  const blockHeight = tiled ? one(323, 0) : Math.min(height, one(278, height));
  if (blockWidth < 1 || blockHeight < 1 || blockWidth * blockHeight > 16 * MOST_PIXELS) throw new CannotTell('blocks');
  const offsets = all(tiled ? 324 : 273);
  const counts = all(tiled ? 325 : 279);
  const across = Math.ceil(width / blockWidth);
  const down = Math.ceil(height / blockHeight);

  const pixels = new Float64Array(width * height);
  for (let block = 0; block < across * down; block++) {
    const top = Math.floor(block / across) * blockHeight;
    const left = (block % across) * blockWidth;
    const rows = tiled ? blockHeight : Math.min(blockHeight, height - top);
    const needed = Math.ceil(blockWidth * size) * rows;
    const offset = offsets[block];
    const count = counts[block] ?? (compression === 1 && offsets.length === 1 ? needed : undefined);
    if (offset === undefined || count === undefined) throw new Error(`block ${block} is not in the directory`);
    if (offset + count > bytes.length) throw new Error(`block ${block} ends behind the file`);
    const raw = unpack(compression, bytes.subarray(offset, offset + count), needed, unzstd);
    if (raw.length < needed) throw new Error(`block ${block} has ${raw.length} bytes, expected ${needed}`);
    const samples =
      bits === 4
        ? nibblesOf(raw, blockWidth, rows)
        : packed && predictor === 3
          ? samplesOf(ofPlanes(raw, blockWidth, rows, size), size, blockWidth * rows, true)
          : samplesOf(raw, size, blockWidth * rows, little);
    if (packed && predictor === 2) accumulate(samples, blockWidth, bits);
    for (let row = 0; row < rows && top + row < height; row++) {
      for (let col = 0; col < blockWidth && left + col < width; col++) {
        pixels[(top + row) * width + left + col] = numberIn(samples[row * blockWidth + col]!, bits, format);
      }
    }
  }
  return { width, height, pixels };
}

function samplesOf(raw: Uint8Array, size: number, count: number, little: boolean): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let value = 0;
    for (let k = 0; k < size; k++) value = value * 256 + raw[i * size + (little ? size - 1 - k : k)]!;
    return value;
  });
}

/** TIFF 6.0, section 4: the left pixel in the upper bits; each row begins with a byte. */
function nibblesOf(raw: Uint8Array, width: number, rows: number): Float64Array {
  const rowBytes = Math.ceil(width / 2);
  return Float64Array.from({ length: width * rows }, (_, i) => {
    const [row, col] = [Math.floor(i / width), i % width];
    const byte = raw[row * rowBytes + (col >> 1)]!;
    return col % 2 === 0 ? byte >> 4 : byte & 15;
  });
}

/** Predictor 3: differences of bytes, which stand in planes, the highest of each number first; returns them little-endian. */
function ofPlanes(raw: Uint8Array, width: number, rows: number, size: number): Uint8Array {
  const made = new Uint8Array(width * rows * size);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = 0; at < width * size; at++) {
      sum = (sum + raw[row * width * size + at]!) % 256;
      const [plane, col] = [Math.floor(at / width), at % width];
      made[(row * width + col) * size + size - 1 - plane] = sum;
    }
  }
  return made;
}

/** Predictor 2: each sample is the difference from the one to its left. */
function accumulate(samples: Float64Array, width: number, bits: number): void {
  for (let i = 0; i < samples.length; i++) if (i % width > 0) samples[i] = (samples[i]! + samples[i - 1]!) % 2 ** bits;
}

/** SampleFormat: 1 (and 4) unsigned, 2 signed, 3 floating point. */
function numberIn(sample: number, bits: number, format: number): number {
  if (format === 3) {
    if (bits === 16) return float16(sample);
    if (bits !== 32) throw new CannotTell(`${bits}-bit floating point`);
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, sample);
    return view.getFloat32(0);
  }
  if (format === 2) return sample >= 2 ** (bits - 1) ? sample - 2 ** bits : sample;
  if (format === 1 || format === 4) return sample;
  throw new CannotTell(`sample format ${format}`);
}

/** As many of the bytes as can be decoded. */
function unpack(compression: number, packed: Uint8Array, needed: number, unzstd: Unzstd): Uint8Array {
  switch (compression) {
    case 1:
      return packed;
    case 5:
      return unlzw(packed, needed);
    case 8:
    case 32946:
      try {
        return inflateSync(packed, { finishFlush: 2, maxOutputLength: needed + (1 << 20) });
      } catch (error) {
        throw new CannotTell(`Deflate: ${(error as Error).message}`);
      }
    case 32773:
      return unpackBits(packed, needed);
    case 50000:
      return unzstd(packed);
    default:
      throw new CannotTell(`compression ${compression}`);
  }
}

/** TIFF 6.0, page 42. */
function unpackBits(packed: Uint8Array, needed: number): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < packed.length && out.length < needed; ) {
    const n = (packed[at]! << 24) >> 24;
    at++;
    if (n >= 0) {
      out.push(...packed.subarray(at, at + n + 1));
      at += n + 1;
    } else if (n !== -128) {
      if (at >= packed.length) break;
      for (let k = 0; k < 1 - n; k++) out.push(packed[at]!);
      at++;
    }
  }
  return Uint8Array.from(out);
}

/** TIFF 6.0, page 60. */
function unlzw(packed: Uint8Array, needed: number): Uint8Array {
  const out: number[] = [];
  let table: number[][] = [];
  let previous: number[] | null = null;
  let bit = 0;
  let width = 9;
  const clear = (): void => {
    table = Array.from({ length: 258 }, (_, code) => (code < 256 ? [code] : []));
    width = 9;
    previous = null;
  };
  clear();
  while (bit + width <= 8 * packed.length && out.length < needed) {
    let code = 0;
    for (let k = 0; k < width; k++, bit++) code = code * 2 + ((packed[bit >> 3]! >> (7 - (bit & 7))) & 1);
    if (code === 257) break;
    if (code === 256) {
      clear();
      continue;
    }
    const last: number[] | null = previous;
    let text: number[];
    if (last === null) {
      if (code > 255) break;
      text = table[code]!;
    } else {
      if (code > table.length || (code === table.length && table.length >= 4096)) break;
      text = code < table.length ? table[code]! : [...last, last[0]!];
      if (table.length < 4096) table.push([...last, text[0]!]);
    }
    out.push(...text);
    previous = text;
    width = table.length >= 2047 ? 12 : table.length >= 1023 ? 11 : table.length >= 511 ? 10 : 9;
  }
  return Uint8Array.from(out);
}
