/** The first exposures of a run, looked at before anything is written: do the references fit them? */

import type { Recipe } from '../correct/recipe.ts';
import { openExposure } from '../formats/index.ts';
import { instantiate } from '../kernels/kernels.ts';
import type { Job } from '../model/outcome.ts';
import { type ReferenceChecks, refusals } from '../model/reference-checks.ts';
import { MOST_EXPOSURES, ReferenceChecker } from '../references/checks/check.ts';
import type { ReferenceLayout } from '../references/references.ts';
import type { WorkerStart } from './worker.ts';

/** After so many exposures it is asked whether they say enough. */
const ASKED_AFTER: readonly number[] = [1, 3, 8, MOST_EXPOSURES];

/** Files that cannot be read, or are of another size, are passed over; so many are tried. */
const TRIED = 3 * MOST_EXPOSURES;

/** Null: the recipe wants no checks, or there is nothing to check. */
export function checkerFor(
  recipe: Recipe,
  layout: ReferenceLayout,
  { module, memory }: WorkerStart,
): ReferenceChecker | null {
  if (recipe.noReferenceChecks || layout.width === 0) return null;
  const checker = new ReferenceChecker(layout, instantiate(module, memory), memory);
  return checker.idle ? null : checker;
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
    const open = await openExposure(input);
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
  refusals(checks).length === 0 && checks.checks.every(({ check, verdict, figures }) => {
    if (check !== 'pattern' || verdict !== 'cannot tell') return true;
    // Errors shrink with the root of the exposures: where twenty are too few, none more are read.
    return (figures.zExpected ?? 0) * Math.sqrt(MOST_EXPOSURES / checks.exposures) < 12;
  });
