/**
 * The hashes of references, kept in the output folder: each is computed once, and not by every shard or every night. One
 * counts as long as the file looks as it did: size, time of its content, and the time of its last change, which nobody can
 * set back.
 */

import fs from 'node:fs';
import path from 'node:path';
import { type OpenFile, WORKSHOP } from '../files/input-file.ts';
import { isTrouble, outputFault, writeWhole } from '../files/output-file.ts';
import { openWorkshop } from '../files/workshop.ts';
import { Fault } from '../model/outcome.ts';

/** As it stands in the file. Nanoseconds as text. */
interface Kept {
  readonly size: number;
  readonly modified: string;
  readonly changed: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** A file that changed so lately may change again within one tick of its clock, ms. */
const TICK = 2000;

const NAME = 'references.json';

export class KeptHashes {
  readonly #out: string | null;
  readonly #kept: Map<string, Kept>;
  #news = false;

  /** `out`: the output folder, which need not be there; null: nothing is kept. */
  constructor(out: string | null) {
    this.#out = out;
    this.#kept = out === null ? new Map() : read(path.join(out, WORKSHOP, NAME));
  }

  /** Null: not known. */
  known(file: OpenFile): string | null {
    const kept = this.#kept.get(path.resolve(file.path));
    const { size, modified, changed } = looks(file);
    return kept && kept.size === size && kept.modified === modified && kept.changed === changed ? kept.hash : null;
  }

  learn(file: OpenFile, hash: string): void {
    if (this.known(file) === hash || Date.now() - Number(file.ctimeNs / 1_000_000n) < TICK) return;
    this.#kept.set(path.resolve(file.path), { ...looks(file), hash });
    this.#news = true;
  }

  /** Writes what is new into the output folder, which is there. Where that cannot be, each run computes them. */
  save(): void {
    if (this.#out === null || !this.#news) return;
    this.#news = false;
    try {
      const workshop = openWorkshop(this.#out);
      const content = JSON.stringify({ version: 1, references: Object.fromEntries(this.#kept) }, null, 2);
      const target = {
        file: path.join(workshop, NAME),
        within: workshop,
        replaces: 'hashes',
        way: 'remove it',
      } as const;
      writeWhole(target, `${content}\n`, workshop);
    } catch (error) {
      const fault = outputFault(error, path.join(this.#out, WORKSHOP, NAME));
      if (!(isTrouble(fault) || fault instanceof Fault)) throw error;
    }
  }
}

const looks = ({ identity, ctimeNs }: OpenFile): Omit<Kept, 'hash'> => ({
  size: identity.size,
  modified: String(identity.mtimeNs),
  changed: String(ctimeNs),
});

/** What is not there or not whole tells nothing. */
function read(file: string): Map<string, Kept> {
  try {
    const { references } = JSON.parse(fs.readFileSync(file, 'utf8')) as { references: Record<string, Kept> };
    const whole = Object.entries(references).filter(([, { hash }]) => /^[0-9a-f]{64}$/.test(hash));
    return new Map(whole);
  } catch {
    return new Map();
  }
}
