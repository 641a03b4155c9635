/**
 * The process that `apart.ts` starts in the output folder: the journal, the device of that folder
 * and its path, for messages alone, are its arguments.
 */

import fs from 'node:fs';
import os from 'node:os';
import { openWorkshop, unfinished } from '../files/workshop.ts';
import { copyJournal } from '../journal/copy.ts';
import { Journal } from '../journal/journal.ts';
import { TOLD } from './alone-exit.ts';
import { writeReports } from './report.ts';
import { reportTrouble } from './trouble.ts';

const [file, device, out = '.'] = process.argv.slice(2);
try {
  os.setPriority(10);
  if (fs.statSync('.').dev === Number(device)) await report();
} catch (error) {
  process.stderr.write(`${reportTrouble(error, out)}\n`);
  process.exitCode = TOLD;
}

async function report(): Promise<void> {
  const copy = unfinished('journal', openWorkshop('.'));
  try {
    fs.rmSync(copy, { force: true });
    const journal = copyJournal(file!, copy) ? Journal.openReadOnly(copy) : null;
    if (journal) await writeReports(journal, '.', true);
    journal?.close();
  } finally {
    fs.rmSync(copy, { force: true });
  }
}
