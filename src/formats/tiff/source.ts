/** The pixels of an open TIFF file: strips and tiles of any compression become packed little-endian rows. */

import { type OpenFile, readFully } from '../../files/input-file.ts';
import type { Arena } from '../../kernels/arena.ts';
import { type Exposure, PIXELS } from '../../model/exposure.ts';
import type { Carried, Source } from '../format.ts';
import { DECODERS } from './decoders.ts';
import { TiffInput } from './input.ts';
import { blockBytes, isOneStretch, type TiffPage } from './page.ts';
import { StretchReader } from './stretch.ts';

/** A file whose directories are read. All pages have the geometry, type and layout kind of the first. */
export interface TiffFile {
  readonly file: OpenFile;
  readonly exposure: Exposure;
  readonly carried: Carried;
  readonly littleEndian: boolean;
  readonly pages: readonly TiffPage[];
}

/** What all readers of a file share. */
interface Reading {
  readonly tiff: TiffFile;
  readonly arena: Arena;
  /** Room for a row, where a predictor needs it. */
  readonly scratch: number;
}

/** Puts rows of a page at an address, still in the file's byte order and as differences where they are. */
type ReadRows = (page: TiffPage, row: number, rows: number, address: number) => Promise<void> | void;

export function tiffSource(tiff: TiffFile): Source {
  const { exposure, carried, pages } = tiff;
  let readRows: Map<TiffPage, ReadRows>;
  return {
    exposure,
    carried,
    prepare(arena) {
      readRows = readersOf(tiff, arena);
    },
    read(frame, row, rows, address) {
      const page = pages[frame]!;
      return readRows.get(page)!(page, row, rows, address);
    },
    get position() {
      if (!tiff.littleEndian || !pages.every((page) => isOneStretch(page) && !page.shifted)) return undefined;
      return (frame: number, row: number) => pages[frame]!.offsets[0]! + row * rowBytesOf(pages[frame]!);
    },
  };
}

const rowBytesOf = ({ width, type }: TiffPage): number => width * PIXELS[type].bytes;

/** One reader for each way in which pages are stored; in nearly every file there is one. */
function readersOf(tiff: TiffFile, arena: Arena): Map<TiffPage, ReadRows> {
  const longest = Math.max(
    ...tiff.pages.map((page) => Math.max(page.width, page.blockWidth) * PIXELS[page.type].bytes),
  );
  const scratch = tiff.pages.some(({ predictor }) => predictor === 3) ? arena.take(longest + 64) : 0;
  const reading = { tiff, arena, scratch };
  const shared = new Map<string, ReadRows>();
  let input: TiffInput | undefined;
  return new Map(
    tiff.pages.map((page) => {
      const kind = `${page.compression} ${page.tiled} ${page.predictor} ${page.blockWidth} ${page.blockHeight}`;
      let reader = shared.get(kind);
      if (!reader) {
        if (page.compression === 1 && !page.tiled) {
          reader = plainStrips(reading);
        } else {
          input ??= new TiffInput(tiff.file, arena);
          const stretches = new StretchReader(tiff.file.path, arena, DECODERS[page.compression]!.open(input));
          reader = page.tiled ? tiles(reading, page, stretches) : packedStrips(reading, stretches);
        }
        shared.set(kind, reader);
      }
      return [page, reader];
    }),
  );
}

/** Strips that stand behind one another in the file are one read, straight to where the rows are wanted. */
function plainStrips(reading: Reading): ReadRows {
  const { tiff, arena } = reading;
  return (page, row, rows, address) => {
    const rowBytes = rowBytesOf(page);
    const end = row + rows;
    let to = address;
    for (let at = row; at < end; ) {
      const strip = Math.floor(at / page.blockHeight);
      const position = page.offsets[strip]! + (at - strip * page.blockHeight) * rowBytes;
      let last = strip;
      while (
        (last + 1) * page.blockHeight < end &&
        page.offsets[last + 1] === page.offsets[last]! + page.blockHeight * rowBytes
      )
        last++;
      const upTo = Math.min((last + 1) * page.blockHeight, end);
      const bytes = (upTo - at) * rowBytes;
      readFully(tiff.file, arena.bytes(to, bytes), position);
      to += bytes;
      at = upTo;
    }
    restore(reading, page, address, page.width, rows);
  };
}

function packedStrips(reading: Reading, stretches: StretchReader): ReadRows {
  return async (page, row, rows, address) => {
    const rowBytes = rowBytesOf(page);
    const end = row + rows;
    for (let at = row; at < end; ) {
      const strip = Math.floor(at / page.blockHeight);
      const first = strip * page.blockHeight;
      const upTo = Math.min(first + page.blockHeight, end);
      const stretch = { offset: page.offsets[strip]!, bytes: page.counts[strip]!, decoded: blockBytes(page, strip) };
      await stretches.read(stretch, (at - first) * rowBytes, (upTo - at) * rowBytes, address + (at - row) * rowBytes);
      at = upTo;
    }
    restore(reading, page, address, page.width, rows);
  };
}

/** A row of tiles is put together once and kept until another is wanted. */
function tiles(reading: Reading, layout: TiffPage, stretches: StretchReader): ReadRows {
  const { arena } = reading;
  const pixel = PIXELS[layout.type].bytes;
  const { blockWidth, blockHeight } = layout;
  const tileBytes = blockWidth * blockHeight * pixel;
  const rowBytes = layout.width * pixel;
  const across = Math.ceil(layout.width / blockWidth);
  const tile = arena.take(tileBytes);
  const line = arena.take(rowBytes * blockHeight);
  let held: { page: TiffPage; tileRow: number } | undefined;

  const hold = async (page: TiffPage, tileRow: number): Promise<void> => {
    if (held?.page === page && held.tileRow === tileRow) return;
    held = undefined;
    const rows = Math.min(blockHeight, page.height - tileRow * blockHeight);
    const from = arena.bytes(tile, tileBytes);
    const into = arena.bytes(line, rowBytes * blockHeight);
    for (let col = 0; col < across; col++) {
      const index = tileRow * across + col;
      const stretch = { offset: page.offsets[index]!, bytes: page.counts[index]!, decoded: tileBytes };
      await stretches.read(stretch, 0, tileBytes, tile);
      restore(reading, page, tile, blockWidth, rows);
      const left = col * blockWidth * pixel;
      const bytes = Math.min(blockWidth * pixel, rowBytes - left);
      for (let row = 0; row < rows; row++) {
        const start = row * blockWidth * pixel;
        into.set(from.subarray(start, start + bytes), row * rowBytes + left);
      }
    }
    held = { page, tileRow };
  };

  return async (page, row, rows, address) => {
    const end = row + rows;
    for (let at = row; at < end; ) {
      const tileRow = Math.floor(at / blockHeight);
      await hold(page, tileRow);
      const upTo = Math.min((tileRow + 1) * blockHeight, end);
      const bytes = (upTo - at) * rowBytes;
      const part = arena.bytes(line + (at - tileRow * blockHeight) * rowBytes, bytes);
      arena.bytes(address + (at - row) * rowBytes, bytes).set(part);
      at = upTo;
    }
  };
}

/** Byte order first, then the sums of the differences: the writer took the differences of numbers, not of bytes. */
function restore(
  { tiff, arena, scratch }: Reading,
  page: TiffPage,
  address: number,
  width: number,
  rows: number,
): void {
  const { kernels } = arena;
  const { bytes } = PIXELS[page.type];
  if (page.predictor === 3) {
    kernels.undoFloatPredictor(address, width, rows, bytes, scratch);
    return;
  }
  if (!tiff.littleEndian && bytes === 2) kernels.swap16(address, width * rows);
  if (!tiff.littleEndian && bytes === 4) kernels.swap32(address, width * rows);
  if (page.predictor === 2) {
    if (bytes === 1) kernels.undoPredictor8(address, width, rows);
    if (bytes === 2) kernels.undoPredictor16(address, width, rows);
    if (bytes === 4) kernels.undoPredictor32(address, width, rows);
  }
  if (page.shifted) shiftBack(arena.bytes(address, width * rows * bytes));
}

/** Takes 32 768 from little-endian 16-bit counts: what was unsigned is signed then. */
function shiftBack(counts: Uint8Array): void {
  for (let high = 1; high < counts.length; high += 2) counts[high]! ^= 0x80;
}
