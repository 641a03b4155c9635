/** The process that `apart.ts` starts: journal and output folder are its arguments. */

import os from 'node:os';
import { Journal } from '../journal/journal.ts';
import { writeReports } from './report.ts';

const [file, out] = process.argv.slice(2);
os.setPriority(10);
const journal = Journal.openReadOnly(file!);
if (journal) await writeReports(journal, out!, true);
journal?.close();
