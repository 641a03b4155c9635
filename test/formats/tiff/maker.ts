/** Makes TIFF files field by field, in any byte order, classic or big, right or wrong. */

/** Tag, field type, values; a RATIONAL takes two values, bytes stand as they are. `count` claims another number of values than there are. */
export interface MadeField {
  readonly tag: number;
  readonly type: number;
  readonly values: readonly number[] | string | Uint8Array;
  readonly count?: number;
}

export interface MadePage {
  readonly fields: readonly MadeField[];
  /** Strips or tiles, put behind one another; their offsets and counts become fields unless those are given. */
  readonly blocks: readonly Uint8Array[];
  readonly tiled?: boolean;
}

export interface Layout {
  readonly big?: boolean;
  readonly bigEndian?: boolean;
  /** Offset of the directory that follows the last one; by default 0: none. */
  readonly last?: number | 'first';
}

const BYTES: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 4,
  6: 1,
  7: 1,
  9: 4,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  99: 1,
};

/** The fields of a plain grey page, which `others` replace by tag. */
export function grey(width: number, height: number, bits: number, others: readonly MadeField[] = []): MadeField[] {
  const fields: MadeField[] = [
    { tag: 256, type: 4, values: [width] },
    { tag: 257, type: 4, values: [height] },
    { tag: 258, type: 3, values: [bits] },
    { tag: 259, type: 3, values: [1] },
    { tag: 262, type: 3, values: [1] },
    { tag: 277, type: 3, values: [1] },
    { tag: 278, type: 4, values: [height] },
  ];
  const given = new Set(others.map(({ tag }) => tag));
  return [...fields.filter(({ tag }) => !given.has(tag)), ...others];
}

export function makeTiff(pages: readonly MadePage[], layout: Layout = {}): Buffer {
  const { big = false, bigEndian = false, last = 0 } = layout;
  const inline = big ? 8 : 4;
  const pieces: Buffer[] = [];
  let end = 0;
  const add = (piece: Uint8Array): number => {
    const at = end + (end % 2);
    pieces.push(Buffer.alloc(at - end), Buffer.from(piece));
    end = at + piece.length;
    return at;
  };
  const numbers = (values: readonly number[], bytes: number): Buffer => {
    const view = Buffer.alloc(values.length * bytes);
    values.forEach((value, index) => {
      const at = index * bytes;
      if (bytes === 1) view.writeUInt8(value, at);
      else if (bytes === 2) bigEndian ? view.writeUInt16BE(value, at) : view.writeUInt16LE(value, at);
      else if (bytes === 4) bigEndian ? view.writeUInt32BE(value, at) : view.writeUInt32LE(value, at);
      else bigEndian ? view.writeBigUInt64BE(BigInt(value), at) : view.writeBigUInt64LE(BigInt(value), at);
    });
    return view;
  };
  const doubles = (values: readonly number[]): Buffer => {
    const view = Buffer.alloc(values.length * 8);
    values.forEach((value, index) => {
      if (bigEndian) view.writeDoubleBE(value, index * 8);
      else view.writeDoubleLE(value, index * 8);
    });
    return view;
  };
  const offset = (value: number): Buffer => numbers([value], inline);

  const start = Buffer.concat([Buffer.from(bigEndian ? 'MM' : 'II'), numbers(big ? [43, 8, 0] : [42], 2), offset(0)]);
  add(start);
  const links: { at: number; directory: number }[] = [];
  for (const { fields, blocks, tiled = false } of pages) {
    const places = blocks.map(add);
    const all = [...fields];
    const place: MadeField = { tag: tiled ? 324 : 273, type: big ? 16 : 4, values: places };
    const count: MadeField = {
      tag: tiled ? 325 : 279,
      type: big ? 16 : 4,
      values: blocks.map((block) => block.length),
    };
    for (const field of [place, count]) if (!all.some(({ tag }) => tag === field.tag)) all.push(field);
    all.sort((a, b) => a.tag - b.tag);
    const entries = all.map(({ tag, type, values, count: claimed }) => {
      const bytes =
        typeof values === 'string'
          ? Buffer.from(`${values}\0`)
          : values instanceof Uint8Array
            ? Buffer.from(values)
            : type === 12
              ? doubles(values)
              : numbers(values, BYTES[type]!);
      const n = claimed ?? bytes.length / (type === 5 ? 8 : (BYTES[type] ?? 1));
      const value =
        bytes.length <= inline ? Buffer.concat([bytes, Buffer.alloc(inline - bytes.length)]) : offset(add(bytes));
      return Buffer.concat([numbers([tag, type], 2), numbers([n], inline), value]);
    });
    const directory = add(Buffer.concat([numbers([entries.length], big ? 8 : 2), ...entries, offset(0)]));
    links.push({ at: end - inline, directory });
  }
  const file = Buffer.concat(pieces);
  file.set(offset(links[0]?.directory ?? 0), big ? 8 : 4);
  links.forEach(({ at }, index) => {
    const next = links[index + 1]?.directory ?? (last === 'first' ? links[0]!.directory : last);
    file.set(offset(next), at);
  });
  return file;
}
