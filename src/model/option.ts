/**
 * What an option is. One description serves the command line, recipes, the help and the README: the tables stand with
 * the steps they steer, in `recipe.ts` and in `cli/`.
 */

interface Described {
  /** What it does, one line, as `--help` prints it. */
  readonly describe: string;
  /** The heading under which the help lists it. */
  readonly group: string;
  /** The single letter that stands for it on the command line. */
  readonly letter?: string;
  /** What other programs and people call it, in small letters without hyphens: who writes such a name is shown ours. */
  readonly synonyms?: readonly string[];
  /** Options of a recipe that do not count when this one is given on the command line. */
  readonly overrules?: readonly string[];
}

export type Option = Described &
  (
    | {
        readonly kind: 'number';
        readonly fallback: number | null;
        readonly unit: string;
        readonly min?: number;
        readonly max?: number;
        readonly above?: number;
      }
    | {
        readonly kind: 'integer';
        readonly fallback: number | null;
        readonly unit: string;
        readonly min: number;
        readonly max: number;
        readonly odd?: true;
      }
    /** A number, or the word `none`, which switches it off. `null`: the default, which depends on the exposure. */
    | { readonly kind: 'level'; readonly fallback: null; readonly unit: string }
    | { readonly kind: 'flag'; readonly fallback: boolean }
    | { readonly kind: 'choice'; readonly fallback: string; readonly choices: readonly string[] }
    | { readonly kind: 'file'; readonly fallback: null }
    | { readonly kind: 'files'; readonly fallback: readonly string[] }
    | { readonly kind: 'folder'; readonly fallback: null }
    /** Recipes alone have these: see `cli/parsing/reference-sets.ts`. */
    | { readonly kind: 'sets'; readonly fallback: null }
    | { readonly kind: 'rules'; readonly fallback: null }
    | { readonly kind: 'globs'; readonly fallback: readonly string[] }
    | { readonly kind: 'text'; readonly fallback: null }
    /** One part of several, such as 3/8. */
    | { readonly kind: 'part'; readonly fallback: null; readonly most: number }
    | { readonly kind: 'names'; readonly fallback: readonly string[]; readonly choices: readonly string[] }
  );

/** Options by their camelCase name; the command line says `--despike-size` for `despikeSize`. */
export type OptionTable = Readonly<Record<string, Option>>;

/** What was given, by the names of the options. */
export type Given = Readonly<Record<string, unknown>>;

/** Options that do not go together, and what to do about it. */
export type Contradiction = readonly [applies: (given: Given) => boolean, message: string];

export const toFlag = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
