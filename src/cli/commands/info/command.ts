/** What `darkroom info` takes. */

import { FOUR_BIT_OPTION, IMAGE_OPTION } from '../../../correct/recipe.ts';
import type { Command } from '../../parsing/command.ts';

export const info: Command = {
  name: 'info',
  synonyms: ['header', 'show', 'stats', 'statistics', 'inspect', 'identify'],
  describe: 'show header, type and statistics of exposures',
  usage: '<file...> [--image N] [--four-bit WHEN] [--json]',
  options: {
    image: IMAGE_OPTION,
    fourBit: FOUR_BIT_OPTION,
    fresh: {
      kind: 'flag',
      fallback: false,
      group: 'Input',
      describe:
        'compute the statistics of outputs from their pixels; else they come from the journal if the file is unchanged',
    },
    json: { kind: 'flag', fallback: false, group: 'Output', describe: 'one JSON object per line on stdout' },
  },
  examples: [
    ['info raw/grid3_012.mrc', 'look at one exposure'],
    ['info --json *.tif', 'the same for programs'],
  ],
  load: () => import('./info.ts'),
};
