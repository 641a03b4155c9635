/**
 * How large a pixel is on the specimen. TIFF's resolution speaks of paper; microscopes and programs say what they mean in
 * fields and texts of their own, which count first.
 */

import { linesOf, textsOf } from './description.ts';
import type { TiffDirectories, TiffDirectory } from './directory.ts';
import { TAGS, type TiffField } from './fields.ts';
import { imageJProperties } from './imagej.ts';

/** Outside these, Angstrom, a resolution speaks of paper or screens: 300 per inch are 846 667 Angstrom. */
const PLAUSIBLE = { least: 0.01, most: 1e5 } as const;

/** Angstrom in a unit, by its names in lower case. */
const UNITS: Readonly<Record<string, number>> = {
  pm: 0.01,
  å: 1,
  a: 1,
  angstrom: 1,
  angstroms: 1,
  nm: 10,
  nanometer: 10,
  nanometers: 10,
  nanometre: 10,
  µm: 1e4, // micro sign
  μm: 1e4, // Greek mu
  um: 1e4,
  micron: 1e4,
  microns: 1e4,
  micrometer: 1e4,
  micrometers: 1e4,
  mm: 1e7,
  cm: 1e8,
  m: 1e10,
  inch: 2.54e8,
};

/** Angstrom in an inch and in a centimetre: ResolutionUnit 2 and 3. */
const RESOLUTION_UNITS: Readonly<Record<number, number>> = { 2: UNITS.inch!, 3: UNITS.cm! };

interface Page {
  readonly directory: TiffDirectory;
  readonly fields: readonly TiffField[];
  /** Length units per pixel along x, if there is a resolution. */
  readonly perResolution: number | undefined;
}

/** Who says it; `null`: nothing here, ask the next; `undefined` as a size: this file has none, do not guess. */
type Witness = (page: Page) => { readonly size: number | undefined } | null;

const WITNESSES: readonly Witness[] = [fei, jeol, gatan, imageJ, ome, resolution];

/** Angstrom per pixel along x; undefined where the file does not say, or says nothing plausible. `fields`: those carried. */
export function pixelSize(
  directory: TiffDirectory,
  fields: readonly TiffField[],
  tiff: TiffDirectories,
): number | undefined {
  const entry = directory.entries.find(({ tag, type }) => tag === TAGS.XResolution && type === 5);
  const perResolution = entry && entry.count > 0 ? 1 / tiff.numbers(entry)[0]! : undefined;
  for (const witness of WITNESSES) {
    const said = witness({ directory, fields, perResolution });
    if (said) return said.size !== undefined && plausible(said.size) ? said.size : undefined;
  }
  return undefined;
}

const plausible = (size: number): boolean => size >= PLAUSIBLE.least && size <= PLAUSIBLE.most;

const unitOf = (name: string): number | undefined =>
  UNITS[
    name
      .replace(/\\u00b5/i, 'µ')
      .trim()
      .toLowerCase()
  ];

function textOf(fields: readonly TiffField[], tag: number): string | undefined {
  const field = fields.find((each) => each.tag === tag);
  if (!field) return undefined;
  const bytes = Buffer.from(field.bytes);
  const text = field.type === 3 ? bytes.toString('utf16le') : bytes.toString('utf8');
  return (text.includes('\ufffd') ? bytes.toString('latin1') : text).replace(/\0.*$/s, '');
}

/** FEI and Thermo Fisher, tags 34680 and 34682: an INI text, PixelWidth of [Scan] in metres. */
function fei({ fields }: Page): ReturnType<Witness> {
  const text = textOf(fields, 34_682) ?? textOf(fields, 34_680);
  const metres = text && /^\[Scan\][^[]*?^PixelWidth=([-+.\deE]+)/m.exec(text)?.[1];
  return metres ? { size: Number(metres) * UNITS.m! } : null;
}

/** JEOL SightX: the resolution is that of the camera; XML in the description has the magnification, or a camera length. */
function jeol({ fields, directory, perResolution }: Page): ReturnType<Witness> {
  const text = textsOf(fields).find((each) => /<TemReporter[\s>]/.test(each));
  if (!text) return null;
  const [, imaging = ''] = text.split(/<\/?ImageFormingSystem[^<>]*>/);
  const unit = RESOLUTION_UNITS[directory.number(TAGS.ResolutionUnit) ?? 2];
  const value = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(imaging)?.[1]?.trim();
  const magnification = Number(value('SelectorValue'));
  if (!unit || !perResolution || value('ModeString') !== 'MAG' || !(magnification > 0)) return { size: undefined };
  return { size: (unit * perResolution) / magnification };
}

/** Gatan DigitalMicrograph: scale along x in tag 65009, its unit in 65003, by its full name in 65012. */
function gatan({ fields }: Page): ReturnType<Witness> {
  const scale = fields.find(({ tag, type, count }) => tag === 65_009 && type === 12 && count === 1);
  if (!scale) return null;
  const unit = [textOf(fields, 65_003), textOf(fields, 65_012)].map((name) => name && unitOf(name)).find(Boolean);
  return { size: unit ? Buffer.from(scale.bytes).readDoubleLE() * unit : undefined };
}

/** ImageJ: pixels per `unit`, whatever ResolutionUnit says. */
function imageJ({ fields, perResolution }: Page): ReturnType<Witness> {
  const unit = imageJProperties(linesOf(fields))?.get('unit');
  return unit && perResolution ? { size: perResolution * (unitOf(unit) ?? Number.NaN) } : null;
}

/** OME-XML: PhysicalSizeX, in micrometres unless it says otherwise. */
function ome({ fields }: Page): ReturnType<Witness> {
  const pixels = textsOf(fields)
    .map((text) => /<(?:\w+:)?Pixels\s[^<>]*>/.exec(text)?.[0])
    .find(Boolean);
  const size = pixels && /\sPhysicalSizeX="([^"]+)"/.exec(pixels)?.[1];
  if (!size) return null;
  return { size: Number(size) * (unitOf(/\sPhysicalSizeXUnit="([^"]+)"/.exec(pixels)?.[1] ?? 'µm') ?? Number.NaN) };
}

function resolution({ directory, perResolution }: Page): ReturnType<Witness> {
  const unit = RESOLUTION_UNITS[directory.number(TAGS.ResolutionUnit) ?? 2];
  return unit && perResolution ? { size: unit * perResolution } : null;
}
