/** What `darkroom verify` takes. */

import type { Command } from '../../parsing/command.ts';
import { JOURNAL_OPTIONS } from '../../parsing/options.ts';

export const verify: Command = {
  name: 'verify',
  synonyms: ['check', 'validate', 'test'],
  describe: 'read the outputs again and compare them with the journal',
  usage: '<output folder> [options]',
  options: JOURNAL_OPTIONS,
  examples: [['verify corrected/', 'is every output still what was written?']],
  load: () => import('./verify.ts'),
};
