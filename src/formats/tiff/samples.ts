/** What one number of a pixel is: which kinds are read as which type, and what to do with the others. */

import type { PixelType } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import type { TiffDirectory } from './directory.ts';
import { TAGS } from './fields.ts';

/** SampleFormat and BitsPerSample. A format that is absent, or 4 (undefined), is an unsigned integer. */
const TYPES: Readonly<Record<string, PixelType>> = {
  // Two in a byte: see `TiffPage.packing`.
  '1/4': 'uint8',
  '1/8': 'uint8',
  '1/16': 'uint16',
  '2/8': 'int8',
  '2/16': 'int16',
  '3/16': 'float16',
  '3/32': 'float32',
};

const SAMPLE_FORMATS = [
  '',
  'unsigned integers',
  'signed integers',
  'floating point',
  'undefined',
  'complex integers',
  'complex numbers',
];

/** DataType, the field that TIFF 6.0 replaced by SampleFormat: its values in that of SampleFormat. */
const DATA_TYPES: Readonly<Record<number, number>> = { 0: 4, 1: 2, 2: 1, 3: 3 };

const IMAGEJ_FLOAT = 'open it in ImageJ and save it as TIFF, which makes it 32-bit floating point';

/** What makes other kinds readable, by SampleFormat and BitsPerSample. */
const WAYS: Readonly<Record<string, string>> = {
  '1/1': 'open it in ImageJ and save it as TIFF, which makes it 8-bit',
  '1/12': 'open it in ImageJ and save it as TIFF, which makes it 16-bit',
  '1/32': IMAGEJ_FLOAT,
  '2/32': IMAGEJ_FLOAT,
  '3/64': IMAGEJ_FLOAT,
};

/** @throws Fault 'unsupported' for samples that are not read */
export function sampleType({ number }: TiffDirectory, path: string): PixelType {
  const bits = number(TAGS.BitsPerSample) ?? 1;
  const format = number(TAGS.SampleFormat) ?? DATA_TYPES[number(TAGS.DataType) ?? 2] ?? 1;
  const kind = `${format === 4 ? 1 : format}/${bits}`;
  const type = TYPES[kind];
  if (type) return type;
  const found = `${bits}-bit ${SAMPLE_FORMATS[format] ?? `sample format ${format}`}`;
  const way = WAYS[kind] ?? 'convert it to one of them, or leave it out with --exclude';
  throw new Fault(
    'unsupported',
    `${path}: found ${found}, expected 4, 8 or 16-bit integers, 16 or 32-bit floating point; ${way}`,
  );
}
