/** The process that `apart.ts` starts in the output folder: the journal and the device of that folder are its arguments. */

import fs from 'node:fs';
import os from 'node:os';
import { copyJournal } from '../journal/copy.ts';
import { Journal } from '../journal/journal.ts';
import { openWorkshop, unfinished } from '../workshop.ts';
import { writeReports } from './report.ts';

const [file, device] = process.argv.slice(2);
os.setPriority(10);
if (fs.statSync('.').dev === Number(device)) {
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
