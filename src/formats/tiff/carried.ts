/**
 * Which fields of an input its output carries. A value may be a place in the input's file, openly (sub-directories) or
 * disguised as a number or a block of bytes; copied, it points to nothing, and programs that follow it fail. So only fields
 * known to hold all they say are copied. Others stay behind, and a note names them.
 */

import { FIELD_TYPES, type TiffEntry, type TiffField } from './fields.ts';
import { swapImageJ } from './imagej-metadata.ts';

/** From `first` to `last`. */
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Fields of any type that hold all they say, and that stay true of a corrected image. */
const COPIED = new Set<number>([
  ...[254, 255, 263, 269, 270, 271, 272, 282, 283, 285, 286, 287, 296, 297, 305, 306, 315, 316, 337, 33432], // TIFF 6.0
  ...[700, 33723, 34377, 34675], // XMP, IPTC, Photoshop, ICC
  ...range(4864, 5030), // Andor
  ...[33471, 34118, 34680, 34682, 51023, 51123], // Olympus INI, Zeiss, FEI, FIBICS, Micro-Manager
  ...[33550, 33922, 34264, 34735, 34736, 34737], // GeoTIFF: where the image lies
  ...[50838, 50839], // ImageJ
  ...range(65_000, 65_027), // Gatan, EPICS
]);

/** Types that hold no place in a file: text, numbers of 8 and 16 bits, floating point. MetaMorph hides places in RATIONALs. */
const INNOCENT = new Set([2, 3, 6, 8, 11, 12]);

/** IFD and IFD8 are places in the input's file. */
const POINTERS = new Set([13, 18]);

/** Never copied, and not missed: an output has its own layout, and its own range of pixel values. */
const REPLACED = new Set<number>([
  ...[256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 322, 323, 324, 325, 338, 339], // layout
  ...[32_995, 32_996, 32_997, 32_998], // layout of volumes, and before TIFF 6.0
  ...[280, 281, 340, 341], // smallest and largest pixel values
  ...[288, 289, 292, 293, 326, 327, 328, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531], // free space, compressions
]);

/** Of the rest, those that speak of the input's pixel values in whatever type they are. */
const OF_PIXELS = new Set<number>([290, 291, 301, 320, 342, 532, 42_112, 42_113, 33_445, 33_446, 33_447]);

/** Names of fields that stay behind, for the note. */
const NAMES: Readonly<Record<number, string>> = {
  290: 'GrayResponseUnit',
  291: 'GrayResponseCurve',
  301: 'TransferFunction',
  320: 'ColorMap',
  330: 'SubIFDs',
  400: 'GlobalParametersIFD',
  33628: 'MetaMorph',
  33629: 'MetaMorph',
  33630: 'MetaMorph',
  33631: 'MetaMorph',
  34361: 'FluoView',
  34412: 'Zeiss LSM',
  34665: 'EXIF',
  34853: 'GPS',
  37706: 'TVIPS',
  40965: 'EXIF interoperability',
  42112: 'GDAL metadata',
  42113: 'GDAL no data',
};

/** The tag with its name, where it has one. */
const named = (tag: number): string => (NAMES[tag] ? `${tag} (${NAMES[tag]})` : String(tag));

/** Bytes of fields that are carried from a page, and from all pages together. */
const LIMIT = { page: 16 << 20, file: 64 << 20 } as const;

/** ImageDescription may come twice: tifffile puts its own behind the user's. */
const MAY_REPEAT = 270;

export interface CarriedFields {
  /** Of each page. */
  readonly fields: TiffField[][];
  readonly notes: string[];
}

/** The fields of each page that an output copies. `read` gives the bytes of an entry as they stand in the file. */
export function carriedFields(
  pages: readonly (readonly TiffEntry[])[],
  littleEndian: boolean,
  read: (entry: TiffEntry) => Uint8Array,
): CarriedFields {
  const large = new Map<number, number>();
  const left = new Set<number>();
  let inFile = 0;
  const fields = pages.map((entries) => {
    let inPage = 0;
    const seen = new Set<number>();
    const carried = entries.flatMap((entry): TiffField[] => {
      const { tag, type, count, bytes } = entry;
      if (REPLACED.has(tag) || (seen.has(tag) && tag !== MAY_REPEAT)) return [];
      seen.add(tag);
      if (OF_PIXELS.has(tag) || POINTERS.has(type) || !(COPIED.has(tag) || INNOCENT.has(type))) {
        left.add(tag);
        return [];
      }
      if (inPage + bytes > LIMIT.page || inFile + bytes > LIMIT.file) {
        large.set(tag, bytes);
        return [];
      }
      inPage += bytes;
      inFile += bytes;
      return [{ tag, type, count, bytes: littleEndianBytes(entry, read(entry), littleEndian) }];
    });
    if (littleEndian) return carried;
    const swapped = swapImageJ(carried);
    if (swapped.length < carried.length) left.add(50_839);
    return swapped;
  });
  const notes = [...large].map(
    ([tag, bytes]) => `TIFF tag ${tag} holds ${bytes} bytes, too many to copy: it is left out of the output`,
  );
  return { fields, notes: [...notCopied(left), ...notes] };
}

function notCopied(tags: ReadonlySet<number>): string[] {
  if (tags.size === 0) return [];
  const all = [...tags].sort((a, b) => a - b);
  const shown = all.slice(0, 12).map(named).join(', ');
  const more = all.length > 12 ? ` and ${all.length - 12} more` : '';
  return [
    `TIFF tags ${shown}${more} are not copied: they refer to places in the raw file or to its pixel values, or may do so`,
  ];
}

function littleEndianBytes(entry: TiffEntry, bytes: Uint8Array, littleEndian: boolean): Uint8Array {
  const word = FIELD_TYPES[entry.type]!.word;
  if (littleEndian || word === 1) return bytes;
  const turned = Buffer.from(bytes);
  return word === 2 ? turned.swap16() : word === 4 ? turned.swap32() : turned.swap64();
}
