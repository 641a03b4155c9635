/** What `darkroom report` takes. */

import { TURNS } from '../../../references/turns.ts';
import type { Command } from '../../parsing/command.ts';
import { JOURNAL_OPTIONS, OPEN, OUT } from '../../parsing/options.ts';

export const report: Command = {
  name: 'report',
  synonyms: ['summary', 'html', 'trends', 'status'],
  describe: 'make the report again from the journal, without reading pixels; for several folders, trends too',
  usage: '<output folder...> [options]',
  options: {
    ...JOURNAL_OPTIONS,
    writeDefects: {
      kind: 'file',
      fallback: null,
      group: 'Output',
      describe: 'write the proposed defects as a map (MRC, 0 and 1) for --defects of the next session',
    },
    defects: {
      kind: 'files',
      fallback: [],
      group: 'Input',
      describe: 'with --write-defects: the maps or lists in use, to which the proposed defects are added',
    },
    defectsOrientation: {
      kind: 'choice',
      choices: ['as-run', ...TURNS],
      fallback: 'as-run',
      group: 'Input',
      describe:
        'with --write-defects: how to turn or flip the maps and lists of --defects; as-run: as the run did; rot90 is counterclockwise',
    },
    open: { ...OPEN, group: 'Output' },
    exitCode: {
      kind: 'flag',
      fallback: false,
      group: 'Output',
      describe:
        'exit code 2 if an exposure failed, 3 if the newest run or one of its shards did not finish (default: 0 once the report is made)',
    },
    out: {
      kind: 'folder',
      fallback: null,
      ...OUT,
      group: 'Output',
      describe: 'where the trends of several folders go (default: the folder that holds them all)',
    },
    jsonSchema: {
      kind: 'flag',
      fallback: false,
      group: 'Output',
      describe: 'print the JSON Schema of report.json and stop',
    },
  },
  examples: [
    ['report corrected/', 'write report.html, report.json and exposures.csv again, and say what is in them'],
    ['report --json corrected/', 'print the report for a program'],
    ['report corrected/2026-03-*/', 'nights side by side: corrected/trends.html and trends.json'],
    ['report corrected/ --write-defects new.mrc --defects old.mrc', 'add hot pixels to the map of defects'],
  ],
  load: () => import('./report.ts'),
};
