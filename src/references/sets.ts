/** Sets of references and rules, as a recipe has them: what they are, and for which exposures they are meant. */

import type { When } from './conditions.ts';
import type { ReferencePaths } from './references.ts';

/** References that belong together, and the exposures that they are meant for. */
export interface ReferenceSet {
  /** By which messages and `--dry-run` call it. */
  readonly name: string;
  readonly paths: ReferencePaths;
  readonly when: When;
}

export const DEEDS = ['correct', 'copy', 'ignore'] as const;

/** What is done with exposures that fit; the first rule that fits counts. */
export interface Rule {
  readonly when: When;
  readonly do: (typeof DEEDS)[number];
}

/** Everything by which an exposure's references are found. */
export interface Sets {
  readonly sets: readonly ReferenceSet[];
  readonly rules: readonly Rule[];
  /** A folder whose files make more sets; null: none. */
  readonly folder: string | null;
  /** Exposures that no set is meant for get the references that their mdoc or XML file names. */
  readonly follow: boolean;
}

export const NO_SETS: Sets = { sets: [], rules: [], folder: null, follow: false };

/** Whether each exposure has to be asked for its references; otherwise all have the same. */
export const areChosen = ({ sets, rules, folder, follow }: Sets): boolean =>
  sets.length > 0 || rules.length > 0 || folder !== null || follow;
