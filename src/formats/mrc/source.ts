/** Reads MRC files. Comments say what real files get wrong. */

import { type OpenFile, readFully } from '../../files/input-file.ts';
import { PIXELS, type PixelType } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import type { Choice, FourBit, Source } from '../format.ts';
import { type Packing, packedBytes, unpacked } from '../packed-nibbles.ts';
import { refuseOversize, refuseShort, StoredRows } from '../stored-rows.ts';
import { metadataOf } from './extended.ts';
import { HEADER_BYTES, type MrcHeader, view, WORDS } from './header.ts';
import { labelsOf } from './labels.ts';

/** MRC2014, word 4. Mode 0 is unsigned when IMOD says so. */
const MODES: Record<number, PixelType> = { 0: 'int8', 1: 'int16', 2: 'float32', 6: 'uint16', 12: 'float16' };

/** Modes that exist and are not read: what they are, and the way out. */
const REFUSED_MODES: Record<number, string> = {
  3: 'complex 16-bit integers: a transform, no exposure',
  4: 'complex float32: a transform, no exposure',
  16: 'RGB: no exposure of one camera; convert with "newstack -mode 6"',
};

/** A real one has 1 kB a frame; more than this is taken for damage, and never allocated. */
const EXTENDED_LIMIT = 2 ** 28;

const IMOD_STAMP = 1_146_047_817;

/** IMOD's `b3dutil.h`; they mean nothing without the stamp. */
const IMOD_FLAGS = { signedBytes: 1, packed4Bit: 16 } as const;

interface ByteOrder {
  readonly littleEndian: boolean;
  /** The machine stamp says so itself, in one of the forms of the standard. */
  readonly stamped: boolean;
}

/**
 * The stamp (44 44 or 44 41: little-endian, 11 11: big-endian) is believed when the dimensions agree with it. Real files
 * lie: Leginon's carry 00 00 44 44, SerialEM wrote 44 00. Then the order decides in which the dimensions are plausible.
 */
export function byteOrder(head: Uint8Array): ByteOrder | null {
  const words = view(head);
  const plausible = (littleEndian: boolean): boolean => {
    const [nx, ny, nz, mode] = [WORDS.nx, WORDS.ny, WORDS.nz, WORDS.mode].map((at) => words.getInt32(at, littleEndian));
    return nx! > 0 && ny! > 0 && nz! > 0 && mode! >= 0 && mode! < 128;
  };
  const stamp = words.getUint16(WORDS.machine, false);
  const stamped = stamp === 0x4444 || stamp === 0x4441 ? true : stamp === 0x1111 ? false : null;
  if (stamped !== null && plausible(stamped)) return { littleEndian: stamped, stamped: true };
  const orders = [true, false].filter(plausible);
  if (orders.length === 0) return null;
  // Both can be plausible (256 columns and 256 rows read as 65 536 x 65 536): the smaller image is meant.
  const area = (le: boolean): number => words.getInt32(WORDS.nx, le) * words.getInt32(WORDS.ny, le);
  orders.sort((a, b) => area(a) - area(b));
  return { littleEndian: orders[0]!, stamped: false };
}

/** The labels alone, also of a file that was cut short. */
export function labelsIn(file: OpenFile): string[] {
  const bytes = new Uint8Array(HEADER_BYTES);
  readFully(file, bytes, 0);
  return labelsOf(bytes, byteOrder(bytes)?.littleEndian ?? true);
}

export function openMrc(file: OpenFile, { fourBit }: Choice): Source {
  const bytes = new Uint8Array(HEADER_BYTES);
  readFully(file, bytes, 0);
  const order = byteOrder(bytes);
  if (!order)
    throw new Fault('format', `${file.path}: no MRC header (dimensions or mode make no sense); is it an image?`);
  const { littleEndian } = order;
  const words = view(bytes);
  const int = (at: number): number => words.getInt32(at, littleEndian);

  const notes: string[] = [];
  if (!order.stamped) {
    const stamp = Buffer.from(bytes.subarray(WORDS.machine, WORDS.machine + 4)).toString('hex');
    notes.push(
      `unknown MRC machine stamp ${stamp}: read as ${littleEndian ? 'little' : 'big'}-endian, as its dimensions say`,
    );
  }

  const [columns, height, frames] = [int(WORDS.nx), int(WORDS.ny), int(WORDS.nz)];
  const packing = packingOf(file.path, bytes, littleEndian, fourBit);
  const type = packing ? 'uint8' : pixelType(file.path, bytes, littleEndian);
  // Of packed rows, bytes.
  const width = packing ? packedBytes(packing.width) : columns;
  refuseOversize(file.path, { width, height, frames });

  const extendedBytes = int(WORDS.nsymbt);
  if (extendedBytes < 0 || extendedBytes > EXTENDED_LIMIT) {
    throw new Fault(
      'format',
      `${file.path}: found an extended header of ${extendedBytes} bytes, expected at most ${EXTENDED_LIMIT}; the header is damaged`,
    );
  }
  const data = HEADER_BYTES + extendedBytes;
  const bytesOfRow = width * PIXELS[type].bytes;
  refuseShort(file, data + height * frames * bytesOfRow, { width, height, frames }, type);
  const extended = new Uint8Array(extendedBytes);
  readFully(file, extended, HEADER_BYTES);

  // Some writers leave the cell 0 or negative: the size of a pixel is then not known, and the words stay as they are.
  const mx = int(WORDS.mx);
  const cell = words.getFloat32(WORDS.cella, littleEndian);
  const header: MrcHeader = {
    bytes: packing ? unpackedHeader(bytes, littleEndian, packing) : bytes,
    littleEndian,
    extended,
  };
  const pixelSize = mx > 0 && cell > 0 && Number.isFinite(cell) ? { pixelSize: cell / mx } : {};
  const metadata = metadataOf(header, pixelSize.pixelSize, frames);
  const source = new StoredRows(file, {
    // What is always there stands first and by name: V8 gives objects that begin with a spread a shape each, and makes
    // the code that meets them anew for every exposure.
    exposure: {
      width,
      height,
      frames,
      format: 'mrc',
      type,
      firstRow: 'bottom',
      notes,
      ...pixelSize,
      ...(metadata && { metadata }),
    },
    carried: { ...pixelSize, description: labelsOf(bytes, littleEndian), mrc: header },
    littleEndian,
    at: (frame, row) => data + (frame * height + row) * bytesOfRow,
  });
  return packing ? unpacked(source, packing, file.path) : source;
}

function pixelType(path: string, bytes: Uint8Array, littleEndian: boolean): PixelType {
  const words = view(bytes);
  const mode = words.getInt32(WORDS.mode, littleEndian);
  const type = MODES[mode];
  if (!type) {
    const meaning = REFUSED_MODES[mode] ?? 'not part of MRC2014; is the header damaged?';
    throw new Fault('unsupported', `${path}: found mode ${mode} (${meaning}), expected mode 0, 1, 2, 6, 12 or 101`);
  }
  if (type !== 'int8') return type;
  const byImod = words.getInt32(WORDS.imodStamp, littleEndian) === IMOD_STAMP;
  const flags = byImod ? words.getInt32(WORDS.imodFlags, littleEndian) : null;
  return flags !== null && (flags & IMOD_FLAGS.signedBytes) === 0 ? 'uint8' : type;
}

/**
 * How two 4-bit pixels stand in a byte, where they do: mode 101 counts pixels; SerialEM's frames have mode 0 and count
 * bytes, with IMOD's flag, or, the old ones, with a single label that says so. IMOD knows them by the same signs
 * (libiimod/mrcfiles.c), and reads none whose bytes are signed.
 */
function packingOf(path: string, bytes: Uint8Array, littleEndian: boolean, fourBit: FourBit): Packing | null {
  const int = (at: number): number => view(bytes).getInt32(at, littleEndian);
  const [columns, mode] = [int(WORDS.nx), int(WORDS.mode)];
  if (mode === 101) return { width: columns, highFirst: false };
  if (mode !== 0 || fourBit === 'never') return null;
  const flags = int(WORDS.imodStamp) === IMOD_STAMP ? int(WORDS.imodFlags) : 0;
  const labels = labelsOf(bytes, littleEndian);
  const labelled = labels.length === 1 && labels[0]!.includes('4 bits packed');
  const flagged = (flags & IMOD_FLAGS.packed4Bit) !== 0;
  if (!flagged && !labelled && fourBit !== 'always') return null;
  if (flagged && (flags & IMOD_FLAGS.signedBytes) !== 0) {
    throw new Fault(
      'unsupported',
      `${path}: found packed 4-bit pixels in signed bytes, expected unsigned ones; save it again with SerialEM, or give --four-bit never if its pixels have 8 bits`,
    );
  }
  return { width: 2 * columns, highFirst: false };
}

/** The header as it is right for the pixels that were unpacked: their columns, and no flag that says packed. */
function unpackedHeader(bytes: Uint8Array, littleEndian: boolean, { width }: Packing): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const words = view(copy);
  const int = (at: number): number => words.getInt32(at, littleEndian);
  const [columns, intervals] = [int(WORDS.nx), int(WORDS.mx)];
  // Who counted bytes as columns counted them as intervals of the cell too: a pixel keeps its size.
  if (width !== columns && intervals === columns) {
    words.setInt32(WORDS.mx, width, littleEndian);
    words.setFloat32(WORDS.cella, words.getFloat32(WORDS.cella, littleEndian) * 2, littleEndian);
  }
  words.setInt32(WORDS.nx, width, littleEndian);
  if (int(WORDS.imodStamp) === IMOD_STAMP)
    words.setInt32(WORDS.imodFlags, int(WORDS.imodFlags) & ~IMOD_FLAGS.packed4Bit, littleEndian);
  return copy;
}
