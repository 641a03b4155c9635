/** Begins a run in the journal named, records exposures for ever, and says so after the first. */

import { Journal } from '../../../src/journal/journal.ts';
import { done, KEY, start } from '../makers.ts';

const journal = Journal.open(process.argv[2]!);
const run = journal.begin(start);
journal.record(done('0.mrc'), run, KEY);
process.send?.('ready');
let count = 1;
setInterval(() => journal.record(done(`${count}.mrc`, count++), run, KEY), 1);
