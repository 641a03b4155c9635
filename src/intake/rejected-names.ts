/** What is left out though somebody may expect it: links to folders, output folders, foreign formats, names that are not UTF-8. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { foreignNamed } from '../formats/foreign.ts';
import { Fault, failed, type Outcome } from '../model/outcome.ts';
import { hasExtension } from './patterns.ts';

/** Of each kind so many are named. */
const NAMED = 3;

type Kind = 'link' | 'output';

const SAYS: Record<Kind, { one: string; more: string }> = {
  link: {
    one: 'is a link to a folder, which is not followed; name the folder that it leads to',
    more: 'more links to folders are not followed either',
  },
  output: {
    one: 'is left out: an output folder of darkroom (it holds .darkroom); to correct again what is in it give --allow-corrected',
    more: 'more output folders of darkroom are left out as well',
  },
};

export interface RejectionListener {
  say(message: string): void;
  /** What cannot be an exposure, already failed. */
  unusable(outcome: Outcome): void;
}

export class RejectedNames {
  readonly #listener: RejectionListener;
  readonly #leftOut: Record<Kind, Set<string>> = { link: new Set(), output: new Set() };
  readonly #unsupported = new Map<string, number>();
  readonly #badNames = new Set<string>();

  constructor(listener: RejectionListener) {
    this.#listener = listener;
  }

  /** Extensions of formats that are not read, and how many files of each were seen. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#unsupported;
  }

  /** The first few are named, then it is said that there are more, then nothing. */
  leaveOut(kind: Kind, place: string): void {
    const seen = this.#leftOut[kind];
    if (seen.has(place)) return;
    seen.add(place);
    if (seen.size <= NAMED) this.#listener.say(`${place}: ${SAYS[kind].one}`);
    else if (seen.size === NAMED + 1) this.#listener.say(`${place}: ${SAYS[kind].more}`);
  }

  /** A file that is no exposure by its name. */
  note(name: string): void {
    const extension = path.extname(name).toLowerCase();
    if (foreignNamed(extension)) this.#unsupported.set(extension, (this.#unsupported.get(extension) ?? 0) + 1);
  }

  /**
   * Fails what looks like an exposure or a folder and has a name that is not UTF-8, once each. Returns such names as text:
   * the system does not know them by it. `below`: the path of the folder below its root.
   */
  async refuse(folder: string, below: string): Promise<ReadonlySet<string>> {
    const bad = new Set<string>();
    for (const entry of await fs.readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
      const bytes = entry.name as unknown as Buffer;
      const name = bytes.toString('utf8');
      if (Buffer.from(name, 'utf8').equals(bytes)) continue;
      bad.add(name);
      const shown = escaped(bytes);
      const input = path.join(folder, shown);
      if (name.startsWith('.') || this.#badNames.has(input)) continue;
      if (!entry.isDirectory() && !hasExtension(name)) continue;
      this.#badNames.add(input);
      const fault = new Fault('name', `${input}: the name is not UTF-8; rename it`);
      this.#listener.unusable(failed({ input, output: path.join(below, shown) }, fault, null, null));
    }
    return bad;
  }
}

/** A name that is not UTF-8, its bytes beyond ASCII as `\\xe9`: what `ls -b` and `$'...'` of a shell know. */
const escaped = (name: Buffer): string =>
  name.toString('latin1').replaceAll(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
