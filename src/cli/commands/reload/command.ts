/** What `darkroom reload` takes. */

import type { Command } from '../../parsing/command.ts';

export const reload: Command = {
  name: 'reload',
  synonyms: ['refresh', 'reread'],
  describe: 'make a watch read its recipe and references again, for exposures taken from now on',
  usage: '<output folder of the watch>',
  options: {},
  examples: [['reload corrected/', 'after you edited the recipe or replaced a reference']],
  load: () => import('./reload.ts'),
};
