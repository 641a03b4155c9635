/**
 * What extended headers say of how the sections were taken: `FEI1` and `FEI2` (Thermo Fisher, "MRC2014 file image format
 * specification, TEM/STEM metadata"), `SERI` (SerialEM and IMOD, "MRC format"), `AGAR` as FEI's older programs write it.
 */

import { type Draft, type Metadata, stated } from '../../model/metadata.ts';
import { serialEmTitles } from '../sidecars/titles.ts';
import { type MrcHeader, view, WORDS } from './header.ts';
import { labelsOf } from './labels.ts';

/** What the header states; undefined where nothing is. */
export function metadataOf(header: MrcHeader, pixelSize: number | undefined, sections: number): Metadata | undefined {
  const words = view(header.bytes);
  const type = Buffer.from(header.bytes.subarray(WORDS.exttyp, WORDS.exttyp + 4)).toString('latin1');
  const extended = { words: view(header.extended), littleEndian: header.littleEndian, sections };
  const shorts = (at: number): number => words.getInt16(at, header.littleEndian);
  // Written by FEI's older programs without a type: no integers and 32 floats a section.
  const old =
    type.trim() === '' || type === '\0\0\0\0' ? shorts(WORDS.nint) === 0 && shorts(WORDS.nreal) === 32 : false;
  const draft =
    type === 'FEI1' || type === 'FEI2'
      ? ofFei(extended)
      : type === 'SERI'
        ? ofSerialEm(extended, shorts(WORDS.nint), shorts(WORDS.nreal))
        : (type === 'AGAR' && shorts(WORDS.nreal) === 32) || old
          ? ofAgard(extended)
          : {};
  return stated({ pixelSize, ...serialEmTitles(labelsOf(header.bytes, header.littleEndian)), ...known(draft) });
}

interface Extended {
  readonly words: DataView;
  readonly littleEndian: boolean;
  readonly sections: number;
}

/** Without fields that are not known, so that they do not hide what the header itself says. */
const known = (draft: Draft): Draft =>
  Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined && !Number.isNaN(value)));

/** The value that all sections share. */
const common = <T>(values: readonly T[]): T | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;

/** A block for each section; it says itself how long it is, and by bits which of its fields hold something. */
const FEI = {
  size: 0, // int32, bytes of a block
  masks: [8, 297, 490, 748], // uint32
  timestamp: { at: 12, mask: 0, bit: 0 }, // days since 30 December 1899, local time
  ht: { at: 84, mask: 0, bit: 5 }, // V
  dose: { at: 92, mask: 0, bit: 6 }, // electrons per square metre
  alpha: { at: 100, mask: 0, bit: 7 }, // degrees
  pixelSize: { at: 156, mask: 0, bit: 14 }, // m
  instrument: { at: 244, mask: 0, bit: 25 }, // int32, 1: TEM, 2: STEM
  projection: { at: 248, mask: 0, bit: 26 }, // int32, 1: diffraction, 2: imaging
  magnification: { at: 289, mask: 0, bit: 31 },
  integration: { at: 419, mask: 1, bit: 16 }, // s
  binning: { at: 427, mask: 1, bit: 17 }, // int32, px along x
  camera: { at: 435, mask: 1, bit: 19 }, // 16 characters
  acquired: { at: 796, mask: 3, bit: 6 }, // int64, microseconds since 1970, UTC; FEI2
} as const;

/** Bytes of a block of the first version. */
const FEI1_BLOCK = 768;

/** From 30 December 1899 to 1970. */
const DAYS_TO_1970 = 25_569;

interface FeiField {
  readonly at: number;
  readonly mask: number;
  readonly bit: number;
}

function ofFei({ words, sections }: Extended): Draft {
  // Little-endian whatever the pixels are: the specification knows nothing else.
  const size = words.byteLength >= FEI1_BLOCK ? words.getInt32(FEI.size, true) : 0;
  if (size < FEI1_BLOCK) return {};
  const blocks = Math.min(sections, Math.floor(words.byteLength / size));
  if (blocks === 0) return {};
  const has = (block: number, { at, mask, bit }: FeiField, bytes: number): boolean =>
    at + bytes <= size && ((words.getUint32(block * size + FEI.masks[mask]!, true) >>> bit) & 1) === 1;
  const double = (field: FeiField, block = 0): number | undefined =>
    has(block, field, 8) ? words.getFloat64(block * size + field.at, true) : undefined;
  const int = (field: FeiField): number | undefined => (has(0, field, 4) ? words.getInt32(field.at, true) : undefined);
  const micros = has(0, FEI.acquired, 8) ? Number(words.getBigInt64(FEI.acquired.at, true)) : 0;
  const days = double(FEI.timestamp);
  const tilts = Array.from({ length: blocks }, (_, block) => double(FEI.alpha, block));
  const instrument = int(FEI.instrument);
  return {
    taken: micros > 0 ? micros / 1000 : days === undefined || days <= DAYS_TO_1970 ? undefined : localDay(days),
    takenFrom: micros > 0 ? 'FEI2 Acquisition time stamp' : 'FEI Timestamp',
    exposureSeconds: double(FEI.integration),
    pixelSize: scaled(double(FEI.pixelSize), 1e10),
    binning: int(FEI.binning),
    kilovolts: scaled(double(FEI.ht), 1e-3),
    magnification: double(FEI.magnification),
    dose: scaled(double(FEI.dose), 1e-20),
    tilt: common(tilts),
    camera: has(0, FEI.camera, 16) ? text(words, FEI.camera.at, 16) : undefined,
    diffraction: instrument === 1 && int(FEI.projection) !== undefined ? int(FEI.projection) === 1 : undefined,
  };
}

/** Values that a header leaves out or leaves 0 are not known. */
const scaled = (value: number | undefined, by: number): number | undefined =>
  value === undefined || value === 0 ? undefined : value * by;

/** Milliseconds since 1970 of a day count that a clock on the wall gave. */
function localDay(days: number): number {
  const wall = new Date(Math.round((days - DAYS_TO_1970) * 86_400_000));
  const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
  return new Date(
    ...([
      year,
      month,
      day,
      wall.getUTCHours(),
      wall.getUTCMinutes(),
      wall.getUTCSeconds(),
      wall.getUTCMilliseconds(),
    ] as const),
  ).getTime();
}

const text = (words: DataView, at: number, length: number): string =>
  Buffer.from(words.buffer, words.byteOffset + at, length)
    .toString('latin1')
    .replace(/\0.*$/s, '');

/** What SerialEM keeps of each section, by the bits that say that it does: bytes, in this order. */
const SERIALEM = [
  { bit: 1, bytes: 2, name: 'tilt', per: 100 }, // degrees times 100
  { bit: 2, bytes: 6 }, // piece of a montage
  { bit: 4, bytes: 4 }, // stage
  { bit: 8, bytes: 2, name: 'magnification', per: 0.01 }, // divided by 100
  { bit: 16, bytes: 2 }, // intensity
  { bit: 32, bytes: 4, name: 'dose' }, // electrons per square angstrom, a float made of two integers
] as const;

function ofSerialEm({ words, littleEndian, sections }: Extended, bytes: number, flags: number): Draft {
  const kept = SERIALEM.filter(({ bit }) => (flags & bit) !== 0);
  const needed = kept.reduce((sum, each) => sum + each.bytes, 0);
  const blocks = bytes > 0 ? Math.min(sections, Math.floor(words.byteLength / bytes)) : 0;
  if (needed > bytes || flags < 0 || blocks === 0) return {};
  const short = (at: number): number => words.getInt16(at, littleEndian);
  const draft: Record<string, number | undefined> = {};
  let at = 0;
  for (const field of kept) {
    const here = at;
    at += field.bytes;
    if (!('name' in field)) continue;
    const values = Array.from({ length: blocks }, (_, block) => {
      const place = block * bytes + here;
      return 'per' in field ? short(place) / field.per : ofTwoShorts(short(place), short(place + 2));
    });
    draft[field.name] = common(values);
  }
  return draft;
}

/** IMOD's way to put a float into two integers: |low| · 256 + |high| mod 256, times 2 to the power of ±(|high| / 256). */
function ofTwoShorts(low: number, high: number): number {
  const exponent = Math.floor(Math.abs(high) / 256) * (high < 0 ? -1 : 1);
  return (Math.abs(low) * 256 + (Math.abs(high) % 256)) * 2 ** exponent * (low < 0 ? -1 : 1);
}

/** 32 floats a section, of which the first are in use. */
const AGARD = { bytes: 128, tilt: 0, exposure: 8, pixelSize: 11, magnification: 12, ht: 13, binning: 14 } as const;

function ofAgard({ words, littleEndian, sections }: Extended): Draft {
  const blocks = Math.min(sections, Math.floor(words.byteLength / AGARD.bytes));
  if (blocks === 0) return {};
  const float = (index: number, block = 0): number => words.getFloat32(block * AGARD.bytes + 4 * index, littleEndian);
  const tilts = Array.from({ length: blocks }, (_, block) => float(AGARD.tilt, block));
  return {
    tilt: common(tilts),
    exposureSeconds: scaled(float(AGARD.exposure), 1),
    pixelSize: scaled(float(AGARD.pixelSize), 1e10), // m
    magnification: scaled(float(AGARD.magnification), 1),
    kilovolts: scaled(float(AGARD.ht), 1e-3), // V
    binning: scaled(float(AGARD.binning), 1),
  };
}
