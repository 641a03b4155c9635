/**
 * The journal: what was corrected, how, and what came of it. It is what resume, reports and `verify` read, and the
 * thread of a run alone writes it. It decides nothing; `seen.ts` does.
 */

import { randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { machine } from '../model/machine.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ReferenceChecks } from '../model/reference-checks.ts';
import { LIBRARIES } from '../model/version.ts';
import { Connection } from './connection.ts';
import type { Contents, InlineKey, InlineTiming, LoadStep, ReferenceFile, RunStart } from './contents.ts';
import { inherit } from './inherit.ts';
import { knowsInlineTiming, putInlineTiming } from './inline-timings.ts';
import { putLoad } from './machine-load.ts';
import { mergeJournals } from './merge.ts';
import { openForReading, openForWriting } from './opening.ts';
import { PictureBook, type Pictures, readPictures, readShared, type Shared } from './pictures.ts';
import { readContents } from './reading.ts';
import { putReferenceChecks } from './reference-checks.ts';
import { asRecorded, collisionRow, type Done, doneRow, failedRow, now, type Row } from './rows.ts';
import { type KnownStatistics, readSeen, readStatistics, SEEN_OF, type Seen, type SeenRow, toSeen } from './seen.ts';
import { type KnownSurvey, type PackedSurvey, putSurvey } from './surveys.ts';
import { KEEP_DAYS, TimingBook } from './timings.ts';

const KNOWN = `
SELECT 1 FROM exposures e JOIN runs r ON r.id = e.run
WHERE e.output = ? AND e.status = 'done' AND coalesce(e.reference_files, r.reference_files) = ?`;

const COUNT =
  'UPDATE runs SET wall = $wall, done = done + $done, skipped = skipped + $skipped, failed = failed + $failed WHERE id = $run';

export class Journal {
  readonly #connection: Connection;
  readonly #pictures: PictureBook;
  readonly #timings: TimingBook;
  /** The day on which old timings were last added up. */
  #thinned = '';
  /** Skipped exposures that no record has carried into the run's row yet. */
  #skipped = 0;
  /** Monotonic, ms. */
  #began = 0;
  /** Of the run that ended last, if this journal wrote it. */
  #survey: KnownSurvey | null = null;
  /** Exposures of the run that is going on have references of their own. */
  #manySets = false;
  /** The row of the run that is going on. */
  #run: Row | null = null;
  /** By what other journals know it; null: it is no shard. */
  #origin: Row | null = null;

  private constructor(connection: Connection, keepDays: number) {
    this.#connection = connection;
    this.#pictures = new PictureBook(connection);
    this.#timings = new TimingBook(connection, keepDays);
  }

  /**
   * Opens a journal for a run; a file that is not there is created.
   * @param keepDays how long timings are kept one by one, before they become daily figures; 0: not at all
   * @throws JournalRefused, JournalTrouble
   */
  static open(file: string, keepDays = KEEP_DAYS): Journal {
    const absolute = path.resolve(file);
    return new Journal(new Connection(absolute, openForWriting(absolute)), keepDays);
  }

  /**
   * Opens a journal to read it, also while a run writes it; null when there is none.
   * @throws JournalRefused, JournalTrouble
   */
  static openReadOnly(file: string): Journal | null {
    const absolute = path.resolve(file);
    const database = openForReading(absolute);
    return database && new Journal(new Connection(absolute, database), KEEP_DAYS);
  }

  /**
   * The same to look up single outputs: whether the whole journal is sound is not asked.
   * @throws JournalRefused, JournalTrouble
   */
  static openForLookup(file: string): Journal | null {
    const absolute = path.resolve(file);
    const database = openForReading(absolute, false);
    return database && new Journal(new Connection(absolute, database), KEEP_DAYS);
  }

  /** The path of its file, absolute. */
  get file(): string {
    return this.#connection.file;
  }

  /** Something went wrong that may lie with what is open, not with the file: until `reopen`, which may be called at any time. */
  get broken(): boolean {
    return this.#connection.broken;
  }

  /**
   * Continues in the file that is there now: after its disk or share was mounted again, the open one is gone. A
   * file that does not know of the run that is going on, such as a new one, gets its row.
   * @param another the file is not the one that was open, so that the mean image begins anew
   * @throws JournalRefused, JournalTrouble; the old one stays open then
   */
  reopen(another: boolean): void {
    this.#connection.reopen();
    if (another) this.#pictures.begin();
    const [run, origin] = [this.#run, this.#origin];
    if (!run) return;
    this.#connection.transaction(() => {
      this.#connection.put('runs', run, 'IGNORE');
      if (origin) this.#connection.put('origins', origin, 'IGNORE');
    });
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * Notes that a run starts; returns its id.
   * @throws JournalTrouble
   */
  begin(run: RunStart): number {
    this.#began = performance.now();
    this.#skipped = 0;
    this.#survey = null;
    this.#manySets = false;
    this.#pictures.begin();
    this.#thin();
    const row = {
      started: now(),
      command: run.command,
      tool: run.tool,
      node: process.version,
      host: os.hostname(),
      libraries: JSON.stringify(LIBRARIES),
      machine: machine(),
      threads: run.threads,
      recipe: JSON.stringify(run.recipe),
      reference_files: JSON.stringify(run.references),
      output_folder: run.outputFolder,
      inline_seconds: run.inlineSeconds,
    };
    const { shard = null } = run;
    const origin = shard && {
      origin: randomUUID(),
      inherited: 0,
      shard: shard.index,
      shards: shard.of,
      array: shard.array,
    };
    const id = this.#connection.transaction(() => {
      const put = this.#connection.put('runs', row);
      if (origin) this.#connection.put('origins', { run: put, ...origin });
      return put;
    });
    this.#run = { id, ...row };
    this.#origin = origin && { run: id, ...origin };
    return id;
  }

  /**
   * Notes what the first exposures of a run say of its references.
   * @throws JournalTrouble
   */
  putReferenceChecks(run: number, found: ReferenceChecks): void {
    this.#connection.transaction(() => putReferenceChecks(this.#connection, run, found));
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
    // A watch goes on for many days.
    this.#thin();
    this.#connection.transaction(() => {
      // Whatever became of it, a collision noted for this input is history.
      this.#connection.statement('DELETE FROM collisions WHERE input = ?').run(outcome.input);
      if (outcome.status === 'done') this.#recordDone(outcome, run, key);
      else if (outcome.fault.kind === 'collision') this.#connection.put('collisions', collisionRow(outcome, run));
      else {
        const corrections = this.#corrections(outcome.output);
        this.#connection.put('exposures', { ...failedRow(outcome, run, key), corrections });
        this.#pictures.takeFailed(outcome, run);
      }
      this.#count(run, outcome.status);
    });
    this.#skipped = 0;
  }

  /**
   * Notes that a run ended, with what its exposures have in common.
   * @param surveys that change no more: one, or one for each set of references
   * @throws JournalTrouble
   */
  finish(run: number, exitCode: number, surveys: PackedSurvey | readonly PackedSurvey[] | null = null): void {
    const packed = [surveys ?? []].flat() as readonly PackedSurvey[];
    this.#connection.transaction(() => {
      this.#count(run, null);
      this.#keep(run, packed);
      this.#connection.statement('UPDATE runs SET finished = ?, exit_code = ? WHERE id = ?').run(now(), exitCode, run);
    });
    this.#skipped = 0;
    const ofRun = packed.find(({ references }) => references === null);
    this.#survey = ofRun ? { run, survey: ofRun.survey } : null;
  }

  /**
   * Keeps what the exposures recorded so far have in common, so that little of it is lost when the run is killed.
   * @throws JournalTrouble
   */
  keep(run: number, surveys: PackedSurvey | readonly PackedSurvey[] | null): void {
    this.#connection.transaction(() => this.#keep(run, [surveys ?? []].flat() as readonly PackedSurvey[]));
  }

  /**
   * Whether an output was corrected before with these references: then the survey and the mean have it already.
   * @throws JournalTrouble
   */
  knows(output: string, references: readonly ReferenceFile[]): boolean {
    const files = JSON.stringify(references);
    return this.#connection.guarded(() => this.#connection.statement(KNOWN).get(output, files) !== undefined);
  }

  /**
   * Merges what the journals of shards hold; see `merge.ts`. Returns how many of them had something new.
   * @throws JournalTrouble
   */
  merge(files: readonly string[]): number {
    return this.#connection.guarded(() => mergeJournals(this.#connection.database, files));
  }

  /**
   * Takes from another journal what it knows later of these outputs; see `inherit.ts`.
   * @throws JournalRefused, JournalTrouble
   */
  inherit(file: string, outputs: Iterable<string>): void {
    this.#connection.read(() => inherit(this.#connection.database, file, outputs));
  }

  /**
   * What is needed to tell what is done, by output.
   * @throws JournalTrouble
   */
  seen(): Map<string, Seen> {
    return this.#connection.read(() => readSeen(this.#connection.database));
  }

  /**
   * The same for one output; undefined when nothing is known of it.
   * @throws JournalTrouble
   */
  seenOf(output: string): Seen | undefined {
    return this.#connection.guarded(() => {
      const rows = this.#connection.statement(SEEN_OF);
      rows.setReturnArrays(true);
      const row = rows.get(output) as unknown as SeenRow | undefined;
      return row && toSeen(row);
    });
  }

  /**
   * What a run computed of an output when it wrote it; null where nothing is known.
   * @throws JournalTrouble
   */
  statisticsOf(output: string): KnownStatistics | null {
    return this.#connection.guarded(() => readStatistics(this.#connection, output));
  }

  /**
   * The output folder that the journal was last used for; null before the first run.
   * @throws JournalTrouble
   */
  outputFolder(): string | null {
    const row = this.#connection.guarded(() =>
      this.#connection.database.prepare('SELECT output_folder FROM runs ORDER BY id DESC LIMIT 1').get(),
    );
    return (row?.output_folder as string | undefined) ?? null;
  }

  /**
   * Everything, as it stands at one moment; null before the first run.
   * @throws JournalTrouble
   */
  contents(): Contents | null {
    return this.#connection.read(() => readContents(this.#connection.database));
  }

  /**
   * What the page shows of pixels.
   * @throws JournalTrouble
   */
  pictures(): Pictures {
    return this.#connection.read(() => readPictures(this.#connection.database, this.#survey));
  }

  /**
   * What the exposures have in common that were corrected with the references of `run`, earlier runs included; null: with
   * the newest references. `chosen`: of the sets of that run the one with these.
   * @throws JournalTrouble
   */
  shared(run: number | null = null, chosen: readonly ReferenceFile[] | null = null): Shared {
    return this.#connection.guarded(() => readShared(this.#connection.database, run, chosen));
  }

  /**
   * Whether what correcting inline costs was timed before.
   * @throws JournalTrouble
   */
  knowsInline(key: InlineKey): boolean {
    return this.#connection.guarded(() => knowsInlineTiming(this.#connection, key));
  }

  /** @throws JournalTrouble */
  keepInline(run: number, timing: InlineTiming): void {
    this.#connection.transaction(() => putInlineTiming(this.#connection, run, timing));
  }

  /**
   * Keeps how busy the computer was so far in a run.
   * @throws JournalTrouble
   */
  keepLoad(run: number, steps: readonly LoadStep[]): void {
    this.#connection.transaction(() => putLoad(this.#connection, run, steps));
  }

  #keep(run: number, packed: readonly PackedSurvey[]): void {
    this.#pictures.keep(run);
    for (const each of packed) putSurvey(this.#connection.database, run, each);
  }

  #recordDone(outcome: Done, run: number, key: string): void {
    const corrections = this.#corrections(outcome.output);
    const ofRun = String(this.#run?.reference_files ?? '[]');
    const references = outcome.references ? asRecorded(outcome.references) : (JSON.parse(ofRun) as ReferenceFile[]);
    const files = JSON.stringify(references);
    if (files !== ofRun) this.#noteReferences(references);
    const again = this.knows(outcome.output, references);
    const timing = this.#timings.take(outcome, run, corrections === 0);
    this.#connection.put('exposures', {
      ...doneRow(outcome, run, key),
      ...(this.#manySets || files !== ofRun ? { reference_files: files } : {}),
      timing,
      corrections: corrections + 1,
    });
    this.#pictures.take(outcome, run, again);
  }

  /** Where exposures have references of their own, the run has those of all. */
  #noteReferences(references: readonly ReferenceFile[]): void {
    const run = this.#run;
    if (!run) return;
    if (!this.#manySets) {
      // What was recorded before had those of the run, which are about to become more.
      this.#connection
        .statement(
          "UPDATE exposures SET reference_files = $files WHERE run = $id AND status = 'done' AND reference_files IS NULL",
        )
        .run({ files: run.reference_files!, id: run.id! });
      this.#manySets = true;
    }
    const known = JSON.parse(String(run.reference_files)) as ReferenceFile[];
    const isKnown = (each: ReferenceFile): boolean =>
      known.some(({ role, hash }) => role === each.role && hash === each.hash);
    run.reference_files = JSON.stringify([...known, ...references.filter((each) => !isKnown(each))]);
    this.#connection
      .statement('UPDATE runs SET reference_files = $files WHERE id = $id AND reference_files <> $files')
      .run({ files: run.reference_files, id: run.id! });
  }

  /** Once a day. */
  #thin(): void {
    const today = now().slice(0, 10);
    if (today === this.#thinned) return;
    this.#connection.transaction(() => this.#timings.thin());
    this.#thinned = today;
  }

  #corrections(output: string): number {
    const row = this.#connection.statement('SELECT corrections FROM exposures WHERE output = ?').get(output);
    return (row?.corrections as number | undefined) ?? 0;
  }

  #count(run: number, status: 'done' | 'failed' | null): void {
    this.#connection.statement(COUNT).run({
      run,
      wall: Math.round((performance.now() - this.#began) * 1000),
      done: status === 'done' ? 1 : 0,
      failed: status === 'failed' ? 1 : 0,
      skipped: this.#skipped,
    });
  }
}
