/** Every format, and how a file finds its own: by its first bytes, whatever its name says. */

import { extensionInside, isGzip, nameInside } from '../files/gzip.ts';
import { type OpenFile, readFully } from '../files/input-file.ts';
import { closeWhole, openWhole } from '../files/parts.ts';
import { FORMAT_NAMES, type FormatName, WRITTEN_FORMATS, type WrittenFormat } from '../model/exposure.ts';
import { together } from '../model/metadata.ts';
import { Fault } from '../model/outcome.ts';
import { dm } from './dm/dm.ts';
import { foreignBy, foreignNamed } from './foreign.ts';
import { type Choice, type Format, LARGEST, type Source, type WritableFormat } from './format.ts';
import { hdf5 } from './hdf5/hdf5.ts';
import { hasMap } from './mrc/header.ts';
import { mrc } from './mrc/mrc.ts';
import { ser } from './ser/ser.ts';
import { type Beside, besideExposure } from './sidecars/beside.ts';
import { tiff } from './tiff/tiff.ts';
import { tvips } from './tvips/tvips.ts';

/** Asked in this order: what has a signature comes before MRC, whose numbers a BigTIFF's can pass for. */
export const FORMATS: Record<FormatName, Format> & Record<WrittenFormat, WritableFormat> = {
  tiff,
  mrc,
  dm,
  ser,
  tvips,
  hdf5,
};

/** Formats that are written. */
export const WRITABLE = WRITTEN_FORMATS.map((name) => FORMATS[name]);

/** Extensions of exposures, lower case with the dot. */
export const EXTENSIONS: readonly string[] = Object.values(FORMATS).flatMap((format) => format.extensions);

/** Whether a file that begins with `head` is of a kind that its writer goes on to extend though it looks whole. */
export const mayGrow = (head: Uint8Array): boolean => Object.values(FORMATS).some(({ grows }) => grows?.(head));

/** Formats that are only read. */
const READ_ONLY = Object.values(FORMATS).filter((format) => !WRITABLE.some((each) => each === format));

/** What is read, as messages list it: "MRC, TIFF, DM3, DM4, SER, TVIPS, EMD or HDF5". */
const READ = listed(FORMAT_NAMES.flatMap((name) => FORMATS[name].titles));

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

const HEAD_BYTES = 1024;

/** What tells a format with a signature is shorter. */
const SHORTEST = 32;

/** Its later parts would be packed as well. */
const PACKED_STREAM = 'found a gzipped TVIPS stream, expected it unpacked, with its parts; unpack them: gunzip';

/** What a file is opened for, which decides what is said of one of none of these formats. */
const WANTED = {
  exposure: { expected: 'an exposure', otherwise: 'if it is an image convert it, if not leave it out with --exclude' },
  image: { expected: 'an image', otherwise: 'check the path, or convert it' },
  defects: {
    expected: 'an image of 0 (good) and 1 (bad), or a list of defects',
    otherwise: 'make one: darkroom reference defects --dark FILE --bright FILE --out MAP',
  },
} as const;

export type Wanted = keyof typeof WANTED;

/** An exposure whose header was read; the caller closes it. */
export interface OpenExposure {
  readonly file: OpenFile;
  readonly source: Source;
  close(): void;
}

/**
 * Opens an exposure and reads its header.
 * @throws Fault 'missing', 'unreadable', 'format', 'unsupported', 'incomplete'
 */
export async function openExposure(
  name: string,
  wanted: Wanted = 'exposure',
  choice: Choice = LARGEST,
): Promise<OpenExposure> {
  const { file, head } = await openContent(name);
  const close = (): void => closeWhole(file);
  try {
    const source = await formatOf(file, head, wanted).open(file, choice);
    const beside = await besideExposure(nameInside(name), source.exposure.frames);
    return { file, source: withBeside(source, beside), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A source that also knows what the sidecars state. They say more than the file, and come from who took the exposure. */
function withBeside(source: Source, { metadata, notes }: Beside): Source {
  if (!metadata && notes.length === 0) return source;
  const all = together(metadata, source.exposure.metadata);
  const exposure = { ...source.exposure, notes: [...source.exposure.notes, ...notes], ...(all && { metadata: all }) };
  const whole: Required<Source> = {
    exposure,
    carried: source.carried,
    prepare: (arena) => source.prepare(arena),
    read: (frame, row, rows, address) => source.read(frame, row, rows, address),
    position: source.position,
  };
  return whole;
}

/**
 * The labels or lines by which a file says how it was made, of exposures and masks.
 * @throws Fault as `openExposure`
 */
export async function descriptionOf(name: string): Promise<readonly string[]> {
  const { file, head } = await openContent(name);
  try {
    return await formatOf(file, head).description(file);
  } finally {
    closeWhole(file);
  }
}

/** A file with its first bytes; what is gzipped is unpacked. @throws Fault 'missing', 'unreadable', 'incomplete' */
export async function openContent(name: string): Promise<{ file: OpenFile; head: Uint8Array }> {
  let file = openWhole(name);
  try {
    let head = headOf(file);
    if (isGzip(head)) {
      const { unpacked } = await import('../files/unpacked.ts');
      file = await unpacked(file);
      head = headOf(file);
    }
    return { file, head };
  } catch (error) {
    closeWhole(file);
    throw error;
  }
}

function headOf(file: OpenFile): Uint8Array {
  const head = new Uint8Array(Math.min(HEAD_BYTES, file.size));
  readFully(file, head, 0);
  return head;
}

function formatOf(file: OpenFile, head: Uint8Array, wanted: Wanted = 'exposure'): Format {
  const format = Object.values(FORMATS).find(
    (each) => (each !== mrc || hasMap(head)) && each.recognises(head, file.size),
  );
  if (format === tvips && file.packed) throw new Fault('unsupported', `${file.path}: ${PACKED_STREAM}`);
  if (format) return format;
  const { expected, otherwise } = WANTED[wanted];
  // Numbers of other formats can pass for the sizes of an MRC file without its word 'MAP'.
  const foreign = foreignBy(head, file.size);
  if (foreign) {
    throw new Fault(
      'unsupported',
      `${file.path}: found ${foreign.name}, expected ${expected} as ${READ}; ${foreign.way}`,
    );
  }
  if (mrc.recognises(head, file.size)) return mrc;
  throw unrecognised(file, head, expected, otherwise);
}

function unrecognised({ path: name, size }: OpenFile, head: Uint8Array, expected: string, otherwise: string): Fault {
  if (size === 0)
    return new Fault(
      'incomplete',
      `${name}: found an empty file, expected ${expected}; copy it again, or wait until it is written`,
    );
  const extension = extensionInside(name);
  if (size < HEAD_BYTES && FORMATS.mrc.extensions.includes(extension)) {
    return new Fault(
      'incomplete',
      `${name}: found ${size} bytes, expected an MRC header of ${HEAD_BYTES}; copy it again, or wait until it is written`,
    );
  }
  // Room that was reserved before the first byte was written. (An MRC file of zeros is damage that people know.)
  const zeros = head.every((byte) => byte === 0);
  if (READ_ONLY.some(({ extensions }) => extensions.includes(extension)) && (size < SHORTEST || zeros)) {
    return new Fault(
      'incomplete',
      `${name}: found ${zeros ? 'nothing but zeros' : `${size} bytes`}, expected the header of a ${extension} file; copy it again, or wait until it is written`,
    );
  }
  const named = foreignNamed(extension);
  if (named) {
    const text = `found no header of ${READ}, expected ${expected}; by its name it is ${named.name}: ${named.way}`;
    return new Fault('unsupported', `${name}: ${text}`);
  }
  return new Fault('format', `${name}: found no header of ${READ}, expected ${expected}; ${otherwise}`);
}
