/** What `darkroom run` takes. */

import type { Command } from '../../parsing/command.ts';
import { RUN_OPTIONS } from '../../parsing/options.ts';

export const run: Command = {
  name: 'run',
  synonyms: ['correct', 'process', 'batch', 'apply', 'start'],
  describe: 'correct the exposures that are there, then stop',
  usage: '<file or folder...> --out <folder> [options]',
  options: RUN_OPTIONS,
  examples: [
    ['run raw/ --dark dark.mrc --bright bright.mrc -o corrected/', 'correct a folder'],
    ['run raw/ --norm gain.mrc --despike-threshold 6 -o corrected/', 'with a finished norm, despiking less'],
    ['run raw/ --recipe night.yaml -o corrected/ --dry-run', 'say what a recipe would do'],
    ['run a.tif b.tif --no-flat-field --type float32 -o corrected/', 'single files, without references'],
  ],
  load: () => import('./run.ts'),
};
