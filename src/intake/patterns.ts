/** What `--include` and `--exclude` say of the files in folders, and which of their patterns never met anything. */

import picomatch from 'picomatch';
import { extensionInside } from '../files/gzip.ts';
import { EXTENSIONS } from '../formats/index.ts';

/** `--include` and `--exclude`. */
export interface Globs {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** An exposure by its name, gzipped or not. A split stream is not read gzipped. */
export const hasExtension = (name: string): boolean =>
  EXTENSIONS.includes(extensionInside(name)) && !/\.tvips\.gz$/i.test(name);

/** What a pattern needs to be more than a name. */
const WILD = /[*?[\]{}()!+@\\]/;

class Pattern {
  readonly #said: string;
  readonly #matches: (relative: string) => boolean;
  /** It names a folder: whatever is in it. */
  readonly #forFolders: boolean;
  /** It ends in a slash: no file is meant. */
  readonly #foldersAlone: boolean;
  #met = false;

  constructor(option: string, glob: string) {
    this.#said = `${option} ${glob}`;
    const bare = glob.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
    this.#foldersAlone = glob.endsWith('/');
    this.#forFolders = this.#foldersAlone || !WILD.test(bare);
    // A pattern without a slash is meant for the name, wherever the file is.
    const matches = bare === '' ? () => false : picomatch(bare, { basename: !bare.includes('/') });
    this.#matches = (relative) => matches(relative);
  }

  /** Patterns that never matched are reported from this. */
  get unmet(): string | null {
    return this.#met ? null : this.#said;
  }

  get met(): boolean {
    return this.#met;
  }

  /** `relative`: the path below the folder that was named. */
  meets(relative: string, isFolder: boolean): boolean {
    const meets =
      ((isFolder || !this.#foldersAlone) && this.#matches(relative)) ||
      (this.#forFolders && foldersOf(relative).some(this.#matches));
    this.#met ||= meets;
    return meets;
  }
}

/** The folders on the way: of `a/b/c.mrc` these are `a` and `a/b`. */
function foldersOf(relative: string): string[] {
  const folders: string[] = [];
  for (let at = relative.indexOf('/'); at >= 0; at = relative.indexOf('/', at + 1)) folders.push(relative.slice(0, at));
  return folders;
}

export class Patterns {
  readonly #include: readonly Pattern[];
  readonly #exclude: readonly Pattern[];
  #asked = false;

  constructor({ include, exclude }: Globs) {
    this.#include = include.map((glob) => new Pattern('--include', glob));
    this.#exclude = exclude.map((glob) => new Pattern('--exclude', glob));
  }

  /** Whether what has this path below an input folder is an exposure, by its name. */
  wants(relative: string, isFolder = false): boolean {
    this.#asked = true;
    const included = this.#include.length === 0 || anyMeets(this.#include, relative, isFolder);
    const excluded = anyMeets(this.#exclude, relative, isFolder);
    return hasExtension(relative) && included && !excluded;
  }

  /** What to tell of patterns that met nothing, where there was anything to be met. */
  get notes(): string[] {
    if (!this.#asked) return [];
    return [...this.#include, ...this.#exclude].flatMap(({ unmet }) =>
      unmet === null
        ? []
        : `${unmet}: matches nothing; a pattern without "/" is for names of files and folders anywhere, one with "/" for paths below the folder that is given`,
    );
  }
}

/** Patterns that never met anything are asked though another has met this. */
function anyMeets(patterns: readonly Pattern[], relative: string, isFolder: boolean): boolean {
  let any = false;
  for (const pattern of patterns) if (!any || !pattern.met) any = pattern.meets(relative, isFolder) || any;
  return any;
}

const asked = new Map<string, Pattern>();

function patternOf(glob: string): Pattern {
  const pattern = asked.get(glob) ?? new Pattern('', glob);
  asked.set(glob, pattern);
  return pattern;
}

/** Whether a path below the folder that was named meets one of some patterns, which are those of `--include`. */
export const meets = (patterns: readonly string[], relative: string): boolean =>
  patterns.some((glob) => patternOf(glob).meets(relative, false));
