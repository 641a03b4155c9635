/** The nouns: what an exposure is, and the types its pixels come in. Formats fill them, everything else reads them. */

import type { Metadata } from './metadata.ts';
import type { PixelStatistics } from './record.ts';

/** How a pixel stands in a file. `lowest` and `highest`: the range of the type, in counts; floats have none. */
export const PIXELS = {
  uint8: { bytes: 1, lowest: 0, highest: 255 },
  int8: { bytes: 1, lowest: -128, highest: 127 },
  uint16: { bytes: 2, lowest: 0, highest: 65_535 },
  int16: { bytes: 2, lowest: -32_768, highest: 32_767 },
  float16: { bytes: 2, lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY },
  float32: { bytes: 4, lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY },
  int32: { bytes: 4, lowest: -2_147_483_648, highest: 2_147_483_647 },
  uint32: { bytes: 4, lowest: 0, highest: 4_294_967_295 },
} as const;

export type PixelType = keyof typeof PIXELS;

/** The types that are written. */
export type WrittenType = 'uint16' | 'int16' | 'float32';

/** What `--type same` makes of each type that is read. */
export const SAME_TYPE: Record<PixelType, WrittenType> = {
  uint8: 'uint16',
  int8: 'int16',
  uint16: 'uint16',
  int16: 'int16',
  float16: 'float32',
  float32: 'float32',
  int32: 'float32',
  uint32: 'float32',
};

/** Counts are float32 on their way: whole numbers beyond this, up or down, are rounded. */
export const EXACT_COUNTS = 2 ** 24;

/** Formats that are read and written, as the command line and JSON call them; each has a folder in `formats/`. */
export const WRITTEN_FORMATS = ['mrc', 'tiff'] as const;

export type WrittenFormat = (typeof WRITTEN_FORMATS)[number];

/** Those that are only read. */
const READ_FORMATS = ['dm', 'ser', 'tvips', 'hdf5'] as const;

export const FORMAT_NAMES = [...WRITTEN_FORMATS, ...READ_FORMATS] as const;

export type FormatName = (typeof FORMAT_NAMES)[number];

/** Which row of the picture stands first in the file: MRC stores the bottom row first, TIFF the top row. */
export type FirstRow = 'bottom' | 'top';

/** Width and height in px; a single image has one frame. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** What the header of an exposure says, format by format the same. */
export interface Exposure extends Geometry {
  readonly format: FormatName;
  readonly type: PixelType;
  readonly firstRow: FirstRow;
  /** Angstrom per pixel along x; absent where the file does not say, or says zero or less. */
  readonly pixelSize?: number;
  /** How it was taken; absent where neither the file nor the one beside it says anything. */
  readonly metadata?: Metadata;
  /** Oddities of the file that a person should hear of once, such as an unknown machine stamp. */
  readonly notes: readonly string[];
}

/** Limits of what is read; larger claims in a header are taken for damage. */
export const LIMITS = { width: 65_536, pixels: 2 ** 31, frames: 100_000 } as const;

/** What the header of an MRC file holds of its pixels, in counts. */
export type Statistics = Pick<PixelStatistics, 'min' | 'max' | 'mean' | 'deviation'>;
