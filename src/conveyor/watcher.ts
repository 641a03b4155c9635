/**
 * One watch from its start to its end: leads what the intake offers down the conveyor, keeps people and monitors informed
 * every second, makes reports now and then, and decides when it is time to stop.
 */

import fs from 'node:fs/promises';
import type { WatchSettings } from '../correct/settings.ts';
import { sameNames } from '../files/folding.ts';
import { Intake } from '../intake/arrivals.ts';
import { JournalTrouble } from '../journal/trouble.ts';
import type { ExitCode, RunControl, RunEvent, Status } from '../model/events.ts';
import type { Job, Outcome } from '../model/outcome.ts';
import { Conveyor, type Order } from './conveyor.ts';
import { Lookup } from './lookup.ts';
import type { OutputFolder } from './output-folder.ts';
import { Pauses } from './pauses.ts';
import type { Pool } from './pool.ts';
import { scanOptions } from './prepare.ts';
import { type GateOptions, ReferenceGate } from './reference-gate.ts';
import { Renewal } from './renewal.ts';
import { StatusFile } from './status-file.ts';
import type { Supply } from './supply.ts';
import { Timers } from './timers.ts';
import { WatchFigures } from './watch-figures.ts';

/** `show`: called every second with how it goes, for people who look on. */
export interface WatchControl extends RunControl {
  show(status: Status): void;
  /** The settings as recipe and command line have them now. @throws Refusal */
  settings(): Promise<WatchSettings>;
  /** `hear` is called when somebody asks for references to be read again. */
  onRenewal(hear: () => void): void;
}

/** The status file is written every so many ticks. */
const HEARTBEAT = 5;

/** The report is made again after so long at least, and so that it takes at most this part of the time, ms. */
const REPORT_EVERY = 30_000;
const REPORT_SHARE = 1 / 50;

/** And after so long at most, also when nothing was corrected: an older page is that of a watch that died, ms. */
const REPORT_AT_LEAST = 10 * 60_000;

/** Nothing has arrived for so long where a watch has time to spare, ms. */
const IDLE = 5000;

/** How long a file that looks preallocated stands still beyond the settle time, ms. */
const HOLLOW = 30_000;

export class Watcher implements RunControl {
  readonly #settings: WatchSettings;
  readonly #control: WatchControl;
  /** Aborted with the exit code for who asked from outside, 0 for the stop file and for having been idle. */
  readonly #stop = new AbortController();
  readonly #figures: WatchFigures;
  readonly #pauses: Pauses;
  readonly #gate: ReferenceGate;
  readonly #statusFile: StatusFile;
  readonly #renewal: Renewal;
  readonly #conveyor: Conveyor;
  readonly #intake: Intake;
  readonly #lookup: Lookup;
  /** Real paths. */
  readonly #folders: readonly string[];
  /** What the intake found besides exposures that arrive; it does not wait for the journal. */
  readonly #unusable: Outcome[] = [];
  readonly #skipped: Job[] = [];
  #ticks = 0;
  /** The first one is made as soon as there is something to report. */
  #reportAt = clock();
  #reportedAt = clock();
  #reporting: Promise<void> = Promise.resolve();
  #looking: Promise<void> | null = null;
  /** Ends the timing of inline corrections that is going on. */
  #timing: AbortController | null = null;
  #timingInline: Promise<void> = Promise.resolve();
  #ended = false;

  /**
   * Begins a run in the journal. `folders`: those that are watched, by their real paths.
   * @throws JournalTrouble
   */
  constructor(
    settings: WatchSettings,
    folders: readonly string[],
    folder: OutputFolder,
    { supply, check }: { readonly supply: Supply; readonly check: GateOptions['check'] },
    control: WatchControl,
  ) {
    this.#settings = settings;
    this.#folders = folders;
    this.#control = control;
    this.#figures = new WatchFigures(settings.threads, clock);
    const stop = (): void => this.#stop.abort(control.signal.reason);
    if (control.signal.aborted) stop();
    else control.signal.addEventListener('abort', stop, { once: true });

    const emit = (event: RunEvent): void => this.emit(event);
    this.#pauses = new Pauses({
      folder,
      minFree: settings.minFree,
      signal: this.signal,
      emit,
      isFinal: (outcome) => this.#intake.took(outcome),
      held: () => this.#gate.reason,
      returned: () => {
        emit({
          event: 'note',
          message: `${settings.out}: is there again, on another device; what is done is looked up`,
        });
        this.#intake.doubt();
      },
    });
    this.#statusFile = new StatusFile(settings, folder, { atHome: () => this.#pauses.atHome(), emit });
    this.#renewal = new Renewal({
      ...{ settings, supply, emit },
      workshop: () => folder.workshop,
      ask: () => control.settings(),
      held: () => this.#gate.reason !== null,
      renewed: () => this.#gate.renewed(),
    });
    control.onRenewal(() => void this.#renewal.renew());
    this.#conveyor = new Conveyor(settings, folder, supply, this, this.#pauses);
    this.#gate = new ReferenceGate({
      check,
      tell: (found) => this.#conveyor.takeReferenceChecks(found),
      way: `replace the file and give darkroom reload ${settings.out}, or stop the watch and start it again with that mended`,
    });
    this.#lookup = new Lookup(settings, folders, supply.question, folder.journal, (trouble) =>
      this.#pauses.overcome(trouble),
    );
    const { settle, settleStack, giveUp, poll } = settings;
    this.#intake = new Intake(
      {
        ...scanOptions(settings),
        sameNames: sameNames(folder.home.folding),
        poll,
        clock,
        rules: { quiet: settle, quietStack: settleStack, hollow: HOLLOW, giveUp },
      },
      {
        standing: (job, identity) => this.#lookup.standing(job, identity),
        skipped: (job) => void this.#skipped.push(job),
        unusable: (outcome) => void this.#unusable.push(outcome),
        say: (message) => emit({ event: 'note', message }),
      },
    );
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  emit(event: RunEvent): void {
    this.#figures.hear(event);
    this.#control.emit(event);
  }

  /** Watches the folders until it is stopped. */
  async run(pool: Pool): Promise<ExitCode> {
    this.#conveyor.announce(0, 0);
    this.signal.addEventListener('abort', () => void this.#intake.close(), { once: true });
    const timers = new Timers(
      () => this.#beat(),
      () => this.#stop.abort(3),
    );
    try {
      timers.start();
      const correcting = this.#conveyor.correct(this.#orders(), pool);
      await this.#intake.start(this.#folders);
      await correcting;
    } finally {
      await timers.stop();
      await this.#intake.close();
    }
    await this.#tellAsides();
    this.#timing?.abort();
    await this.#timingInline;
    await this.#reporting;
    const exit = await this.#finished();
    this.#ended = true;
    // The last event is that of the end.
    await this.#statusFile.write(this.#status(), false);
    return exit;
  }

  /** On a full disk the end is not recorded: everything else is, and the next start goes on. */
  async #finished(): Promise<ExitCode> {
    try {
      return await this.#conveyor.finish();
    } catch (error) {
      if (!(error instanceof JournalTrouble)) throw error;
      this.emit({ event: 'note', message: error.message });
      return (this.signal.reason as ExitCode) || 3;
    }
  }

  async *#orders(): AsyncGenerator<Order> {
    for await (const arrival of this.#intake) {
      const decision = await this.#lookup.decide(arrival.job);
      if (decision.correct) {
        await this.#gate.pass(arrival.job);
        yield arrival;
      } else await this.#conveyor.take(decision.outcome);
    }
  }

  async #tellAsides(): Promise<void> {
    for (const outcome of this.#unusable.splice(0)) await this.#conveyor.take(outcome);
    const skipped = this.#skipped.splice(0);
    this.#conveyor.skip(skipped);
    this.#figures.skip(skipped.length);
  }

  // Every second: what people see; now and then the status file and the report; whether to stop.

  async #beat(): Promise<void> {
    await this.#tellAsides();
    this.#lookHome();
    this.#renewal.look();
    const status = this.#status();
    this.#control.show(status);
    const warning = this.#figures.fallingBehind(status);
    if (warning !== null) this.emit({ event: 'note', message: warning });
    if (this.#ticks++ % HEARTBEAT === 0) await this.#statusFile.write(status);
    if (this.#pauses.reason === null && clock() > this.#reportAt && (await this.#pauses.atHome())) this.#report();
    this.#timeInline();
    await this.#considerStopping();
  }

  /** Also when there is nothing to write just now. Not waited for: a dead share keeps its answer for minutes. */
  #lookHome(): void {
    this.#looking ??= this.#pauses.atHome().then(() => {
      this.#looking = null;
    });
  }

  async #considerStopping(): Promise<void> {
    const { stopFile, untilIdle } = this.#settings;
    if (this.signal.aborted) return;
    if (stopFile !== null && (await isThere(stopFile))) {
      this.emit({ event: 'note', message: `${stopFile}: found; stopping` });
      this.#stop.abort(0);
    }
    const { settling, stuck, waiting, underWay } = this.#intake.counts;
    if (untilIdle === null || this.#pauses.reason !== null || clock() < this.#intake.news + untilIdle) return;
    if (waiting + underWay + settling - stuck > 0) return;
    // What is incomplete still gets its name on the list of the failed.
    if (stuck > 0) this.#intake.giveUp();
    else this.#stop.abort(0);
  }

  /** While nothing arrives; whatever does arrive ends it. */
  #timeInline(): void {
    const { settling, waiting, underWay } = this.#intake.counts;
    const busy = waiting + underWay + settling > 0 || this.#pauses.reason !== null || this.signal.aborted;
    if (busy) this.#timing?.abort();
    if (busy || this.#timing !== null || clock() < this.#intake.news + IDLE) return;
    const timing = new AbortController();
    this.#timing = timing;
    this.#timingInline = this.#conveyor.timeInline(timing.signal).then(() => {
      this.#timing = null;
    });
  }

  /** Beside everything else; never twice at once. */
  #report(): void {
    const began = clock();
    this.#reportAt = Number.POSITIVE_INFINITY;
    this.#reporting = this.#conveyor.report(began > this.#reportedAt + REPORT_AT_LEAST).then((made) => {
      if (made) this.#reportedAt = began;
      const pause = made ? Math.max(REPORT_EVERY, (clock() - began) / REPORT_SHARE) : 0;
      this.#reportAt = clock() + Math.min(REPORT_AT_LEAST, pause);
    });
  }

  get #state(): Status['state'] {
    if (this.#ended) return 'stopped';
    if (this.signal.aborted) return 'stopping';
    return this.#pauses.reason === null ? 'watching' : 'paused';
  }

  #status(): Status {
    return this.#figures.status(
      this.#statusFile.sequence,
      this.#state,
      this.#pauses.reason,
      this.#intake.counts,
      this.#conveyor.camera,
    );
  }
}

const clock = (): number => performance.now();

const isThere = async (file: string): Promise<boolean> => (await fs.stat(file).catch(() => null)) !== null;
