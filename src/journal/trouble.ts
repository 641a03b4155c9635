/**
 * How the journal fails. Two ways that a caller must tell apart: it cannot be used at all (nothing ran, exit 1), and it
 * cannot be written just now (stopped by the environment, exit 3; the same record may be tried again).
 */

import { Refusal, Trouble } from '../model/outcome.ts';
import { tooFewFiles } from '../model/system-error.ts';

/** The file is no journal that this tool can work with. */
export class JournalRefused extends Refusal {
  override readonly name = 'JournalRefused';
}

/** The journal could not be read or written for a reason outside the program; nothing was half-recorded. */
export class JournalTrouble extends Trouble {
  override readonly name = 'JournalTrouble';
  /** SQLite's name for it, such as SQLITE_FULL. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Where a journal is missing outputs that darkroom made are written over, see `guards.ts`; so this is the way out. */
const DAMAGED = 'is damaged; move it away and give the same command again: exposures are then corrected again';

/** What a person can do about each of SQLite's primary result codes; those that are not here are bugs of ours. */
const TROUBLES: Record<number, [code: string, text: string]> = {
  5: ['SQLITE_BUSY', 'is held by another program; end that (an open transaction in sqlite3, a backup) and run again'],
  6: ['SQLITE_LOCKED', 'is held by another program; end that and run again'],
  7: ['SQLITE_NOMEM', 'cannot be written for lack of memory; run again with fewer --threads'],
  8: ['SQLITE_READONLY', 'may not be written; check the permissions of the file and of its folder'],
  10: ['SQLITE_IOERR', 'cannot be read or written (input/output error); check the disk or the share'],
  11: ['SQLITE_CORRUPT', DAMAGED],
  13: ['SQLITE_FULL', 'cannot be written: no room on the disk; make room'],
  14: ['SQLITE_CANTOPEN', 'cannot be opened; check that its folder exists and may be written'],
  22: ['SQLITE_NOLFS', 'is too large for this file system; put it elsewhere with --journal'],
};

const CANNOT_OPEN = 14;
const NO_DATABASE = 26;

/** SQLite's words for result codes: errors of statements that are prepared carry no number. */
const BY_WORDS: readonly (readonly [words: string, code: number])[] = [
  ['database is locked', 5],
  ['database table is locked', 6],
  ['out of memory', 7],
  ['attempt to write a readonly database', 8],
  ['disk I/O error', 10],
  ['database disk image is malformed', 11],
  ['malformed database schema', 11],
  ['database or disk is full', 13],
  ['unable to open database file', 14],
  ['file is not a database', 26],
];

/** SQLITE_ERROR: a statement that cannot be run on these tables. */
export const NOT_RUNNABLE = 1;

/** SQLite's result code with its details, or undefined when `error` is not from SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  const { code, errcode, message = '' } = (error ?? {}) as { code?: string; errcode?: number; message?: string };
  if (errcode !== undefined || code !== 'ERR_SQLITE_ERROR') return errcode;
  return BY_WORDS.find(([words]) => message.includes(words))?.[1] ?? NOT_RUNNABLE;
}

/** A journal that is damaged when it is opened or read at the start: nothing runs on it. `found`: where, for people. */
export const damagedJournal = (file: string, found: string, cause?: unknown): JournalRefused =>
  new JournalRefused(`${file}: the journal ${DAMAGED} (${found})`, { cause });

/**
 * The same error of an open: there damage does not go away by waiting, and a statement that every open runs fails only
 * where tables or views are damaged.
 */
export function openingError(error: unknown, file: string): unknown {
  if (sqliteCode(error) === NOT_RUNNABLE) return damagedJournal(file, (error as Error).message, error);
  const known = journalError(error, file);
  return known instanceof JournalTrouble && known.code === 'SQLITE_CORRUPT'
    ? damagedJournal(file, (error as Error).message, error)
    : known;
}

/** Turns what SQLite says about `file` into an error for people; bugs pass unchanged. */
export function journalError(error: unknown, file: string): unknown {
  const primary = (sqliteCode(error) ?? 0) & 0xff;
  if (primary === NO_DATABASE) {
    return new JournalRefused(
      `${file}: found something else, expected a journal (an SQLite database); move it away, or name another file with --journal`,
      { cause: error },
    );
  }
  const few = primary === CANNOT_OPEN ? tooFewFiles() : null;
  if (few !== null)
    return new JournalTrouble('SQLITE_CANTOPEN', `${file}: the journal cannot be opened: ${few}`, { cause: error });
  const trouble = TROUBLES[primary];
  return trouble ? new JournalTrouble(trouble[0], `${file}: the journal ${trouble[1]}`, { cause: error }) : error;
}
