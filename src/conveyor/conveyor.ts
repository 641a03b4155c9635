/**
 * The conveyor: takes exposures through the pool into the journal, tells what becomes of them, and ends with the report.
 * Where the exposures come from is not its business; what stops a run early is decided here and nowhere else.
 */

import path from 'node:path';
import type { CopyTask } from '../correct/copy.ts';
import { recipeKey } from '../correct/recipe.ts';
import type { RunSettings } from '../correct/settings.ts';
import { UNFINISHED } from '../files/input-file.ts';
import { inFlight } from '../intake/in-flight.ts';
import { asRecorded } from '../journal/rows.ts';
import { JournalTrouble } from '../journal/trouble.ts';
import { crashFault } from '../model/crash.ts';
import type { CameraVerdict, ExitCode, RunControl } from '../model/events.ts';
import { Fault, type FaultKind, failed, type Job, type Look, lookOf, type Outcome } from '../model/outcome.ts';
import { VERSION } from '../model/version.ts';
import type { KnownSet } from '../references/known-set.ts';
import { Attempts } from './attempts.ts';
import { exitCode, reasons } from './ending.ts';
import type { Said } from './first-exposures.ts';
import { InlineCosts } from './inline/inline-costs.ts';
import type { Lent } from './library.ts';
import { LoadSaver } from './load/load-saver.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Policy } from './policy.ts';
import type { Pool } from './pool.ts';
import { Reports } from './reports.ts';
import type { Supply } from './supply.ts';
import { SurveySaver } from './survey-saver.ts';

/** An exposure to be corrected. */
export interface Order {
  readonly job: Job;
  /** See `Task`. */
  readonly look?: Look;
  /** When it had arrived and when it was found to be whole, where it was waited for; ms of `performance.now`. */
  readonly arrived?: number;
  readonly settled?: number;
}

export class Conveyor {
  readonly #settings: RunSettings;
  readonly #folder: OutputFolder;
  readonly #supply: Supply;
  readonly #surveySaver: SurveySaver;
  readonly #reports: Reports;
  readonly #inlineCosts: InlineCosts;
  readonly #load: LoadSaver;
  readonly #control: RunControl;
  readonly #began = performance.now();
  readonly #run: number;
  readonly #policy: Policy;
  readonly #said = new Set<string>();
  readonly #totals = { done: 0, skipped: 0, suspect: 0, copied: 0, ignored: 0 };
  /** Inputs whose last word is a failure. */
  readonly #failed = new Set<string>();
  #elsewhere = 0;
  /** How many exposures became something in this run. */
  #recordings = 0;
  #unfinished = 0;
  /** Why the run stopped before its end: the environment's fault, not an exposure's. */
  #stopped: string | null = null;
  /** It stopped before a signal asked for it. */
  #stoppedFirst = false;

  /**
   * Begins a run in the journal.
   * @throws JournalTrouble
   */
  constructor(settings: RunSettings, folder: OutputFolder, supply: Supply, control: RunControl, policy: Policy) {
    this.#policy = policy;
    this.#settings = settings;
    this.#folder = folder;
    this.#supply = supply;
    supply.heard = (message) => control.emit({ event: 'note', message, level: 'information' });
    this.#control = control;
    this.#run = folder.journal.begin({
      command: settings.command,
      tool: VERSION,
      threads: settings.threads,
      recipe: settings.recipe,
      references: asRecorded(supply.fixed.layout.files),
      outputFolder: settings.out,
      inlineSeconds: settings.inlineSeconds,
      shard: settings.shard,
    });
    this.#surveySaver = new SurveySaver(supply.fixed, folder, policy, this.#run);
    this.#reports = new Reports({
      folder,
      out: settings.out,
      policy,
      surveySaver: this.#surveySaver,
      emit: (event) => control.emit(event),
    });
    this.#load = new LoadSaver(folder, policy, this.#run);
    this.#inlineCosts = new InlineCosts({
      settings,
      folder,
      run: this.#run,
      background: policy.besideAcquisition,
      emit: (event) => control.emit(event),
    });
  }

  /** Tells how much there is to do: exposures, and bytes of raw. `elsewhere`: exposures that are other shards'. */
  announce(exposures: number, bytes: number, elsewhere = 0): void {
    this.#elsewhere = elsewhere;
    this.#control.emit({ event: 'started', run: this.#run, exposures, bytes, threads: this.#settings.threads });
  }

  /** Reports what the first exposures say of the references, and keeps it in the journal. */
  async takeReferenceChecks(found: Said): Promise<void> {
    this.#control.emit({ event: 'references', ...found });
    // The journal has room for one verdict of each run.
    if (found.set !== undefined) return;
    for (;;) {
      try {
        if (await this.#policy.atHome()) this.#folder.journal.putReferenceChecks(this.#run, found);
        return;
      } catch (error) {
        if (!(error instanceof JournalTrouble)) throw error;
        if (!(await this.#policy.overcome(error.message))) return;
      }
    }
  }

  /** Sends exposures through the pool: one more than there are threads, so that none waits for work. */
  async correct(orders: Iterable<Order> | AsyncIterable<Order>, pool: Pool): Promise<void> {
    const outcomes = inFlight(this.#untilStopped(orders), pool.threads + 1, (order) => this.#correctOne(order, pool));
    for await (const outcome of outcomes) if (outcome !== null) await this.take(outcome);
  }

  /** A bug that it meets here, outside its thread, is its failure as well. */
  async #correctOne(order: Order, pool: Pool): Promise<Outcome | null> {
    try {
      return await this.#correctWhenClear(order, pool);
    } catch (error) {
      return failed(order.job, crashFault(error, order.job.input), null, null);
    }
  }

  /** Null: the run ends before it came to that. */
  async #correctWhenClear({ job, look, arrived, settled }: Order, pool: Pool): Promise<Outcome | null> {
    const began = settled ?? performance.now();
    const temporary = path.join(this.#folder.workshop, `${process.pid}-${this.#unfinished++}${UNFINISHED}`);
    const final = path.join(this.#settings.out, job.output);
    const attempts = new Attempts(() => this.#totals.done);
    for (;;) {
      if (!(await this.#policy.clear())) return null;
      const { home } = this.#folder;
      const outcome = await this.#attempt({ job, temporary, final, home, ...(look && { look }) }, pool);
      const trouble = troubleOf(outcome);
      if (trouble !== null) {
        if (await attempts.again(outcome, this.#control.signal)) continue;
        const own = attempts.ownFault(outcome);
        if (own) return own;
      }
      if (trouble === null || !(await this.#policy.overcome(trouble)))
        return withWaits(outcome, performance.now() - began, began - (arrived ?? began));
    }
  }

  /** Corrects an exposure with the references that are meant for it, or does what a rule says instead. */
  async #attempt(task: CopyTask, pool: Pool): Promise<Outcome> {
    const { job } = task;
    if (!this.#supply.chooses) return await this.#correctWith(null, task, pool);
    const looked = await pool.look(job);
    if (looked.status !== 'looked') return looked;
    const choice = await this.#supply.choose(job, looked);
    // The references are those of the file as it was just now.
    const seen = { look: lookOf(looked.identity), ...task };
    switch (choice.do) {
      case 'correct':
        return await this.#correctWith(choice.set, seen, pool);
      case 'copy': {
        // A copy keeps the name of its exposure, whatever --format says of outputs.
        const final = path.join(path.dirname(task.final), path.basename(job.input));
        return await pool.copy({ ...seen, final });
      }
      case 'ignore':
        return { status: 'skipped', ...job, reason: `ignored, ${choice.said}`, rule: 'ignored' };
      case 'fail':
        return failed(job, choice.fault, looked.identity, looked.exposure);
    }
  }

  async #correctWith(set: KnownSet | null, task: CopyTask, pool: Pool): Promise<Outcome> {
    let lent: Lent;
    try {
      lent = await this.#supply.lend(set);
    } catch (error) {
      if (error instanceof Fault) return failed(task.job, error, null, null);
      throw error;
    }
    try {
      const { layout } = lent;
      return await pool.correct({ ...task, layout, survey: this.#surveySaver.surveyFor(task.job.output, lent) });
    } finally {
      lent.giveBack();
    }
  }

  async *#untilStopped(orders: Iterable<Order> | AsyncIterable<Order>): AsyncGenerator<Order> {
    for await (const order of orders) {
      if (this.#control.signal.aborted || this.#stopped !== null) return;
      yield order;
    }
  }

  /** Records an outcome and tells it. What trouble with disk or journal means is a matter of policy. */
  async take(became: Outcome): Promise<void> {
    let outcome = became;
    let trouble = troubleOf(outcome);
    if (trouble === null) {
      if (!this.#policy.isFinal(outcome)) return;
      try {
        trouble = await this.#recorded(outcome);
      } catch (error) {
        // What no journal can hold is this exposure's failure; if that cannot be recorded either, the journal is the bug.
        if (outcome.status === 'skipped') throw error;
        outcome = failed(
          { input: outcome.input, output: outcome.output },
          crashFault(error, outcome.input),
          null,
          null,
        );
        trouble = await this.#recorded(outcome);
      }
    }
    if (trouble !== null) {
      this.#stop(trouble);
      return;
    }
    if (outcome.status === 'failed') this.#failed.add(outcome.input);
    else {
      this.#failed.delete(outcome.input);
      this.#totals[(outcome.status === 'skipped' && outcome.rule) || outcome.status]++;
    }
    if (outcome.status !== 'skipped') this.#recordings++;
    if (outcome.status === 'done') {
      this.#inlineCosts.hear(outcome.exposure);
      if (outcome.suspect.length > 0) this.#totals.suspect++;
      for (const note of outcome.notes) this.#tellOnce(note, outcome.input);
    }
    this.#control.emit({ event: 'outcome', outcome: withoutSample(outcome) });
    await this.#reports.keepSurvey();
    await this.#load.keepWhenDue();
  }

  /** Counts exposures that were found done already, many at a time: nobody wants to hear of each. */
  skip(skipped: readonly Job[]): void {
    for (const job of skipped)
      this.#folder.journal.record({ status: 'skipped', ...job, reason: 'already done' }, this.#run, '');
    this.#totals.skipped += skipped.length;
  }

  /** Null when it is in the journal; otherwise what could not be overcome. */
  async #recorded(outcome: Outcome): Promise<string | null> {
    for (;;) {
      let trouble = `${this.#settings.out}: is not where it was`;
      try {
        // A skipped exposure is counted, not written.
        if (outcome.status === 'skipped' || (await this.#policy.atHome())) {
          this.#folder.journal.record(outcome, this.#run, this.#keyOf(outcome));
          if (outcome.status === 'done') this.#policy.passed();
          return null;
        }
      } catch (error) {
        if (!(error instanceof JournalTrouble)) throw error;
        trouble = error.message;
      }
      if (!(await this.#policy.overcome(trouble))) return trouble;
    }
  }

  #stop(reason: string): void {
    if (this.#stopped === null) this.#control.emit({ event: 'note', message: `stopping: ${reason}` });
    this.#stopped ??= reason;
    this.#stoppedFirst ||= !this.#control.signal.aborted;
  }

  #note(message: string): void {
    this.#control.emit({ event: 'note', message });
  }

  #tellOnce(note: string, input: string): void {
    if (this.#said.has(note)) return;
    this.#said.add(note);
    this.#control.emit({
      event: 'note',
      message: `${note} (${path.basename(input)}, reported once)`,
      level: 'information',
    });
  }

  #keyOf(outcome: Outcome): string {
    if (outcome.status === 'skipped' || !outcome.exposure) return '';
    const files = outcome.status === 'done' ? outcome.references : undefined;
    return recipeKey(this.#settings.recipe, files ?? this.#supply.fixed.layout.files, outcome.exposure);
  }

  get camera(): CameraVerdict | null {
    return this.#reports.camera;
  }

  /** Makes the reports again; false when there was nothing new to report. `anyway`: so that they say that the run lives. */
  async report(anyway = false): Promise<boolean> {
    await this.#load.keepWhenDue();
    return this.#reports.make(this.#recordings, anyway);
  }

  /** Times what correcting inline would cost, for the report; at most 3 s, once for each kind of exposure. */
  timeInline(signal: AbortSignal): Promise<void> {
    return this.#inlineCosts.time(signal);
  }

  /** Ends the run in the journal, and makes the reports a last time. */
  async finish(): Promise<ExitCode> {
    await this.#reports.lastVerdict();
    const failed = this.#failed.size;
    const { notes, why } = reasons(
      { ...this.#totals, failed, camera: this.camera, elsewhere: this.#elsewhere },
      this.#settings,
    );
    for (const note of notes) this.#note(note);
    const exit = exitCode({ signal: this.#control.signal, stoppedFirst: this.#stoppedFirst, why });
    try {
      if (await this.#policy.atHome()) {
        this.#folder.journal.finish(this.#run, exit, await this.#reports.surveys());
        this.#load.end();
        if (exit === 0 || exit === 2) await this.timeInline(unlessAsked(this.#control.signal));
        // Where there was anything to report, so is the end.
        if (this.#recordings > 0) await this.report(true);
      }
    } catch (error) {
      // A full disk has been reported already; the reports can be made again at any time.
      if (this.#stopped === null) throw error;
    }
    const seconds = (performance.now() - this.#began) / 1000;
    this.#control.emit({
      event: 'finished',
      run: this.#run,
      exit,
      ...this.#totals,
      failed,
      seconds,
      why: exit === 2 ? why : [],
      camera: this.camera,
    });
    return exit;
  }
}

/** A watch that ends by itself has aborted its own signal with 0: that is nobody who waits for the end. */
const unlessAsked = (signal: AbortSignal): AbortSignal =>
  signal.aborted && signal.reason === 0 ? new AbortController().signal : signal;

/** Samples are for the journal. */
function withoutSample(outcome: Outcome): Outcome {
  if (outcome.status === 'skipped') return outcome;
  const { sample: _, ...rest } = outcome;
  return rest;
}

/** What is wrong with the disk or share of the output, where that is why an exposure failed. */
const troubleOf = (outcome: Outcome): string | null =>
  outcome.status === 'failed' && NOBODYS.has(outcome.fault.kind) ? outcome.fault.message : null;

const NOBODYS: ReadonlySet<FaultKind> = new Set(['disk', 'away', 'scarce']);

/**
 * What an exposure waited for a thread is what is left of its time when the thread's own is taken away. Both in ms: `since`
 * it was whole, and how long it took to `settle`.
 */
function withWaits(outcome: Outcome, since: number, settle: number): Outcome {
  if (outcome.status !== 'done') return outcome;
  const busy = Object.values(outcome.times).reduce((sum, micros) => sum + micros, 0);
  const wait = Math.max(0, Math.round(since * 1000) - busy);
  return { ...outcome, times: { ...outcome.times, wait, settle: Math.round(settle * 1000) } };
}
