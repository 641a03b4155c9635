/** What `darkroom reference` takes. */

import { REFERENCES } from '../../../correct/steps/flat-field.ts';
import type { OptionTable } from '../../../model/option.ts';
import type { Command } from '../../parsing/command.ts';
import { OUT } from '../../parsing/options.ts';

const OPTIONS: OptionTable = {
  dark: { ...REFERENCES.dark, group: 'Input', describe: 'norm, defects: the dark reference' },
  bright: { ...REFERENCES.bright, group: 'Input', describe: 'norm, defects: the bright reference' },
  out: {
    kind: 'file',
    fallback: null,
    ...OUT,
    group: 'Output',
    describe: 'file for the reference, .mrc or .tif; required',
  },
  overwrite: {
    kind: 'flag',
    fallback: false,
    group: 'Output',
    describe: 'replace the file that --out names, if darkroom reference made it',
  },
};

export const reference: Command = {
  name: 'reference',
  synonyms: ['references', 'average', 'mean', 'makedark', 'makegain'],
  describe: 'make references: dark and bright from series of exposures, norm and defects from those two',
  usage: '<dark, bright, norm or defects> <files...> --out <file>',
  kinds: () => ['dark', 'bright', 'norm', 'defects'],
  options: OPTIONS,
  examples: [
    [
      'reference dark darks/*.mrc --out dark.mrc',
      'the mean of exposures without a beam, X-rays left out, hot pixels kept',
    ],
    ['reference bright brights/*.mrc --out bright.mrc', 'the same of an even beam without specimen'],
    ['reference norm --dark d.mrc --bright b.mrc -o norm.mrc', 'the gain reference of both; dead pixels are 0'],
    ['reference defects --dark d.mrc --bright b.mrc -o bad.mrc', 'a map of the pixels that are dead'],
  ],
  load: () => import('./reference.ts'),
};
