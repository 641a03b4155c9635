/**
 * The values of options: what each kind of option expects, and whether what was found is that. The same check serves
 * the command line, where everything is text, and recipes, where YAML has made numbers of numbers.
 */

import type { Option } from '../../model/option.ts';
import type { ReferenceSet, Rule } from '../../references/sets.ts';

export type Value = number | string | boolean | readonly string[] | readonly ReferenceSet[] | readonly Rule[];

/** Values by the camelCase name of their option; those that were not given are missing. */
export type Given = Readonly<Record<string, Value>>;

type Kinds = {
  readonly [Kind in Option['kind']]: {
    /** In the brackets of the help: unit, choices or kind. Empty where there is nothing to say. */
    readonly takes: (option: Extract<Option, { kind: Kind }>) => string;
    /** Completes the sentence "expected ...". */
    readonly expects: (option: Extract<Option, { kind: Kind }>) => string;
    /** The value, or undefined when `found` is not one. */
    readonly accept: (found: unknown, option: Extract<Option, { kind: Kind }>) => Value | undefined;
    /** What a word of the command line stands for, where it is not just text. */
    readonly read?: (word: string) => unknown;
  };
};

const KINDS: Kinds = {
  number: {
    takes: ({ unit }) => unit,
    expects: ({ min, max, above, unit }) => `a number${bounds(min, max, above)} (${unit})`,
    accept: (found, option) => within(found, option),
    read: readNumber,
  },
  integer: {
    takes: ({ unit }) => unit,
    expects: ({ min, max, odd, unit }) => `${odd ? 'an odd' : 'a'} whole number from ${min} to ${max} (${unit})`,
    accept: (found, option) =>
      Number.isInteger(found) && (!option.odd || Number(found) % 2 !== 0) ? within(found, option) : undefined,
    read: readNumber,
  },
  level: {
    takes: ({ unit }) => `${unit} or none`,
    expects: ({ unit }) => `a number (${unit}) or none`,
    accept: (found) => (found === 'none' ? found : within(found, {})),
    read: (word) => (word === 'none' ? word : readNumber(word)),
  },
  flag: {
    takes: () => '',
    expects: () => 'true or false',
    accept: (found) => (typeof found === 'boolean' ? found : undefined),
  },
  choice: {
    takes: ({ choices }) => choices.join(' | '),
    expects: ({ choices }) => alternatives(choices),
    accept: (found, { choices }) => choices.find((each) => each === found),
  },
  file: {
    takes: () => 'file',
    expects: () => 'the path of a file',
    accept: text,
  },
  files: {
    takes: () => 'file, repeatable',
    expects: () => 'the path of a file',
    accept: (found) => listOf(typeof found === 'string' ? [found] : found, (each) => text(each) !== undefined),
  },
  folder: {
    takes: () => 'folder',
    expects: () => 'the path of a folder',
    accept: text,
  },
  sets: {
    takes: () => 'list of sets',
    expects: () => 'a list of sets of references',
    // What is in them `reference-sets.ts` reads.
    accept: (found) => (Array.isArray(found) && found.length > 0 ? (found as ReferenceSet[]) : undefined),
  },
  rules: {
    takes: () => 'list of rules',
    expects: () => 'a list of rules',
    accept: (found) => (Array.isArray(found) && found.length > 0 ? (found as Rule[]) : undefined),
  },
  text: {
    takes: () => 'text',
    expects: () => 'a text',
    accept: text,
  },
  part: {
    takes: () => 'i/n',
    expects: ({ most }) => `a part such as 3/8, the first number from 1 to the second, that at most ${most}`,
    accept: (found, { most }) => {
      const [, i, n] = /^(\d{1,9})\/(\d{1,9})$/.exec(typeof found === 'string' ? found : '') ?? [];
      return Number(i) >= 1 && Number(i) <= Number(n) && Number(n) <= most ? `${Number(i)}/${Number(n)}` : undefined;
    },
  },
  globs: {
    takes: () => 'glob, repeatable',
    expects: () => 'a pattern such as "*.mrc"',
    accept: (found) => listOf(typeof found === 'string' ? [found] : found, (each) => text(each) !== undefined),
  },
  names: {
    takes: () => 'names',
    expects: ({ choices }) => `a list of ${choices.join(', ')}, at least one, none twice`,
    accept: (found, { choices }) => {
      const names = listOf(found, (each) => choices.includes(each as string));
      return names && new Set(names).size === names.length ? names : undefined;
    },
  },
};

/** Whether an option may be given several times. */
export const isRepeatable = ({ kind }: Option): boolean => kind === 'globs' || kind === 'files';

/** The value that `found` is for this option, or undefined. */
export const accept = (option: Option, found: unknown): Value | undefined => kind(option).accept(found, option);

/** The value that a word of the command line is for this option, or undefined. */
export const acceptWord = (option: Option, word: unknown): Value | undefined => {
  const { read } = kind(option);
  return accept(option, read && typeof word === 'string' ? read(word) : word);
};

/** What an option takes, as the help says it. */
export const intake = (option: Option): string => kind(option).takes(option);

/** What an option is when it is not given. Empty where that is nothing, or depends on something else. */
export const otherwise = ({ fallback }: Option): string =>
  typeof fallback === 'number' || typeof fallback === 'string' ? String(fallback) : '';

export const expectation = (option: Option): string => kind(option).expects(option);

/** How a value that was found stands in a message. */
export function shown(found: unknown): string {
  if (found === null || found === undefined) return 'nothing';
  if (typeof found === 'number' || typeof found === 'bigint') return String(found);
  const written = JSON.stringify(found) ?? String(found);
  return written.length > 80 ? `${written.slice(0, 77)}...` : written;
}

/** The kinds seen from outside, where the option's kind is not known beforehand. */
const kind = (option: Option) =>
  KINDS[option.kind] as {
    takes(option: Option): string;
    expects(option: Option): string;
    accept(found: unknown, option: Option): Value | undefined;
    read?(word: string): unknown;
  };

/** Decimal numbers only: Number() would take '' for 0 and '0x10' for 16. */
function readNumber(word: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : word;
}

function within(found: unknown, limits: { min?: number; max?: number; above?: number }): number | undefined {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above = Number.NEGATIVE_INFINITY } = limits;
  return typeof found === 'number' && Number.isFinite(found) && found >= min && found <= max && found > above
    ? found
    : undefined;
}

function bounds(min?: number, max?: number, above?: number): string {
  const parts = [
    above !== undefined ? `above ${above}` : '',
    min !== undefined ? `of at least ${min}` : '',
    max !== undefined ? `of at most ${max}` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}

// A path with a NUL byte cannot exist, and Node throws over it.
function text(found: unknown): string | undefined {
  return typeof found === 'string' && found !== '' && !found.includes('\0') ? found : undefined;
}

function listOf(found: unknown, fits: (each: unknown) => boolean): readonly string[] | undefined {
  return Array.isArray(found) && found.length > 0 && found.every(fits) ? (found as string[]) : undefined;
}

function alternatives(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}
