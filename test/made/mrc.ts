/** MRC files as bytes, good and odd ones, written word by word: not by the writer under test. */

import { HEADER_BYTES, WORDS } from '../../src/formats/mrc/header.ts';

type Put = (view: DataView, at: number, value: number, littleEndian: boolean) => void;

/** MRC2014, word 4: bytes per pixel, and how one is written. */
const MODES: Record<number, { bytes: number; put: Put }> = {
  0: { bytes: 1, put: (view, at, value) => view.setInt8(at, value) },
  1: { bytes: 2, put: (view, at, value, little) => view.setInt16(at, value, little) },
  2: { bytes: 4, put: (view, at, value, little) => view.setFloat32(at, value, little) },
  6: { bytes: 2, put: (view, at, value, little) => view.setUint16(at, value, little) },
  12: { bytes: 2, put: (view, at, value, little) => view.setUint16(at, float16Bits(value), little) },
};

export interface MadeMrc {
  readonly width: number;
  readonly height: number;
  readonly frames?: number;
  /** Of a mode that is not in the table only the header is made. */
  readonly mode: number;
  /** All frames, row-major in stored order; absent: zeros. */
  readonly pixels?: ArrayLike<number>;
  readonly littleEndian?: boolean;
  /** Bytes 212 and on; absent: what belongs to the byte order. */
  readonly stamp?: readonly number[];
  readonly extended?: { readonly type: string; readonly bytes: Uint8Array };
  readonly labels?: readonly string[];
  /** Angstrom per pixel; 0 leaves the cell empty. */
  readonly pixelSize?: number;
  /** Bytes 208 and on. */
  readonly map?: string;
  /** Mode 0: IMOD's stamp with its flag for signed (true) or unsigned (false) bytes; absent: no stamp. */
  readonly imodSigned?: boolean;
  /** Header words (byte offset -> 32-bit integer) that say something else than the truth. */
  readonly lies?: Readonly<Record<number, number>>;
}

/** The whole file. */
export function madeMrc(made: MadeMrc): Uint8Array {
  const { width, height, frames = 1, mode, pixels, extended, littleEndian: little = true, pixelSize = 1.5 } = made;
  const count = width * height * frames;
  const { bytes: size, put } = MODES[mode] ?? { bytes: 0, put: () => {} };
  const first = HEADER_BYTES + (extended?.bytes.length ?? 0);
  const file = new Uint8Array(first + count * size);
  const view = new DataView(file.buffer);
  const integers = (at: number, ...values: number[]): void => {
    for (const [i, value] of values.entries()) view.setInt32(at + 4 * i, value, little);
  };
  const floats = (at: number, ...values: number[]): void => {
    for (const [i, value] of values.entries()) view.setFloat32(at + 4 * i, value, little);
  };
  const text = (at: number, value: string): void => file.set(Buffer.from(value, 'latin1'), at);

  integers(WORDS.nx, width, height, frames, mode);
  integers(WORDS.mx, width, height, frames);
  floats(WORDS.cella, width * pixelSize, height * pixelSize, frames * pixelSize);
  floats(WORDS.cellb, 90, 90, 90);
  integers(WORDS.mapc, 1, 2, 3);
  integers(WORDS.nsymbt, first - HEADER_BYTES);
  text(WORDS.exttyp, extended?.type ?? '');
  integers(WORDS.nversion, 20_140);
  if (made.imodSigned !== undefined) integers(WORDS.imodStamp, 1_146_047_817, made.imodSigned ? 1 : 0);
  text(WORDS.map, made.map ?? 'MAP ');
  file.set(made.stamp ?? (little ? [0x44, 0x44, 0, 0] : [0x11, 0x11, 0, 0]), WORDS.machine);
  const labels = made.labels ?? [];
  integers(WORDS.nlabl, labels.length);
  for (const [i, label] of labels.entries()) text(WORDS.labels + 80 * i, label.padEnd(80).slice(0, 80));
  for (const [at, value] of Object.entries(made.lies ?? {})) integers(Number(at), value);

  if (extended) file.set(extended.bytes, HEADER_BYTES);
  for (let i = 0; pixels && i < count; i++) put(view, first + i * size, pixels[i]!, little);
  return file;
}

/** IEEE half precision, rounded half to even. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65_520) return sign | 0x7c00;
  let exponent = -14;
  while (magnitude >= 2 ** (exponent + 1)) exponent++;
  // In units of the last place; 1024 of them carry into the exponent by themselves.
  const units = magnitude / 2 ** (exponent - 10);
  const below = Math.floor(units);
  const over = units - below;
  const rounded = over > 0.5 || (over === 0.5 && below % 2 === 1) ? below + 1 : below;
  return sign | (rounded + (exponent + 14) * 1024);
}
