/**
 * How an exposure was taken, as its file or the file beside it says: one table, from which its type follows. Formats and
 * sidecars fill it, the journal keeps it; nothing here is ever guessed. A field that no file states is absent.
 */

import { described, flag, number, record, schema, text, time } from './schema.ts';

export interface MetadataField {
  /** `time`: milliseconds since 1970, UTC. */
  readonly kind: 'number' | 'text' | 'time' | 'flag';
  /** What people call it. */
  readonly heading: string;
  readonly unit?: 's' | 'Å' | 'kV' | 'e/Å²' | 'degrees';
  readonly description: string;
  /** Zero and less mean that nobody filled it in. */
  readonly positive?: true;
}

export const METADATA = {
  taken: {
    heading: 'taken',
    kind: 'time',
    description: 'when it was taken; a time without a zone is read in the zone of this machine',
  },
  takenFrom: { heading: 'time stated by', kind: 'text', description: 'what states the time, such as "mdoc DateTime"' },
  exposureSeconds: {
    heading: 'exposure time',
    kind: 'number',
    unit: 's',
    positive: true,
    description: 'exposure time: of all frames of a movie, of one section of a series',
  },
  pixelSize: {
    heading: 'pixel size',
    kind: 'number',
    unit: 'Å',
    positive: true,
    description: 'side of a pixel in the specimen',
  },
  binning: {
    heading: 'binning',
    kind: 'number',
    positive: true,
    description: 'binning of the camera; below 1 where it is super-resolution',
  },
  kilovolts: { heading: 'voltage', kind: 'number', unit: 'kV', positive: true, description: 'acceleration voltage' },
  magnification: {
    heading: 'magnification',
    kind: 'number',
    positive: true,
    description: 'magnification, as the microscope shows it',
  },
  dose: {
    heading: 'dose',
    kind: 'number',
    unit: 'e/Å²',
    positive: true,
    description: 'electrons per area, as the exposure time',
  },
  tilt: { heading: 'tilt', kind: 'number', unit: 'degrees', description: 'tilt of the stage' },
  camera: { heading: 'camera', kind: 'text', description: 'name of the camera' },
  dividedBy2: { heading: 'divided by 2', kind: 'flag', description: 'counts were divided by two when they were saved' },
  rotationAndFlip: {
    heading: 'rotation and flip',
    kind: 'number',
    description: "SerialEM's RotationAndFlip: how the saved image was turned, 0 to 7",
  },
  gainReference: { heading: 'gain reference', kind: 'text', description: 'gain reference that the file names' },
  defectFile: { heading: 'file of defects', kind: 'text', description: 'file of defects that the file names' },
  diffraction: { heading: 'diffraction', kind: 'flag', description: 'taken as a diffraction pattern' },
} as const satisfies Record<string, MetadataField>;

type Value<F extends MetadataField> = F extends { kind: 'text' }
  ? string
  : F extends { kind: 'flag' }
    ? boolean
    : number;

/** What is stated of one exposure. */
export type Metadata = { readonly [Name in keyof typeof METADATA]?: Value<(typeof METADATA)[Name]> };

export type MetadataName = keyof typeof METADATA;

/** A field with its name. */
export interface NamedField extends MetadataField {
  readonly name: MetadataName;
}

/** In the order in which they are shown. */
export const METADATA_FIELDS: readonly NamedField[] = Object.entries(METADATA).map(([name, field]) => ({
  ...(field as MetadataField),
  name: name as MetadataName,
}));

/** What a reader found, before it is known whether it is a value at all. */
export type Draft = { readonly [Name in MetadataName]?: string | number | boolean | undefined };

/** Longer texts are no names. */
const LONGEST = 1000;

/** Up to the year 9999. */
const LATEST = 253_402_300_799_999;

/** The fields of a draft that hold a value of their kind; undefined where none does. Every reader's findings pass here. */
export function stated(draft: Draft): Metadata | undefined {
  const fields = METADATA_FIELDS.map((field) => [field.name, valid(field, draft[field.name])] as const);
  const known: Record<string, string | number | boolean> = {};
  for (const [name, value] of fields) if (value !== undefined) known[name] = value;
  // Whose time it is says nothing without the time.
  if (known.taken === undefined) delete known.takenFrom;
  return Object.keys(known).length > 0 ? (known as Metadata) : undefined;
}

function valid({ kind, positive }: MetadataField, value: string | number | boolean | undefined) {
  if (kind === 'text') {
    const text = typeof value === 'string' ? value.trim() : '';
    return text !== '' && text.length <= LONGEST ? text : undefined;
  }
  if (kind === 'flag') return typeof value === 'boolean' ? value : undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  if (kind === 'time') return value > 0 && value <= LATEST ? Math.round(value) : undefined;
  return positive && value <= 0 ? undefined : value;
}

/** What several sources state of one exposure; where two state the same field, the earlier one is believed. */
export function together(...sources: readonly (Metadata | undefined)[]): Metadata | undefined {
  const all = sources.filter((each) => each !== undefined);
  if (all.length < 2) return all[0];
  const taken = all.find((each) => each.taken !== undefined);
  const { takenFrom: _, ...merged }: Metadata = Object.assign({}, ...all.toReversed());
  return taken?.takenFrom === undefined ? merged : { ...merged, takenFrom: taken.takenFrom };
}

/** A value as JSON has it: times in ISO 8601, UTC. */
export const metadataJson = (metadata: Metadata): MetadataJson =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      METADATA[name as MetadataName].kind === 'time' ? new Date(value as number).toISOString() : value,
    ]),
  );

/** What JSON has of a metadata: times in ISO 8601. A field that nothing states is absent. */
export type MetadataJson = { readonly [Name in MetadataName]?: string | number | boolean };

const JSON_TYPES = { number, text, time, flag } as const;

export const metadataSchema = described(
  schema<MetadataJson>(
    record(
      {},
      Object.fromEntries(
        METADATA_FIELDS.map((field) => [field.name, described<unknown>(JSON_TYPES[field.kind], fieldInWords(field))]),
      ),
    ),
  ),
  'how it was taken, as its file or one beside it states; what nothing states is absent',
);

/** Its unit and what it is. */
export function fieldInWords({ unit, description }: MetadataField): string {
  return unit ? `${unit}: ${description}` : description;
}
