/** `darkroom report`: makes the report again from the journal, without touching pixels. */

import path from 'node:path';
import { outputFault } from '../files.ts';
import { Fault, Refusal } from '../outcome.ts';
import { writeDefects } from '../report/defects-file.ts';
import { reportOf, toJson, writeReport } from '../report/report.ts';
import { reportSchema } from '../report/schema.ts';
import { summary } from '../report/summary.ts';
import type { Surveyed } from '../survey.ts';
import type { Command } from './command.ts';
import { JOURNAL_OPTIONS, withJournal } from './journal-of.ts';
import { Misuse } from './misuse.ts';
import { say, warn } from './streams.ts';
import type { Given } from './values.ts';

export const report: Command = {
  name: 'report',
  describe: 'make the report again from the journal, without touching pixels',
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
      kind: 'file',
      fallback: null,
      group: 'Input',
      describe: 'with --write-defects: the map in use, which is joined to what is proposed',
    },
    jsonSchema: {
      kind: 'flag',
      fallback: false,
      group: 'Output',
      describe: 'print the JSON Schema of report.json, do nothing else',
    },
  },
  examples: [
    ['report corrected/', 'write report.html, report.json and exposures.csv again, and say what is in them'],
    ['report --json corrected/', 'print the report for a program'],
    ['report corrected/ --write-defects new.mrc --defects old.mrc', 'add hot pixels to the map of defects'],
  ],
  async run({ given, words }) {
    if (given.jsonSchema === true) {
      say(JSON.stringify(reportSchema, null, 2));
      return 0;
    }
    if (words.length === 0)
      throw new Misuse('found no output folder, expected at least one: darkroom report corrected/', 'report');
    if (given.defects !== undefined && given.writeDefects === undefined)
      throw new Misuse('--defects is joined to a new map; name that one with --write-defects', 'report');
    if (words.length > 1 && given.writeDefects !== undefined)
      throw new Misuse(
        '--write-defects writes one map, but several folders are given; report them one by one',
        'report',
      );
    if (words.length > 1 && given.journal !== undefined)
      throw new Misuse('--journal names one journal, but several folders are given; report them one by one', 'report');
    for (const word of words) {
      const folder = path.resolve(word);
      const { made, pictures } = withJournal(folder, given, (journal, contents) => {
        const shown = journal.pictures();
        return { made: reportOf(contents, shown), pictures: shown };
      });
      say(given.json === true ? toJson(made).trimEnd() : summary(made).trimEnd());
      await writeAgain(() => writeReport(made, pictures, folder), folder);
      if (given.writeDefects !== undefined) await proposeDefects(pictures.survey, folder, given);
    }
    return 0;
  },
};

async function proposeDefects(
  survey: Surveyed | null,
  folder: string,
  { writeDefects: to, defects }: Given,
): Promise<void> {
  if (!survey)
    throw new Refusal(`${folder}: no exposure was corrected with references here, so that no pixel is known to be hot`);
  const file = path.resolve(String(to));
  const { hot, columns, marked } = await writeDefects(
    survey,
    file,
    defects === undefined ? null : path.resolve(String(defects)),
  );
  warn(`darkroom: ${file}: ${hot} hot pixels and ${columns} columns proposed, ${marked} pixels marked in all`);
}

/** A folder that may not be written keeps its files; what they would say has been said. */
async function writeAgain(write: () => Promise<unknown>, folder: string): Promise<void> {
  try {
    await write();
  } catch (error) {
    const fault = outputFault(error, path.join(folder, 'report.json'));
    if (!(fault instanceof Fault)) throw error;
    warn(`darkroom: ${fault.message}`);
  }
}
