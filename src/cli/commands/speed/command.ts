/** What `darkroom speed` takes. */

import type { Command } from '../../parsing/command.ts';
import { THREADS } from '../../parsing/options.ts';

export const speed: Command = {
  name: 'speed',
  synonyms: ['benchmark', 'arena', 'time'],
  describe: 'time each basic task on this machine and in these folders, beside published figures',
  usage: '[folder...] [options]',
  options: {
    compareInline: {
      kind: 'flag',
      fallback: false,
      group: 'Output',
      describe: 'show what the same corrections would cost inline, per exposure and per night',
    },
    exposures: {
      kind: 'integer',
      fallback: 1000,
      unit: 'exposures',
      min: 1,
      max: 1_000_000,
      group: 'Output',
      describe: 'exposures per night, for --compare-inline',
    },
    side: {
      kind: 'integer',
      fallback: 4096,
      unit: 'px',
      min: 256,
      max: 16_384,
      group: 'Work',
      describe: 'width and height of the exposures; published figures are scaled by pixels',
    },
    threads: {
      ...THREADS,
      group: 'Work',
      describe: 'what "all threads" means (default: the available cores)',
    },
    json: { kind: 'flag', fallback: false, group: 'Output', describe: 'JSON on stdout' },
  },
  examples: [
    ['speed', 'this machine, in the folder you are in'],
    ['speed /local/raw /nfs/corrected', 'two disks, and copying from the first to the second'],
    ['speed --compare-inline --exposures 2000', 'and what a night of 2000 exposures would wait for inline corrections'],
  ],
  load: () => import('./speed.ts'),
};
