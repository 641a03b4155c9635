/**
 * How an exposure was taken, as its file or the file beside it says: one table, from which its type follows. Formats and
 * sidecars fill it, the journal keeps it; nothing here is ever guessed. A field that no file states is absent.
 */

export interface MetadataField {
  /** `time`: milliseconds since 1970, UTC. */
  readonly kind: 'number' | 'text' | 'time' | 'flag';
  readonly unit?: 's' | 'Å' | 'kV' | 'e/Å²' | 'degrees';
  readonly description: string;
}

export const METADATA = {
  taken: { kind: 'time', description: 'when it was taken; a time without a zone is read in the zone of this machine' },
  takenFrom: { kind: 'text', description: 'what states the time, such as "mdoc DateTime"' },
  exposureSeconds: { kind: 'number', unit: 's', description: 'exposure time, of all frames' },
  pixelSize: { kind: 'number', unit: 'Å', description: 'side of a pixel in the specimen' },
  binning: { kind: 'number', description: 'binning of the camera; below 1 where it is super-resolution' },
  kilovolts: { kind: 'number', unit: 'kV', description: 'acceleration voltage' },
  magnification: { kind: 'number', description: 'magnification, as the microscope shows it' },
  dose: { kind: 'number', unit: 'e/Å²', description: 'electrons per area, of all frames' },
  tilt: { kind: 'number', unit: 'degrees', description: 'tilt of the stage' },
  camera: { kind: 'text', description: 'name of the camera' },
  dividedBy2: { kind: 'flag', description: 'counts were divided by two when they were saved' },
  rotationAndFlip: {
    kind: 'number',
    description: "SerialEM's RotationAndFlip: how the saved image was turned, 0 to 7",
  },
  gainReference: { kind: 'text', description: 'gain reference that the file names' },
  defectFile: { kind: 'text', description: 'file of defects that the file names' },
  diffraction: { kind: 'flag', description: 'taken as a diffraction pattern' },
} as const satisfies Record<string, MetadataField>;

type Value<F extends MetadataField> = F extends { kind: 'text' }
  ? string
  : F extends { kind: 'flag' }
    ? boolean
    : number;

/** What is stated of one exposure. */
export type Metadata = { readonly [Name in keyof typeof METADATA]?: Value<(typeof METADATA)[Name]> };
