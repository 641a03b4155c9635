/** What `darkroom simulate` takes. */

import type { Command } from '../../parsing/command.ts';
import { OPTIONS } from './options.ts';

export const simulate: Command = {
  name: 'simulate',
  synonyms: ['generate', 'demo', 'fake'],
  describe: 'simulate a session: raw exposures, references, and the true images',
  usage: '<empty folder> [options]',
  options: OPTIONS,
  examples: [
    ['simulate session/', 'eight exposures of 4096 x 4096 with all that belongs to them'],
    ['simulate small/ --count 100 --width 512 --height 512 --format tiff', 'many small ones, as TIFF'],
    ['simulate movies/ --count 2 --frames 50 --dose 5 --no-truth', 'two movies'],
  ],
  load: () => import('./simulate.ts'),
};
