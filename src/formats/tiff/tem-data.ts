/**
 * What EM-MENU (TVIPS) says in a TIFF of how it was taken: tag 37706 tells where a structure "TemData" stands in the file.
 * TVIPS publishes no description: layout and units after tifffile (TVIPS_HEADER_V1 and V2) and HyperSpy.
 */

import { type OpenFile, readFully } from '../../files/input-file.ts';
import type { Draft } from '../../model/metadata.ts';
import type { TiffDirectories, TiffDirectory } from './directory.ts';
import { TEM_DATA } from './metadata.ts';

/** Where the second part begins, which version 2 adds, and its length; its last number is a mark. */
const SECOND = { at: 244, bytes: 6068 } as const;
const MARK = { at: 6064, value: 0xaaaaaaaa } as const;

/** Bytes from the beginning of the second part. */
const AT = {
  date: 340, // year * 65536 + month * 256 + day, seen in files
  time: 344, // s since midnight
  pixelSize: 2724, // nm
  highTension: 3028, // V
  mode: 3288,
  magnification: 3292, // or the camera length
  camera: 3524, // 80 characters of UTF-16
  binning: 3700,
  exposure: 3708, // ms
} as const;

const CAMERA_BYTES = 160;
const DIFFRACTION = 3;

/** Absent: it says nothing, or only what version 1 does, whose units nobody has described. */
export function temData(
  file: OpenFile,
  { entries }: TiffDirectory,
  tiff: TiffDirectories,
): (Draft & { readonly pixelSize: number | undefined }) | undefined {
  const entry = entries.find(({ tag }) => tag === TEM_DATA);
  if (!entry || entry.count === 0) return undefined;
  // One number is the place; where more are claimed they begin there.
  const at = entry.bytes <= 4 ? tiff.numbers(entry)[0]! : entry.at;
  if (at + SECOND.at + SECOND.bytes > file.size) return undefined;
  const bytes = Buffer.alloc(SECOND.at + SECOND.bytes);
  readFully(file, bytes, at);
  const little = tiff.littleEndian;
  const first = new DataView(bytes.buffer, bytes.byteOffset);
  const second = new DataView(bytes.buffer, bytes.byteOffset + SECOND.at);
  if (first.getInt32(0, little) !== 2 || second.getUint32(MARK.at, little) !== MARK.value) return undefined;
  const float = (place: number): number | undefined => positive(second.getFloat32(place, little));
  const mode = second.getInt32(AT.mode, little);
  const image = mode !== DIFFRACTION;
  return {
    taken: timeOf(second.getInt32(AT.date, little), second.getInt32(AT.time, little)),
    takenFrom: 'TVIPS TemData',
    exposureSeconds: scaled(float(AT.exposure), 1e-3),
    pixelSize: image ? scaled(float(AT.pixelSize), 10) : undefined,
    binning: positive(second.getInt32(AT.binning, little)),
    kilovolts: scaled(float(AT.highTension), 1e-3),
    magnification: image ? float(AT.magnification) : undefined,
    camera: textAt(bytes.subarray(SECOND.at + AT.camera, SECOND.at + AT.camera + CAMERA_BYTES), little),
    diffraction: image ? undefined : true,
  };
}

const positive = (number: number): number | undefined => (number > 0 && Number.isFinite(number) ? number : undefined);

/** Numbers of single precision, as somebody wrote them. */
const scaled = (number: number | undefined, factor: number): number | undefined =>
  number === undefined ? undefined : Number((number * factor).toPrecision(7));

function timeOf(date: number, seconds: number): number | undefined {
  const [year, month, day] = [date >> 16, (date >> 8) & 0xff, date & 0xff];
  const sensible = year >= 1990 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (!sensible || seconds < 0 || seconds >= 86_400) return undefined;
  return new Date(year, month - 1, day, 0, 0, seconds).getTime();
}

function textAt(bytes: Buffer, littleEndian: boolean): string | undefined {
  const text = Buffer.from(bytes);
  if (!littleEndian) text.swap16();
  return text.toString('utf16le').replace(/\0.*$/s, '').trim() || undefined;
}
