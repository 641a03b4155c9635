/** The set of references that an exposure's own metadata name, as SerialEM's mdoc and EPU's XML do. */

import fs from 'node:fs';
import path from 'node:path';
import type { Exposure } from '../model/exposure.ts';
import { Fault } from '../model/outcome.ts';
import { type KnownSet, knownSet } from './known-set.ts';
import type { Treatment } from './treatment.ts';

/** Folders above that of the exposure in which the files are looked for. */
const UPWARDS = 3;

/** Asked for one exposure after the other; files are looked for once. */
export class NamedReferences {
  readonly #folder: string | null;
  readonly #treatment: Treatment;
  readonly #sets = new Map<string, KnownSet>();

  /** `folder`: where else to look; null: nowhere. */
  constructor(folder: string | null, treatment: Treatment) {
    this.#folder = folder;
    this.#treatment = treatment;
  }

  /**
   * Null: its metadata name no gain reference.
   * @throws Fault 'references' when a file that is named is nowhere; Refusal when it is no reference
   */
  async of(input: string, { metadata }: Exposure): Promise<KnownSet | null> {
    if (metadata?.gainReference === undefined) return null;
    const norm = this.#find(input, metadata.gainReference, 'gain reference');
    const defects =
      metadata.defectFile === undefined ? null : this.#find(input, metadata.defectFile, 'file of defects');
    const key = JSON.stringify([norm, defects].map((file) => [file, file && fs.statSync(file).mtimeMs]));
    let set = this.#sets.get(key);
    if (!set) {
      const paths = { dark: null, bright: null, norm, defects };
      set = await knownSet({ name: path.basename(norm), paths, when: {} }, this.#treatment);
      this.#sets.set(key, set);
    }
    return set;
  }

  #find(input: string, named: string, what: string): string {
    // The microscope's computer may run Windows.
    const name = named.slice(Math.max(named.lastIndexOf('/'), named.lastIndexOf('\\')) + 1);
    const places = path.isAbsolute(named) ? [named] : [];
    let folder = path.dirname(input);
    for (let up = 0; up <= UPWARDS; up++, folder = path.dirname(folder)) places.push(path.join(folder, name));
    if (this.#folder !== null) places.push(path.join(this.#folder, name));
    const found =
      name === '' ? undefined : places.find((place) => fs.statSync(place, { throwIfNoEntry: false })?.isFile());
    if (found !== undefined) return found;
    throw new Fault(
      'references',
      `${input}: its metadata name the ${what} ${named}, which is not in ${path.dirname(input)} and the ${UPWARDS} folders above${this.#folder === null ? '' : `, nor in ${this.#folder}`}; copy it there, or add a set for it to the recipe`,
    );
  }
}
