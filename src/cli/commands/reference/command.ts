/** What `darkroom reference` takes. */

import { REFERENCES } from '../../../correct/steps/flat-field.ts';
import type { OptionTable } from '../../../model/option.ts';
import type { Command } from '../../parsing/command.ts';
import { JOURNAL_OPTIONS, OUT } from '../../parsing/options.ts';

const OPTIONS: OptionTable = {
  dark: { ...REFERENCES.dark, group: 'Input', describe: 'norm, defects: the dark reference' },
  bright: { ...REFERENCES.bright, group: 'Input', describe: 'norm, defects: the bright reference' },
  combine: {
    kind: 'choice',
    fallback: 'sigma-clip',
    choices: ['sigma-clip', 'mean', 'median'],
    group: 'Input',
    describe: 'dark, bright: the value of each pixel; sigma-clip: the mean without outliers',
  },
  rejectOutliers: {
    kind: 'flag',
    fallback: false,
    group: 'Input',
    describe: 'dark, bright: leave out exposures that do not belong to the others, and say which',
  },
  usableArea: {
    kind: 'text',
    fallback: null,
    group: 'Input',
    describe:
      'norm, defects: first column, first row, last column, last row that see the beam, such as 16,16,4079,4079; outside, the norm is 1 and pixels are bad',
  },
  from: {
    kind: 'files',
    fallback: [],
    group: 'Input',
    describe: 'defects: lists and maps to read (SerialEM, MotionCor, Thermo XML, YAML, image); several are joined',
  },
  fromSession: {
    kind: 'folder',
    fallback: null,
    group: 'Input',
    describe: 'defects: the output folder of a run, whose journal tells which pixels were spikes too often',
  },
  journal: { ...JOURNAL_OPTIONS.journal!, describe: 'with --from-session: the journal, if the run wrote it elsewhere' },
  like: {
    kind: 'file',
    fallback: null,
    group: 'Input',
    describe: 'defects: an exposure or a reference; the list is made for its size',
  },
  rotationFlip: {
    kind: 'integer',
    fallback: null,
    unit: '0 to 7',
    min: 0,
    max: 7,
    group: 'Input',
    describe: "defects: SerialEM's RotationAndFlip of the images that the list is for (default: as in the list)",
  },
  out: {
    kind: 'file',
    fallback: null,
    ...OUT,
    group: 'Output',
    describe: 'file for the reference, .mrc or .tif; defects also .txt, .xml, .yaml; required',
  },
  format: {
    kind: 'choice',
    fallback: 'ending',
    choices: ['ending', 'serialem', 'motioncor', 'thermo', 'yaml', 'mrc', 'tiff'],
    group: 'Output',
    describe: 'defects: the format that is written; ending: what the ending of --out says',
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
    [
      'reference defects darks/*.mrc brights/*.mrc -o bad.yaml',
      'hot, dead and unstable pixels, columns and rows from series; their names or folders say dark or bright',
    ],
    ['reference defects --from-session out/ --from a.txt -o b.txt', 'add what a night has shown'],
    ['reference defects --from defects.txt --from new.yaml --out all.yaml', 'join lists of defects, or convert one'],
  ],
  load: () => import('./reference.ts'),
};
