/**
 * The header of a SER file (TIA, ES Vision): a table of places, and behind each place an image with a header of its own.
 * All numbers are little-endian. After FEI's "TIA series data file format" and C. Boothroyd, "TIA (Emispec) file format".
 */

import type { OpenFile } from '../../files/input-file.ts';
import { type Geometry, LIMITS, PIXELS, type PixelType } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import { FileCursor } from '../file-cursor.ts';
import { refuseOversize, refuseShort } from '../stored-rows.ts';

/** Places are of 8 bytes from this version on, before it of 4. */
const LONG_PLACES = 0x220;

/** What the elements of a series are. */
const [SPECTRA, IMAGES] = [0x4120, 0x4122];

const TYPES: Readonly<Record<number, PixelType>> = {
  1: 'uint8',
  2: 'uint16',
  3: 'uint32',
  4: 'int8',
  5: 'int16',
  6: 'int32',
  7: 'float32',
};
const REFUSED: Readonly<Record<number, string>> = {
  8: 'float64 pixels; write them as float32 (HyperSpy: s.change_dtype("float32"))',
  9: 'complex numbers: a transform, no exposure',
  10: 'complex numbers: a transform, no exposure',
};

/** Before the pixels of an image: calibration of x and y, the type, the size. */
const ELEMENT_BYTES = 50;

/** The first bytes of a header, as far as the numbers of images. */
export const HEAD_BYTES = 22;

/** Images that were asked for, and that are in the file so far; fewer when the series was ended, or is going on. */
export function countsIn(head: Uint8Array): { total: number; valid: number } {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return { total: view.getUint32(14, true), valid: view.getUint32(18, true) };
}

export interface Series extends Geometry {
  readonly type: PixelType;
  /** Frames that were asked for. */
  readonly total: number;
  /** Bytes at which the pixels of each frame begin. */
  readonly pixels: readonly number[];
  /** Side of a pixel along x, in metres or another unit that the file does not name. */
  readonly delta: number;
  /** When the first image was taken, s since 1970; null: it does not say. */
  readonly seconds: number | null;
}

interface Element {
  readonly type: number;
  readonly width: number;
  readonly height: number;
  readonly delta: number;
}

/** @throws Fault 'format', 'unsupported', 'incomplete' */
export function readSeries(file: OpenFile): Series {
  const cursor = new FileCursor(file, 4, true);
  const long = cursor.uint16() >= LONG_PLACES;
  const kind = cursor.uint32();
  cursor.skip(4);
  const [total, valid] = [cursor.uint32(), cursor.uint32()];
  const place = (): number => (long ? cursor.uint64() : cursor.uint32());
  const table = place();
  if (kind === SPECTRA) throw unsupported(file, 'found spectra, expected images');
  if (kind !== IMAGES) throw damaged(file, `found elements of type ${kind}`);
  if (valid > total) throw damaged(file, `found ${valid} images of ${total}`);
  if (valid > LIMITS.frames) throw unsupported(file, `found ${valid} images; at most ${LIMITS.frames} are read`);
  if (valid === 0) throw incomplete(file, 'found no image so far');

  cursor.at = table;
  const places = Array.from({ length: valid }, place);
  const [first] = places as [number];
  const element = elementAt(file, first);
  const type = TYPES[element.type];
  if (!type)
    throw unsupported(file, `found ${REFUSED[element.type] ?? `pixels of type ${element.type}; is it damaged?`}`);
  const { width, height, delta } = element;
  const geometry = { width, height, frames: valid };
  refuseOversize(file.path, geometry);
  if (width === 0 || height === 0) throw damaged(file, `found an image of ${width} x ${height} px`);
  const bytes = width * height * PIXELS[type].bytes;
  for (const each of places) {
    const other = each === first ? element : elementAt(file, each);
    if (other.width !== width || other.height !== height || other.type !== element.type) {
      throw unsupported(
        file,
        `found images of ${width} x ${height} and ${other.width} x ${other.height} px in one series, expected one size and type`,
      );
    }
    if (each < HEAD_BYTES) throw damaged(file, `found an image at byte ${each}`);
    refuseShort(file, each + ELEMENT_BYTES + bytes, geometry, type);
  }
  cursor.at = table + total * (long ? 8 : 4);
  const seconds = secondsAt(file, place());
  return { ...geometry, type, total, pixels: places.map((each) => each + ELEMENT_BYTES), delta, seconds };
}

function elementAt(file: OpenFile, at: number): Element {
  if (at === 0) throw incomplete(file, 'found no place for one of its images');
  const cursor = new FileCursor(file, at, true);
  cursor.skip(8);
  const delta = cursor.float64();
  cursor.skip(24);
  return { delta, type: cursor.uint16(), width: cursor.uint32(), height: cursor.uint32() };
}

/** A tag: its type, and the time. Null where there is none. */
function secondsAt(file: OpenFile, at: number): number | null {
  if (at === 0) return null;
  const cursor = new FileCursor(file, at + 4, true);
  return cursor.uint32() || null;
}

const unsupported = ({ path }: OpenFile, what: string): Fault => new Fault('unsupported', `${path}: ${what}`);
const damaged = ({ path }: OpenFile, what: string): Fault =>
  new Fault('format', `${path}: ${what} in a SER file; is it damaged?`);
const incomplete = ({ path }: OpenFile, what: string): Fault =>
  new Fault(
    'incomplete',
    `${path}: ${what} in a SER file; it is truncated or still being written: copy it again, or run again later`,
  );
