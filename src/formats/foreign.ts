/**
 * Formats that people of the field have and that are not read: known by their content, named, each with a way out. A new
 * one is one line. Signatures: the formats' own specifications, RosettaSciIO and EMAN2 for those that have none.
 */

import { int32, integers, type RunMessages, starts, textLines } from './signatures.ts';

export interface Foreign {
  /** As messages name one of it, with its article. */
  readonly name: string;
  /** Of files that are counted in folders; lower case, with the dot. The content decides where it can. */
  readonly extensions: readonly string[];
  /** What to do next. IN and OUT are the user's files. */
  readonly way: string;
  /** Absent: nothing in the content tells. */
  readonly told?: RunMessages;
}

/** Its images may be of 32-bit integers or 64-bit numbers. */
const HYPERSPY = 'convert it with HyperSpy: s = hs.load("IN"); s.change_dtype("float32"); s.save("OUT.tif")';
const RAW2MRC = 'convert it with IMOD: raw2mrc -x WIDTH -y HEIGHT -t long -o 49 IN OUT.mrc';
const EMAN2 = 'convert it with EMAN2: e2proc2d.py IN OUT.mrc';
const EER =
  'it holds counted electrons, which RELION, MotionCor or cryoSPARC correct with its .gain; to correct it here all the same, convert it: relion_convert_to_tiff --eer_grouping N';
const MRCZ = 'unpack it with python-mrcz: mrcz.writeMRC(mrcz.readMRC("IN")[0], "OUT.mrc")';
const FITS = 'convert it in Python: tifffile.imwrite("OUT.tif", astropy.io.fits.getdata("IN"))';
const NUMPY = 'convert it in Python: tifffile.imwrite("OUT.tif", numpy.load("IN"))';
const EXPORT = 'export the exposure as MRC or 16-bit TIFF';
const PICTURE = `${EXPORT}: pictures are scaled for the eye`;
const DEFECTS = 'it is no exposure; give it as --defects';

const format = (name: string, extensions: string, way: string, told?: RunMessages): Foreign => ({
  name,
  extensions: extensions === '' ? [] : extensions.split(' '),
  way,
  ...(told && { told }),
});

// biome-ignore format: a table, one line for each format
const FORMATS: readonly Foreign[] = [
  format('a TIA file (EMI)', '.emi', 'its images are in the SER files beside it', starts('JK\x00\x02')),
  // Read where they are named; in folders they seldom hold exposures.
  format('an HDF5 file of another program', '.hdf .hspy .nxs', 'name it to correct it, or copy it to NAME.h5'),
  format('a Merlin (Medipix) file', '.mib', HYPERSPY, starts('MQ1,')),
  format('a NanoMEGAS block file', '.blo', HYPERSPY, starts('IMGBLO')),
  format('a StreamPix sequence', '.seq', 'export its frames from StreamPix as 16-bit TIFF', starts('\xfe\xed\x00\x00N\x00o\x00r\x00p\x00i\x00x')),
  format('an EER movie', '.eer', EER), // a TIFF: that reader names it by its compression
  format('a gain reference of EER movies', '.gain', 'it is no exposure; --norm takes a gain that multiplies'),
  format('a compressed MRC file (MRCZ)', '.mrcz', MRCZ, isMrcz),
  format('a SPIDER file', '.spi', EMAN2, isSpider),
  format('an IMAGIC file', '.hed .img', EMAN2),
  format('an EM file (TOM)', '.em', EMAN2, isEm),
  format('an FEI raw image', '.raw', RAW2MRC, starts('FEI RawImage')),
  format('a FITS file', '.fits .fit .fts', FITS, starts('SIMPLE  =')),
  format('a NumPy array', '.npy', NUMPY, starts('\x93NUMPY')),
  format('a MATLAB file', '.mat', EXPORT, starts('MATLAB 5.0 MAT-file')),
  format('a DICOM file', '.dcm', EXPORT, starts('DICM', 128)),
  format('an NRRD file', '.nrrd', EXPORT, starts('NRRD000')),
  format('a PNG picture', '.png', PICTURE, starts('\x89PNG\r\n\x1a\n')),
  format('a JPEG picture', '.jpg .jpeg', PICTURE, starts('\xff\xd8\xff')),
  format('a JPEG 2000 picture', '.jp2', EXPORT, starts('\x00\x00\x00\x0cjP  ')),
  format('a GIF picture', '.gif', PICTURE, starts('GIF8')),
  format('a BMP picture', '.bmp', PICTURE, (head, size) => starts('BM')(head) && int32(head, 2) === size),
  format('a gzip archive', '.gz .tgz', 'unpack it: gunzip IN', starts('\x1f\x8b\x08')),
  format('a bzip2 archive', '.bz2', 'unpack it: bunzip2 IN', (head) => starts('BZh')(head) && starts('1AY&SY', 4)(head)),
  format('an xz archive', '.xz', 'unpack it: unxz IN', starts('\xfd7zXZ\x00')),
  format('a Zstandard archive', '.zst', 'unpack it: unzstd IN', starts('\x28\xb5\x2f\xfd')),
  format('a ZIP archive', '.zip', 'unpack it: unzip IN', starts('PK\x03\x04')),
  format('a 7z archive', '.7z', 'unpack it: 7z x IN', starts("7z\xbc\xaf'\x1c")),
  format('a tar archive', '.tar', 'unpack it: tar xf IN', starts('ustar', 257)),
  format('a SerialEM list of defects', '', DEFECTS, isSerialEmDefects),
  format('a MotionCor list of defects (x y width height)', '', DEFECTS, (head) => integers(textLines(head), 4)),
];

/** What a file is, by its first bytes (up to 1024); `size` in bytes. Null: nothing that is known. */
export const foreignBy = (head: Uint8Array, size: number): Foreign | null =>
  FORMATS.find(({ told }) => told?.(head, size)) ?? null;

const BY_EXTENSION: ReadonlyMap<string, Foreign> = new Map(
  FORMATS.flatMap((format) => format.extensions.map((extension) => [extension, format] as const)),
);

/** What a file with this extension (lower case, with the dot) says that it is. */
export const foreignNamed = (extension: string): Foreign | null => BY_EXTENSION.get(extension) ?? null;

/** The note about files that are not read: `count` in a folder have this extension. */
export function notRead(extension: string, count: number): string {
  const format = foreignNamed(extension);
  const what = format ? `, ${format.name}${count > 1 ? ' each' : ''}` : '';
  return `not read: ${count} ${extension}${what}${format ? `; ${format.way}` : ''}`;
}

/** An MRC header whose mode says, in thousands, how the pixels are compressed. */
function isMrcz(head: Uint8Array): boolean {
  return starts('MAP', 208)(head) && int32(head, 12) >= 1000 && int32(head, 12) < 9000;
}

function isSerialEmDefects(head: Uint8Array): boolean {
  return textLines(head).some((line) =>
    /^(CameraSizeX|(Partial)?Bad(Columns?|Rows?|Pixels?)|UsableArea|K2Type)\b/.test(line),
  );
}

/** IFORM of images and volumes; the lengths of header and record agree with the width (SPIDER, "spider_format"). */
function isSpider(head: Uint8Array): boolean {
  const words = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 104) return false;
  return [true, false].some((little) => {
    const word = (index: number): number => words.getFloat32(4 * (index - 1), little);
    const [height, form, width, records, headerBytes, recordBytes] = [2, 5, 12, 13, 22, 23].map(word);
    const sensible = [1, 3, -11, -12, -21, -22].includes(form!) && width! > 0 && height! > 0 && Number.isInteger(width);
    return sensible && recordBytes === 4 * width! && headerBytes === records! * recordBytes!;
  });
}

/** Bytes per pixel by byte 3 of the header. */
const EM_TYPES: Readonly<Record<number, number>> = { 1: 1, 2: 2, 4: 4, 5: 4, 8: 8, 9: 8 };

/** 512 bytes of header and then exactly the pixels: the format has no signature. */
function isEm(head: Uint8Array, size: number): boolean {
  const bytes = EM_TYPES[head[3]!];
  if (head.length < 512 || head[0]! > 6 || bytes === undefined) return false;
  const order = head[0] === 6 || head[0] === 1 ? 'little' : 'big';
  const [width, height, depth] = [4, 8, 12].map((at) => int32(head, at, order));
  return width! > 0 && height! > 0 && depth! > 0 && 512 + width! * height! * depth! * bytes === size;
}
