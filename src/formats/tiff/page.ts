/** One page of a TIFF file: its directory made into a layout, refused by name where it is no exposure. */

import type { OpenFile } from '../../files/input-file.ts';
import { LIMITS, PIXELS, type PixelType } from '../../model/exposure.ts';
import { Fault, type FaultKind } from '../../model/outcome.ts';
import { type Packing, packedBytes } from '../packed-nibbles.ts';
import { DECODERS } from './decoders.ts';
import type { TiffDirectories, TiffDirectory } from './directory.ts';
import { TAGS } from './fields.ts';
import { sampleType } from './samples.ts';

/** How the pixels of a page stand in the file. A block is a strip (as wide as the image) or a tile, px. */
export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly type: PixelType;
  readonly compression: number;
  /** Samples are stored as differences along the row (2), or so are their bytes (3): see `Predictor`. */
  readonly predictor: 1 | 2 | 3;
  /** Of 4-bit pixels, how many a row has: `width`, `blockWidth` and `type` are those of its bytes then. */
  readonly packing: Packing | null;
  /** Signed counts are stored as unsigned ones, 32 768 higher. */
  readonly shifted: boolean;
  readonly tiled: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Of each block, row by row: first byte and number of bytes in the file. */
  readonly offsets: Float64Array;
  readonly counts: Float64Array;
}

const PHOTOMETRICS: Readonly<Record<number, string>> = {
  2: 'RGB',
  3: 'a palette of colours',
  4: 'a transparency mask',
  5: 'CMYK',
  6: 'YCbCr',
  8: 'CIE L*a*b*',
  32803: 'a colour filter array',
};

const TIFFCP = 'convert it with tiffcp -c lzw';
const IMAGEJ = 'open it in ImageJ (with Bio-Formats) and save it as TIFF';
const EER =
  'it holds counted electrons, which RELION, MotionCor or cryoSPARC correct with its .gain; to correct it here all the same, convert it: relion_convert_to_tiff --eer_grouping N';

/** Name, and the way out. */
const OTHER_COMPRESSIONS: Readonly<Record<number, readonly [name: string, way: string]>> = {
  2: ['CCITT RLE', TIFFCP],
  3: ['CCITT fax 3', TIFFCP],
  4: ['CCITT fax 4', TIFFCP],
  6: ['old JPEG', IMAGEJ],
  7: ['JPEG', TIFFCP],
  33003: ['JPEG 2000', IMAGEJ],
  33004: ['JPEG 2000', IMAGEJ],
  33005: ['JPEG 2000', IMAGEJ],
  34712: ['JPEG 2000', IMAGEJ],
  34887: ['LERC', TIFFCP],
  34892: ['lossy JPEG', IMAGEJ],
  34925: ['LZMA', TIFFCP],
  50001: ['WebP', TIFFCP],
  50002: ['JPEG XL', IMAGEJ],
  65000: ['EER', EER],
  65001: ['EER', EER],
  65002: ['EER', EER],
};

/** A tile, and a row of tiles, is held in memory whole. */
const LARGEST = { tile: 32 << 20, tileRow: 256 << 20 } as const;

/** Any of these makes a page one of tiles. */
const TILE_TAGS = [TAGS.TileWidth, TAGS.TileLength, TAGS.TileOffsets, TAGS.TileByteCounts];

/** Whether a page is a frame; thumbnails and masks are not. SubfileType, the field of before TIFF 6.0, has 2 for thumbnails. */
export function isFrame({ number }: TiffDirectory): boolean {
  return ((number(TAGS.NewSubfileType) ?? 0) & 0b101) === 0 && number(TAGS.SubfileType) !== 2;
}

/**
 * The image of a directory whose layout was checked; of a volume its first slice, with the blocks of all slices behind one another.
 * @throws Fault 'unsupported', 'format', 'incomplete'
 */
export function readPage(directory: TiffDirectory, tiff: TiffDirectories, file: OpenFile): TiffPage {
  const fail = (kind: FaultKind, text: string): Fault => new Fault(kind, `${file.path}: ${text}`);
  const refuse = (found: string, expected: string, way: string): Fault =>
    fail('unsupported', `found ${found}, expected ${expected}; ${way}`);
  const { number } = directory;

  const columns = number(TAGS.ImageWidth) ?? 0;
  const height = number(TAGS.ImageLength) ?? 0;
  if (columns < 1 || height < 1 || columns > LIMITS.width || columns * height > LIMITS.pixels) {
    throw fail(
      'format',
      `claims ${columns} x ${height} px, expected 1 to ${LIMITS.width} px a row and at most 2^31 px; the file is damaged, or crop it`,
    );
  }

  const compression = number(TAGS.Compression) ?? 1;
  const decoder = DECODERS[compression];
  if (!decoder) {
    const [name, way] = OTHER_COMPRESSIONS[compression] ?? ['unknown', TIFFCP];
    throw refuse(`compression ${compression} (${name})`, 'none, LZW, Deflate, PackBits or Zstandard', way);
  }

  const samples = number(TAGS.SamplesPerPixel) ?? 1;
  const photometric = number(TAGS.Photometric) ?? 1;
  if (samples !== 1 || photometric > 1) {
    const planes = number(TAGS.PlanarConfiguration) === 2 ? ', in separate planes' : '';
    const colour =
      PHOTOMETRICS[photometric] ?? (photometric > 1 ? `photometric interpretation ${photometric}` : 'grey');
    throw refuse(
      `${samples} samples per pixel (${colour}${planes})`,
      'one grey sample per pixel',
      'convert it to grey, or leave it out with --exclude',
    );
  }

  const type = sampleType(directory, file.path);
  const predictor = decoder.predicts ? (number(TAGS.Predictor) ?? 1) : 1;
  const four = number(TAGS.BitsPerSample) === 4;
  const floats = type === 'float32' || type === 'float16';
  if (predictor !== 1 && !(predictor === 2 && !four) && !(predictor === 3 && floats)) {
    throw refuse(
      `predictor ${predictor}${predictor === 3 ? ' (floating point)' : ''}${four ? ' of 4-bit pixels' : ''}`,
      'none, 2 (differences), or 3 of floating point',
      'convert it with tiffcp -c lzw',
    );
  }

  // 0 is no orientation of TIFF 6.0; libtiff and others take it for 1.
  const orientation = number(TAGS.Orientation) || 1;
  if (orientation !== 1) {
    throw refuse(
      `orientation ${orientation}`,
      '1 (first row on top, first column left)',
      'turn the picture and store it with orientation 1',
    );
  }
  if (number(TAGS.GelFile) === 2) {
    throw refuse(
      'square roots of counts (a GEL file)',
      'counts',
      'square it with the program that made it, or leave it out with --exclude',
    );
  }
  const fillOrder = number(TAGS.FillOrder) ?? 1;
  if (fillOrder !== 1) {
    throw refuse(
      `fill order ${fillOrder} (2: the lowest bit of every byte first)`,
      'fill order 1',
      'convert it with tiffcp -f msb2lsb',
    );
  }

  // Where the blocks are.
  const has = (tag: number): boolean => directory.entries.some((entry) => entry.tag === tag);
  const tiled = TILE_TAGS.some(has);
  // Some writers list tiles in the fields of strips, where libtiff looks for them too.
  const listed = (tiles: number, strips: number): number => (tiled && has(tiles) ? tiles : strips);
  const packing = four ? { width: columns, highFirst: true } : null;
  const width = four ? packedBytes(columns) : columns;
  const tileWidth = number(TAGS.TileWidth) ?? 0;
  const blockWidth = tiled ? (four ? packedBytes(tileWidth) : tileWidth) : width;
  const blockHeight = tiled ? (number(TAGS.TileLength) ?? 0) : Math.min(number(TAGS.RowsPerStrip) ?? height, height);
  if (blockWidth < 1 || blockHeight < 1)
    throw fail(
      'format',
      `has ${tiled ? 'tiles' : 'strips'} of ${blockWidth} x ${blockHeight} px; the file is damaged, copy it again`,
    );
  const tileDepth = number(TAGS.TileDepth) ?? 1;
  if (tiled && tileDepth !== 1) {
    throw refuse(`tiles of ${tileDepth} slices`, 'tiles of one', 'open it in ImageJ and save it as TIFF');
  }
  const pixel = PIXELS[type].bytes;
  if (tiled && (blockWidth * blockHeight * pixel > LARGEST.tile || width * blockHeight * pixel > LARGEST.tileRow)) {
    throw refuse(
      `tiles of ${blockWidth} x ${blockHeight} px`,
      `tiles of at most ${LARGEST.tile >> 20} MB`,
      'convert it with tiffcp -t -w 512 -l 512',
    );
  }
  const list = (tag: number): Float64Array | undefined => {
    const entry = directory.entries.find((one) => one.tag === tag);
    return entry && tiff.numbers(entry);
  };
  const offsets = list(listed(TAGS.TileOffsets, TAGS.StripOffsets)) ?? new Float64Array();
  const counts =
    list(listed(TAGS.TileByteCounts, TAGS.StripByteCounts)) ??
    // Programs of the eighties left the count of a single plain strip away.
    (compression === 1 && !tiled && offsets.length === 1
      ? Float64Array.of(width * height * pixel)
      : new Float64Array());

  const page: TiffPage = {
    width,
    height,
    type,
    compression,
    predictor,
    packing,
    shifted: false,
    tiled,
    blockWidth,
    blockHeight,
    offsets,
    counts,
  };
  checkComplete(page, file);
  return page;
}

/**
 * Every block lies inside the file, and there are enough of them.
 * @throws Fault 'incomplete'
 */
export function checkComplete(page: TiffPage, file: OpenFile): void {
  const { width, height, blockWidth, blockHeight, offsets, counts } = page;
  const noun = page.tiled ? 'tile' : 'strip';
  const across = Math.ceil(width / blockWidth);
  const needed = across * Math.ceil(height / blockHeight);
  const incomplete = (text: string): Fault =>
    new Fault('incomplete', `${file.path}: ${text}; copy it again, or wait until it is written`);
  const found = Math.min(offsets.length, counts.length);
  if (found < needed) throw incomplete(`found ${found} ${noun}s, expected ${needed} for ${width} x ${height} px`);
  for (let index = 0; index < needed; index++) {
    const offset = offsets[index]!;
    const count = counts[index]!;
    if (offset === 0 || count === 0)
      throw incomplete(`${noun} ${index + 1} of ${needed} is not written (offset ${offset}, ${count} bytes)`);
    if (!(offset + count <= file.size)) {
      throw incomplete(
        `${noun} ${index + 1} of ${needed} ends at byte ${offset + count}, but the file has ${file.size}`,
      );
    }
    const plain = blockBytes(page, Math.floor(index / across));
    if (page.compression === 1 && count < plain) {
      throw incomplete(`${noun} ${index + 1} of ${needed} has ${count} bytes, expected ${plain}`);
    }
  }
}

/** Decoded bytes of a block in block row `blockRow`: the last strip may be short, tiles never are. */
export function blockBytes(page: TiffPage, blockRow: number): number {
  const rows = page.tiled ? page.blockHeight : Math.min(page.blockHeight, page.height - blockRow * page.blockHeight);
  return page.blockWidth * rows * PIXELS[page.type].bytes;
}

/** Whether all rows of a page stand behind one another, as they are but for the byte order. */
export function isOneStretch(page: TiffPage): boolean {
  if (page.compression !== 1 || page.tiled || page.predictor !== 1) return false;
  const stripBytes = page.blockHeight * page.width * PIXELS[page.type].bytes;
  return page.offsets.every((offset, strip) => offset === page.offsets[0]! + strip * stripBytes);
}
