/** What Velox says of an image: JSON, in a dataset of bytes beside it, one column for each frame. */

import type { OpenFile } from '../../files/input-file.ts';
import { readFully } from '../../files/input-file.ts';
import type { Metadata } from '../../model/metadata.ts';
import { Fault } from '../../model/outcome.ts';
import { inAngstrom } from '../length.ts';
import { stated } from '../stated.ts';
import { chunksOf } from './chunks.ts';
import { datasetOf } from './dataset.ts';
import type { Hdf5 } from './structure.ts';

/** A real one takes 60 000. */
const MOST_BYTES = 1 << 22;

/** Nothing where it is missing, or makes no sense: it never keeps pixels from being read. */
export function veloxMetadata(hdf5: Hdf5, file: OpenFile, path: string): Metadata {
  try {
    const json: unknown = JSON.parse(textOf(hdf5, file, path.split('/').slice(1, -1)));
    return metadataIn(json);
  } catch (error) {
    if (error instanceof Fault || error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The text of the first frame. @throws Fault when it cannot be found */
function textOf(hdf5: Hdf5, file: OpenFile, groups: readonly string[]): string {
  let address = hdf5.root;
  for (const name of [...groups, 'Metadata']) {
    const member = hdf5.members(hdf5.messages(address)).get(name);
    if (member === undefined) throw hdf5.damaged(`no ${name}`);
    address = member;
  }
  const dataset = datasetOf(hdf5, hdf5.messages(address));
  const [rows = 0, frames = 1] = dataset?.shape ?? [];
  if (!dataset || rows * frames > MOST_BYTES || dataset.filters.length > 0) throw hdf5.damaged('other metadata');
  const layout = dataset.layout();
  const text = Buffer.alloc(rows);
  const chunk = layout.kind === 'stretch' ? [rows, frames] : layout.chunk;
  const [chunkRows, depth] = [chunk[0]!, chunk[1] ?? 1];
  if (!(chunkRows >= 1 && depth >= 1 && chunkRows * depth <= MOST_BYTES)) throw hdf5.damaged('other metadata');
  const grid = { shape: dataset.shape, chunk, chunkBytes: chunkRows * depth, filtered: false };
  const chunks =
    layout.kind === 'stretch' ? [{ at: layout.at, bytes: rows * frames }] : chunksOf(hdf5, layout.index, grid);
  const across = Math.ceil(frames / depth);
  for (let first = 0, i = 0; first < rows; first += chunkRows, i += across) {
    const below = Math.min(chunkRows, rows - first);
    if (depth === 1) {
      readFully(file, text.subarray(first, first + below), chunks[i]!.at);
      continue;
    }
    const bytes = Buffer.alloc(below * depth);
    readFully(file, bytes, chunks[i]!.at);
    for (let row = 0; row < below; row++) text[first + row] = bytes[row * depth]!;
  }
  const end = text.indexOf(0);
  return text.toString('utf8', 0, end < 0 ? rows : end);
}

type Json = { readonly [name: string]: unknown };

/** What stands at a path of names; undefined where there is nothing. */
function at(json: unknown, ...names: readonly string[]): unknown {
  let value = json;
  for (const name of names) value = typeof value === 'object' && value !== null ? (value as Json)[name] : undefined;
  return value;
}

/** Velox writes numbers as text. */
function numberAt(json: unknown, ...names: readonly string[]): number | undefined {
  const value = Number(at(json, ...names) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

const positive = (value: number | undefined): number | undefined =>
  value !== undefined && value > 0 ? value : undefined;

function metadataIn(json: unknown): Metadata {
  const camera = at(json, 'BinaryResult', 'Detector');
  const detector = Object.values((at(json, 'Detectors') ?? {}) as Json).find(
    (each) => at(each, 'DetectorName') === camera,
  );
  const seconds = positive(numberAt(json, 'Acquisition', 'AcquisitionStartDatetime', 'DateTime'));
  const volts = positive(numberAt(json, 'Optics', 'AccelerationVoltage'));
  const tilt = numberAt(json, 'Stage', 'AlphaTilt');
  const unit = String(at(json, 'BinaryResult', 'PixelUnitX') ?? '');
  const side = positive(numberAt(json, 'BinaryResult', 'PixelSize', 'width'));
  const diffraction = /^1\//.test(unit);
  return stated({
    taken: seconds === undefined ? undefined : 1000 * seconds,
    takenFrom: seconds === undefined ? undefined : 'Velox AcquisitionStartDatetime',
    exposureSeconds: positive(numberAt(detector, 'ExposureTime')),
    pixelSize: side === undefined ? undefined : inAngstrom(side, unit),
    binning: positive(numberAt(detector, 'Binning', 'width')),
    kilovolts: volts === undefined ? undefined : volts / 1000,
    magnification: diffraction ? undefined : positive(numberAt(json, 'Optics', 'NominalMagnification')),
    tilt: tilt === undefined ? undefined : (tilt * 180) / Math.PI,
    camera: typeof camera === 'string' && camera !== '' ? camera : undefined,
    diffraction: diffraction || undefined,
  });
}
