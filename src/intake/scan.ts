/** Which exposures there are: files named, and folders searched downwards. Looks at names and kinds, opens nothing. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { isOutputFolder } from '../files/workshop.ts';
import { foreignNamed } from '../formats/foreign.ts';
import { FORMATS } from '../formats/index.ts';
import type { FormatName } from '../model/exposure.ts';
import { Fault, failed, type Job, type Outcome, Refusal } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { Asides } from './asides.ts';
import { type Globs, hasExtension, Patterns } from './patterns.ts';

export interface ScanOptions extends Globs {
  /** Absolute path of the output folder; nothing in it is an input. */
  readonly out: string;
  /** Absolute paths of the references in use. */
  readonly references: readonly string[];
  readonly format: 'same' | FormatName;
  /** Whether output folders of other runs are searched as well. */
  readonly allowCorrected: boolean;
}

export interface Found {
  readonly jobs: readonly Job[];
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
 * @throws Refusal when an input does not exist, two would have one output, or an output would be its own raw file
 */
export async function scan(inputs: readonly string[], options: ScanOptions): Promise<Found> {
  const search = new Search(options);
  for (const input of inputs) await search.add(input);
  return search.found();
}

class Search {
  readonly #options: ScanOptions;
  readonly #out: string[];
  readonly #references: Set<string>;
  readonly #patterns: Patterns;
  readonly #asides = new Asides();
  readonly #notes: string[] = [];
  readonly #jobs = new Map<string, Job>();
  readonly #unusable: Outcome[] = [];
  readonly #unsupported = new Map<string, number>();

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#out = [options.out];
    this.#references = new Set(options.references);
    this.#patterns = new Patterns(options);
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
    for (const place of [this.#options.out, ...this.#options.references]) {
      const real = await fs.realpath(place).catch(() => place);
      if (place === this.#options.out) this.#out.push(real);
      else this.#references.add(real);
    }
    const real = await fs.realpath(input);
    if (kind.isDirectory() && this.#out.includes(real))
      throw new Refusal(
        `${input}: is the output folder itself; name the folder of the raw exposures, or another --out`,
      );
    if (kind.isDirectory()) await this.#folder(real, '');
    else this.#take(real, path.basename(input));
  }

  async #folder(root: string, below: string): Promise<void> {
    const folder = path.join(root, below);
    if (this.#out.includes(folder)) return;
    // One that was named is meant; what darkroom wrote into it is refused file by file.
    if (below !== '' && !this.#options.allowCorrected && (await isOutputFolder(folder)))
      return this.#leaveOut('output', folder);
    const entries = await fs.readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch((error: unknown) => {
      const name = systemError(error)?.name;
      if (name === undefined) throw error;
      const job = { input: folder, output: below };
      this.#unusable.push(
        failed(
          job,
          new Fault('unreadable', `${folder}: the folder cannot be listed (${name}); check its permissions`),
          null,
          null,
        ),
      );
      return [];
    });
    for (const entry of entries) {
      const bytes = entry.name as unknown as Buffer;
      const name = bytes.toString('utf8');
      if (name.startsWith('.')) continue;
      const relative = below ? `${below}/${name}` : name;
      if (!Buffer.from(name, 'utf8').equals(bytes)) {
        // Escaped: as text all such names would be the same.
        const shown = escaped(bytes);
        if (entry.isDirectory() || hasExtension(name))
          this.#refuseName(path.join(folder, shown), below ? `${below}/${shown}` : shown);
        continue;
      }
      const wanted = this.#patterns.wants(relative, entry.isDirectory());
      if (entry.isDirectory()) await this.#folder(root, relative);
      const behind = entry.isSymbolicLink() ? await folderBehind(path.join(folder, name)) : null;
      if (behind !== null) {
        if (!this.#out.includes(behind)) this.#leaveOut('link', path.join(folder, name));
        // A folder with the name of an exposure is searched, and said to be none.
      } else if (wanted) this.#take(path.join(folder, name), relative);
      else if (entry.isFile()) this.#noteUnsupported(name);
    }
  }

  #leaveOut(kind: 'link' | 'output', folder: string): void {
    const note = this.#asides.note(kind, folder);
    if (note !== null) this.#notes.push(note);
  }

  #take(input: string, relative: string): void {
    if (this.#references.has(input)) return;
    this.#jobs.set(input, { input, output: outputName(relative, this.#options.format) });
  }

  #refuseName(input: string, relative: string): void {
    const fault = new Fault('name', `${input}: the name is not UTF-8; rename it`);
    this.#unusable.push(failed({ input, output: relative }, fault, null, null));
  }

  #noteUnsupported(name: string): void {
    const extension = unsupported(name);
    if (extension !== null) this.#unsupported.set(extension, (this.#unsupported.get(extension) ?? 0) + 1);
  }

  found(): Found {
    const jobs = [...this.#jobs.values()].sort((a, b) => (a.input < b.input ? -1 : 1));
    const owners = new Map<string, string>();
    for (const { input, output } of jobs) {
      const other = owners.get(output);
      if (other !== undefined) {
        throw new Refusal(
          `${other} and ${input} would both be written to ${path.join(this.#options.out, output)}; run them with different --out`,
        );
      }
      owners.set(output, input);
      if (path.join(this.#out.at(-1)!, output) === input || path.join(this.#options.out, output) === input) {
        throw new Refusal(`${input}: its output would be the raw file itself; choose another --out`);
      }
    }
    const notes = [...this.#notes, ...this.#patterns.notes];
    return { jobs, unusable: this.#unusable, unsupported: this.#unsupported, notes };
  }
}

/** The extension of a file in a format of the field that is not read, or null. */
export function unsupported(name: string): string | null {
  const extension = path.extname(name).toLowerCase();
  return foreignNamed(extension) ? extension : null;
}

/** A name that is not UTF-8, its bytes beyond ASCII as `\\xe9`: what `ls -b` and `$'...'` of a shell know. */
export const escaped = (name: Buffer): string =>
  name.toString('latin1').replaceAll(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);

/** The real path of the folder that a link leads to; null when it leads to none. */
export async function folderBehind(link: string): Promise<string | null> {
  const target = await fs.stat(link).catch(() => null);
  return target?.isDirectory() ? await fs.realpath(link).catch(() => link) : null;
}

/** The extension changes only where `--format` asks for the other container. */
export function outputName(relative: string, format: 'same' | FormatName): string {
  if (format === 'same') return relative;
  const { extensions } = FORMATS[format];
  const extension = path.extname(relative);
  if (extensions.includes(extension.toLowerCase())) return relative;
  return relative.slice(0, relative.length - extension.length) + extensions[0];
}
