/**
 * The conveyor: takes exposures from intake to journal and ends with the report.
 *
 *     found -> already done? -> pool -> journal -> events
 *
 * `run` reads as the table of contents; what stops it early is decided here and nowhere else.
 */

import fs from 'node:fs';
import path from 'node:path';
import { loadReferences, type ReferencePaths } from './calibration/load.ts';
import { misfit, type ReferenceLayout } from './calibration/references.ts';
import { type Decision, decideAll } from './decide.ts';
import { UNFINISHED, WORKSHOP } from './files.ts';
import { inFlight } from './flight.ts';
import { openExposure } from './formats/index.ts';
import { type Found, scan } from './intake/scan.ts';
import { Journal } from './journal/journal.ts';
import { takeLock } from './journal/lock.ts';
import type { Seen } from './journal/seen.ts';
import { JournalTrouble } from './journal/trouble.ts';
import { compileKernels, createMemory, instantiate } from './kernels/kernels.ts';
import { Fault, type Job, type Outcome, Refusal } from './outcome.ts';
import { Pool } from './pool/pool.ts';
import { type Recipe, recipeKey } from './recipe.ts';
import { writeReports } from './report/report.ts';
import { VERSION } from './version.ts';

/** What a run was asked to do: options and recipe file, checked and resolved. Paths are absolute. */
export interface RunSettings {
  readonly inputs: readonly string[];
  readonly out: string;
  readonly recipe: Recipe;
  readonly references: ReferencePaths;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly threads: number;
  readonly journal: string;
  readonly force: boolean;
  readonly inlineSeconds: number | null;
  /** The command line, for the journal and whoever finds the lock. */
  readonly command: string;
}

/** What a run tells while it goes on; `--json` prints one per line. */
export type RunEvent =
  | {
      readonly event: 'started';
      readonly run: number;
      readonly exposures: number;
      readonly bytes: number;
      readonly threads: number;
    }
  | { readonly event: 'note'; readonly message: string }
  | { readonly event: 'outcome'; readonly outcome: Outcome }
  | {
      readonly event: 'finished';
      /** 0 when there was nothing to run on. */
      readonly run: number;
      readonly exit: ExitCode;
      readonly done: number;
      readonly skipped: number;
      readonly failed: number;
      readonly suspect: number;
      readonly seconds: number;
    };

/** 0 all done; 1 refused; 2 some failed; 3 stopped by the environment; 130, 143 stopped by SIGINT, SIGTERM. */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143;

/** For `--dry-run`: what would be done with one exposure, and why. */
export interface Intention {
  readonly input: string;
  readonly output: string;
  readonly would: 'correct' | 'skip' | 'fail';
  readonly reason: string;
}

/** `signal`: aborted with the exit code as reason, it lets what is under way finish and ends the run. */
export interface RunControl {
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
}

/** Bytes of float32 rows in a band: it and the references' rows stay in the second-level cache. */
const BAND_BYTES = 1 << 18;

/**
 * Corrects what is there and not yet done.
 * @throws Refusal before any exposure is touched, when options, references or the output folder are wrong
 */
export async function run(settings: RunSettings, control: RunControl): Promise<ExitCode> {
  try {
    return await runLocked(settings, control);
  } catch (error) {
    if (!(error instanceof JournalTrouble)) throw error;
    control.emit({ event: 'note', message: `stopping: ${error.message}` });
    return 3;
  }
}

async function runLocked(settings: RunSettings, { signal, emit }: RunControl): Promise<ExitCode> {
  const began = performance.now();
  const say = (message: string): void => emit({ event: 'note', message });
  const found = await scan(settings.inputs, scanOptions(settings));
  for (const [extension, count] of found.unsupported) say(`seen, not supported: ${count} ${extension}`);
  if (found.jobs.length + found.unusable.length === 0) {
    say(`nothing to correct in ${settings.inputs.join(', ')}`);
    const nothing = { done: 0, skipped: 0, failed: 0, suspect: 0 };
    emit({ event: 'finished', run: 0, exit: 0, ...nothing, seconds: (performance.now() - began) / 1000 });
    return 0;
  }

  const module = compileKernels();
  const memory = createMemory();
  const stored = settings.recipe.rowOrder === 'stored';
  const { layout, notes } = await loadReferences(settings.references, stored, instantiate(module, memory), memory);
  for (const note of notes) say(note);
  await refuseMisfits(found.jobs, layout);

  const workshop = openOutput(settings);
  const lock = takeLock(settings.out, settings.command);
  try {
    sweep(workshop);
    const journal = openJournal(settings);
    try {
      const seen = journal.seen();
      const decisions = await decideAll(found.jobs, { ...settings, files: layout.files, seen });
      const start = { module, memory, layout, recipe: settings.recipe, bandBytes: BAND_BYTES };
      const line = new Conveyor(settings, journal, workshop, layout, { signal, emit });
      return await line.run(
        found,
        decisions,
        () => new Pool(start, { threads: settings.threads, background: false }),
        began,
      );
    } finally {
      journal.close();
    }
  } finally {
    lock.release();
  }
}

/** What `run` would do, in the order of the exposures. Touches nothing, also while a run is going on. */
export async function plan(settings: RunSettings): Promise<Intention[]> {
  const found = await scan(settings.inputs, scanOptions(settings));
  const memory = createMemory();
  const stored = settings.recipe.rowOrder === 'stored';
  const { layout } = await loadReferences(settings.references, stored, instantiate(compileKernels(), memory), memory);
  await refuseMisfits(found.jobs, layout);
  const journal = fs.existsSync(settings.journal) ? Journal.openReadOnly(settings.journal) : null;
  try {
    const seen = journal?.seen() ?? new Map<string, Seen>();
    const decisions = await decideAll(found.jobs, { ...settings, files: layout.files, seen });
    return [
      ...found.unusable.map(intentionOf),
      ...decisions.map((each) => (each.correct ? intended(each) : intentionOf(each.outcome))),
    ];
  } finally {
    journal?.close();
  }
}

const intended = ({ job, reason }: Decision & { correct: true }): Intention => ({ ...job, would: 'correct', reason });

function intentionOf(outcome: Outcome): Intention {
  const { input, output } = outcome;
  if (outcome.status === 'skipped') return { input, output, would: 'skip', reason: outcome.reason };
  return { input, output, would: 'fail', reason: outcome.status === 'failed' ? outcome.fault.message : '' };
}

function scanOptions({ out, include, exclude, references, recipe }: RunSettings): Parameters<typeof scan>[1] {
  const files = Object.values(references).filter((file) => file !== null);
  return { out, include, exclude, references: files, format: recipe.format };
}

/** Makes the output folder where it is missing; returns the folder in it where outputs are written before they are whole. */
function openOutput({ out }: RunSettings): string {
  const workshop = path.join(out, WORKSHOP);
  try {
    fs.mkdirSync(workshop, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Refusal(`--out ${out}: the folder cannot be made or written (${code}); check its permissions`, {
      cause: error,
    });
  }
  return workshop;
}

/** What a run that was killed left unfinished. The lock is ours: nobody else is at work here. */
function sweep(workshop: string): void {
  for (const name of fs.readdirSync(workshop)) {
    if (name.endsWith(UNFINISHED)) fs.rmSync(path.join(workshop, name), { force: true });
  }
}

function openJournal({ journal: file, out }: RunSettings): Journal {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const journal = Journal.open(file);
  const owner = journal.outputFolder();
  const elsewhere = path.dirname(file) !== out;
  if (elsewhere && owner !== null && owner !== out) {
    journal.close();
    throw new Refusal(
      `--journal ${file}: belongs to the output folder ${owner}; give every output folder a journal of its own`,
    );
  }
  return journal;
}

/**
 * References that fit none of the exposures are the wrong references. One that fits is enough: the others fail by name.
 * @throws Refusal with the sizes
 */
async function refuseMisfits(jobs: readonly Job[], layout: ReferenceLayout): Promise<void> {
  if (layout.width === 0) return;
  let first: string | null = null;
  for (const { input } of jobs) {
    try {
      const { source, close } = await openExposure(input);
      close();
      const odd = misfit(layout, source.exposure);
      if (!odd) return;
      first ??= `${input}: ${odd}`;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
  if (first !== null) throw new Refusal(`the references fit none of the exposures; ${first}`);
}

/** One run's conveyor, with what it counts. */
class Conveyor {
  readonly #settings: RunSettings;
  readonly #journal: Journal;
  readonly #workshop: string;
  readonly #layout: ReferenceLayout;
  readonly #control: RunControl;
  readonly #told = new Set<string>();
  readonly #totals = { done: 0, skipped: 0, failed: 0, suspect: 0 };
  #run = 0;
  #unfinished = 0;
  /** Why the run stopped before its end: the environment's fault, not an exposure's. */
  #stopped: string | null = null;

  constructor(settings: RunSettings, journal: Journal, workshop: string, layout: ReferenceLayout, control: RunControl) {
    this.#settings = settings;
    this.#journal = journal;
    this.#workshop = workshop;
    this.#layout = layout;
    this.#control = control;
  }

  async run(found: Found, decisions: readonly Decision[], hire: () => Pool, began: number): Promise<ExitCode> {
    const { settings, emit } = { settings: this.#settings, emit: this.#control.emit };
    const todo = decisions.filter((each) => each.correct);
    this.#run = this.#journal.begin({
      command: settings.command,
      tool: VERSION,
      threads: settings.threads,
      recipe: settings.recipe,
      references: this.#layout.files.map(({ role, path: file, hash }) => ({ role, name: path.basename(file), hash })),
      outputFolder: settings.out,
      inlineSeconds: settings.inlineSeconds,
    });
    const bytes = todo.reduce((sum, decision) => sum + decision.bytes, 0);
    const exposures = todo.length + found.unusable.length;
    emit({ event: 'started', run: this.#run, exposures, bytes, threads: settings.threads });
    for (const outcome of found.unusable) this.#take(outcome);
    for (const decision of decisions) if (!decision.correct) this.#take(decision.outcome);

    if (todo.length > 0) await this.#correct(todo, hire());
    const exit = this.#exitCode();
    await this.#conclude(exit, todo.length);
    emit({ event: 'finished', run: this.#run, exit, ...this.#totals, seconds: (performance.now() - began) / 1000 });
    return exit;
  }

  /** Sends the exposures through the pool: one more than there are threads, so that none waits for work. */
  async #correct(todo: readonly (Decision & { correct: true })[], pool: Pool): Promise<void> {
    try {
      const outcomes = inFlight(this.#untilStopped(todo), pool.threads + 1, async ({ job, unknown }) => {
        const began = performance.now();
        const temporary = path.join(this.#workshop, `${process.pid}-${this.#unfinished++}${UNFINISHED}`);
        const outcome = await pool.correct({
          job,
          temporary,
          final: path.join(this.#settings.out, job.output),
          unknown,
        });
        return withWait(outcome, performance.now() - began);
      });
      for await (const outcome of outcomes) this.#take(outcome);
    } finally {
      await pool.close();
    }
  }

  *#untilStopped<Item>(items: readonly Item[]): Generator<Item> {
    for (const item of items) {
      if (this.#control.signal.aborted || this.#stopped !== null) return;
      yield item;
    }
  }

  /** Records an outcome and tells it. Trouble with disk or journal is nobody's fault but stops the run: resume goes on. */
  #take(outcome: Outcome): void {
    if (outcome.status === 'failed' && outcome.fault.kind === 'disk') {
      this.#stop(outcome.fault.message);
      return;
    }
    try {
      this.#journal.record(outcome, this.#run, this.#keyOf(outcome));
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

  #exitCode(): ExitCode {
    if (this.#stopped !== null) return 3;
    if (this.#control.signal.aborted) return this.#control.signal.reason as ExitCode;
    return this.#totals.failed > 0 ? 2 : 0;
  }

  /** Ends the run in the journal, and makes the reports again when there is anything new to report. */
  async #conclude(exit: ExitCode, corrected: number): Promise<void> {
    try {
      this.#journal.finish(this.#run, exit);
      if (corrected + this.#totals.failed > 0) await writeReports(this.#journal, this.#settings.out);
    } catch (error) {
      // A full disk has been told already; the reports can be made again at any time.
      if (this.#stopped === null) throw error;
    }
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
