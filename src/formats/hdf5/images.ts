/**
 * Which dataset of an HDF5 file is the exposure. Velox keeps each of its images in `/Data/Image/ID/Data`, rows x columns x
 * frames; elsewhere, as in EMD files of openNCEM, a stack is frames x rows x columns.
 */

import { Fault } from '../../model/outcome.ts';
import type { Choice } from '../format.ts';
import { type Dataset, datasetOf, type Numbers } from './dataset.ts';
import type { Axes } from './pixels.ts';
import type { Hdf5 } from './structure.ts';

/** Real files have some hundred objects. */
const MOST_OBJECTS = 20_000;
const MOST_DEPTH = 20;

export interface Image {
  /** Names on its path, with a slash before each. */
  readonly path: string;
  readonly dataset: Dataset;
  readonly velox: boolean;
}

/** The image that was chosen: how it stands, and where. */
export interface Chosen extends Image {
  readonly numbers: Numbers;
  readonly axes: Axes;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** From 1 on, of so many. */
  readonly number: number;
  readonly of: number;
}

const VELOX = /^\/Data\/Image\/[^/]+\/Data$/;
const VELOX_DATA = /^\/Data\//;
const VELOX_SPECTRA = /^\/Data\/Spectrum/;

/** Datasets that have the shape of an image or of a stack, in the order of their paths. */
function imagesIn(hdf5: Hdf5): Image[] {
  const images: Image[] = [];
  const seen = new Set<number>();
  const visit = (address: number, path: string, depth: number): void => {
    // Links may lead anywhere.
    if (seen.has(address)) return;
    seen.add(address);
    if (seen.size > MOST_OBJECTS || depth > MOST_DEPTH) throw hdf5.damaged('too many objects');
    const messages = hdf5.messages(address);
    const dataset = datasetOf(hdf5, messages);
    if (dataset) {
      if (dataset.shape.length >= 2) images.push({ path, dataset, velox: VELOX.test(path) });
      return;
    }
    const members = [...hdf5.members(messages)].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, member] of members) visit(member, `${path}/${name}`, depth + 1);
  };
  visit(hdf5.root, '', 0);
  return images;
}

const sizeOf = ({ dataset }: Image): number => dataset.shape.reduce((product, each) => product * each, 1);

/** Velox keeps text and thumbnails in arrays of bytes too, beside its images: those are none. */
function exposuresAmong(images: readonly Image[]): readonly Image[] {
  const velox = images.filter((each) => each.velox);
  if (velox.length > 0) return velox;
  return images.filter(({ path }) => !VELOX_DATA.test(path) || VELOX_SPECTRA.test(path));
}

/** @throws Fault 'unsupported' */
export function choose(hdf5: Hdf5, { image }: Choice): Chosen {
  const refuse = (what: string): Fault => new Fault('unsupported', `${hdf5.path}: found ${what}`);
  const images = exposuresAmong(imagesIn(hdf5));
  if (images.length === 0) throw refuse('no image in the HDF5 file; leave it out with --exclude');
  const largest = images.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
  const chosen = image === null ? largest : images[image - 1];
  if (!chosen) {
    const list = images.map(({ path, dataset }, i) => `${i + 1} (${path}, ${dataset.shape.join(' x ')})`).slice(0, 20);
    throw refuse(`no image ${image}, expected one of ${list.join(', ')}`);
  }
  const { path, dataset, velox } = chosen;
  const { shape, numbers } = dataset;
  if (VELOX_SPECTRA.test(path)) throw refuse(`spectra (${path}), expected an image or a stack of frames`);
  if (typeof numbers === 'string') {
    throw refuse(`${numbers} in ${path}, expected integers of 8, 16 or 32 bits, float16 or float32`);
  }
  if (shape.length > 3) {
    throw refuse(
      `${shape.length} dimensions (${shape.join(' x ')}) in ${path}, expected an image or a stack of frames`,
    );
  }
  if (shape.some((size) => size < 1)) {
    throw new Fault('incomplete', `${hdf5.path}: found ${shape.join(' x ')} px in ${path}; wait until it is written`);
  }
  const axes: Axes =
    shape.length === 2
      ? { frame: null, row: 0, col: 1 }
      : velox
        ? { frame: 2, row: 0, col: 1 }
        : { frame: 0, row: 1, col: 2 };
  const [width, height] = [shape[axes.col]!, shape[axes.row]!];
  const frames = axes.frame === null ? 1 : shape[axes.frame]!;
  return { ...chosen, numbers, axes, width, height, frames, number: images.indexOf(chosen) + 1, of: images.length };
}
