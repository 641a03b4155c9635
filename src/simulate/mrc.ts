/**
 * Writes the MRC files of simulated sessions: one frame, little-endian (as every machine is that Node runs on here),
 * band by band. Statistics are in the header, so it is written last.
 */

import fs from 'node:fs';
import type { Statistics } from '../exposure.ts';
import { createFresh, writeFully } from '../files.ts';
import { HEADER_BYTES, WORDS } from '../formats/mrc-header.ts';

type Pixels = Int8Array | Uint16Array | Float32Array;

/** MRC2014, word 4. */
const MODES = { int8: 0, float32: 2, uint16: 6 } as const;
const ARRAYS = { int8: Int8Array, float32: Float32Array, uint16: Uint16Array } as const;

/** Angstrom per pixel. */
const PIXEL_SIZE = 1.2;
/** About as much as fits into the cache of a core, px. */
const BAND_PIXELS = 1 << 17;

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly type: keyof typeof MODES;
  /** At most 80 ASCII characters: what made this. */
  readonly label: string;
}

/** Creates `file`, which must not be there yet; `fill` puts `rows` rows from `first` on into `band` (rows x width). */
export function writeMrc<Type extends keyof typeof MODES>(
  file: string,
  shape: Shape & { readonly type: Type },
  fill: (first: number, rows: number, band: InstanceType<(typeof ARRAYS)[Type]>) => void,
): void {
  const { width, height } = shape;
  const most = Math.max(1, Math.floor(BAND_PIXELS / width));
  const band = new ARRAYS[shape.type](most * width) as InstanceType<(typeof ARRAYS)[Type]>;
  const tally = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, sum: 0, squares: 0 };
  const fd = createFresh(file);
  try {
    for (let first = 0; first < height; first += most) {
      const rows = Math.min(most, height - first);
      const part = band.subarray(0, rows * width) as typeof band;
      fill(first, rows, part);
      count(part, width, tally);
      writeFully(
        fd,
        new Uint8Array(part.buffer, 0, part.byteLength),
        HEADER_BYTES + first * width * band.BYTES_PER_ELEMENT,
      );
    }
    const mean = tally.sum / (width * height);
    const deviation = Math.sqrt(Math.max(0, tally.squares / (width * height) - mean * mean));
    writeFully(fd, mrcHeader(shape, { min: tally.min, max: tally.max, mean, deviation }), 0);
  } finally {
    fs.closeSync(fd);
  }
}

interface Tally {
  min: number;
  max: number;
  sum: number;
  squares: number;
}

function count(pixels: Pixels, width: number, tally: Tally): void {
  for (let at = 0; at < pixels.length; at += width) {
    let { min, max } = tally;
    let sum = 0;
    let squares = 0;
    for (let i = at; i < at + width; i++) {
      const value = pixels[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      squares += value * value;
    }
    tally.min = min;
    tally.max = max;
    tally.sum += sum;
    tally.squares += squares;
  }
}

function mrcHeader({ width, height, type, label }: Shape, { min, max, mean, deviation }: Statistics): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const put = (word: number, ...values: number[]): void => {
    for (const [i, value] of values.entries()) view.setInt32(word + 4 * i, value, true);
  };
  const putFloat = (word: number, ...values: number[]): void => {
    for (const [i, value] of values.entries()) view.setFloat32(word + 4 * i, value, true);
  };
  const text = (word: number, value: string): void => bytes.set(Buffer.from(value, 'ascii'), word);

  put(WORDS.nx, width, height, 1, MODES[type]);
  put(WORDS.mx, width, height, 1);
  putFloat(WORDS.cella, width * PIXEL_SIZE, height * PIXEL_SIZE, PIXEL_SIZE);
  putFloat(WORDS.cellb, 90, 90, 90);
  put(WORDS.mapc, 1, 2, 3);
  putFloat(WORDS.amin, min, max, mean);
  put(WORDS.nversion, 20_140);
  text(WORDS.map, 'MAP ');
  bytes.set([0x44, 0x44], WORDS.machine);
  putFloat(WORDS.rms, deviation);
  put(WORDS.nlabl, 1);
  text(WORDS.labels, label.slice(0, 80).padEnd(80));
  return bytes;
}
