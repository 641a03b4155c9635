/** Flat-field: f = (raw - dark) * norm, so that an even beam gives an even image. */

import type { Contradiction, OptionTable } from '../../model/option.ts';
import type { Step } from './step.ts';

interface FlatFieldOptions {
  readonly noFlatField: boolean;
}

/** Also of `darkroom reference`. */
export const REFERENCES = {
  dark: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'dark reference, counts',
    synonyms: ['background', 'darkref', 'darkreference', 'bias', 'pedestal', 'd'],
    overrules: ['noFlatField', 'references'],
  },
  bright: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'bright reference, counts; needs --dark: the norm is computed from both',
    synonyms: ['flat', 'flatref', 'flatreference', 'brightref', 'white', 'open'],
    overrules: ['norm', 'noFlatField', 'references'],
  },
  norm: {
    kind: 'file',
    fallback: null,
    group: 'References',
    describe: 'norm (gain) reference, which multiplies; replaces --bright',
    synonyms: ['gain', 'gainref', 'gainreference', 'gainfile', 'normfile', 'flatfield', 'g'],
    overrules: ['bright', 'noFlatField', 'references'],
  },
} as const satisfies OptionTable;

const options: OptionTable = {
  ...REFERENCES,
  noFlatField: {
    kind: 'flag',
    fallback: false,
    group: 'References',
    describe: 'correct without dark, bright and norm',
    synonyms: ['noreferences', 'nogain', 'nodark'],
    overrules: ['dark', 'bright', 'norm', 'references'],
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
];

export const flatField: Step<FlatFieldOptions, 'flat-field'> = {
  name: 'flat-field',
  stage: 'flatField',
  options,
  contradictions,
  leftOutBy: 'noFlatField',
  missing({ dark, bright, norm }) {
    if (bright !== undefined || norm !== undefined) return null;
    const found = dark === undefined ? 'found no references' : 'found --dark alone';
    return `${found}: give --dark and --bright, or --norm; or --no-flat-field to correct without`;
  },
  references: ['dark', 'bright', 'norm'],
  key: () => ({}),
  effective: (name, { recipe: { noFlatField = false } }) => ({ name, value: noFlatField, from: null }),
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
