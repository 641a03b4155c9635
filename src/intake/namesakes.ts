/** Exposures whose outputs have different names, but would be one file where they are written. */

import { type Folding, folds, sameNames } from '../files/folding.ts';
import { Fault, failed, type Job, type Outcome } from '../model/outcome.ts';

/** What of the journal tells whether an output is there. */
interface Known {
  get(output: string): { readonly failed: unknown } | undefined;
}

/** Of several that would be one file the one that is there keeps it, otherwise the first; the others fail. */
export function apart(
  jobs: readonly Job[],
  folding: Folding,
  known: Known,
): { jobs: readonly Job[]; collisions: Outcome[] } {
  // No two have one name: the search has seen to that.
  if (!folds(folding)) return { jobs, collisions: [] };
  const key = sameNames(folding);
  const owners = new Map<string, Job>();
  for (const job of jobs) {
    const name = key(job.output);
    if (!owners.has(name) || known.get(job.output)?.failed === null) owners.set(name, job);
  }
  if (owners.size === jobs.length) return { jobs, collisions: [] };
  const isOwner = (job: Job): boolean => owners.get(key(job.output)) === job;
  const collisions = jobs
    .filter((job) => !isOwner(job))
    .map((job) => {
      const owner = owners.get(key(job.output))!;
      const message = `${job.input}: the file system of the output takes ${job.output} for ${owner.output}, the output of ${owner.input}; rename one of the two, or choose an --out that tells such names apart`;
      return failed(job, new Fault('collision', message), null, null);
    });
  return { jobs: jobs.filter(isOwner), collisions };
}
