/** The process that `apart.ts` starts in the output folder: the journal and the device of that folder are its arguments. */

import fs from 'node:fs';
import os from 'node:os';
import { Journal } from '../journal/journal.ts';
import { writeReports } from './report.ts';

const [file, device] = process.argv.slice(2);
os.setPriority(10);
if (fs.statSync('.').dev === Number(device)) {
  const journal = Journal.openReadOnly(file!);
  if (journal) await writeReports(journal, '.', true);
  journal?.close();
}
