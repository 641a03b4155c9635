/** The first exposures of a run, looked at before anything is written: do the references fit them? */

import type { Recipe } from '../correct/recipe.ts';
import type { RunSettings } from '../correct/settings.ts';
import { openExposure } from '../formats/index.ts';
import { decider } from '../intake/decide.ts';
import { lastWords } from '../journal/last-words.ts';
import type { Seen } from '../journal/seen.ts';
import { shardJournal, shardJournals } from '../journal/shards.ts';
import { instantiate } from '../kernels/kernels.ts';
import type { Job } from '../model/outcome.ts';
import { type ReferenceChecks, refusals } from '../model/reference-checks.ts';
import { isIdle, MOST_EXPOSURES, ReferenceChecker } from '../references/checks/check.ts';
import type { ReferenceLayout } from '../references/references.ts';
import type { WorkerStart } from './worker.ts';

/** After so many exposures it is asked whether they say enough. */
export const ASKED_AFTER: readonly number[] = [1, 3, 8, MOST_EXPOSURES];

/** Files that cannot be read, or are of another size, are passed over; so many are tried. */
const TRIED = 3 * MOST_EXPOSURES;

/** Null: the recipe wants no checks, or there is nothing to check. */
export function checkerFor(
  recipe: Recipe,
  layout: ReferenceLayout,
  { module, memory }: WorkerStart,
): ReferenceChecker | null {
  if (recipe.noReferenceChecks || isIdle(layout)) return null;
  return new ReferenceChecker(layout, instantiate(module, memory), memory, recipe);
}

/**
 * Exposures that a run would correct, the first of them, from the journal as it stands before anything is written. Those that
 * it does not know come first: of the others few are looked at.
 */
export async function toCorrectFirst(
  jobs: readonly Job[],
  settings: RunSettings,
  { files }: ReferenceLayout,
): Promise<Job[]> {
  const seen = seenBefore(settings);
  const decide = decider({ ...settings, files, seen });
  const candidates = [
    ...jobs.filter(({ output }) => !seen.has(output)).slice(0, TRIED),
    ...jobs.filter(({ output }) => seen.has(output)).slice(0, TRIED),
  ];
  const first: Job[] = [];
  for (const job of candidates) {
    if (first.length === TRIED) break;
    if ((await decide(job)).correct) first.push(job);
  }
  return first;
}

/** A run merges what shards did before it begins; a shard looks into the journal of the folder. */
export function seenBefore({ journal, out, shard }: RunSettings): Map<string, Seen> {
  return lastWords([journal, ...(shard ? [shardJournal(out, shard)] : shardJournals(out).map(({ file }) => file))]);
}

/** What the first of `jobs` say. As soon as they say that all is well, no more are read. */
export async function checkFirst(checker: ReferenceChecker, jobs: readonly Job[]): Promise<ReferenceChecks> {
  let checks = checker.checks();
  for (const [tried, { input }] of jobs.slice(0, TRIED).entries()) {
    const last = tried + 1 === Math.min(jobs.length, TRIED);
    if ((await added(checker, input)) && ASKED_AFTER.includes(checker.exposures)) {
      checks = checker.checks();
      if (saysEnough(checks) || checker.exposures === MOST_EXPOSURES) return checks;
    } else if (last && checker.exposures > checks.exposures) checks = checker.checks();
  }
  return checks;
}

/** Whatever an exposure has is told when it is its turn. */
export async function added(checker: ReferenceChecker, input: string): Promise<boolean> {
  try {
    const open = await openExposure(input, 'exposure', checker.choice);
    try {
      return await checker.add(open);
    } finally {
      open.close();
    }
  } catch {
    return false;
  }
}

/** Nothing is wrong, and more exposures would not say more. Before a reference is refused all of them are asked. */
export const saysEnough = (checks: ReferenceChecks): boolean =>
  refusals(checks).length === 0 &&
  checks.checks.every(({ check, verdict, figures }) => {
    if (check !== 'pattern' || verdict !== 'cannot tell') return true;
    // Errors shrink with the root of the exposures: where twenty are too few, none more are read.
    return (figures.zExpected ?? 0) * Math.sqrt(MOST_EXPOSURES / checks.exposures) < 12;
  });
