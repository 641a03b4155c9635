/**
 * ImageJ's block of metadata (tag 50839: labels, Info, overlays ...), whose numbers and UTF-16 texts have the byte order of
 * the file. Laid out in ij/io/TiffEncoder.java: "IJIJ", then for each kind of item its name and how many there are, then
 * the items; tag 50838 has the bytes of this header and of each item.
 */

import { FIELD_TYPES, type TiffField } from './fields.ts';

const [BYTE_COUNTS, METADATA] = [50_838, 50_839];

/** Bytes that a byte order turns over together in the items of each kind; ROIs and overlays are big-endian always. */
const WORDS: Readonly<Record<string, 1 | 2 | 8>> = {
  info: 2,
  labl: 2,
  prop: 2,
  rang: 8,
  luts: 1,
  plot: 1,
  'roi ': 1,
  over: 1,
};

/** The fields of a page of a big-endian file with this block turned to little-endian; without it where it is of another shape. */
export function swapImageJ(fields: readonly TiffField[]): TiffField[] {
  const block = fields.find(({ tag }) => tag === METADATA);
  const counts = fields.find(({ tag }) => tag === BYTE_COUNTS);
  if (!block) return [...fields];
  const bytes = counts && swapped(Buffer.from(block.bytes), countsOf(counts));
  if (!bytes) return fields.filter(({ tag }) => tag !== METADATA && tag !== BYTE_COUNTS);
  return fields.map((field) => (field === block ? { ...field, bytes } : field));
}

/** Little-endian values of a SHORT or LONG field. */
function countsOf({ type, count, bytes }: TiffField): number[] {
  const view = Buffer.from(bytes);
  const step = FIELD_TYPES[type]!.bytes;
  return step > 4 ? [] : Array.from({ length: count }, (_, index) => view.readUIntLE(index * step, step));
}

/** Null where the block is not laid out as ImageJ does. */
function swapped(block: Buffer, counts: readonly number[]): Buffer | null {
  const [header = 0, ...items] = counts;
  if (block.toString('latin1', 0, 4) !== 'IJIJ' || header < 12 || header % 8 !== 4 || header > block.length)
    return null;
  const words: number[] = [];
  for (let at = 4; at < header; at += 8) {
    const word = WORDS[block.toString('latin1', at, at + 4)];
    const count = block.readUInt32BE(at + 4);
    if (!word || count > items.length - words.length) return null;
    for (let item = 0; item < count; item++) words.push(word);
  }
  if (words.length !== items.length || items.reduce((sum, bytes) => sum + bytes, header) !== block.length) return null;
  if (words.some((word, item) => items[item]! % word !== 0)) return null;
  block.subarray(0, header).swap32();
  let at = header;
  for (const [item, word] of words.entries()) {
    const part = block.subarray(at, at + items[item]!);
    if (word === 2) part.swap16();
    if (word === 8) part.swap64();
    at += items[item]!;
  }
  return block;
}
