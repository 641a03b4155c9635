/**
 * Which exposures there are: files named, and folders searched downwards. Looks at names and kinds, opens nothing. Files of
 * other shards are known by their names alone, so that two with one output are found.
 */

import fs from 'node:fs/promises';
import path from 'node:path';
import { firstPartThere } from '../files/parts.ts';
import { outputName } from '../formats/container.ts';
import type { WrittenFormat } from '../model/exposure.ts';
import { Fault, failed, type Job, type Outcome, Refusal } from '../model/outcome.ts';
import { type Shard, shardName, shardOf } from '../model/shard.ts';
import { systemError } from '../model/system-error.ts';
import { type NameOptions, NameRules, type Place, relativeTo } from './name-rules.ts';

export interface ScanOptions extends NameOptions {
  readonly format: 'same' | WrittenFormat;
  /** Only its exposures are to be corrected; null: all. */
  readonly shard?: Shard | null;
}

export interface Found {
  /** Those of the shard. */
  readonly jobs: readonly Job[];
  /** Those of all shards. */
  readonly all: readonly Job[];
  /** Names that cannot be used, already failed. */
  readonly unusable: readonly Outcome[];
  /** Extensions of image formats that are not read, and how many files have them. */
  readonly unsupported: ReadonlyMap<string, number>;
  /** What was left out and may be missed, and patterns that met nothing. */
  readonly notes: readonly string[];
}

/**
 * Jobs in the order of their paths. Outputs keep their path below the folder that was named; a file that was named keeps
 * its name.
 * @throws Refusal when an input does not exist, two of one name would have one output, or an output would be its own raw file
 */
export async function scan(inputs: readonly string[], options: ScanOptions): Promise<Found> {
  const search = new Search(options, await fs.realpath(options.out).catch(() => options.out));
  for (const input of inputs) await search.add(input);
  return search.found();
}

class Search {
  readonly #options: ScanOptions;
  readonly #realOut: string;
  readonly #notes: string[] = [];
  readonly #jobs = new Map<string, Job>();
  readonly #mine = new Map<string, Job>();
  readonly #unusable: Outcome[] = [];
  readonly #rules: NameRules;

  constructor(options: ScanOptions, realOut: string) {
    this.#options = options;
    this.#realOut = realOut;
    this.#rules = new NameRules(options, {
      say: (note) => void this.#notes.push(note),
      unusable: (outcome) => void this.#unusable.push(outcome),
    });
  }

  async add(input: string): Promise<void> {
    let kind: import('node:fs').Stats;
    try {
      kind = await fs.stat(input);
    } catch (error) {
      const name = systemError(error)?.name;
      if (name === undefined) throw error;
      const found = name === 'ENOENT' ? 'there is no such file or folder' : `cannot be looked at (${name})`;
      throw new Refusal(`${input}: ${found}; check the path`, { cause: error });
    }
    await this.#rules.resolve();
    const real = await fs.realpath(input);
    if (kind.isDirectory() && this.#rules.isLeftOut(real))
      throw new Refusal(
        `${input}: is the output folder itself; name the folder of the raw exposures, or another --out`,
      );
    if (kind.isDirectory()) await this.#folder({ path: real, below: '' });
    else if (!this.#rules.isLeftOut(real)) {
      const first = await firstPartThere(real);
      this.#named(first ?? real, path.basename(first ?? input));
    }
  }

  async #folder(place: Place): Promise<void> {
    if (!(await this.#rules.searches(place))) return;
    const entries = await fs.readdir(place.path, { withFileTypes: true }).catch((error: unknown) => {
      const name = systemError(error)?.name;
      if (name === undefined) throw error;
      const fault = new Fault(
        'unreadable',
        `${place.path}: the folder cannot be listed (${name}); check its permissions`,
      );
      this.#unusable.push(failed({ input: place.path, output: place.below }, fault, null, null));
      return [];
    });
    for (const entry of await this.#rules.usable(place, entries, ({ name }) => name)) {
      const { full, below, exposure, folder } = await this.#rules.classify(place, entry.name, entry, {
        look: !entry.isSymbolicLink() || this.#isMine(relativeTo(place, entry.name)),
      });
      if (folder) await this.#folder({ path: full, below });
      if (exposure) this.#take(full, below);
    }
  }

  #named(input: string, name: string): void {
    const { shard } = this.#options;
    if (shard?.assumed)
      throw new Refusal(
        `${input}: found a single file in task ${shardName(shard)} of a Slurm array, expected a folder whose exposures the tasks share; say with --shard 1/1 that this task corrects all that is named, or with --shard ${shardName(shard)} that the tasks share it`,
      );
    this.#take(input, name);
  }

  #take(input: string, relative: string): void {
    const job = { input, output: outputName(relative, this.#options.format) };
    this.#jobs.set(input, job);
    // By another folder that was named it may have another path: the last one counts.
    if (this.#isMine(relative)) this.#mine.set(input, job);
    else this.#mine.delete(input);
  }

  #isMine(relative: string): boolean {
    const { shard = null } = this.#options;
    return shard === null || shardOf(relative, shard.of) === shard.index;
  }

  found(): Found {
    const all = inOrder([...this.#jobs.values()]);
    const owners = new Map<string, string>();
    for (const { input, output } of all) {
      const other = owners.get(output);
      // Two of one name are a mistake of the command line; of two formats of one exposure one fails: see `namesakes.ts`.
      if (other !== undefined && path.basename(other) === path.basename(input)) {
        throw new Refusal(
          `${other} and ${input} would both be written to ${path.join(this.#options.out, output)}; run them with different --out`,
        );
      }
      owners.set(output, other ?? input);
      if (path.join(this.#realOut, output) === input || path.join(this.#options.out, output) === input) {
        throw new Refusal(`${input}: its output would be the raw file itself; choose another --out`);
      }
    }
    const notes = [...this.#notes, ...this.#rules.patternNotes];
    const unusable = this.#unusable.filter(({ output }) => this.#isMine(output));
    const jobs = this.#options.shard ? inOrder([...this.#mine.values()]) : all;
    return { jobs, all, unusable, unsupported: this.#rules.unsupported, notes };
  }
}

const inOrder = (jobs: readonly Job[]): readonly Job[] => jobs.toSorted((a, b) => (a.input < b.input ? -1 : 1));
