/**
 * TIFF and BigTIFF as cameras, SerialEM, ImageJ and libtiff write them. This file knows which pages make an exposure;
 * directories, pages, pixels and writing have files of their own.
 */

import { type OpenFile, readFully } from '../../files/input-file.ts';
import { type Exposure, LIMITS, PIXELS } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import { type Choice, type FourBit, LARGEST, type Source, type WritableFormat } from '../format.ts';
import { halvedSide, type Packing, saysPacked, unpacked } from '../packed-nibbles.ts';
import { carriedFields } from './carried.ts';
import { DECODERS } from './decoders.ts';
import { linesOf, textsOf, withoutOutdated } from './description.ts';
import { readDirectories } from './directory.ts';
import { TAGS } from './fields.ts';
import { framesOf } from './frames.ts';
import { calibrationNote, imageJProperties, saysSigned } from './imagej.ts';
import { checkLayout } from './layout.ts';
import { metadataOf, TEM_DATA } from './metadata.ts';
import { isFrame, readPage, type TiffPage } from './page.ts';
import { pixelSize } from './pixel-size.ts';
import { tiffSink } from './sink.ts';
import { tiffSource } from './source.ts';

export const tiff: WritableFormat = {
  name: 'tiff',
  titles: ['TIFF'],
  extensions: ['.tif', '.tiff'],
  firstRow: 'top',
  maskBits: 1,
  recognises: (head) => SIGNATURES.some((bytes) => bytes.every((byte, index) => head[index] === byte)),
  open: (file, choice = LARGEST) => damageNamed(file, () => open(file, choice)),
  description: (file) => damageNamed(file, () => descriptionOf(file)),
  create: tiffSink,
};

/**
 * geotiff's own errors (RangeError, TypeError ...) all come from bytes that are no directory. Their words are for programmers,
 * and stay in the cause.
 */
async function damageNamed<T>(file: OpenFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      'format',
      `${file.path}: found no TIFF directory that can be read, expected one; the file is damaged, copy it again`,
      { cause: error },
    );
  }
}

async function descriptionOf(file: OpenFile): Promise<string[]> {
  const { directories, littleEndian, bytes } = await readDirectories(file);
  const { fields } = carriedFields(
    directories.slice(0, 1).map(({ entries }) => entries),
    littleEndian,
    bytes,
  );
  return linesOf(fields[0] ?? []);
}

/** 'II' or 'MM', then 42 (classic) or 43 (BigTIFF) in that byte order. */
const SIGNATURES = [
  [0x49, 0x49, 42, 0],
  [0x49, 0x49, 43, 0],
  [0x4d, 0x4d, 0, 42],
  [0x4d, 0x4d, 0, 43],
];

async function open(file: OpenFile, { fourBit }: Choice): Promise<Source> {
  const directories = await readDirectories(file);
  // Also of pages that seem to be no frames: that is said by a layout field.
  for (const directory of directories.directories) checkLayout(directory, file.path);
  const images = directories.directories.filter(isFrame);
  const first = images[0];
  if (!first) {
    throw new Fault(
      'format',
      `${file.path}: found ${directories.directories.length} pages, none of them an image (thumbnails and masks are no frames); leave it out with --exclude`,
    );
  }
  const layouts = images.map((directory) => readPage(directory, directories, file));
  const { fields, notes } = carriedFields(
    images.map(({ entries }) => entries),
    directories.littleEndian,
    directories.bytes,
  );
  const description = linesOf(fields[0]!);
  const imageJ = imageJProperties(description);
  // Frames behind one directory share its fields; the first of them carries these.
  const alone = images.length === 1;
  const frames = layouts.flatMap((layout, index) => {
    const behind = framesOf(images[index]!, layout, textsOf(fields[index]!), alone, file);
    return behind.map((page, nth) => ({ page, fields: nth === 0 ? fields[index]! : [] }));
  });
  const shifted = imageJ !== null && saysSigned(imageJ) && layouts.every(({ type }) => type === 'uint16');
  const pages = frames.map(({ page }) => (shifted ? { ...page, type: 'int16' as const, shifted } : page));
  const outdated = { shifted, truncated: frames.length > images.length };
  refuseTooMany(pages, file);
  refuseMixed(pages, file);
  const packing = packingOf(pages[0]!, description, fourBit, file);
  for (const compression of new Set(pages.map((page) => page.compression))) await DECODERS[compression]!.load?.();
  refuseOldLzw(pages[0]!, file);

  if (images.some((image) => image.number(TAGS.Photometric) === 0))
    notes.push('TIFF says that 0 is white: the counts are kept as they are, and written as 0 is black');
  if (imageJ && !shifted) notes.push(...calibrationNote(imageJ));
  const { width, height, type } = pages[0]!;
  const tem = first.entries.some(({ tag }) => tag === TEM_DATA)
    ? (await import('./tem-data.ts')).temData(file, first, directories)
    : undefined;
  const size = tem?.pixelSize ?? pixelSize(first, fields[0]!, directories);
  const known = size === undefined ? {} : { pixelSize: size };
  const metadata = metadataOf(fields[0]!, size, tem);
  const exposure: Exposure = {
    format: 'tiff',
    firstRow: 'top',
    width,
    height,
    frames: pages.length,
    type,
    notes,
    ...known,
    ...(metadata && { metadata }),
  };
  const tiffFields = frames.map((frame) => frame.fields.map((field) => withoutOutdated(field, outdated)));
  const carried = { description: linesOf(tiffFields[0]!), tiff: tiffFields, ...known };
  const source = tiffSource({ file, exposure, carried, littleEndian: directories.littleEndian, pages });
  return packing ? unpacked(source, packing, file.path) : source;
}

function refuseTooMany(pages: readonly TiffPage[], file: OpenFile): void {
  if (pages.length <= LIMITS.frames) return;
  throw new Fault(
    'format',
    `${file.path}: found ${pages.length} images, expected at most ${LIMITS.frames}; split the file`,
  );
}

/**
 * How two 4-bit pixels stand in a byte, where they do: true 4-bit TIFF says so; SerialEM's frames are 8-bit images of half
 * the width, known by their description or their size.
 */
function packingOf(
  { width, height, type, packing }: TiffPage,
  description: readonly string[],
  fourBit: FourBit,
  file: OpenFile,
): Packing | null {
  if (packing !== null) return packing;
  if (fourBit === 'never' || PIXELS[type].bytes !== 1) return null;
  const halved = type === 'uint8' ? halvedSide(width, height) : null;
  if (fourBit === 'always' || halved === 'width' || (type === 'uint8' && saysPacked(description)))
    return { width: 2 * width, highFirst: false };
  if (halved === null) return null;
  throw new Fault(
    'unsupported',
    `${file.path}: found ${width} x ${height} px of 8 bits, the size of K2 and K3 super-resolution frames with two 4-bit pixels in a byte, turned: programs differ in how they read it; give --four-bit always if its rows are packed, never if its pixels do have 8 bits`,
  );
}

function refuseMixed(pages: readonly TiffPage[], file: OpenFile): void {
  const kind = (page: TiffPage): string => `${page.packing?.width ?? page.width} x ${page.height} px ${page.type}`;
  const expected = kind(pages[0]!);
  pages.forEach((page, index) => {
    if (kind(page) === expected) return;
    throw new Fault(
      'unsupported',
      `${file.path}: found page ${index + 1} of ${kind(page)}, expected ${expected} as on page 1; split the file with tiffsplit`,
    );
  });
}

/** Before TIFF 6.0, LZW was written from the least significant bit on; its first code, 256, then begins with a zero byte. */
function refuseOldLzw(page: TiffPage, file: OpenFile): void {
  if (page.compression !== 5 || page.counts[0]! < 2) return;
  const start = new Uint8Array(2);
  readFully(file, start, page.offsets[0]!);
  if (start[0] === 0 && (start[1]! & 1) === 1) {
    throw new Fault(
      'unsupported',
      `${file.path}: found LZW of the kind before TIFF 6.0, expected that of TIFF 6.0; convert it with tiffcp -c lzw`,
    );
  }
}
