/**
 * The journal: what was corrected, how, and what came of it. It is what resume, reports and `verify` read, and the
 * main thread of a run alone writes it. It decides nothing; `seen.ts` does.
 */

import os from 'node:os';
import path from 'node:path';
import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import type { PixelType } from '../exposure.ts';
import type { FaultKind, Outcome } from '../outcome.ts';
import { type Contents, type RunStart, readContents } from './contents.ts';
import { openForReading, openForWriting } from './opening.ts';
import { PictureBook, type Pictures, readPictures } from './pictures.ts';
import { collisionRow, type Done, doneRow, failedRow, now, type Row, timingRow } from './rows.ts';
import type { Seen } from './seen.ts';
import { readMasks, spikesRow } from './spikes.ts';
import { journalError } from './trouble.ts';

const SEEN = 'output, input, input_size, CAST(input_mtime_ns AS TEXT), key, kind, bytes_out, frames, type_read';
const MASK = '(SELECT mask_bytes FROM spikes WHERE spikes.output = exposures.output)';

const COUNT =
  'UPDATE runs SET wall = $wall, done = done + $done, skipped = skipped + $skipped, failed = failed + $failed WHERE id = $run';

export class Journal {
  readonly file: string;
  #database: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();
  #pictures: PictureBook;
  /** Skipped exposures that no record has carried into the run's row yet. */
  #skipped = 0;
  /** Monotonic, ms. */
  #began = 0;

  private constructor(file: string, database: DatabaseSyncInstance) {
    this.file = file;
    this.#database = database;
    this.#pictures = new PictureBook(database);
  }

  /**
   * Opens a journal for a run; a file that is not there is created.
   * @throws JournalRefused, JournalTrouble
   */
  static open(file: string): Journal {
    const absolute = path.resolve(file);
    return new Journal(absolute, openForWriting(absolute));
  }

  /**
   * Opens a journal to read it, also while a run writes it; null when there is none.
   * @throws JournalRefused, JournalTrouble
   */
  static openReadOnly(file: string): Journal | null {
    const absolute = path.resolve(file);
    const database = openForReading(absolute);
    return database && new Journal(absolute, database);
  }

  /**
   * Goes on in the file that stands there now: where its disk or share was mounted anew, the one that was open is gone.
   * The mean image is then of what comes from here on.
   * @throws JournalRefused, JournalTrouble; the old one stays open then
   */
  reopen(): void {
    const database = openForWriting(this.file);
    this.close();
    this.#database = database;
    this.#statements.clear();
    this.#pictures = new PictureBook(database);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /**
   * Notes that a run starts; returns its id.
   * @throws JournalTrouble
   */
  begin(run: RunStart): number {
    this.#began = performance.now();
    this.#skipped = 0;
    this.#pictures.begin();
    return this.#transaction(() =>
      this.#put('runs', {
        started: now(),
        command: run.command,
        tool: run.tool,
        node: process.version,
        host: os.hostname(),
        threads: run.threads,
        recipe: JSON.stringify(run.recipe),
        reference_files: JSON.stringify(run.references),
        output_folder: run.outputFolder,
        inline_seconds: run.inlineSeconds,
      }),
    );
  }

  /**
   * Records what became of an exposure, whole or not at all. A skipped one is only counted, with the next record or at the
   * end. After JournalTrouble the same outcome may be recorded again.
   * @param key hash of the recipe and references that the output depends on
   * @throws JournalTrouble
   */
  record(outcome: Outcome, run: number, key: string): void {
    if (outcome.status === 'skipped') {
      this.#skipped++;
      return;
    }
    this.#transaction(() => {
      // Whatever became of it, a collision noted for this input is history.
      this.#statement('DELETE FROM collisions WHERE input = ?').run(outcome.input);
      if (outcome.status === 'done') this.#recordDone(outcome, run, key);
      else if (outcome.fault.kind === 'collision') this.#put('collisions', collisionRow(outcome, run));
      else {
        const corrections = this.#corrections(outcome.output);
        this.#put('exposures', { ...failedRow(outcome, run, key), corrections });
        this.#statement('DELETE FROM spikes WHERE output = ?').run(outcome.output);
      }
      this.#count(run, outcome.status);
    });
    this.#skipped = 0;
  }

  /**
   * Notes that a run ended.
   * @throws JournalTrouble
   */
  finish(run: number, exitCode: number): void {
    this.#transaction(() => {
      this.#count(run, null);
      this.#pictures.finish(run);
      this.#statement('UPDATE runs SET finished = ?, exit_code = ? WHERE id = ?').run(now(), exitCode, run);
    });
    this.#skipped = 0;
  }

  /**
   * What is needed to tell what is done, by output.
   * @throws JournalTrouble
   */
  seen(): Map<string, Seen> {
    const seen = new Map<string, Seen>();
    // A hundred thousand exposures share a few keys: one string each, not a hundred thousand.
    const keys = new Map<string, string>();
    this.#guarded(() => {
      const rows = this.#database.prepare(`SELECT ${SEEN} FROM exposures`);
      rows.setReturnArrays(true);
      for (const row of rows.iterate() as Iterable<unknown>) {
        const [output, each] = toSeen(row as SeenRow);
        if (!keys.has(each.key)) keys.set(each.key, each.key);
        seen.set(output, { ...each, key: keys.get(each.key)! });
      }
      for (const [output, maskBytes] of readMasks(this.#database)) {
        const each = seen.get(output);
        if (each) seen.set(output, { ...each, maskBytes });
      }
    });
    return seen;
  }

  /**
   * The same for one output; undefined when nothing is known of it.
   * @throws JournalTrouble
   */
  seenOf(output: string): Seen | undefined {
    return this.#guarded(() => {
      const rows = this.#statement(`SELECT ${SEEN}, ${MASK} FROM exposures WHERE output = ?`);
      rows.setReturnArrays(true);
      const row = rows.get(output) as unknown as SeenRow | undefined;
      return row && toSeen(row)[1];
    });
  }

  /**
   * The output folder that the journal was last used for; null before the first run.
   * @throws JournalTrouble
   */
  outputFolder(): string | null {
    const row = this.#guarded(() =>
      this.#database.prepare('SELECT output_folder FROM runs ORDER BY id DESC LIMIT 1').get(),
    );
    return (row?.output_folder as string | undefined) ?? null;
  }

  /**
   * Everything, as it stands at one moment; null before the first run.
   * @throws JournalTrouble
   */
  contents(): Contents | null {
    return this.#guarded(() => readContents(this.#database));
  }

  /**
   * What the page shows of pixels; nothing in journals of old.
   * @throws JournalTrouble
   */
  pictures(): Pictures {
    return this.#guarded(() => readPictures(this.#database));
  }

  #recordDone(outcome: Done, run: number, key: string): void {
    const corrections = this.#corrections(outcome.output);
    const timing = this.#put('timings', timingRow(outcome, run, corrections === 0));
    this.#put('exposures', { ...doneRow(outcome, run, key), timing, corrections: corrections + 1 });
    this.#put('spikes', spikesRow(outcome));
    this.#pictures.take(outcome, run);
  }

  #corrections(output: string): number {
    const row = this.#statement('SELECT corrections FROM exposures WHERE output = ?').get(output);
    return (row?.corrections as number | undefined) ?? 0;
  }

  #count(run: number, status: 'done' | 'failed' | null): void {
    this.#statement(COUNT).run({
      run,
      wall: Math.round((performance.now() - this.#began) * 1000),
      done: status === 'done' ? 1 : 0,
      failed: status === 'failed' ? 1 : 0,
      skipped: this.#skipped,
    });
  }

  /** Writes a row over the one with the same key; columns that are not named become NULL or their default. Returns its id. */
  #put(table: string, row: Row): number {
    const names = Object.keys(row);
    const sql = `INSERT OR REPLACE INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `$${name}`).join(', ')})`;
    return Number(this.#statement(sql).run(row).lastInsertRowid);
  }

  #statement(sql: string): StatementSyncInstance {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #transaction<T>(write: () => T): T {
    return this.#guarded(() => {
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

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw journalError(error, this.file);
    }
  }
}

type SeenRow = readonly [
  output: string,
  input: string,
  size: number | null,
  mtime: string | null,
  key: string,
  failed: FaultKind | null,
  bytesOut: number | null,
  frames: number | null,
  type: PixelType | null,
  maskBytes?: number | null,
];

function toSeen([output, input, size, mtime, key, failed, bytesOut, frames, type, mask]: SeenRow): [string, Seen] {
  const identity = size === null || mtime === null ? null : { size, mtimeNs: BigInt(mtime) };
  return [output, { input, identity, key, failed, bytesOut, maskBytes: mask ?? null, frames, type }];
}
