/** The fields of a TIFF directory as they stand in the file: where their values are, and which of them an output copies. */

/** One field of a TIFF directory: what the output copies where it does not know better. */
export interface TiffField {
  readonly tag: number;
  /** Field type of TIFF 6.0, section 2 (1 BYTE, 2 ASCII, 3 SHORT ...). */
  readonly type: number;
  readonly count: number;
  /** The values, little-endian, `count` times the size of the type. */
  readonly bytes: Uint8Array;
}

/** Where the values of a field stand: `at` in bytes from the start of the file. */
export interface TiffEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly at: number;
  readonly bytes: number;
}

/** TIFF 6.0, section 2, and BigTIFF. `word`: the bytes that a byte order turns over together. */
export const FIELD_TYPES: Readonly<
  Record<number, { readonly name: string; readonly bytes: number; readonly word: number }>
> = {
  1: { name: 'BYTE', bytes: 1, word: 1 },
  2: { name: 'ASCII', bytes: 1, word: 1 },
  3: { name: 'SHORT', bytes: 2, word: 2 },
  4: { name: 'LONG', bytes: 4, word: 4 },
  5: { name: 'RATIONAL', bytes: 8, word: 4 },
  6: { name: 'SBYTE', bytes: 1, word: 1 },
  7: { name: 'UNDEFINED', bytes: 1, word: 1 },
  8: { name: 'SSHORT', bytes: 2, word: 2 },
  9: { name: 'SLONG', bytes: 4, word: 4 },
  10: { name: 'SRATIONAL', bytes: 8, word: 4 },
  11: { name: 'FLOAT', bytes: 4, word: 4 },
  12: { name: 'DOUBLE', bytes: 8, word: 8 },
  13: { name: 'IFD', bytes: 4, word: 4 },
  16: { name: 'LONG8', bytes: 8, word: 8 },
  17: { name: 'SLONG8', bytes: 8, word: 8 },
  18: { name: 'IFD8', bytes: 8, word: 8 },
};

export const TAGS = {
  NewSubfileType: 254, // bit 0: a smaller version of another page, bit 2: a mask
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  Photometric: 262,
  FillOrder: 266,
  ImageDescription: 270,
  StripOffsets: 273,
  Orientation: 274,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  XResolution: 282,
  YResolution: 283,
  PlanarConfiguration: 284,
  ResolutionUnit: 296, // 1 none, 2 inch, 3 cm
  Software: 305,
  Predictor: 317,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  SampleFormat: 339,
} as const;

/** Fields that speak of the input's layout, of its pixel values, or of places in its file: none of it holds in an output. */
const NOT_COPIED = new Set<number>([
  ...[256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 322, 323, 324, 325, 338, 339], // layout
  ...[280, 281, 290, 291, 301, 320, 340, 341, 342, 532], // ranges and curves of pixel values
  ...[288, 289, 330, 34665, 34853, 40965, 400], // places in the file: free space, sub-directories, EXIF, GPS
  ...[292, 293, 326, 327, 328, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531], // of other compressions
]);

/** IFD and IFD8 point into the input's file. */
const POINTERS = new Set([13, 18]);

/** Bytes of fields that are carried from a page, and from all pages together. */
const LIMIT = { page: 16 << 20, file: 64 << 20 } as const;

/**
 * The fields of each page that an output copies. Larger ones than LIMIT stay behind; a note says so.
 * `read` gives the bytes of an entry as they stand in the file.
 */
export function carriedFields(
  pages: readonly (readonly TiffEntry[])[],
  littleEndian: boolean,
  read: (entry: TiffEntry) => Uint8Array,
): { fields: TiffField[][]; notes: string[] } {
  const notes = new Set<string>();
  let inFile = 0;
  const fields = pages.map((entries) => {
    let inPage = 0;
    return entries.flatMap((entry): TiffField[] => {
      if (NOT_COPIED.has(entry.tag) || POINTERS.has(entry.type)) return [];
      if (inPage + entry.bytes > LIMIT.page || inFile + entry.bytes > LIMIT.file) {
        notes.add(`TIFF tag ${entry.tag} holds ${entry.bytes} bytes, too many to copy: it is left out of the output`);
        return [];
      }
      inPage += entry.bytes;
      inFile += entry.bytes;
      return [
        {
          tag: entry.tag,
          type: entry.type,
          count: entry.count,
          bytes: littleEndianBytes(entry, read(entry), littleEndian),
        },
      ];
    });
  });
  return { fields, notes: [...notes] };
}

function littleEndianBytes(entry: TiffEntry, bytes: Uint8Array, littleEndian: boolean): Uint8Array {
  const word = FIELD_TYPES[entry.type]!.word;
  if (littleEndian || word === 1) return bytes;
  const turned = Buffer.from(bytes);
  return word === 2 ? turned.swap16() : word === 4 ? turned.swap32() : turned.swap64();
}
