/**
 * Formats that people of the field have and that are not read: known by their content, named, each with a way out. A new
 * one is one line. Signatures: the formats' own specifications, RosettaSciIO and EMAN2 for those that have none.
 */

import { int32, integers, starts, type Told, textLines } from './signatures.ts';

export interface Foreign {
  /** As messages name one of it, with its article. */
  readonly name: string;
  /** Of files that are counted in folders; lower case, with the dot. The content decides where it can. */
  readonly extensions: readonly string[];
  /** What to do next. IN and OUT are the user's files. */
  readonly way: string;
  /** Absent: nothing in the content tells. */
  readonly told?: Told;
}

/** Its images may be of 32-bit integers or 64-bit numbers. */
const HYPERSPY = 'convert it with HyperSpy: s = hs.load("IN"); s.change_dtype("float32"); s.save("OUT.tif")';
const EMAN2 = 'convert it with EMAN2: e2proc2d.py IN OUT.mrc';
const EXPORT = 'export the exposure as MRC or 16-bit TIFF';
const DEFECTS = 'darkroom reference defects --dark FILE --bright FILE --out MAP';

// biome-ignore format: a table, one line for each format
const FORMATS: readonly Foreign[] = [
  { name: 'a Gatan DM3 file', extensions: ['.dm3'], way: 'convert it with IMOD: dm2mrc IN OUT.mrc', told: (head) => int32(head, 0, 'big') === 3 && [0x14, 0x15].includes(head[18]!) && int32(head, 8, 'big') >>> 1 === 0 },
  { name: 'a Gatan DM4 file', extensions: ['.dm4'], way: 'convert it with IMOD: dm2mrc IN OUT.mrc', told: (head) => int32(head, 0, 'big') === 4 && [0x14, 0x15].includes(head[26]!) && int32(head, 12, 'big') >>> 1 === 0 },
  { name: 'a TIA file (SER)', extensions: ['.ser'], way: HYPERSPY, told: starts('II\x97\x01') },
  { name: 'a TIA file (EMI)', extensions: ['.emi'], way: 'its images are in the SER files beside it', told: starts('JK\x00\x02') },
  { name: 'a TVIPS stream', extensions: ['.tvips'], way: HYPERSPY, told: (head) => int32(head, 0) === 256 && [1, 2].includes(int32(head, 4)) && [8, 16].includes(int32(head, 16)) },
  { name: 'an HDF5 file (EMD, Velox, hspy)', extensions: ['.emd', '.h5', '.hdf', '.hdf5', '.hspy', '.nxs'], way: HYPERSPY, told: (head) => starts('\x89HDF\r\n\x1a\n')(head) || starts('\x89HDF\r\n\x1a\n', 512)(head) },
  { name: 'a Merlin (Medipix) file', extensions: ['.mib'], way: HYPERSPY, told: starts('MQ1,') },
  { name: 'a NanoMEGAS block file', extensions: ['.blo'], way: HYPERSPY, told: starts('IMGBLO') },
  { name: 'a StreamPix sequence', extensions: ['.seq'], way: 'export its frames from StreamPix as 16-bit TIFF', told: starts('\xfe\xed\x00\x00N\x00o\x00r\x00p\x00i\x00x') },
  { name: 'an EER movie', extensions: ['.eer'], way: 'convert it with RELION: relion_convert_to_tiff --eer_grouping N' },
  { name: 'a gain reference of EER movies', extensions: ['.gain'], way: 'it is no exposure; --norm takes a gain that multiplies' },
  { name: 'a compressed MRC file (MRCZ)', extensions: ['.mrcz'], way: 'unpack it with python-mrcz: mrcz.writeMRC(mrcz.readMRC("IN")[0], "OUT.mrc")', told: (head) => starts('MAP', 208)(head) && Math.floor(int32(head, 12) / 1000) >= 1 && Math.floor(int32(head, 12) / 1000) <= 8 },
  { name: 'a SPIDER file', extensions: ['.spi'], way: EMAN2, told: isSpider },
  { name: 'an IMAGIC file', extensions: ['.hed', '.img'], way: EMAN2 },
  { name: 'an EM file (TOM)', extensions: ['.em'], way: EMAN2, told: isEm },
  { name: 'an FEI raw image', extensions: ['.raw'], way: 'convert it with IMOD: raw2mrc -x WIDTH -y HEIGHT -t long -o 49 IN OUT.mrc', told: starts('FEI RawImage') },
  { name: 'a FITS file', extensions: ['.fits', '.fit', '.fts'], way: 'convert it in Python: tifffile.imwrite("OUT.tif", astropy.io.fits.getdata("IN"))', told: starts('SIMPLE  =') },
  { name: 'a NumPy array', extensions: ['.npy'], way: 'convert it in Python: tifffile.imwrite("OUT.tif", numpy.load("IN"))', told: starts('\x93NUMPY') },
  { name: 'a MATLAB file', extensions: ['.mat'], way: EXPORT, told: starts('MATLAB 5.0 MAT-file') },
  { name: 'a DICOM file', extensions: ['.dcm'], way: EXPORT, told: starts('DICM', 128) },
  { name: 'an NRRD file', extensions: ['.nrrd'], way: EXPORT, told: starts('NRRD000') },
  { name: 'a PNG picture', extensions: ['.png'], way: `${EXPORT}: pictures are scaled for the eye`, told: starts('\x89PNG\r\n\x1a\n') },
  { name: 'a JPEG picture', extensions: ['.jpg', '.jpeg'], way: `${EXPORT}: pictures are scaled for the eye`, told: starts('\xff\xd8\xff') },
  { name: 'a JPEG 2000 picture', extensions: ['.jp2'], way: EXPORT, told: starts('\x00\x00\x00\x0cjP  ') },
  { name: 'a GIF picture', extensions: ['.gif'], way: EXPORT, told: starts('GIF8') },
  { name: 'a BMP picture', extensions: ['.bmp'], way: EXPORT, told: (head, size) => starts('BM')(head) && int32(head, 2) === size },
  { name: 'a gzip archive', extensions: ['.gz', '.tgz'], way: 'unpack it: gunzip IN', told: starts('\x1f\x8b\x08') },
  { name: 'a bzip2 archive', extensions: ['.bz2'], way: 'unpack it: bunzip2 IN', told: (head) => starts('BZh')(head) && starts('1AY&SY', 4)(head) },
  { name: 'an xz archive', extensions: ['.xz'], way: 'unpack it: unxz IN', told: starts('\xfd7zXZ\x00') },
  { name: 'a Zstandard archive', extensions: ['.zst'], way: 'unpack it: unzstd IN', told: starts('\x28\xb5\x2f\xfd') },
  { name: 'a ZIP archive', extensions: ['.zip'], way: 'unpack it: unzip IN', told: starts('PK\x03\x04') },
  { name: 'a 7z archive', extensions: ['.7z'], way: 'unpack it: 7z x IN', told: starts("7z\xbc\xaf'\x1c") },
  { name: 'a tar archive', extensions: ['.tar'], way: 'unpack it: tar xf IN', told: starts('ustar', 257) },
  { name: 'a SQLite database', extensions: [], way: 'leave it out', told: starts('SQLite format 3\x00') },
  { name: 'a SerialEM list of defects', extensions: [], way: 'make a map of it with IMOD: clip defect -D IN -f tif RAW MAP.tif', told: (head) => textLines(head).some((line) => /^(CameraSizeX|(Partial)?Bad(Columns?|Rows?|Pixels?)|UsableArea|K2Type|WasScaled)\b/.test(line)) },
  { name: 'a MotionCor list of defects (x y width height)', extensions: [], way: `write 1 into an image of 0 for each of its rectangles, or make a map: ${DEFECTS}`, told: (head) => integers(textLines(head), 4) },
];

/** What a file is, by its first bytes (up to 1024); `size` in bytes. Null: nothing that is known. */
export const foreignBy = (head: Uint8Array, size: number): Foreign | null =>
  FORMATS.find(({ told }) => told?.(head, size)) ?? null;

const BY_EXTENSION: ReadonlyMap<string, Foreign> = new Map(
  FORMATS.flatMap((format) => format.extensions.map((extension) => [extension, format] as const)),
);

/** What a file with this extension (lower case, with the dot) says that it is. */
export const foreignNamed = (extension: string): Foreign | null => BY_EXTENSION.get(extension) ?? null;

/** How files that are not read are told of: `count` in a folder have this extension. */
export function notRead(extension: string, count: number): string {
  const format = foreignNamed(extension);
  const what = format ? `, ${format.name}${count > 1 ? ' each' : ''}` : '';
  return `not read: ${count} ${extension}${what}${format ? `; ${format.way}` : ''}`;
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
