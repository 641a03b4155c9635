/** Exposures that would be one file where they are written: by the file system, or because only their formats differ. */

import path from 'node:path';
import { type Folding, sameNames } from '../files/folding.ts';
import { Fault, failed, type Job, type Outcome } from '../model/outcome.ts';

/** What of the journal tells whether an output is there. */
interface Known {
  get(output: string): { readonly failed: unknown; readonly input: string } | undefined;
}

/** Of several that would be one file the one that is there keeps it, otherwise the first; the others fail. */
export function apart(
  jobs: readonly Job[],
  folding: Folding,
  known: Known,
): { jobs: readonly Job[]; collisions: Outcome[] } {
  const key = sameNames(folding);
  const owners = new Map<string, Job>();
  for (const job of jobs) {
    const name = key(job.output);
    const owner = owners.get(name);
    if (!owner || isThere(job, owner, known)) owners.set(name, job);
  }
  if (owners.size === jobs.length) return { jobs, collisions: [] };
  const isOwner = (job: Job): boolean => owners.get(key(job.output)) === job;
  const collisions = jobs
    .filter((job) => !isOwner(job))
    .map((job) => failed(job, new Fault('collision', whyApart(job, owners.get(key(job.output))!)), null, null));
  return { jobs: jobs.filter(isOwner), collisions };
}

/** By the name of the output alone where that tells them apart: raw folders are moved. */
function isThere(job: Job, owner: Job, known: Known): boolean {
  const seen = known.get(job.output);
  return seen?.failed === null && (job.output !== owner.output || seen.input === job.input);
}

/** `owner` has the output that `job` would have. */
export function whyApart(job: Job, owner: Job): string {
  if (job.output === owner.output) return sameOutput(job, owner.input);
  return `${job.input}: the file system of the output takes ${job.output} for ${owner.output}, the output of ${owner.input}; rename one of the two, or choose an --out that tells such names apart`;
}

/** The same where the names of the outputs are equal. */
export function sameOutput({ input, output }: Job, owner: string): string {
  const ending = path.basename(input).slice(path.parse(output).name.length);
  const twin = ending.startsWith('.') && path.dirname(input) === path.dirname(owner);
  const way = twin
    ? `if both are the same exposure, leave one out: --exclude '*${ending}'; if not, correct them with another --out`
    : 'correct them with different --out';
  return `${input}: found the same output as for ${owner}, ${output}, expected one exposure for each output; ${way}`;
}
