/** Opens the file of a journal, creates its tables when it is new, and refuses other files and other versions. */

import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { kindOf } from '../files/input-file.ts';
import { isTrouble, outputFault } from '../files/output-file.ts';
import { Trouble } from '../model/outcome.ts';
import { inWords, systemError } from '../model/system-error.ts';
import {
  APPLICATION_ID,
  columnsOf,
  LATER_COLUMNS,
  LATER_TABLES,
  LATER_VIEWS,
  SCHEMA,
  SCHEMA_VERSION,
  TIME_SPENT,
} from './schema.ts';
import { checkSound } from './soundness.ts';
import { JournalRefused, openingError, sqliteCode } from './trouble.ts';

/** How long a program that reads may hold up a record, ms. */
const BUSY_MS = 10_000;

/** SQLITE_READONLY_ROLLBACK: a killed writer left work to undo, which a connection that only reads may not do. */
const NEEDS_ROLLBACK = 776;

/**
 * Opens the journal, which is created when it is not there.
 * @throws JournalRefused, JournalTrouble
 */
export function openForWriting(file: string): DatabaseSyncInstance {
  return opened(file, () => {
    refuseIrregular(file);
    createEmpty(file);
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    return checked(database, () => {
      // WAL does not work on NFS, where journals are met. FULL: what was recorded survives a power cut.
      database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA locking_mode = NORMAL');
      if (!hasTables(database, file)) database.exec(`BEGIN EXCLUSIVE; ${SCHEMA} COMMIT`);
      addTables(database);
      addFigures(database);
      addViews(database);
      checkSound(database, file);
    });
  });
}

/** Adds the tables that a journal lacks: the tool that made it did not know them yet. */
function addTables(database: DatabaseSyncInstance): void {
  const lacking = Object.entries(LATER_TABLES).filter(([table]) => columnsOf(database, table).size === 0);
  if (lacking.length > 0) database.exec(`BEGIN EXCLUSIVE; ${lacking.map(([, sql]) => sql).join(' ')} COMMIT`);
}

/** Adds the views that a journal lacks, once their columns are there. */
function addViews(database: DatabaseSyncInstance): void {
  for (const [view, made] of Object.entries(LATER_VIEWS)) if (columnsOf(database, view).size === 0) database.exec(made);
}

/** Adds columns for the figures that a journal lacks: the tool that made it did not know them yet. */
function addFigures(database: DatabaseSyncInstance): void {
  const lacking = LATER_COLUMNS.filter(({ table, column }) => !columnsOf(database, table).has(column));
  if (lacking.length === 0) return;
  const added = lacking.map(({ add }) => `${add};`).join(' ');
  database.exec(`BEGIN EXCLUSIVE; DROP VIEW time_spent; ${added} ${TIME_SPENT} COMMIT`);
}

/**
 * Opens the journal without ever changing what it says, also while a run writes it; null when there is none (yet).
 * @param sound whether every value is looked at, as before a report
 * @throws JournalRefused, JournalTrouble
 */
export function openForReading(file: string, sound = true): DatabaseSyncInstance | null {
  return opened(file, () => {
    if (!refuseIrregular(file)) return null;
    try {
      return readable(file, new DatabaseSync(file, { timeout: BUSY_MS, readOnly: true }), sound);
    } catch (error) {
      if (sqliteCode(error) !== NEEDS_ROLLBACK) throw error;
      const database = new DatabaseSync(file, { timeout: BUSY_MS });
      database.exec('PRAGMA query_only = 1');
      return readable(file, database, sound);
    }
  });
}

function readable(file: string, database: DatabaseSyncInstance, sound: boolean): DatabaseSyncInstance | null {
  let tables = false;
  checked(database, () => {
    tables = hasTables(database, file);
    if (tables && sound) checkSound(database, file);
  });
  if (tables) return database;
  database.close();
  return null;
}

/** False when the file is new and empty. */
function hasTables(database: DatabaseSyncInstance, file: string): boolean {
  const number = (sql: string): number => Object.values(database.prepare(sql).get())[0] as number;
  const version = number('PRAGMA user_version');
  const application = number('PRAGMA application_id');
  if (application === APPLICATION_ID) {
    if (version === SCHEMA_VERSION) return true;
    const found = `${file}: found a journal of version ${version}, expected ${SCHEMA_VERSION}`;
    throw new JournalRefused(
      version > SCHEMA_VERSION
        ? `${found}: a newer darkroom wrote it; use that one, or another --out or --journal`
        : `${found}: an older darkroom (0.1) wrote it; move it away and run again: exposures are then corrected again, over the outputs that darkroom wrote`,
    );
  }
  if (application === 0 && version === 0 && number('SELECT count(*) FROM sqlite_master') === 0) return false;
  throw new JournalRefused(
    `${file}: found the SQLite database of another program, expected a journal; name another file with --journal`,
  );
}

/**
 * Whether there is a file. SQLite waits for ever on a pipe, even one in the place of its own rollback journal.
 * @throws JournalRefused when something else has that name
 */
function refuseIrregular(file: string): boolean {
  const kinds = [file, `${file}-journal`, `${file}-wal`].map((each) => {
    try {
      return fs.statSync(each, { throwIfNoEntry: false });
    } catch (error) {
      if (systemError(error)?.name === 'ENOTDIR') return undefined;
      const fault = outputFault(error, each);
      if (isTrouble(fault)) throw new Trouble(fault.message, { cause: error });
      throw new JournalRefused(
        `${each}: the journal cannot be looked at: ${inWords(error)}; check the permissions of its folders`,
        { cause: error },
      );
    }
  });
  const odd = kinds.find((each) => each && !each.isFile());
  if (!odd) return kinds[0] !== undefined;
  throw new JournalRefused(
    `${file}${['', '-journal', '-wal'][kinds.indexOf(odd)]}: found ${kindOf(odd)}, expected a journal (an SQLite database); move it away, or name another file with --journal`,
  );
}

/**
 * SQLite would create the file for its owner's group to read only; a journal gets the permissions of any new file.
 * Only a file that is not there is touched: closing one that SQLite holds would drop SQLite's locks.
 */
function createEmpty(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, 'wx', 0o666));
  } catch (error) {
    if (systemError(error)?.name === 'EEXIST') return;
    const fault = outputFault(error, file);
    if (isTrouble(fault)) throw new Trouble(fault.message, { cause: error });
    throw new JournalRefused(`${file}: the journal cannot be created: ${inWords(error)}; check ${path.dirname(file)}`, {
      cause: error,
    });
  }
}

function checked(database: DatabaseSyncInstance, check: () => void): DatabaseSyncInstance {
  try {
    check();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function opened<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw openingError(error, file);
  }
}
