/**
 * What an entry of a folder is: an exposure, a folder to search, or neither. `run` and `watch` ask the same rules, so that
 * both find the same exposures and say the same of what they leave out.
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import { firstPartThere } from '../files/parts.ts';
import { isOutputFolder } from '../files/workshop.ts';
import { type Globs, Patterns } from './patterns.ts';
import { RejectedNames, type RejectionListener } from './rejected-names.ts';

export interface NameOptions extends Globs {
  /** Absolute path of the output folder; nothing in it is an input. */
  readonly out: string;
  /** Absolute paths of the references in use. */
  readonly references: readonly string[];
  /** Whether output folders of other runs are searched as well. */
  readonly allowCorrected: boolean;
}

/** A folder that is searched. */
export interface Place {
  readonly path: string;
  /** Below the folder that was named; empty for that one. */
  readonly below: string;
}

/** What the system says of an entry: of a link, that it is one. */
export interface Kind {
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

/** An entry with its path, also below the folder that was named. A folder with the name of an exposure is both. */
export interface Classified {
  readonly full: string;
  readonly below: string;
  readonly exposure: boolean;
  readonly folder: boolean;
}

export class NameRules {
  readonly #allowCorrected: boolean;
  readonly #patterns: Patterns;
  readonly #leftOut: Set<string>;
  readonly #rejected: RejectedNames;

  constructor(options: NameOptions, listener: RejectionListener) {
    this.#allowCorrected = options.allowCorrected;
    this.#patterns = new Patterns(options);
    this.#leftOut = new Set([options.out, ...options.references]);
    this.#rejected = new RejectedNames(listener);
  }

  /** Extensions of formats that are not read, and how many files of each were seen. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#rejected.unsupported;
  }

  /** Patterns that met nothing so far. */
  get patternNotes(): string[] {
    return this.#patterns.notes;
  }

  /** Leaves out by real paths as well what is there now: the output folder and the references. */
  async resolve(): Promise<void> {
    for (const each of this.#leftOut) this.#leftOut.add(await fs.realpath(each).catch(() => each));
  }

  /** The output folder or a reference, by a path that was named or a real one. */
  isLeftOut(full: string): boolean {
    return this.#leftOut.has(full);
  }

  /** Whether to search a folder: not an output folder. One that was named is meant; outputs in it are refused one by one. */
  async searches({ path: folder, below }: Place): Promise<boolean> {
    if (below === '' || this.#allowCorrected || !(await isOutputFolder(folder))) return true;
    this.#rejected.leaveOut('output', folder);
    return false;
  }

  /** Of the entries of a folder those that can be used: not hidden, and UTF-8. The others are failed where they matter. */
  async usable<Entry>(
    { path: folder, below }: Place,
    entries: readonly Entry[],
    nameOf: (entry: Entry) => string,
  ): Promise<readonly Entry[]> {
    const shown = entries.filter((entry) => !isHidden(nameOf(entry)));
    if (!shown.some((entry) => isDoubtful(nameOf(entry)))) return shown;
    const bad = await this.#rejected.refuse(folder, below);
    return shown.filter((entry) => !bad.has(nameOf(entry)));
  }

  /**
   * What an entry is. `kind`: of a link, that it is one. `count`: whether to count a foreign format. `look`: whether to see
   * where a link leads that has the name of an exposure.
   */
  async classify(
    within: Place,
    name: string,
    kind: Kind,
    { count = true, look = true }: { readonly count?: boolean; readonly look?: boolean } = {},
  ): Promise<Classified> {
    const full = path.join(within.path, name);
    const below = relativeTo(within, name);
    const isFolder = kind.isDirectory();
    // Always asked: patterns that never meet anything are reported.
    const wanted = this.#patterns.wants(below, isFolder) && !this.#leftOut.has(full);
    const behind = kind.isSymbolicLink() && (look || !wanted) ? await folderBehind(full) : null;
    if (behind !== null) {
      if (!this.#leftOut.has(behind)) this.#rejected.leaveOut('link', full);
      return { full, below, exposure: false, folder: false };
    }
    if (wanted && (await firstPartThere(full)) !== null) return { full, below, exposure: false, folder: false };
    if (!wanted && count && kind.isFile() && !(await isBesideSeries(full))) this.#rejected.note(name);
    return { full, below, exposure: wanted, folder: isFolder && !this.#leftOut.has(full) };
  }
}

/** A file with the metadata of SER files beside it: they say how to read it. */
async function isBesideSeries(full: string): Promise<boolean> {
  if (path.extname(full).toLowerCase() !== '.emi') return false;
  const base = full.slice(0, -'.emi'.length);
  const beside = await Promise.all(['_1.ser', '_1.SER'].map((end) => fs.stat(base + end).catch(() => null)));
  return beside.some((stat) => stat !== null);
}

export const isHidden = (name: string): boolean => name.startsWith('.');

/** Perhaps not UTF-8: as text all bytes that are not become this sign. But a name may also really hold it. */
export const isDoubtful = (name: string): boolean => name.includes('\ufffd');

/** The path of a name below the folder that was named. */
export const relativeTo = ({ below }: Place, name: string): string => (below ? `${below}/${name}` : name);

/** The real path of the folder that a link leads to; null when it leads to none. */
async function folderBehind(link: string): Promise<string | null> {
  const target = await fs.stat(link).catch(() => null);
  return target?.isDirectory() ? await fs.realpath(link).catch(() => link) : null;
}
