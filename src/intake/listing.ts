/**
 * The names in one folder, as its listing finds them: which are new, which are gone, and what each of the new ones is.
 */

import type { BigIntStats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { identityOf, lstatOf, statOf } from '../files/input-file.ts';
import { wholeIdentity } from '../files/parts.ts';
import type { Identity } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import type { Folder } from './folder.ts';
import { HANDFUL } from './in-flight.ts';
import { isDoubtful, isHidden, type NameOptions, NameRules } from './name-rules.ts';
import type { RejectionListener } from './rejected-names.ts';

export interface ListingOptions extends NameOptions {
  /** Monotonic, ms. */
  readonly clock: () => number;
}

/** `Known`: what the listener keeps for each exposure. */
export interface ListingListener<Known> extends RejectionListener {
  /** An exposure was found; what is to be kept for it, or null when it is to be left out. */
  found(folder: Folder<Known>, name: string, identity: Identity): Promise<Known | null>;
  /** A folder was found in a folder; `below`: its path below the root. */
  folder(within: Folder<Known>, full: string, below: string): void;
  /** The system says that something happened to it. */
  touched(known: Known): void;
  /** It is not there any more. */
  gone(known: Known): void;
}

export class Listing<Known> {
  readonly #options: ListingOptions;
  readonly #listener: ListingListener<Known>;
  readonly #rules: NameRules;

  constructor(options: ListingOptions, listener: ListingListener<Known>) {
    this.#options = options;
    this.#listener = listener;
    this.#rules = new NameRules(options, listener);
  }

  /** Formats that are not read, and how many files of each were seen. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#rules.unsupported;
  }

  /** Patterns that met nothing so far. */
  get patternNotes(): string[] {
    return this.#rules.patternNotes;
  }

  /** To be called when they can be there: what is left out is left out by its real path as well. */
  resolve(): Promise<void> {
    return this.#rules.resolve();
  }

  /**
   * Lists the folder. `listed` hears how many names it has before they are looked at; `isThere` is asked when some are
   * missing: they were deleted, or the whole share went away, and then nothing is taken for gone.
   */
  async list(folder: Folder<Known>, listed: (entries: number) => void, isThere: () => Promise<boolean>): Promise<void> {
    const began = this.#options.clock();
    const names = await fs.readdir(folder.path);
    folder.leftOut = !(await this.#rules.searches(folder));
    if (folder.leftOut) return;
    listed(names.length);
    // Sorted: of two with one output the first has it, not the one that the disk happens to name first.
    const fresh = names.filter((name) => !folder.names.has(name)).sort();
    if (fresh.length > 0 && folder.names.size > 0) folder.grewAt = began;
    folder.cost = this.#options.clock() - began;
    if (names.length - fresh.length < folder.names.size) {
      if (!(await isThere())) return;
      const there = new Set(names);
      for (const name of folder.names.keys()) if (!there.has(name)) this.#drop(folder, name);
    }
    const usable = await this.#rules.usable(folder, fresh, (name) => name);
    if (usable.length < fresh.length) {
      const examined = new Set(usable);
      for (const name of fresh) if (!examined.has(name)) folder.names.set(name, null);
    }
    await this.#examine(folder, usable, false);
  }

  #drop(folder: Folder<Known>, name: string): void {
    const known = folder.names.get(name);
    folder.names.delete(name);
    if (known != null) this.#listener.gone(known);
  }

  /** Looks at the new ones of names that the system reported. */
  async hinted(folder: Folder<Known>, names: readonly string[]): Promise<void> {
    if (folder.leftOut) return;
    const fresh: string[] = [];
    for (const name of names) {
      const known = folder.names.get(name);
      if (known != null) this.#listener.touched(known);
      else if (isHidden(name)) folder.names.set(name, null);
      else if (!isDoubtful(name)) fresh.push(name);
      // A listing tells whether it is UTF-8.
      else if (known === undefined) folder.listAt = 0;
    }
    await this.#examine(folder, fresh, true);
  }

  async #examine(folder: Folder<Known>, fresh: readonly string[], hinted: boolean): Promise<void> {
    // In handfuls, which costs a hundred thousand names half of what a queue would; each is taken in the order of its names.
    for (let first = 0; first < fresh.length; first += HANDFUL) {
      const handful = fresh.slice(first, first + HANDFUL);
      const kinds = await Promise.all(handful.map((name) => kindOf(path.join(folder.path, name))));
      await Promise.all(handful.map((name, i) => this.#take(folder, name, kinds[i]!, hinted)));
    }
  }

  async #take(folder: Folder<Known>, name: string, kind: BigIntStats | string, hinted: boolean): Promise<void> {
    if (typeof kind === 'string') {
      // Gone again, or the next listing tries again.
      folder.names.delete(name);
      if (kind !== 'ENOENT' && !hinted) folder.mtimeMs = Number.NaN;
      return;
    }
    const before = folder.names.get(name);
    // Set at once: a name hinted at and listed is examined once.
    folder.names.set(name, null);
    const { full, below, ...is } = await this.#rules.classify(folder, name, kind, {
      count: before === undefined,
    });
    if (is.folder) this.#listener.folder(folder, full, below);
    if (!is.exposure) return;
    const stat = kind.isSymbolicLink() ? await statOf(full, { bigint: true }).catch(() => kind) : kind;
    folder.names.set(name, await this.#listener.found(folder, name, await wholeIdentity(full, identityOf(stat))));
  }
}

/** What is there, or the code of the system's error. */
async function kindOf(full: string): Promise<BigIntStats | string> {
  try {
    return await lstatOf(full, { bigint: true });
  } catch (error) {
    const said = systemError(error);
    if (!said) throw error;
    return said.name;
  }
}
