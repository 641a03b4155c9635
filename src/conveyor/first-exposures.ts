/** The first exposures of a run, looked at before anything is written: do the references fit them? */

import type { Recipe } from '../correct/recipe.ts';
import type { RunSettings } from '../correct/settings.ts';
import { openExposure } from '../formats/index.ts';
import { decider } from '../intake/decide.ts';
import { lastWords } from '../journal/last-words.ts';
import type { Seen } from '../journal/seen.ts';
import { shardJournal, shardJournals } from '../journal/shards.ts';
import { instantiate } from '../kernels/kernels.ts';
import { Fault, type Job } from '../model/outcome.ts';
import { type ReferenceChecks, refusals } from '../model/reference-checks.ts';
import { type Instruments, instruments, isIdle, MOST_EXPOSURES, ReferenceChecker } from '../references/checks/check.ts';
import type { KnownSet } from '../references/known-set.ts';
import type { Supply } from './supply.ts';
import type { WorkerStart } from './worker.ts';

/** After so many exposures it is asked whether they say enough. */
export const ASKED_AFTER: readonly number[] = [1, 3, 8, MOST_EXPOSURES];

/** Files that cannot be read, or are of another size, are passed over; so many are tried. */
const TRIED = 3 * MOST_EXPOSURES;

/** What checks work with: once for a run or a watch, since their room in the shared memory stays taken. */
export const instrumentsIn = ({ module, memory }: WorkerStart): Instruments =>
  instruments(instantiate(module, memory), memory);

/**
 * Exposures that a run would correct, the first of them, from the journal as it stands before anything is written. Those that
 * it does not know come first: of the others few are looked at.
 */
async function toCorrectFirst(jobs: readonly Job[], settings: RunSettings, supply: Supply): Promise<Job[]> {
  const seen = seenBefore(settings);
  const decide = decider({ ...settings, ...supply.question, seen });
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

/** What the first exposures say of the references of a set; without a name: of those of the options. */
export interface Said extends ReferenceChecks {
  readonly set?: string;
}

/**
 * What the exposures that are corrected first say of the references; empty: nothing is checked, or none is corrected. Of sets
 * the first exposures are looked at, and others at equal distances: a set that none of them gets is not checked.
 */
export async function checkReferences(
  jobs: readonly Job[],
  settings: RunSettings,
  supply: Supply,
  start: WorkerStart,
): Promise<Said[]> {
  if (settings.recipe.noReferenceChecks || (!supply.chooses && isIdle(supply.fixed.layout))) return [];
  const first = await toCorrectFirst(supply.chooses ? jobs.slice(0, TRIED) : jobs, settings, supply);
  if (supply.chooses) first.push(...(await toCorrectFirst(atDistances(jobs.slice(TRIED)), settings, supply)));
  return await checkWith(first, settings.recipe, supply, instrumentsIn(start));
}

/** What these exposures say of the references that they get. */
export async function checkWith(
  jobs: readonly Job[],
  recipe: Recipe,
  supply: Supply,
  shared: Instruments,
): Promise<Said[]> {
  if (recipe.noReferenceChecks || jobs.length === 0) return [];
  if (supply.chooses) return await checkSets(jobs, recipe, supply, shared);
  const { layout } = supply.fixed;
  return isIdle(layout) ? [] : [await checkFirst(new ReferenceChecker(layout, shared, recipe), jobs)];
}

/** Why nothing is to be corrected with them, and what to do about it. */
export const refusedBy = (said: readonly Said[]): string[] =>
  said.flatMap((each) =>
    refusals(each).map((text) => (each.set === undefined ? text : `references "${each.set}": ${text}`)),
  );

/** Each set of references against the exposures that get it. */
async function checkSets(jobs: readonly Job[], recipe: Recipe, supply: Supply, shared: Instruments): Promise<Said[]> {
  const users = new Map<string, { readonly set: KnownSet; readonly jobs: Job[] }>();
  for (const job of jobs) {
    const set = await setFor(job, recipe, supply);
    if (set === null) continue;
    const user = users.get(set.id) ?? { set, jobs: [] };
    users.set(set.id, user);
    user.jobs.push(job);
  }
  const said: Said[] = [];
  for (const { set, jobs: own } of users.values()) {
    const checker = await checkerOf(set, recipe, supply, shared);
    if (checker) said.push({ ...(await checkFirst(checker, own)), set: set.name });
  }
  return said;
}

const atDistances = (jobs: readonly Job[]): Job[] => {
  const step = Math.max(1, jobs.length / TRIED);
  return Array.from({ length: Math.min(TRIED, jobs.length) }, (_, i) => jobs[Math.floor(i * step)]!);
};

/** Null: it gets none, or cannot be read, which is told when it is its turn. */
async function setFor(job: Job, recipe: Recipe, supply: Supply): Promise<KnownSet | null> {
  try {
    const { source, file, close } = await openExposure(job.input, 'exposure', recipe);
    close();
    const choice = await supply.choose(job, { exposure: source.exposure, identity: file.identity });
    return choice.do === 'correct' ? choice.set : null;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** Null: there is nothing to check, or the set is refused when it is loaded: its exposures fail with the reason. */
async function checkerOf(
  set: KnownSet,
  recipe: Recipe,
  supply: Supply,
  shared: Instruments,
): Promise<ReferenceChecker | null> {
  try {
    const { layout, giveBack } = await supply.lend(set);
    try {
      return isIdle(layout) ? null : new ReferenceChecker(layout, shared, recipe);
    } finally {
      giveBack();
    }
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** What the first of `jobs` say. As soon as they say that all is well, no more are read. */
async function checkFirst(checker: ReferenceChecker, jobs: readonly Job[]): Promise<ReferenceChecks> {
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
