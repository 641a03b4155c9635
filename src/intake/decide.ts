/** Which of the exposures found are to be corrected, and why: resume, `--force` and `--dry-run` in one place. */

import path from 'node:path';
import { maskOf } from '../correct/observe/mask.ts';
import { type Recipe, recipeKey } from '../correct/recipe.ts';
import type { RunSettings } from '../correct/settings.ts';
import { identityOf, statOf, systemFault } from '../files/input-file.ts';
import { wholeIdentity } from '../files/parts.ts';
import { isUnchanged, OTHER_SETTINGS, type Seen, whyNot } from '../journal/seen.ts';
import { JournalTrouble } from '../journal/trouble.ts';
import { crashFault } from '../model/crash.ts';
import { Fault, failed, type Identity, type Job, type Outcome } from '../model/outcome.ts';
import type { ReferenceFile } from '../references/references.ts';
import { HANDFUL } from './in-flight.ts';

/** With which references an exposure would be corrected now. */
export interface Now {
  /** Those of the options, the same for all. */
  readonly files: readonly ReferenceFile[];
  /**
   * Where each exposure may have others: those of one that the journal knows. `ignore`: a rule says so. Null: it is not to
   * be corrected as it was, be it that it is copied or that no references are found for it.
   */
  readonly chosen?: (job: Job, identity: Identity, before: Seen) => Promise<readonly ReferenceFile[] | 'ignore' | null>;
}

export interface Question extends Now {
  readonly out: string;
  readonly recipe: Recipe;
  readonly seen: { get(output: string): Seen | undefined };
  readonly force: boolean;
}

export type Decision = {
  readonly job: Job;
  /** What the journal has of the output. */
  readonly before: Seen | undefined;
} & (
  | { readonly correct: true; readonly reason: string; readonly bytes: number }
  | { readonly correct: false; readonly outcome: Outcome }
);

/** Outputs that are made again with other settings take the place of earlier ones: nobody should find that out afterwards. */
export function replacing(
  todo: readonly (Decision & { correct: true })[],
  { out, recipe }: Pick<RunSettings, 'out' | 'recipe'>,
): string[] {
  const others = todo.filter(({ reason }) => reason === OTHER_SETTINGS);
  const masks = recipe.writeMasks ? 0 : others.filter(({ before }) => before?.maskBytes != null).length;
  const exposures = (count: number): string => (count === 1 ? '1 exposure was' : `${count} exposures were`);
  return [
    ...(others.length > 0
      ? [
          `${exposures(others.length)} corrected before with another recipe or other references: corrected again, replacing the earlier outputs in ${out}; another --out keeps both`,
        ]
      : []),
    ...(masks > 0 ? [`masks of ${masks} of them are deleted; --write-masks makes new ones`] : []),
  ];
}

/** In the order of the jobs. */
export async function decideAll(jobs: readonly Job[], question: Question): Promise<Decision[]> {
  const decisions: Decision[] = [];
  const decide = decider(question);
  // In handfuls, which costs a hundred thousand exposures half of what a queue would.
  for (let first = 0; first < jobs.length; first += HANDFUL) {
    const handful = jobs.slice(first, first + HANDFUL).map((job) => decide(job));
    decisions.push(...(await Promise.all(handful)));
  }
  return decisions;
}

/** Decides on one exposure; `identity`: where the input was looked at just now. */
export type Decide = (job: Job, identity?: Identity) => Promise<Decision>;

/** For one exposure after the other. */
export function decider(question: Question): Decide {
  const keys = new Keys(question);
  return async (job, identity) => {
    try {
      return await decide(job, identity, question, keys);
    } catch (error) {
      if (error instanceof JournalTrouble) throw error;
      const fault = crashFault(error, job.input);
      return { job, before: undefined, correct: false, outcome: failed(job, fault, null, null) };
    }
  };
}

async function decide(
  job: Job,
  looked: Identity | undefined,
  { out, seen, force, files, chosen }: Question,
  keys: Keys,
): Promise<Decision> {
  let identity: Identity;
  try {
    identity = looked ?? (await wholeIdentity(job.input, identityOf(await statOf(job.input, { bigint: true }))));
  } catch (error) {
    const fault = systemFault(error, job.input);
    if (!(fault instanceof Fault)) throw error;
    return { job, before: undefined, correct: false, outcome: failed(job, fault, null, null) };
  }
  const before = seen.get(job.output);
  const unchanged = before && before.failed === null && isUnchanged(before, identity);
  const now = chosen && unchanged ? await chosen(job, identity, before) : files;
  if (now === 'ignore')
    return { job, before, correct: false, outcome: { status: 'skipped', ...job, reason: 'ignored', rule: 'ignored' } };
  if (now === null) return { job, before, correct: true, reason: OTHER_SETTINGS, bytes: identity.size };
  // Most outputs are recorded and there; only for those is a look at the output needed.
  const sizeOf = async (file: string): Promise<number | null> =>
    (await statOf(path.join(out, file)).catch(() => null))?.size ?? null;
  const output = before ? await sizeOf(job.output) : null;
  const mask = before && before.maskBytes !== null ? await sizeOf(maskOf(job.output)) : null;
  const why = whyNot(before, job.input, identity, keys.for(before, now), output, mask);
  const reason = why ?? (force ? 'forced' : null);
  if (reason !== null) return { job, before, correct: true, reason, bytes: identity.size };
  return { job, before, correct: false, outcome: { status: 'skipped', ...job, reason: 'already done' } };
}

/** The recipe's key for every kind of exposure, hashed once each. */
class Keys {
  readonly #question: Question;
  readonly #keys = new Map<string, string>();

  constructor(question: Question) {
    this.#question = question;
  }

  for(seen: Seen | undefined, files: readonly ReferenceFile[]): string {
    const { frames, type } = seen ?? {};
    if (!frames || !type) return '';
    const kind = [frames > 1, type, ...files.flatMap(({ role, hash }) => [role, hash])].join(' ');
    let key = this.#keys.get(kind);
    if (key === undefined) {
      key = recipeKey(this.#question.recipe, files, { frames, type });
      this.#keys.set(kind, key);
    }
    return key;
  }
}
