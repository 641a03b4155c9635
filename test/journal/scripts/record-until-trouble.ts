/** Records exposures in the journal named until that fails; prints how it failed and how many were recorded. */

import { Journal } from '../../../src/journal/journal.ts';
import { JournalTrouble } from '../../../src/journal/trouble.ts';
import { done, KEY, start } from '../makers.ts';

const journal = Journal.open(process.argv[2]!);
const run = journal.begin(start);
let recorded = 0;
try {
  for (; recorded < 100_000; recorded++) journal.record(done(`${recorded}.mrc`), run, KEY);
} catch (error) {
  if (!(error instanceof JournalTrouble)) throw error;
  console.log(JSON.stringify({ code: error.code, recorded }));
}
