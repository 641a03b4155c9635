/** The fields of a TIFF directory: their types, the tags that this program knows, and where their values stand. */

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
  SubfileType: 255, // 2: a smaller version of another page
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  Photometric: 262,
  FillOrder: 266,
  ImageDescription: 270,
  Make: 271,
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
  DataType: 32996, // SampleFormat before TIFF 6.0
  ImageDepth: 32997, // slices of a volume behind one directory
  TileDepth: 32998,
  MetaMorphPlanes: 33629, // its count is the number of planes behind the directory
  GelFile: 33445, // 2: square roots of counts
} as const;
