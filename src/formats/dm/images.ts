/** The images of a DM3 or DM4 file, and which of them is the exposure: not its thumbnail, no spectrum, no colours. */

import type { PixelType } from '../../model/exposure.ts';
import { Fault } from '../../model/outcome.ts';
import type { Choice } from '../format.ts';
import { PATH, type Stretch, type TagTree, textOf, type Value } from './tags.ts';

/** DigitalMicrograph's types of images that are read. */
const TYPES: Readonly<Record<number, PixelType>> = {
  1: 'int16',
  2: 'float32',
  6: 'uint8',
  7: 'int32',
  9: 'int8',
  10: 'uint16',
  11: 'uint32',
};

/** The others. */
const REFUSED: Readonly<Record<number, string>> = {
  3: 'complex numbers: a transform, no exposure',
  5: 'packed complex numbers: a transform, no exposure',
  8: 'colours (RGB): no exposure of one camera',
  12: 'float64; convert it in DigitalMicrograph: Edit, Change Data Type, Real 4 bytes',
  13: 'complex numbers: a transform, no exposure',
  14: 'one bit a pixel: a mask, no exposure',
  23: 'colours (RGB): a picture for the eye, no exposure',
  39: '64-bit integers; convert it in DigitalMicrograph: Edit, Change Data Type, Real 4 bytes',
  40: '64-bit integers; convert it in DigitalMicrograph: Edit, Change Data Type, Real 4 bytes',
};
const COLOURS = [8, 23];

/** Units of an axis of energy: what lies along it is a spectrum. */
const ENERGY = /^k?eV$/i;

/** One image, as the tags have it. */
export interface DmImage {
  /** From 1 on, as the file lists them. */
  readonly number: number;
  /** The value at a path below the image, such as `ImageData`, `DataType`. */
  readonly value: (...names: readonly string[]) => Value | undefined;
  readonly dataType: number;
  /** px: columns, rows, frames. */
  readonly dimensions: readonly number[];
}

/** The image that was chosen; its pixels are numbers that stand in the file. */
export interface Chosen extends DmImage {
  readonly type: PixelType;
  readonly pixels: Stretch;
  /** How many the file holds that might be meant. */
  readonly others: number;
}

const numberOf = (value: Value | undefined): number => (typeof value === 'number' ? value : Number.NaN);

function imagesOf({ values }: TagTree): DmImage[] {
  const numbers = new Set<number>();
  for (const name of values.keys()) {
    const number = /^ImageList\n#(\d+)\nImageData\nDataType$/.exec(name)?.[1];
    if (number !== undefined) numbers.add(Number(number));
  }
  return [...numbers]
    .sort((a, b) => a - b)
    .map((index) => {
      const value = (...names: readonly string[]): Value | undefined =>
        values.get(['ImageList', `#${index}`, ...names].join(PATH));
      const dimensions: number[] = [];
      for (let i = 0; i < 8; i++) {
        const length = value('ImageData', 'Dimensions', `#${i}`);
        if (length === undefined) break;
        dimensions.push(numberOf(length));
      }
      return { number: index + 1, value, dataType: numberOf(value('ImageData', 'DataType')), dimensions };
    });
}

const area = ({ dimensions }: DmImage): number => dimensions.reduce((product, length) => product * length, 1);

/**
 * The image that is asked for; the largest by default, of those that are no thumbnails: pictures in colour for the eye,
 * which may be larger than a small exposure.
 * @throws Fault 'unsupported', 'format'
 */
export function choose(path: string, tree: TagTree, { image }: Choice): Chosen {
  const images = imagesOf(tree);
  if (images.length === 0)
    throw new Fault('format', `${path}: found no image in the DM${tree.version} file; is it one?`);
  const exposures = images.filter(({ dataType }) => !COLOURS.includes(dataType));
  const meant = exposures.length > 0 ? exposures : images;
  const largest = meant.reduce((a, b) => (area(b) > area(a) ? b : a));
  const chosen = image === null ? largest : images.find(({ number }) => number === image);
  if (!chosen) {
    const numbers = images.map(({ number }) => number).join(', ');
    throw new Fault('unsupported', `${path}: --image ${image}: found the images ${numbers}; give one of these numbers`);
  }
  const { dataType, dimensions, value } = chosen;
  const refuse = (what: string): Fault => new Fault('unsupported', `${path}: found ${what}`);
  const type = TYPES[dataType];
  if (!type)
    throw refuse(`an image of ${REFUSED[dataType] ?? `type ${dataType}, which DigitalMicrograph does not have`}`);
  if (dimensions.length === 1) throw refuse('one row of pixels: a spectrum or a profile, no exposure');
  if (dimensions.length > 3) {
    throw refuse(`${dimensions.length} dimensions (${dimensions.join(' x ')}), expected an image or a stack of frames`);
  }
  const isSpectra = /spectrum/i.test(textOf(value('ImageTags', 'Meta Data', 'Format')) ?? '');
  const hasEnergy = dimensions.some((_, i) =>
    ENERGY.test(textOf(value('ImageData', 'Calibrations', 'Dimension', `#${i}`, 'Units')) ?? ''),
  );
  if (isSpectra || hasEnergy) throw refuse('spectra (an axis of energy), expected an image or a stack of frames');
  if (dimensions.length === 0 || dimensions.some((length) => !(length >= 1))) {
    throw new Fault('format', `${path}: found an image of ${dimensions.join(' x ') || 'no'} px; is it damaged?`);
  }
  const pixels = value('ImageData', 'Data');
  if (typeof pixels !== 'object' || 'length' in pixels) {
    throw new Fault('format', `${path}: found no pixels in image ${chosen.number}; is it damaged?`);
  }
  return { ...chosen, type, pixels, others: meant.length - 1 };
}
