/**
 * The open file of a journal: statements that are prepared once, transactions, and what SQLite says turned into errors for
 * people. It stays the same object when the file is opened again.
 */

import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { openForWriting } from './opening.ts';
import type { Row } from './rows.ts';
import { damagedJournal, JournalRefused, JournalTrouble, journalError } from './trouble.ts';

/** Trouble that says nothing against what is open. */
const HANDLE_IS_GOOD = new Set(['SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_NOMEM', 'SQLITE_FULL']);

const DAMAGE = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

export class Connection {
  readonly file: string;
  #database: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();
  #broken = false;

  /** `file`: absolute. */
  constructor(file: string, database: DatabaseSyncInstance) {
    this.file = file;
    this.#database = database;
  }

  get database(): DatabaseSyncInstance {
    return this.#database;
  }

  /** Something went wrong that may lie with what is open, not with the file: until `reopen`. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Opens the file that is there now, in place of the one that is open.
   * @throws JournalRefused, JournalTrouble; the old one stays open then
   */
  reopen(): void {
    const database = openForWriting(this.file);
    this.close();
    this.#database = database;
    this.#statements.clear();
    this.#broken = false;
  }

  close(): void {
    try {
      if (this.#database.isOpen) this.#database.close();
    } catch (error) {
      // What was recorded is on the disk; a file that went away cannot be closed properly.
      if (!(journalError(error, this.file) instanceof JournalTrouble)) throw error;
    }
  }

  statement(sql: string): StatementSyncInstance {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Writes a row over the one with the same key; columns that are not named become NULL or their default. Returns its id. */
  put(table: string, row: Row, how: 'REPLACE' | 'IGNORE' = 'REPLACE'): number {
    const names = Object.keys(row);
    const sql = `INSERT OR ${how} INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `$${name}`).join(', ')})`;
    return Number(this.statement(sql).run(row).lastInsertRowid);
  }

  /**
   * Writes all or nothing.
   * @throws JournalTrouble
   */
  transaction<T>(write: () => T): T {
    return this.guarded(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = write();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        // On a full disk SQLite has rolled back by itself.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** @throws JournalTrouble */
  guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const known = journalError(error, this.file);
      if (!(known instanceof JournalTrouble || known instanceof JournalRefused)) throw known;
      this.#broken ||= known instanceof JournalRefused || !HANDLE_IS_GOOD.has(known.code);
      // It was a journal when it was opened: a watch waits until it is one again.
      throw known instanceof JournalRefused
        ? new JournalTrouble('SQLITE_NOTADB', known.message, { cause: error })
        : known;
    }
  }

  /**
   * Reads all of something, at the start or for a report: damage that is met then is refused, and nothing runs on it.
   * @throws JournalRefused, JournalTrouble
   */
  read<T>(read: () => T): T {
    try {
      return this.guarded(read);
    } catch (error) {
      const damaged =
        error instanceof JournalTrouble
          ? DAMAGE.has(error.code)
          : error instanceof SyntaxError ||
            error instanceof RangeError ||
            /^Z_/.test((error as { code?: string }).code ?? '');
      throw damaged ? damagedJournal(this.file, (error as Error).message, error) : error;
    }
  }
}
