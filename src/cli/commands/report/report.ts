/** `darkroom report`: makes the report again from the journal, without touching pixels; of several folders also trends. */

import fs from 'node:fs';
import path from 'node:path';
import type { Surveyed } from '../../../correct/observe/survey.ts';
import type { Recipe } from '../../../correct/recipe.ts';
import { outputFault } from '../../../files/output-file.ts';
import { isHeldHere } from '../../../journal/lock.ts';
import type { ExitCode } from '../../../model/events.ts';
import { Fault, Refusal, Trouble } from '../../../model/outcome.ts';
import { printable } from '../../../model/printable.ts';
import { turnNamed } from '../../../references/turns.ts';
import { writeDefects } from '../../../report/camera/defects-file.ts';
import { reportOf, toJson, writeReport } from '../../../report/report.ts';
import { type Report, reportSchema } from '../../../report/shape.ts';
import { summary } from '../../../report/summary.ts';
import { writeTrends } from '../../../report/trends/files.ts';
import { type Night, nightOf, trendsOf, trendsTable } from '../../../report/trends/trends.ts';
import { withJournal } from '../../parsing/journal-of.ts';
import { Misuse } from '../../parsing/misuse.ts';
import type { Call } from '../../parsing/settings.ts';
import type { Given } from '../../parsing/values.ts';
import { openPage } from '../../terminal/open-page.ts';
import { say, tell, warn } from '../../terminal/streams.ts';
import { tellReport } from '../../terminal/summary.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  if (given.jsonSchema === true) {
    say(JSON.stringify(reportSchema, null, 2));
    return 0;
  }
  const folders = [...new Set(words.map((word) => path.resolve(word)))];
  if (folders.length === 0) throw misuse('found no output folder, expected at least one: darkroom report corrected/');
  if (folders.length > 1) await side(folders, given);
  else return await single(folders[0]!, given);
  return 0;
}

async function single(folder: string, given: Given): Promise<ExitCode> {
  if (given.out !== undefined)
    throw misuse('--out says where trends go, but one folder is given: its report goes into it; leave out --out');
  if (given.defectsOrientation !== undefined && given.defects === undefined)
    throw misuse(
      '--defects-orientation turns the maps of --defects, but none is given; give --defects, or leave it out',
    );
  if (given.defects !== undefined && given.writeDefects === undefined)
    throw misuse('--defects is joined to a new map; name that one with --write-defects');
  const { made, survey } = await again(folder, given);
  if (given.json === true) say(toJson(made).trimEnd());
  else tell(summary(made), folder);
  await tellReport(folder, { tell: given.json !== true, open: given.open === true });
  if (given.writeDefects !== undefined) await proposeDefects(survey, folder, given, made);
  return given.exitCode === true ? exitOf(made) : 0;
}

/** What a script that waits for a run, or for the last of its shards, has to know. */
function exitOf({ run, totals }: Report): ExitCode {
  if (run.finished === null || (run.exitCode ?? 0) > 2) return 3;
  return totals.failed > 0 || run.exitCode === 2 ? 2 : 0;
}

async function proposeDefects(
  survey: Surveyed | null,
  folder: string,
  { writeDefects: to, defects, defectsOrientation }: Given,
  { recipe }: Report,
): Promise<void> {
  if (!survey)
    throw new Refusal(`${folder}: no exposure was corrected with references here, so that no pixel is known to be hot`);
  const file = path.resolve(String(to));
  const known = ((defects ?? []) as readonly string[]).map((each) => path.resolve(each));
  // Maps in use are turned as they were for the exposures, where nothing else is said.
  const inRun = (recipe as Partial<Recipe> | null)?.defectsOrientation;
  const named = defectsOrientation === undefined || defectsOrientation === 'as-run' ? inRun : defectsOrientation;
  const turn = turnNamed(String(named ?? 'none'));
  const { marked, ...found } = await writeDefects(survey, file, known, turn).catch((error: unknown) => {
    const fault = outputFault(error, file);
    throw fault instanceof Fault ? new Refusal(fault.message, { cause: fault }) : fault;
  });
  const { hot, dead, stuck, columns, rows } = found;
  const more = [
    ...(dead + stuck > 0 ? [`${dead} dead and ${stuck} stuck ones`] : []),
    ...(rows > 0 ? [rows === 1 ? '1 row' : `${rows} rows`] : []),
  ].map((each) => `, ${each}`);
  warn(
    `darkroom: ${file}: ${hot === 1 ? '1 hot pixel' : `${hot} hot pixels`}${more.join('')} and ${columns === 1 ? '1 column' : `${columns} columns`} proposed, ${marked} pixels marked in all`,
  );
}

/** The reports of all folders, one after another, and their nights side by side. */
async function side(folders: readonly string[], given: Given): Promise<void> {
  if (given.journal !== undefined)
    throw misuse('--journal names one journal, but several folders are given; report them one by one');
  if (given.writeDefects !== undefined || given.defects !== undefined)
    throw misuse('--write-defects writes the map of one folder, but several are given; report them one by one');
  if (given.exitCode === true)
    throw misuse('--exit-code is that of one folder, but several are given; report them one by one');
  const into = placeOf(folders, given);
  const nights: Night[] = [];
  for (const folder of folders) {
    try {
      nights.push(nightOf((await again(folder, given)).made, folder));
    } catch (error) {
      // A pattern of the shell finds other things beside output folders.
      if (!(error instanceof Refusal || error instanceof Trouble)) throw error;
      warn(`left out: ${error.message}`);
    }
  }
  if (nights.length === 0)
    throw new Refusal(
      `found no journal in any of ${folders.length} folders, expected folders that were --out of a run`,
    );
  const trends = trendsOf(nights);
  if (given.json === true) say(JSON.stringify(trends, null, 2));
  // A table keeps its lines.
  else for (const line of trendsTable(trends).split('\n')) say(printable(line));
  const page = path.join(into, 'trends.html');
  const written = await writeWherePossible(() => writeTrends(trends, into), page);
  if (!written) return;
  if (given.json !== true) tell(`report: ${page}`, page);
  if (given.open === true) await openPage(page);
}

function placeOf(folders: readonly string[], { out }: Given): string {
  if (out !== undefined) {
    const folder = path.resolve(String(out));
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw misuse(`--out ${out}: found no folder, expected one that is there`);
    return folder;
  }
  const common = folders.reduce((shared, folder) => {
    let at = shared;
    while (path.relative(at, folder).split(path.sep)[0] === '..') at = path.dirname(at);
    return at;
  });
  if (common === path.dirname(common))
    throw misuse(`no folder but ${common} holds them all; say with --out where their trends go`);
  return common;
}

async function again(folder: string, given: Given): Promise<{ made: Report; survey: Surveyed | null }> {
  const { made, pictures } = withJournal(folder, given, (journal, contents) => {
    const shown = journal.pictures();
    return { made: reportOf(contents, isHeldHere(folder), shown), pictures: shown };
  });
  await writeWherePossible(() => writeReport(made, pictures, folder), path.join(folder, 'report.json'));
  return { made, survey: pictures.survey };
}

/** A folder that may not be written keeps its files; what they would say is said. */
async function writeWherePossible(write: () => Promise<unknown>, file: string): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    const fault = outputFault(error, file);
    if (!(fault instanceof Fault)) throw error;
    warn(`darkroom: ${fault.message}`);
    return false;
  }
}

const misuse = (message: string): Misuse => new Misuse(message, 'report');
