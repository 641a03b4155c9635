/** The options of `darkroom slurm`: those of `run` that its tasks are to have, and what the tasks ask of the cluster. */

import type { OptionTable } from '../../../model/option.ts';
import { MOST_SHARDS } from '../../../model/shard.ts';
import { RUN_OPTIONS } from '../../parsing/options.ts';

/** What only makes sense where somebody looks on, or what each task decides. `force` would undo what a resubmission keeps. */
const NOT_HERE = new Set(['dryRun', 'json', 'jsonSchema', 'open', 'shard', 'threads', 'force']);

/** The options of `run` that go on to the tasks. */
export const FOR_TASKS: OptionTable = Object.fromEntries(
  Object.entries(RUN_OPTIONS).filter(([name]) => !NOT_HERE.has(name)),
);

export const CLUSTER: OptionTable = {
  tasks: {
    kind: 'integer',
    fallback: null,
    unit: 'tasks',
    min: 1,
    max: MOST_SHARDS,
    group: 'Slurm',
    describe: 'parts, each corrected by one task of the array (default: parts of about half an hour)',
    synonyms: ['shards', 'parts', 'array', 'arraysize', 'jobs'],
  },
  limit: {
    kind: 'integer',
    fallback: null,
    unit: 'tasks',
    min: 1,
    max: MOST_SHARDS,
    group: 'Slurm',
    describe: 'tasks that may run at the same time (default: as many as the cluster lets)',
    synonyms: ['maxtasks', 'atonce', 'concurrent', 'throttle'],
  },
  cpus: {
    kind: 'integer',
    fallback: 4,
    unit: 'cpus',
    min: 1,
    max: 256,
    group: 'Slurm',
    describe: 'cpus of each task, which are its threads',
    synonyms: ['cpuspertask', 'threads', 'cores'],
  },
  memory: {
    kind: 'text',
    fallback: null,
    group: 'Slurm',
    describe: 'memory of each task, as sbatch takes it, such as 4G (default: estimated from the references)',
    synonyms: ['mem', 'ram'],
  },
  time: {
    kind: 'text',
    fallback: null,
    group: 'Slurm',
    describe: 'time limit of each task, as sbatch takes it, such as 2:00:00 (default: three times the estimate)',
    synonyms: ['timelimit', 'walltime'],
  },
  template: {
    kind: 'folder',
    fallback: null,
    group: 'Slurm',
    describe: "a folder with your site's array.sbatch, merge.sbatch or submit.sh, in place of ours",
    synonyms: ['templates'],
  },
  submit: { kind: 'flag', fallback: false, group: 'Slurm', describe: 'submit at once' },
};
