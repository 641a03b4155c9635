/** A copy of the journal for long reads: a record has to wait for every reader, and a watch would wait with it. */

import fs from 'node:fs';
import { openForReading } from './opening.ts';

/**
 * Copies the journal as it stands at one moment, also while a run writes it; false when there is none (yet). `to` must not
 * be there.
 * @throws JournalRefused, JournalTrouble, and what the system says of `to`
 */
export function copyJournal(file: string, to: string): boolean {
  const database = openForReading(file);
  if (!database) return false;
  try {
    // Holds writers up until the copy is made; closing the file that was copied lets them go, as it does with all locks.
    database.exec('BEGIN');
    database.exec('SELECT count(*) FROM runs');
    fs.copyFileSync(file, to, fs.constants.COPYFILE_EXCL);
    // What the collector has not finished yet keeps the database open after it was closed, but no transaction.
    database.exec('COMMIT');
    return true;
  } finally {
    database.close();
  }
}
