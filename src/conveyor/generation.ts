/** Sets and rules as a recipe has them, with every file looked at: what exposures are asked from now on. */

import path from 'node:path';
import type { RunSettings } from '../correct/settings.ts';
import type { Generation } from '../intake/choose.ts';
import { setsIn } from '../references/folder.ts';
import { type KnownSet, knownSet } from '../references/known-set.ts';
import { referenceFiles } from '../references/references.ts';
import { areChosen } from '../references/sets.ts';
import type { Treatment } from '../references/treatment.ts';

export interface MadeGeneration {
  readonly generation: Omit<Generation, 'since'>;
  readonly notes: readonly string[];
}

type Asked = Pick<RunSettings, 'choosing' | 'references'>;

/** @throws Refusal when a file of a set is not there, or is no image */
export async function generationOf({ choosing }: Asked, treatment: Treatment): Promise<MadeGeneration> {
  const { sets, rules, folder, follow } = choosing;
  const found = folder === null ? { sets: [], notes: [] } : await setsIn(folder, treatment);
  const known: KnownSet[] = [];
  for (const set of [...sets, ...found.sets]) known.push(await knownSet(set, treatment));
  const chosen = sets.length > 0 || folder !== null || follow;
  return { generation: { sets: chosen ? known : null, rules }, notes: found.notes };
}

/** The same where the references of the options may have been replaced since the start: they are a set like others. */
export async function generationAnew(asked: Asked, treatment: Treatment): Promise<MadeGeneration> {
  const files = referenceFiles(asked.references);
  if (files.length === 0 || (areChosen(asked.choosing) && asked.choosing.sets.length > 0))
    return await generationOf(asked, treatment);
  const name = files.map(({ file }) => path.basename(file)).join(', ');
  const set = { name, paths: asked.references, when: {} };
  return await generationOf({ ...asked, choosing: { ...asked.choosing, sets: [set] } }, treatment);
}
