/**
 * What a file format offers: recognise, open (rows in), create (rows out). Formats know bytes and headers; they know
 * nothing of corrections, references or journals. One object per format, listed in `index.ts`.
 */

import type { OpenFile } from '../files/input-file.ts';
import type { OutputFile } from '../files/output-file.ts';
import type { Arena } from '../kernels/arena.ts';
import type {
  Exposure,
  FirstRow,
  FormatName,
  Geometry,
  Statistics,
  WrittenFormat,
  WrittenType,
} from '../model/exposure.ts';
import type { MrcHeader } from './mrc/header.ts';
import type { TiffField } from './tiff/fields.ts';

export type Compression = 'none' | 'lzw' | 'deflate' | 'zstd';

export interface Format {
  readonly name: FormatName;
  /** What people call it, where messages list what is read. */
  readonly titles: readonly string[];
  /** Lower case, with the dot; the first is the one that new files get. */
  readonly extensions: readonly string[];
  /** Whether a file whose first bytes (up to 1024) are `head` is of this format; `size` in bytes. */
  recognises(head: Uint8Array, size: number): boolean;
  /** Whether such a file may be extended later, image by image, though it looks whole now. Absent: never. */
  grows?(head: Uint8Array): boolean;
  /**
   * Reads the header and checks it against the size of the file.
   * @throws Fault 'format', 'unsupported', 'incomplete'
   */
  open(file: OpenFile, choice?: Choice): Promise<Source>;
  /**
   * MRC labels or lines of the ImageDescription, also of an image that `open` would refuse.
   * @throws Fault 'format', 'incomplete'
   */
  description(file: OpenFile): Promise<readonly string[]>;
}

/** A format that is written as well. */
export interface WritableFormat extends Format {
  readonly name: WrittenFormat;
  readonly firstRow: FirstRow;
  /** Bits per pixel of a mask: see `Plan`. */
  readonly maskBits: 1 | 8;
  /** Writes into an empty file; nothing of it is valid before `finish`. */
  create(file: OutputFile, plan: Plan): Sink;
}

/** Whether 8-bit images are taken for two 4-bit pixels in a byte: where a file or its size says so, always, or never. */
export type FourBit = 'auto' | 'always' | 'never';

/** What is read of a file that can be read in more than one way. */
export interface Choice {
  /** Its number, from 1 on, in the order of the file; null: the largest. */
  readonly image: number | null;
  readonly fourBit: FourBit;
}

export const LARGEST: Choice = { image: null, fourBit: 'auto' };

/** An open exposure: header read, pixels to come. */
export interface Source {
  readonly exposure: Exposure;
  /** What the header holds besides the image, for the output. */
  readonly carried: Carried;
  /** Reserves the memory that `read` needs, before any pixel is read; called again, it moves to the other arena. */
  prepare(arena: Arena): void;
  /**
   * Puts `rows` stored rows of `frame`, from `row` on, at `address`: packed, little-endian, unsigned where the type is.
   * Any order is right; rising order is fast.
   * @throws Fault 'incomplete', 'format', 'unreadable'
   */
  read(frame: number, row: number, rows: number, address: number): Promise<void> | void;
  /**
   * The byte of the file at which a row begins, where the file holds all rows as `read` puts them: a caller that needs them
   * in another way may then read the file itself.
   */
  readonly position?: ((frame: number, row: number) => number) | undefined;
}

/** Metadata on its way from an input to its output. */
export interface Carried {
  /** Angstrom per pixel. */
  readonly pixelSize?: number;
  /** MRC labels or lines of the ImageDescription, for an output in the other container. */
  readonly description: readonly string[];
  /** The input's own header, for an output in the same container. */
  readonly mrc?: MrcHeader;
  readonly tiff?: readonly (readonly TiffField[])[];
}

/** What is to be written. */
export interface Plan extends Geometry {
  /** The path that messages name. */
  readonly path: string;
  /** `mask`: pixels of 0 and 1, eight to a byte with the highest bit first, or one to a byte, as the format's `maskBits` say. */
  readonly type: WrittenType | 'mask';
  readonly compression: Compression;
  readonly carried: Carried;
  readonly provenance: Provenance;
  /** Bands will come in falling order of rows. A compressed TIFF needs to know: its strips stand in the order they come. */
  readonly turned: boolean;
}

/** Who made the file and how; the same for the same tool, recipe and references. */
export interface Provenance {
  /** Tool and version. */
  readonly software: string;
  /** At most three lines of at most 80 ASCII characters: tool, steps and parameters, references. */
  readonly lines: readonly string[];
}

/** How the first of our lines begins, wherever it stands: by it an output is known to be ours. */
export const OUR_LINE = /\bdarkroom \d+\.\d+\.\d+: /;

export interface Sink {
  /** Things to tell about this output. */
  readonly notes: readonly string[];
  prepare(arena: Arena): void;
  /**
   * Takes `rows` rows of `frame` in the output's order from output row `row` on: packed, little-endian, at `address`,
   * where they may be changed. Bands come in rising order, or (flipped vertically) in falling order of `row`.
   */
  write(frame: number, row: number, rows: number, address: number): Promise<void> | void;
  /**
   * The byte of the file at which an output row begins, where that is known beforehand: rows that lie in memory as
   * `OutputFile.block` says are written faster.
   */
  position?(frame: number, row: number): number;
  /** Completes headers and directories; returns the size of the file in bytes. */
  finish(statistics: Statistics): Promise<number> | number;
}
