/** `_info.txt` of Direct Electron's DE-Server: `property = value`, one property a line. */

import type { Draft } from '../../model/metadata.ts';
import { NotUnderstood, numberIn, type Sidecar, type Statement } from './sidecar.ts';
import { timeIn } from './times.ts';

export const directElectron: Sidecar = {
  name: '_info.txt',
  limit: 4 << 20,
  // NAME_movie.mrc and NAME_final.mrc share NAME_info.txt.
  places: (folder, _name, stem) => [
    `${folder}${stem}_info.txt`,
    ...(stem.includes('_') ? [`${folder}${stem.slice(0, stem.lastIndexOf('_'))}_info.txt`] : []),
  ],
  read: readInfo,
};

/** The servers' versions differ in the units that they put in brackets behind a property. */
const withoutUnit = (property: string): string =>
  property
    .replace(/\s*\([^()]*\)\s*$/, '')
    .trim()
    .toLowerCase();

function readInfo(text: string): Statement | null {
  const values = new Map<string, string>();
  const units = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    const at = line.indexOf('=');
    if (at < 1) continue;
    const property = withoutUnit(line.slice(0, at));
    // The first counts: "Exposure Time (seconds)" before others that differ by their unit.
    if (values.has(property)) continue;
    values.set(property, line.slice(at + 1).trim());
    units.set(property, /\(([^()]*)\)\s*$/.exec(line.slice(0, at))?.[1]?.toLowerCase() ?? '');
  }
  // Other programs write files of this name.
  if (![...values.keys()].some((property) => /^server software version|^camera (name|model|sn)$/.test(property))) {
    if (values.size === 0 && text.trim() !== '') return null;
    throw new NotUnderstood('names neither a server nor a camera');
  }
  const number = (property: string): number | undefined => numberIn(values.get(property));
  return { draft: draftOf(values, number, units), notes: [] };
}

/** Angstrom. */
const LENGTHS: Readonly<Record<string, number>> = { nanometers: 10, nm: 10, angstroms: 1, angstrom: 1, a: 1 };

function draftOf(
  values: ReadonlyMap<string, string>,
  number: (property: string) => number | undefined,
  units: ReadonlyMap<string, string>,
): Draft {
  const named = (property: string): string | undefined => {
    const value = values.get(property);
    return value && !/^none$/i.test(value) ? value : undefined;
  };
  const epoch = number('timestamp');
  const size = number('specimen pixel size x');
  const unit = LENGTHS[units.get('specimen pixel size x') ?? ''];
  const binning = number('binning x');
  const counting = /count/i.test(values.get('image processing - mode') ?? '');
  return {
    taken: epoch === undefined ? timeIn(values.get('local time') ?? '') : epoch * 1000,
    takenFrom: epoch === undefined ? 'Direct Electron Local time' : 'Direct Electron Timestamp',
    exposureSeconds: number('exposure time'),
    pixelSize: size !== undefined && unit !== undefined ? size * unit : undefined,
    binning: binning === undefined ? undefined : binning * (number('hardware binning x') ?? 1),
    kilovolts: (number('instrument accelerating voltage') ?? Number.NaN) / 1000,
    magnification: number('instrument project magnification'),
    camera: named('camera name') ?? named('camera model'),
    gainReference: named(counting ? 'reference - counting gain' : 'reference - integrating gain'),
    defectFile: named('file path - bad pixels'),
  };
}
