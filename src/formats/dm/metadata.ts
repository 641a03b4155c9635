/** What the tags of an image say of how it was taken, by the names that DigitalMicrograph gives them. */

import type { Metadata } from '../../model/metadata.ts';
import { inAngstrom } from '../length.ts';
import { stated } from '../stated.ts';
import type { DmImage } from './images.ts';
import { textOf, type Value } from './tags.ts';
import { timeOf } from './time.ts';

/** Only values with one of these names are kept while the tags are read, and what stands in `Dimensions`. */
const NAMES = new Set([
  ...['DataType', 'Data', 'Scale', 'Units', 'Name', 'Format', 'Binning', 'hbin', 'Exposure (s)', 'exposure (s)'],
  ...['Exposure Time (s)', 'Acquisition Date', 'Acquisition Time', 'Acquisition Start Time (epoch)', 'Device Name'],
  ...['Voltage', 'Indicated Magnification', 'Imaging Mode', 'Operation Mode', 'Stage Alpha'],
]);

export function isOfInterest(names: readonly string[]): boolean {
  if (names[0] !== 'ImageList') return false;
  return NAMES.has(names.at(-1)!) || names.at(-2) === 'Dimensions';
}

type Tags = DmImage['value'];

const numberOf = (value: Value | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const positive = (value: Value | undefined): number | undefined => {
  const number = numberOf(Array.isArray(value) ? value[0] : value);
  return number !== undefined && number > 0 ? number : undefined;
};

/** Tags are found where versions of DigitalMicrograph have put them, the most exact first. */
export function metadataOf({ value }: DmImage): Metadata {
  const tag = (...names: readonly string[]): Value | undefined => value('ImageTags', ...names);
  const volts = positive(tag('Microscope Info', 'Voltage'));
  const diffraction = isDiffraction(value);
  return stated({
    ...timeOf({
      epoch: positive(tag('Acquisition', 'Frame', 'Sequence', 'Acquisition Start Time (epoch)')),
      date: textOf(tag('DataBar', 'Acquisition Date')),
      time: textOf(tag('DataBar', 'Acquisition Time')),
    }),
    exposureSeconds:
      positive(tag('DataBar', 'Exposure Time (s)')) ??
      positive(tag('Acquisition', 'Parameters', 'High Level', 'Exposure (s)')) ??
      positive(tag('Acquisition', 'Parameters', 'Detector', 'exposure (s)')),
    pixelSize: diffraction ? undefined : pixelSizeOf(value),
    binning:
      positive(tag('Acquisition', 'Parameters', 'High Level', 'Binning')) ??
      positive(tag('Acquisition', 'Parameters', 'Detector', 'hbin')),
    kilovolts: volts === undefined ? undefined : volts / 1000,
    // In diffraction it is a camera length.
    magnification: diffraction ? undefined : positive(tag('Microscope Info', 'Indicated Magnification')),
    tilt: numberOf(tag('Microscope Info', 'Stage Position', 'Stage Alpha')),
    camera: textOf(tag('DataBar', 'Device Name')) ?? textOf(tag('Acquisition', 'Device', 'Name')),
    diffraction: diffraction || undefined,
  });
}

const unitOf = (value: Tags): string => textOf(value('ImageData', 'Calibrations', 'Dimension', '#0', 'Units')) ?? '';

function isDiffraction(value: Tags): boolean {
  const modes = ['Imaging Mode', 'Operation Mode'].map((name) => textOf(value('ImageTags', 'Microscope Info', name)));
  return /^1\//.test(unitOf(value)) || modes.some((mode) => /diffraction/i.test(mode ?? ''));
}

function pixelSizeOf(value: Tags): number | undefined {
  const scale = positive(value('ImageData', 'Calibrations', 'Dimension', '#0', 'Scale'));
  return scale === undefined ? undefined : inAngstrom(scale, unitOf(value));
}
