/**
 * SerialEM's `.mdoc` (an autodoc): lines of `key = value`, of the file at first, then of sections. A section is an image of
 * a stack (`ZValue`), the frames of a movie (`FrameSet`) or a file of a series (`Image`). Source: SerialEM's documentation
 * ("Format of .mdoc files") and its MdocDefines.h.
 */

import path from 'node:path';
import type { Draft } from '../../model/metadata.ts';
import { type Described, NotUnderstood, numberIn, type Sidecar, type Statement } from './sidecar.ts';
import { timeIn } from './times.ts';

export const mdoc: Sidecar = {
  name: '.mdoc',
  limit: 32 << 20,
  places: (folder, name, stem) => [`${folder}${name}.mdoc`, `${folder}${stem}.mdoc`],
  read: readMdoc,
};

/** Values by key in lower case. */
type Values = ReadonlyMap<string, string>;

interface Section {
  readonly kind: string;
  readonly label: string;
  readonly values: Values;
}

interface Contents {
  readonly global: Values;
  readonly sections: readonly Section[];
  /** Lines that are neither a value nor a section. */
  readonly odd: number;
}

/** Sections that describe pixels; others are titles and montages. */
const OF_PIXELS = ['zvalue', 'frameset', 'image'];

function contentsOf(text: string): Contents {
  const global = new Map<string, string>();
  const sections: { kind: string; label: string; values: Map<string, string> }[] = [];
  let values = global;
  let odd = 0;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const said = line.trim();
    if (said === '' || said.startsWith('#')) continue;
    const at = said.indexOf('=');
    if (at < 1) odd++;
    else if (said.startsWith('[')) {
      values = new Map();
      const [kind, label] = [
        said.slice(1, at).trim().toLowerCase(),
        said
          .slice(at + 1)
          .replace(/\]$/, '')
          .trim(),
      ];
      sections.push({ kind, label, values });
      if (!said.endsWith(']')) odd++;
    } else values.set(said.slice(0, at).trim().toLowerCase(), said.slice(at + 1).trim());
  }
  return { global, sections: sections.filter(({ kind }) => OF_PIXELS.includes(kind)), odd };
}

/** How a field follows from the values of one section. */
const FIELDS: { readonly [Name in keyof Draft]?: (value: (key: string) => string | undefined) => Draft[Name] } = {
  taken: (value) => timeIn(value('DateTime') ?? ''),
  exposureSeconds: (value) => numberIn(value('ExposureTime')),
  pixelSize: (value) => numberIn(value('PixelSpacing')),
  binning: (value) => numberIn(value('Binning')),
  kilovolts: (value) => numberIn(value('Voltage')),
  magnification: (value) => numberIn(value('Magnification')),
  dose: (value) => numberIn(value('ExposureDose')),
  tilt: (value) => numberIn(value('TiltAngle')),
  dividedBy2: (value) => flag(numberIn(value('DividedBy2'))),
  rotationAndFlip: (value) => numberIn(value('RotationAndFlip')),
  gainReference: (value) => value('GainReference'),
  defectFile: (value) => value('DefectFile'),
  // SerialEM writes a camera length in diffraction mode only; in STEM, whose images have a channel, it is always one.
  diffraction: (value) =>
    (numberIn(value('CameraLength')) ?? 0) > 0 &&
    !value('ChannelName') &&
    !((numberIn(value('Magnification')) ?? 0) > 0)
      ? true
      : undefined,
};

const flag = (value: number | undefined): boolean | undefined => (value === undefined ? undefined : value > 0);

/** What differs from section to section of a series. */
const VARIES = new Set<keyof Draft>(['tilt', 'dose', 'exposureSeconds']);

/** Values that SerialEM writes as numbers or times: what is written but not understood is told. */
const UNREADABLE: Readonly<Record<string, (text: string) => unknown>> = {
  DateTime: timeIn,
  ExposureTime: numberIn,
  PixelSpacing: numberIn,
  Binning: numberIn,
  DividedBy2: numberIn,
  RotationAndFlip: numberIn,
};

function readMdoc(text: string, exposure: Described): Statement {
  const { global, sections, odd } = contentsOf(text);
  if (sections.length === 0 && global.size === 0) throw new NotUnderstood('has no line of the form "key = value"');
  const described = sectionsFor(sections, exposure);
  const each = (described.length > 0 ? described : [{ values: global }]).map(({ values }) => (key: string) => {
    const at = key.toLowerCase();
    return values.get(at) ?? global.get(at);
  });
  const notes: string[] = [];
  const draft = Object.fromEntries(
    Object.entries(FIELDS).map(([name, of]) => {
      const found = [...new Set(each.map((value) => of(value)))];
      const known = found.filter((value) => value !== undefined);
      if (name === 'taken') return [name, known.length > 0 ? Math.min(...(known as number[])) : undefined];
      if (name === 'dividedBy2') return [name, known.length > 0 ? known.includes(true) : undefined];
      if (found.length > 1 && !VARIES.has(name as keyof Draft))
        notes.push(`its .mdoc states different values of ${name} for its sections: none is taken`);
      return [name, found.length === 1 ? found[0] : undefined];
    }),
  );
  notes.push(...misunderstood(each, odd), ...unfit(described, exposure));
  if (draft.dividedBy2 === true)
    notes.push(
      'its .mdoc says that counts were divided by 2 when they were saved: references must be saved in the same way',
    );
  return { draft: { ...draft, takenFrom: 'mdoc DateTime' }, notes };
}

/** The sections that describe this file: of files and frames that are named, the ones that name it. */
function sectionsFor(sections: readonly Section[], { name }: Described): readonly Section[] {
  const named = sections.filter(({ kind, label, values }) => {
    const other = kind === 'image' ? label : kind === 'frameset' ? values.get('subframepath') : undefined;
    return other !== undefined && path.win32.basename(other).toLowerCase() === name.toLowerCase();
  });
  if (named.length > 0) return named;
  const ofStack = sections.filter(({ kind }) => kind === 'zvalue');
  if (ofStack.length > 0) return ofStack;
  const ofFrames = sections.filter(({ kind }) => kind === 'frameset');
  return ofFrames.length === 1 ? ofFrames : [];
}

function misunderstood(each: readonly ((key: string) => string | undefined)[], odd: number): string[] {
  const unreadable = Object.entries(UNREADABLE).filter(([key, read]) =>
    each.some((value) => {
      const text = value(key);
      return text !== undefined && text !== '' && read(text) === undefined;
    }),
  );
  const keys = unreadable.map(([key]) => key);
  return [
    ...(keys.length > 0
      ? [`its .mdoc has values of ${keys.join(', ')} that are not understood: they are left out`]
      : []),
    ...(odd > 0 ? ['its .mdoc has lines that are neither "key = value" nor a section: they are left out'] : []),
  ];
}

function unfit(described: readonly Section[], { frames }: Described): string[] {
  const stack = described.filter(({ kind }) => kind === 'zvalue');
  if (stack.length === 0 || stack.length === frames) return [];
  return [
    'its .mdoc has another number of sections than the file has frames: is it being written, or of another file?',
  ];
}
