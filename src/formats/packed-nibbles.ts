/**
 * Images with two 4-bit pixels in a byte: MRC mode 101, true 4-bit TIFF, and the super-resolution frames of K2 and K3
 * cameras that SerialEM saves as 8-bit images of half the width. What these are, nothing in the file has to say.
 */

import type { Arena } from '../kernels/arena.ts';
import { LIMITS } from '../model/exposure.ts';
import { Fault } from '../model/outcome.ts';
import type { Source } from './format.ts';

/** How the pixels of a row stand in its bytes. */
export interface Packing {
  /** Pixels of a row; the last byte of an odd one has only its first half in use. */
  readonly width: number;
  /** The left pixel is in the upper bits of its byte; otherwise in the lower ones. */
  readonly highFirst: boolean;
}

export const packedBytes = (width: number): number => Math.ceil(width / 2);

/** Super-resolution frames of K2 (trimmed and whole) and K3 as the camera gives them, px. */
const FRAMES = [
  [7676, 7420],
  [7680, 7424],
  [11_520, 8184],
] as const;

/** Cameras trim a pixel or two. */
const TOLERANCE = 2;

/**
 * The side that is halved where an 8-bit image has the size of such a frame, as it comes or turned by 90 degrees; null
 * where it has not. The sizes are those of IMOD (libiimod/mrcfiles.c) and RELION (src/rwTIFF.h); no camera gives 8-bit
 * images of these sizes. Rows are what SerialEM packs; of halved columns the programs differ.
 */
export function halvedSide(width: number, height: number): 'width' | 'height' | null {
  const near = (side: number, expected: number): boolean => Math.abs(side - expected) <= TOLERANCE;
  const has = (w: number, h: number): boolean => near(width, w) && near(height, h);
  if (FRAMES.some(([a, b]) => has(a / 2, b) || has(b / 2, a))) return 'width';
  return FRAMES.some(([a, b]) => has(a, b / 2) || has(b, a / 2)) ? 'height' : null;
}

/** Whether the lines that SerialEM's camera plugin wrote say so; lines of other programs behind them mean that it was unpacked. */
export function saysPacked(description: readonly string[]): boolean {
  const at = description.findIndex((line) => /SerialEMCCD/.test(line) && /4 bits packed/.test(line));
  return at >= 0 && !description.slice(at + 1).some((line) => /^[^ ]*:/.test(line));
}

/** Packed bytes that are read at once, about. */
const PIECE = 256 << 10;

/**
 * The pixels of a source whose "pixels" are bytes with two pixels each.
 * @throws Fault 'unsupported' where the rows are too long
 */
export function unpacked(packed: Source, { width, highFirst }: Packing, path: string): Source {
  const { width: rowBytes, height, notes } = packed.exposure;
  if (width > LIMITS.width || width * height > LIMITS.pixels) {
    throw new Fault(
      'unsupported',
      `${path}: found ${width} x ${height} px of 4 bits, expected at most ${LIMITS.width} columns and 2^31 pixels a frame; is it damaged?`,
    );
  }
  const most = Math.max(1, Math.floor(PIECE / rowBytes));
  let arena: Arena;
  let piece: number;
  const note = 'each byte of the file holds two pixels of 4 bits: they are unpacked';
  return {
    exposure: { ...packed.exposure, width, type: 'uint8', notes: [...notes, note] },
    carried: packed.carried,
    prepare(to) {
      packed.prepare(to);
      arena = to;
      piece = to.take(most * rowBytes + 16);
    },
    async read(frame, row, rows, address) {
      for (let done = 0; done < rows; done += most) {
        const count = Math.min(most, rows - done);
        await packed.read(frame, row + done, count, piece);
        arena.kernels.unpackNibbles(piece, address + done * width, width, count, highFirst);
      }
    },
  };
}
