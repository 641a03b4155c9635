/** Flat-field: f = (raw - dark) * norm, so that an even beam gives an even image. */

import type { Contradiction, Option, OptionTable } from '../../model/option.ts';
import { TURNS, type Turn } from '../../references/turns.ts';
import type { Single } from './effective-option.ts';
import type { Step } from './step.ts';

/** Of references, see `Treatment`. */
interface FlatFieldOptions {
  readonly noFlatField: boolean;
  readonly darkOrientation: Turn;
  readonly normOrientation: Turn;
  readonly darkScale: number;
}

/** Also of `darkroom reference`. */
export const REFERENCES = {
  dark: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'dark reference, counts',
    synonyms: ['background', 'darkref', 'darkreference', 'pedestal', 'd'],
    overrules: ['noFlatField', 'references', 'referencesFolder'],
  },
  bright: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'bright reference, counts; needs --dark: the norm is computed from both',
    synonyms: ['flat', 'flatref', 'flatreference', 'brightref', 'white', 'open'],
    overrules: ['norm', 'noFlatField', 'references', 'referencesFolder'],
  },
  norm: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'norm (gain) reference, which multiplies; replaces --bright',
    synonyms: ['gain', 'gainref', 'gainreference', 'gainfile', 'normfile', 'flatfield', 'g'],
    overrules: ['bright', 'noFlatField', 'references', 'referencesFolder'],
  },
} as const satisfies OptionTable;

/** `of`: what it turns. */
export const orientation = (of: string): Option => ({
  kind: 'choice',
  fallback: 'none',
  choices: TURNS,
  group: 'References',
  describe: `how to turn or flip ${of} so that it fits the exposures; rot90 is counterclockwise`,
});

const options: OptionTable = {
  ...REFERENCES,
  bias: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'dark of the shortest exposure time, counts: what --dark-scale leaves as it is',
    synonyms: ['offsetref', 'zero', 'biasref'],
  },
  darkOrientation: orientation('the dark (and the bias)'),
  normOrientation: orientation('the norm, or the bright,'),
  darkScale: {
    kind: 'number',
    fallback: 1,
    unit: 'a factor',
    above: 0,
    group: 'References',
    describe:
      'multiply the dark by this, such as 2 for exposures of twice its time; with --bias only what exceeds the bias',
    synonyms: ['darkfactor', 'scaledark', 'darktime'],
  },
  noFlatField: {
    kind: 'flag',
    fallback: false,
    group: 'References',
    describe: 'correct without dark, bright and norm',
    synonyms: ['noreferences', 'nogain', 'nodark'],
    overrules: ['dark', 'bright', 'norm', 'references', 'referencesFolder'],
  },
};

const contradictions: readonly Contradiction[] = [
  [
    ({ noFlatField, dark, bright, norm }) => noFlatField === true && (dark ?? bright ?? norm) !== undefined,
    '--no-flat-field corrects without references, but one is given; leave out --no-flat-field, or --dark, --bright and --norm',
  ],
  [
    ({ bright, norm }) => bright !== undefined && norm !== undefined,
    '--norm and --bright exclude each other: the norm is either read or computed; leave out one',
  ],
  [
    ({ dark, bright }) => bright !== undefined && dark === undefined,
    '--bright needs --dark: the norm is computed from both; give --dark, or a finished norm with --norm',
  ],
  [
    ({ bias, dark, darkScale }) => bias !== undefined && (dark === undefined || (darkScale ?? 1) === 1),
    '--bias is what --dark-scale does not scale; give --dark and --dark-scale with it, or leave it out',
  ],
  [
    ({ darkScale, dark }) => (darkScale ?? 1) !== 1 && dark === undefined,
    '--dark-scale scales the dark, but none is given; give --dark, or leave it out',
  ],
  [
    ({ darkOrientation, dark }) => (darkOrientation ?? 'none') !== 'none' && dark === undefined,
    '--dark-orientation turns the dark, but none is given; give --dark, or leave it out',
  ],
  [
    ({ normOrientation, norm, bright }) => (normOrientation ?? 'none') !== 'none' && (norm ?? bright) === undefined,
    '--norm-orientation turns the norm or the bright, but none is given; give --norm or --bright, or leave it out',
  ],
];

/** At these values an option leaves the keys of exposures that are finished as they are. */
const IDLE = { darkOrientation: 'none', normOrientation: 'none', darkScale: 1 } as const;

export const flatField: Step<FlatFieldOptions, 'flat-field'> = {
  name: 'flat-field',
  stage: 'flatField',
  options,
  contradictions,
  leftOutBy: 'noFlatField',
  missing({ dark, bright, norm }) {
    if ((dark ?? bright ?? norm) !== undefined) return null;
    return 'found no references: give --dark and --bright, or --norm, or --dark alone; or --no-flat-field to correct without';
  },
  references: ['dark', 'bright', 'norm', 'bias'],
  key: (given) =>
    Object.fromEntries(
      Object.entries(IDLE).flatMap(([name, idle]) => {
        const value = given[name as keyof typeof IDLE] ?? idle;
        return value === idle ? [] : [[name, value]];
      }),
    ),
  effective: (name, { recipe }) => ({
    name,
    value: recipe[name as keyof FlatFieldOptions] ?? (options[name]!.fallback as Single),
    from: null,
  }),
  open(_options, { references, firstRow, geometry, arena }) {
    if (!references.dark && !references.norm) return null;
    let nonFinite = 0;
    return {
      ahead: 0,
      behind: 0,
      label: 'flat-field',
      applied: [...(references.dark ? (['dark'] as const) : []), ...(references.norm ? (['norm'] as const) : [])],
      work(line, row, rows) {
        for (let at = row; at < row + rows; at++) {
          const { dark, norm } = references.rows(at, firstRow, geometry.height);
          nonFinite += arena.kernels.flatField(line.address(at), dark, norm, geometry.width);
        }
      },
      counts: () => ({ nonFinite }),
    };
  },
};
