/** What `darkroom slurm` takes. */

import type { Command } from '../../parsing/command.ts';
import { CLUSTER, FOR_TASKS } from './options.ts';

export const slurm: Command = {
  name: 'slurm',
  synonyms: ['sbatch', 'cluster', 'array', 'submit', 'hpc', 'queue'],
  describe: 'write the scripts of a Slurm array that corrects exposures on many nodes',
  usage: '<file or folder...> --out <folder> [options of run] [options]',
  options: { ...CLUSTER, ...FOR_TASKS },
  examples: [
    ['slurm raw/ --norm gain.mrc -o corrected/', 'write the scripts into corrected/slurm/ and say how to submit them'],
    ['slurm raw/ --recipe night.yaml -o corrected/ --limit 20 --submit', 'submit at once, 20 tasks at a time'],
  ],
  load: () => import('./slurm.ts'),
};
