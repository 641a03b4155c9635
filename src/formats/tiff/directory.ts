/**
 * The directories of a TIFF file, found with geotiff and held against the size of the file. What the values mean for an
 * image is left to `tiff-page.ts`.
 *
 * geotiff 3.0.5 is kept away from four things. It loads long arrays as if every file were little-endian and classic
 * (`DeferredArray.loadAll`), it allocates whatever count a damaged entry claims, it forgets the types of values that an
 * output has to copy, and it gives up the whole file for one value that it cannot hold. So every entry is looked at here
 * first, arrays are read here, and geotiff sees only the entries whose values it is asked for.
 */

import { type OpenFile, readFully } from '../../files/input-file.ts';
import { LIMITS } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import { FIELD_TYPES, TAGS, type TiffEntry } from './fields.ts';

export interface TiffDirectory {
  /** As they stand in the file, without those of a field type that TIFF does not know. */
  readonly entries: readonly TiffEntry[];
  /** Tag and field type of these. */
  readonly unknown: ReadonlyMap<number, number>;
  /** The first value of a numeric field, if it is there; of fields that come twice the first counts, as in libtiff. */
  number(tag: number): number | undefined;
}

export interface TiffDirectories {
  readonly littleEndian: boolean;
  readonly directories: readonly TiffDirectory[];
  bytes(entry: TiffEntry): Uint8Array;
  /** All values of a field of unsigned whole numbers, or of RATIONALs (their quotients). */
  numbers(entry: TiffEntry): Float64Array;
}

/** More entries than this are damage: real directories have tens. */
const MOST_ENTRIES = 4096;

/** Longer pieces than this are no directory. */
const LONGEST_PIECE = 64 << 20;

/**
 * Follows the chain of directories to its end.
 * @throws Fault 'format' for a loop, overlapping or damaged directories; 'incomplete' where one lies outside the file
 */
export async function readDirectories(file: OpenFile): Promise<TiffDirectories> {
  // Loaded with the first TIFF: it takes longer than all else that a worker starts with.
  const { GeoTIFF } = await import('geotiff');
  const blocks = new Blocks(file);
  const tiff = await GeoTIFF.fromSource(blocks);
  const { littleEndian, bigTiff } = tiff;
  const directories: TiffDirectory[] = [];
  const visited = new Set<number>();
  // A hostile file can lay directories on top of each other and be tiny all the same; an honest one has room for each.
  let room = 4 * file.size + (1 << 20);
  for (let offset = tiff.firstIFDOffset; offset !== 0; ) {
    if (visited.has(offset)) {
      throw new Fault(
        'format',
        `${file.path}: the directory at byte ${offset} comes twice in a chain; the file is damaged, copy it again`,
      );
    }
    visited.add(offset);
    if (visited.size > LIMITS.frames) {
      throw new Fault(
        'format',
        `${file.path}: found more than ${LIMITS.frames} directories, expected at most that; split the file`,
      );
    }
    const { entries, unknown } = readEntries(blocks, offset, littleEndian, bigTiff);
    room -= entries.reduce((sum, entry) => sum + entry.bytes, entries.length * 20);
    if (room < 0) {
      throw new Fault(
        'format',
        `${file.path}: its directories claim more bytes than the file has; it is damaged, copy it again`,
      );
    }
    const directory = await tiff.parser.parseFileDirectoryAt(offset);
    const seen = new Map<number, TiffEntry[]>();
    for (const entry of entries) seen.set(entry.tag, [...(seen.get(entry.tag) ?? []), entry]);
    directories.push({
      entries,
      unknown,
      number(tag) {
        const [entry, second] = seen.get(tag) ?? [];
        if (!entry || entry.count === 0 || !NUMBERS[entry.type]) return undefined;
        // Values inside the directory are geotiff's; only longer ones are deferred. Of two it keeps the second.
        const shown = entry.count === 1 && !second && SHOWN.has(tag);
        const value: unknown = shown ? directory.getValue(tag as never) : numbersOf(entry, blocks, littleEndian);
        const first = typeof value === 'object' && value !== null ? (value as ArrayLike<unknown>)[0] : value;
        return typeof first === 'number' ? first : undefined;
      },
    });
    offset = directory.nextIFDByteOffset;
  }
  return {
    littleEndian,
    directories,
    bytes: (entry) => blocks.copy(entry.at, entry.bytes),
    numbers: (entry) => numbersOf(entry, blocks, littleEndian),
  };
}

/** The entries that geotiff sees: those that a page is made of. */
const SHOWN = new Set<number>(Object.values(TAGS));

/** Finds where the values of each entry stand, and that they stand inside the file. */
function readEntries(
  blocks: Blocks,
  offset: number,
  littleEndian: boolean,
  bigTiff: boolean,
): Pick<TiffDirectory, 'entries' | 'unknown'> {
  const { path, size } = blocks.file;
  const [head, step, inline] = bigTiff ? [8, 20, 8] : [2, 12, 4];
  const count = bigTiff
    ? Number(blocks.view(offset, 8, 'a directory').getBigUint64(0, littleEndian))
    : blocks.view(offset, 2, 'a directory').getUint16(0, littleEndian);
  if (count > MOST_ENTRIES) {
    throw new Fault(
      'format',
      `${path}: the directory at byte ${offset} claims ${count} entries; the file is damaged, copy it again`,
    );
  }
  const view = blocks.view(offset + head, count * step + inline, 'a directory');
  const hidden: { at: number; bytes: Uint8Array }[] = [];
  const unknown = new Map<number, number>();
  const entries = Array.from({ length: count }, (_, index) => index * step).flatMap((at): TiffEntry[] => {
    const tag = view.getUint16(at, littleEndian);
    const type = view.getUint16(at + 2, littleEndian);
    const known = FIELD_TYPES[type];
    if (!known || !SHOWN.has(tag)) hidden.push({ at: offset + head + at + 2, bytes: oneByte(littleEndian, bigTiff) });
    // TIFF 6.0, section 2: "readers should skip over fields containing an unexpected field type".
    if (!known) {
      unknown.set(tag, type);
      return [];
    }
    const values = bigTiff ? Number(view.getBigUint64(at + 4, littleEndian)) : view.getUint32(at + 4, littleEndian);
    const value = at + step - inline;
    const bytes = values * known.bytes;
    const place = bigTiff ? Number(view.getBigUint64(value, littleEndian)) : view.getUint32(value, littleEndian);
    const start = bytes <= inline ? offset + head + value : place;
    if (start + bytes > size) {
      throw new Fault(
        'incomplete',
        `${path}: tag ${tag} has its ${bytes} bytes at byte ${start}, but the file ends at ${size}; copy it again, or wait until it is written`,
      );
    }
    return [{ tag, type, count: values, at: start, bytes }];
  });
  blocks.show(hidden);
  return { entries, unknown };
}

/** Type and count of an entry that holds one BYTE: what geotiff sees in place of an entry that it must not read. */
function oneByte(littleEndian: boolean, bigTiff: boolean): Uint8Array {
  const bytes = new Uint8Array(bigTiff ? 10 : 6);
  bytes[littleEndian ? 0 : 1] = 1;
  bytes[littleEndian ? 2 : bytes.length - 1] = 1;
  return bytes;
}

/** How each numeric field type is read. */
const NUMBERS: Readonly<Record<number, (view: DataView, at: number, littleEndian: boolean) => number>> = {
  1: (view, at) => view.getUint8(at),
  3: (view, at, little) => view.getUint16(at, little),
  4: (view, at, little) => view.getUint32(at, little),
  5: (view, at, little) => view.getUint32(at, little) / view.getUint32(at + 4, little),
  16: (view, at, little) => Number(view.getBigUint64(at, little)),
};

function numbersOf(entry: TiffEntry, blocks: Blocks, littleEndian: boolean): Float64Array {
  const read = NUMBERS[entry.type];
  if (!read) {
    throw new Fault(
      'format',
      `${blocks.file.path}: tag ${entry.tag} has type ${entry.type}, expected a number; the file is damaged`,
    );
  }
  const view = blocks.view(entry.at, entry.bytes, `tag ${entry.tag}`);
  const step = FIELD_TYPES[entry.type]!.bytes;
  return Float64Array.from({ length: entry.count }, (_, index) => read(view, index * step, littleEndian));
}

/** The open file as geotiff's source: small pieces come from one block that is kept, so that a page costs one read. */
class Blocks {
  readonly file: OpenFile;
  #block = new Uint8Array(0);
  #at = 0;
  /** What geotiff reads in place of the file's own bytes, and where. */
  #instead: { readonly at: number; readonly bytes: Uint8Array }[] = [];

  constructor(file: OpenFile) {
    this.file = file;
  }

  /** A piece of the file in an ArrayBuffer of its own. */
  copy(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (length > LONGEST_PIECE) {
      throw new Fault(
        'format',
        `${this.file.path}: a directory claims ${length} bytes in one field; the file is damaged, copy it again`,
      );
    }
    if (length > 4096) {
      const piece = new Uint8Array(length);
      readFully(this.file, piece, offset);
      return piece;
    }
    if (offset < this.#at || offset + length > this.#at + this.#block.length) {
      this.#block = new Uint8Array(Math.max(0, Math.min(4096, this.file.size - offset)));
      this.#at = offset;
      readFully(this.file, this.#block, offset);
    }
    return this.#block.slice(offset - this.#at, offset - this.#at + length);
  }

  view(offset: number, length: number, what: string): DataView {
    if (offset + length > this.file.size) {
      throw new Fault(
        'incomplete',
        `${this.file.path}: ${what} lies at bytes ${offset} to ${offset + length}, but the file ends at ${this.file.size}; copy it again, or wait until it is written`,
      );
    }
    return new DataView(this.copy(offset, length).buffer);
  }

  /** Until the next call, geotiff reads these bytes in place of the file's own. */
  show(instead: { readonly at: number; readonly bytes: Uint8Array }[]): void {
    this.#instead = instead;
  }

  // What follows is geotiff's BaseSource. It asks for more than there is and expects what there is.
  async fetch(slices: readonly { offset: number; length: number }[]): Promise<ArrayBuffer[]> {
    return slices.map(({ offset, length }) => {
      const piece = this.copy(offset, Math.max(0, Math.min(length, this.file.size - offset)));
      for (const { at, bytes } of this.#instead) {
        if (at >= offset && at + bytes.length <= offset + piece.length) piece.set(bytes, at - offset);
      }
      return piece.buffer;
    });
  }

  async fetchSlice(slice: {
    offset: number;
    length: number;
  }): Promise<{ offset: number; length: number; data: ArrayBuffer }> {
    return { ...slice, data: (await this.fetch([slice]))[0]! };
  }

  get fileSize(): number {
    return this.file.size;
  }

  async close(): Promise<void> {}
}
