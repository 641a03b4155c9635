/**
 * The conveyor: takes exposures through the pool into the journal, tells what becomes of them, and ends with the report.
 * Where the exposures come from is not its business; what stops a run early is decided here and nowhere else.
 */

import path from 'node:path';
import type { ReferenceLayout } from './calibration/references.ts';
import type { ExitCode, RunControl } from './events.ts';
import { UNFINISHED } from './files.ts';
import { inFlight } from './flight.ts';
import { JournalTrouble } from './journal/trouble.ts';
import type { Job, Outcome } from './outcome.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Pool } from './pool/pool.ts';
import { recipeKey } from './recipe.ts';
import { writeReports } from './report/report.ts';
import type { RunSettings } from './settings.ts';
import { VERSION } from './version.ts';

/** An exposure to be corrected. `unknown`: the journal has nothing of its output, see `Task`. */
export interface Order {
  readonly job: Job;
  readonly unknown: boolean;
}

export class Conveyor {
  readonly #settings: RunSettings;
  readonly #folder: OutputFolder;
  readonly #layout: ReferenceLayout;
  readonly #control: RunControl;
  readonly #began = performance.now();
  readonly #run: number;
  readonly #told = new Set<string>();
  readonly #totals = { done: 0, skipped: 0, failed: 0, suspect: 0 };
  #unfinished = 0;
  /** Why the run stopped before its end: the environment's fault, not an exposure's. */
  #stopped: string | null = null;

  /**
   * Begins a run in the journal.
   * @throws JournalTrouble
   */
  constructor(settings: RunSettings, folder: OutputFolder, layout: ReferenceLayout, control: RunControl) {
    this.#settings = settings;
    this.#folder = folder;
    this.#layout = layout;
    this.#control = control;
    this.#run = folder.journal.begin({
      command: settings.command,
      tool: VERSION,
      threads: settings.threads,
      recipe: settings.recipe,
      references: layout.files.map(({ role, path: file, hash }) => ({ role, name: path.basename(file), hash })),
      outputFolder: settings.out,
      inlineSeconds: settings.inlineSeconds,
    });
  }

  /** Tells how much there is to do: exposures, and bytes of raw. */
  announce(exposures: number, bytes: number): void {
    this.#control.emit({ event: 'started', run: this.#run, exposures, bytes, threads: this.#settings.threads });
  }

  /** Sends exposures through the pool: one more than there are threads, so that none waits for work. */
  async correct(orders: Iterable<Order> | AsyncIterable<Order>, pool: Pool): Promise<void> {
    const outcomes = inFlight(this.#untilStopped(orders), pool.threads + 1, async ({ job, unknown }) => {
      const began = performance.now();
      const temporary = path.join(this.#folder.workshop, `${process.pid}-${this.#unfinished++}${UNFINISHED}`);
      const final = path.join(this.#settings.out, job.output);
      return withWait(await pool.correct({ job, temporary, final, unknown }), performance.now() - began);
    });
    for await (const outcome of outcomes) this.take(outcome);
  }

  async *#untilStopped(orders: Iterable<Order> | AsyncIterable<Order>): AsyncGenerator<Order> {
    for await (const order of orders) {
      if (this.#control.signal.aborted || this.#stopped !== null) return;
      yield order;
    }
  }

  /** Records an outcome and tells it. Trouble with disk or journal is nobody's fault but stops the run: resume goes on. */
  take(outcome: Outcome): void {
    if (outcome.status === 'failed' && outcome.fault.kind === 'disk') {
      this.#stop(outcome.fault.message);
      return;
    }
    try {
      this.#folder.journal.record(outcome, this.#run, this.#keyOf(outcome));
    } catch (error) {
      if (!(error instanceof JournalTrouble)) throw error;
      this.#stop(error.message);
      return;
    }
    this.#totals[outcome.status]++;
    if (outcome.status === 'done') {
      if (outcome.suspect.length > 0) this.#totals.suspect++;
      for (const note of outcome.notes) this.#tellOnce(note, outcome.input);
    }
    this.#control.emit({ event: 'outcome', outcome: told(outcome) });
  }

  #stop(reason: string): void {
    if (this.#stopped === null) this.#control.emit({ event: 'note', message: `stopping: ${reason}` });
    this.#stopped ??= reason;
  }

  #tellOnce(note: string, input: string): void {
    if (this.#told.has(note)) return;
    this.#told.add(note);
    this.#control.emit({ event: 'note', message: `${note} (${path.basename(input)}, told once)` });
  }

  #keyOf(outcome: Outcome): string {
    if (outcome.status === 'skipped' || !outcome.exposure) return '';
    return recipeKey(this.#settings.recipe, this.#layout.files, outcome.exposure);
  }

  /** Ends the run in the journal, and makes the reports again when there is anything new to report. */
  async finish(): Promise<ExitCode> {
    const exit = this.#exitCode();
    const { journal } = this.#folder;
    try {
      journal.finish(this.#run, exit);
      if (this.#totals.done + this.#totals.failed > 0) await writeReports(journal, this.#settings.out);
    } catch (error) {
      // A full disk has been told already; the reports can be made again at any time.
      if (this.#stopped === null) throw error;
    }
    const seconds = (performance.now() - this.#began) / 1000;
    this.#control.emit({ event: 'finished', run: this.#run, exit, ...this.#totals, seconds });
    return exit;
  }

  #exitCode(): ExitCode {
    if (this.#stopped !== null) return 3;
    if (this.#control.signal.aborted) return this.#control.signal.reason as ExitCode;
    return this.#totals.failed > 0 ? 2 : 0;
  }
}

/** Samples are for the journal. */
function told(outcome: Outcome): Outcome {
  if (outcome.status !== 'done') return outcome;
  const { sample: _, ...rest } = outcome;
  return rest;
}

/** What an exposure waited for a thread is what is left of its time when the thread's own is taken away. */
function withWait(outcome: Outcome, milliseconds: number): Outcome {
  if (outcome.status !== 'done') return outcome;
  const busy = Object.values(outcome.times).reduce((sum, micros) => sum + micros, 0);
  return { ...outcome, times: { ...outcome.times, wait: Math.max(0, Math.round(milliseconds * 1000) - busy) } };
}
