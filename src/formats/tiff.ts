/**
 * TIFF and BigTIFF as cameras, SerialEM, ImageJ and libtiff write them. This file knows which pages make an exposure;
 * directories, pages, pixels and writing have files of their own.
 */

import type { Exposure } from '../exposure.ts';
import { type OpenFile, readFully } from '../files.ts';
import { Fault } from '../outcome.ts';
import type { Format, Source } from './format.ts';
import { DECODERS } from './tiff-decoders.ts';
import { readDirectories, type TiffDirectories, type TiffDirectory } from './tiff-directory.ts';
import { carriedFields, TAGS, type TiffField } from './tiff-fields.ts';
import { isFrame, readPage, type TiffPage } from './tiff-page.ts';
import { tiffSink } from './tiff-sink.ts';
import { tiffSource } from './tiff-source.ts';

export const tiff: Format = {
  name: 'tiff',
  extensions: ['.tif', '.tiff'],
  firstRow: 'top',
  maskBits: 1,
  recognises: (head) => SIGNATURES.some((bytes) => bytes.every((byte, index) => head[index] === byte)),
  open: (file) => damageNamed(file, () => open(file)),
  description: (file) => damageNamed(file, () => descriptionOf(file)),
  create: tiffSink,
};

/** geotiff's own errors (RangeError, TypeError ...) all come from bytes that are no directory. */
async function damageNamed<T>(file: OpenFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Fault) throw error;
    const text = `found no TIFF directory that can be read (${(error as Error).message}), expected one; the file is damaged, copy it again`;
    throw new Fault('format', `${file.path}: ${text}`, { cause: error });
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

async function open(file: OpenFile): Promise<Source> {
  const directories = await readDirectories(file);
  const frames = directories.directories.filter(isFrame);
  const first = frames[0];
  if (!first) {
    throw new Fault(
      'format',
      `${file.path}: found ${directories.directories.length} pages, none of them an image (thumbnails and masks are no frames); leave it out with --exclude`,
    );
  }
  const pages = frames.map((directory) => readPage(directory, directories, file));
  refuseMixed(pages, file);
  const { width, height, type } = pages[0]!;
  for (const compression of new Set(pages.map((page) => page.compression))) await DECODERS[compression]!.load?.();
  refuseOldLzw(pages[0]!, file);

  const { fields, notes } = carriedFields(
    frames.map((frame) => frame.entries),
    directories.littleEndian,
    directories.bytes,
  );
  if (first.number(TAGS.Photometric) === 0)
    notes.push('TIFF says that 0 is white: the counts are kept as they are, and written as 0 is black');
  const description = linesOf(fields[0]!);
  refuseHiddenFrames(description, frames.length, file);
  const size = pixelSize(first, directories);
  const known = size === undefined ? {} : { pixelSize: size };
  const exposure: Exposure = {
    format: 'tiff',
    firstRow: 'top',
    width,
    height,
    frames: pages.length,
    type,
    notes,
    ...known,
  };
  const carried = { description, tiff: fields, ...known };
  return tiffSource({ file, exposure, carried, littleEndian: directories.littleEndian, pages });
}

function refuseMixed(pages: readonly TiffPage[], file: OpenFile): void {
  const kind = (page: TiffPage): string => `${page.width} x ${page.height} px ${page.type}`;
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

/** Past 4 GB ImageJ writes one directory for a whole stack, and says how many images follow only in its description. */
function refuseHiddenFrames(description: readonly string[], frames: number, file: OpenFile): void {
  if (!description[0]?.startsWith('ImageJ=')) return;
  const images = Number(description.find((line) => line.startsWith('images='))?.slice('images='.length) ?? 1);
  if (images > 1 && frames === 1) {
    throw new Fault(
      'unsupported',
      `${file.path}: found an ImageJ stack of ${images} images behind one directory, expected one directory each; save it from ImageJ as an image sequence`,
    );
  }
}

function linesOf(fields: readonly TiffField[]): string[] {
  const description = fields.find(({ tag }) => tag === TAGS.ImageDescription);
  if (!description) return [];
  const text = Buffer.from(description.bytes).toString('utf8').replace(/\0+$/, '');
  return text === '' ? [] : text.split(/\r\n|\r|\n|\0/);
}

/** Angstrom in an inch and in a centimetre: ResolutionUnit 2 and 3. */
const UNITS: Readonly<Record<number, number>> = { 2: 2.54e8, 3: 1e8 };

/** Outside these, Angstrom, a resolution speaks of paper or screens: 300 per inch are 846 667 Angstrom. */
const PLAUSIBLE = { least: 0.01, most: 1e5 } as const;

function pixelSize(directory: TiffDirectory, tiff: TiffDirectories): number | undefined {
  const unit = UNITS[directory.number(TAGS.ResolutionUnit) ?? 2];
  const entry = directory.entries.find(({ tag, type }) => tag === TAGS.XResolution && type === 5);
  if (!unit || !entry || entry.count === 0) return undefined;
  const size = unit / tiff.numbers(entry)[0]!;
  return size >= PLAUSIBLE.least && size <= PLAUSIBLE.most ? size : undefined;
}
