/** What stands in watched folders and cannot be taken, though somebody may expect it: told once each. */

import fs from 'node:fs/promises';
import path from 'node:path';
import { Fault, failed, type Outcome } from '../model/outcome.ts';
import { hasExtension } from './patterns.ts';
import { escaped, unsupported } from './scan.ts';

export class Strays {
  readonly #unsupported = new Map<string, number>();
  readonly #badNames = new Set<string>();

  /** Formats that are not read, and how many files of each were seen. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#unsupported;
  }

  /** Notes a file that is no exposure by its name. */
  note(name: string): void {
    const extension = unsupported(name);
    if (extension !== null) this.#unsupported.set(extension, (this.#unsupported.get(extension) ?? 0) + 1);
  }

  /** Names in `folder` that are not UTF-8, read as bytes: as text they would all be the same. `below`: its path below the root. */
  async refuseNames(folder: string, below: string): Promise<Outcome[]> {
    const refused: Outcome[] = [];
    for (const bytes of await fs.readdir(folder, { encoding: 'buffer' })) {
      const name = bytes.toString('utf8');
      if (Buffer.from(name, 'utf8').equals(bytes) || !hasExtension(name) || name.startsWith('.')) continue;
      const input = path.join(folder, escaped(bytes));
      if (this.#badNames.has(input)) continue;
      this.#badNames.add(input);
      const fault = new Fault('name', `${input}: the name is not UTF-8; rename it`);
      refused.push(failed({ input, output: path.join(below, escaped(bytes)) }, fault, null, null));
    }
    return refused;
  }
}
