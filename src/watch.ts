/**
 * Correcting beside acquisition: `watch` leads exposures from the intake down the conveyor as they arrive, until it is
 * stopped. What `run` stops over, it waits out.
 *
 *     arrived -> settled -> already done? -> conveyor (pool -> journal -> events) -> report
 *                   ^------- changed, or cut short after all -------'
 */

import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Conveyor, type Order } from './conveyor.ts';
import { type Decision, decider } from './decide.ts';
import type { ExitCode, RunControl, RunEvent, Status } from './events.ts';
import { Figures } from './figures.ts';
import { writeWhole } from './files.ts';
import { Intake } from './intake/watch.ts';
import { JournalTrouble } from './journal/trouble.ts';
import { type Job, type Outcome, Refusal } from './outcome.ts';
import { type OutputFolder, openOutputFolder } from './output-folder.ts';
import { Pauses } from './pauses.ts';
import { Pool } from './pool/pool.ts';
import { prepare, scanOptions, workerStart } from './run.ts';
import type { WatchSettings } from './settings.ts';

/** `show`: called every second with how it goes, for people who look on. */
export interface WatchControl extends RunControl {
  show(status: Status): void;
}

/** ms. */
const SECOND = 1000;

/** The status file is written every so many seconds. */
const HEARTBEAT = 5;

/** The report is made again after so long at least, and so that it takes at most this part of the time, ms. */
const REPORT_EVERY = 60_000;
const REPORT_SHARE = 1 / 50;

/** How long a file that looks preallocated stands still beyond the settle time, ms. */
const HOLLOW = 30_000;

/**
 * Corrects what is there and what arrives in the folders until it is stopped.
 * @throws Refusal before any exposure is touched, when options, references or folders are wrong
 */
export async function watch(settings: WatchSettings, control: WatchControl): Promise<ExitCode> {
  const folders = await realFolders(settings);
  const start = workerStart(settings);
  const { layout, notes } = await prepare(settings, [], start);
  for (const message of [...notes, ...(await unseenShares(settings, folders))])
    control.emit({ event: 'note', message });
  const folder = openOutputFolder(settings);
  try {
    const session = new Session(settings, folder, control);
    const pool = new Pool(start, { threads: settings.threads, background: true });
    try {
      return await session.run(
        folders,
        pool,
        new Conveyor(settings, folder, layout, session, session.pauses),
        layout.files,
      );
    } finally {
      await pool.close();
    }
  } finally {
    folder.close();
  }
}

/** @throws Refusal when one is no folder, or the output folder; or the stop file is there already */
async function realFolders({ inputs, out, stopFile }: WatchSettings): Promise<string[]> {
  const folders: string[] = [];
  for (const input of inputs) {
    const there = await fs.stat(input).catch((error: NodeJS.ErrnoException) => {
      const found = error.code === 'ENOENT' ? 'there is no such folder' : `cannot be looked at (${error.code})`;
      throw new Refusal(`${input}: ${found}; check the path`, { cause: error });
    });
    if (!there.isDirectory())
      throw new Refusal(`${input}: is a file, expected a folder to watch; for single files use darkroom run`);
    const real = await fs.realpath(input);
    if (real === (await fs.realpath(out).catch(() => out)))
      throw new Refusal(
        `${input}: is the output folder itself; name the folder of the raw exposures, or another --out`,
      );
    folders.push(real);
  }
  if (stopFile !== null && (await isThere(stopFile)))
    throw new Refusal(`--stop-file ${stopFile}: is there already; remove it first`);
  return folders;
}

/** `statfs` types of NFS, SMB1, CIFS and SMB2: the system tells nothing of what another computer writes there. */
const SHARES = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

async function unseenShares({ poll }: WatchSettings, folders: readonly string[]): Promise<string[]> {
  if (poll > 0) return [];
  const types = await Promise.all(folders.map((each) => fs.statfs(each).then(({ type }) => type >>> 0)));
  return folders
    .filter((_, i) => SHARES.has(types[i]!))
    .map(
      (each) =>
        `${each}: is on a share, where files that other computers write are seen every 30 s only; give --poll 2`,
    );
}

/** What the intake finds besides exposures that arrive. */
interface Asides {
  readonly unusable: Outcome[];
  readonly skipped: Job[];
}

class Session implements RunControl {
  readonly pauses: Pauses;
  readonly #settings: WatchSettings;
  readonly #folder: OutputFolder;
  readonly #control: WatchControl;
  /** Aborted with the exit code for who asked from outside, 0 for the stop file and for having been idle. */
  readonly #stop = new AbortController();
  readonly #figures: Figures;
  readonly #started = new Date().toISOString();
  #intake: Intake | null = null;
  #sequence = 0;
  #beats = 0;
  #reportAt = clock() + REPORT_EVERY;
  #reporting: Promise<void> = Promise.resolve();
  #ended = false;
  #saidStatus = false;

  constructor(settings: WatchSettings, folder: OutputFolder, control: WatchControl) {
    this.#settings = settings;
    this.#folder = folder;
    this.#control = control;
    this.#figures = new Figures(settings.threads, clock);
    this.pauses = new Pauses({
      home: folder.home,
      minFree: settings.minFree,
      signal: this.signal,
      emit: (event) => this.emit(event),
      isFinal: (outcome) => this.#intake?.took(outcome) ?? true,
    });
    const stop = (): void => this.#stop.abort(control.signal.reason);
    if (control.signal.aborted) stop();
    else control.signal.addEventListener('abort', stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  emit(event: RunEvent): void {
    this.#figures.hear(event);
    this.#control.emit(event);
  }

  async run(
    folders: readonly string[],
    pool: Pool,
    conveyor: Conveyor,
    files: Parameters<typeof decider>[0]['files'],
  ): Promise<ExitCode> {
    const { journal } = this.#folder;
    const seen = { get: (output: string) => journal.seenOf(output) };
    const decide = decider({ ...this.#settings, files, seen });
    const { settle, settleStack, giveUp, poll } = this.#settings;
    /** Told by the intake, which does not wait for the journal. */
    const asides: Asides = { unusable: [], skipped: [] };
    const intake = new Intake(
      {
        ...scanOptions(this.#settings),
        poll,
        clock,
        rules: { quiet: settle, quietStack: settleStack, hollow: HOLLOW, giveUp },
      },
      {
        isDone: async (job) => {
          const decision = await this.#decided(decide, job);
          if (decision.correct || decision.outcome.status !== 'skipped') return false;
          asides.skipped.push(job);
          return true;
        },
        unusable: (outcome) => void asides.unusable.push(outcome),
        say: (message) => this.emit({ event: 'note', message }),
      },
    );
    this.#intake = intake;
    conveyor.announce(0, 0);
    this.signal.addEventListener('abort', () => void intake.close(), { once: true });
    const beats = new Beats(
      () => this.#beat(intake, conveyor, asides),
      () => this.#stop.abort(3),
    );
    try {
      beats.start();
      const correcting = conveyor.correct(this.#orders(intake, decide, conveyor), pool);
      await intake.start(folders);
      await correcting;
    } finally {
      await beats.stop();
      await intake.close();
    }
    await this.#tellAsides(conveyor, asides);
    await this.#reporting;
    const exit = await this.#finished(conveyor);
    this.#ended = true;
    await this.#writeStatus(this.#status(intake));
    return exit;
  }

  /** On a full disk the end is not recorded: everything else is, and the next start goes on. */
  async #finished(conveyor: Conveyor): Promise<ExitCode> {
    try {
      return await conveyor.finish();
    } catch (error) {
      if (!(error instanceof JournalTrouble)) throw error;
      this.emit({ event: 'note', message: error.message });
      return (this.signal.reason as ExitCode) || 3;
    }
  }

  async *#orders(intake: Intake, decide: (job: Job) => Promise<Decision>, conveyor: Conveyor): AsyncGenerator<Order> {
    for await (const arrival of intake) {
      const decision = await this.#decided(decide, arrival.job);
      if (decision.correct) yield { ...arrival, unknown: decision.unknown };
      else await conveyor.take(decision.outcome);
    }
  }

  /** A journal that cannot be read just now is waited for. */
  async #decided(decide: (job: Job) => Promise<Decision>, job: Job): Promise<Decision> {
    for (;;) {
      try {
        return await decide(job);
      } catch (error) {
        if (!(error instanceof JournalTrouble)) throw error;
        if (!(await this.pauses.overcome(error.message)))
          return { job, correct: false, outcome: { status: 'skipped', ...job, reason: 'stopping' } };
      }
    }
  }

  async #tellAsides(conveyor: Conveyor, { unusable, skipped }: Asides): Promise<void> {
    for (const outcome of unusable.splice(0)) await conveyor.take(outcome);
    const found = skipped.splice(0);
    conveyor.skip(found);
    this.#figures.skip(found.length);
  }

  // Every second: what people see; now and then the status file and the report; whether to stop.

  async #beat(intake: Intake, conveyor: Conveyor, asides: Asides): Promise<void> {
    await this.#tellAsides(conveyor, asides);
    const status = this.#status(intake);
    this.#control.show(status);
    const warning = this.#figures.fallingBehind(status);
    if (warning !== null) this.emit({ event: 'note', message: warning });
    if (this.#beats++ % HEARTBEAT === 0) await this.#writeStatus(status);
    if (this.pauses.reason === null && clock() > this.#reportAt && (await this.pauses.atHome())) this.#report(conveyor);
    await this.#considerStopping(intake);
  }

  async #considerStopping(intake: Intake): Promise<void> {
    const { stopFile, untilIdle } = this.#settings;
    if (this.signal.aborted) return;
    if (stopFile !== null && (await isThere(stopFile))) {
      this.emit({ event: 'note', message: `${stopFile}: found; stopping` });
      this.#stop.abort(0);
    }
    const { settling, stuck, waiting, underWay } = intake.counts;
    if (untilIdle === null || this.pauses.reason !== null || clock() < intake.news + untilIdle) return;
    if (waiting + underWay + settling - stuck > 0) return;
    // What is incomplete still gets its name on the list of the failed.
    if (stuck > 0) intake.giveUp();
    else this.#stop.abort(0);
  }

  /** Beside everything else; never twice at once. */
  #report(conveyor: Conveyor): void {
    const began = clock();
    this.#reportAt = Number.POSITIVE_INFINITY;
    this.#reporting = conveyor.report().then(() => {
      this.#reportAt = clock() + Math.max(REPORT_EVERY, (clock() - began) / REPORT_SHARE);
    });
  }

  #status(intake: Intake): Status {
    const now = intake.counts;
    const state = this.#ended
      ? 'stopped'
      : this.signal.aborted
        ? 'stopping'
        : this.pauses.reason !== null
          ? 'paused'
          : 'watching';
    return {
      version: 1,
      sequence: this.#sequence,
      state,
      reason: this.pauses.reason,
      host: os.hostname(),
      pid: process.pid,
      started: this.#started,
      updated: new Date().toISOString(),
      counts: this.#figures.counts(now),
      delays: this.#figures.delays,
      arrivalsPerMinute: this.#figures.arrivalsPerMinute(now.arrived),
      capacityPerMinute: this.#figures.capacityPerMinute,
      lastErrors: this.#figures.lastErrors,
    };
  }

  async #writeStatus(status: Status): Promise<void> {
    const { statusFile, out } = this.#settings;
    const said = { ...status, sequence: this.#sequence++ };
    const inside = !path.relative(out, statusFile).startsWith('..');
    try {
      if (inside && !(await this.pauses.atHome())) return;
      writeWhole(
        statusFile,
        `${JSON.stringify(said, null, 2)}\n`,
        inside ? this.#folder.workshop : path.dirname(statusFile),
      );
      this.#saidStatus = false;
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (!syscall) throw error;
      if (!this.#saidStatus)
        this.emit({ event: 'note', message: `${statusFile}: cannot be written (${code}); going on` });
      this.#saidStatus = true;
    } finally {
      // The last event is that of the end.
      if (!this.#ended) this.emit({ event: 'status', status: said });
    }
  }
}

/** Calls `beat` every second, never twice at once; what it throws comes out of `stop`. */
class Beats {
  readonly #beat: () => Promise<void>;
  readonly #failed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(beat: () => Promise<void>, failed: () => void) {
    this.#beat = beat;
    this.#failed = failed;
  }

  start(): void {
    this.#beating = this.#go();
    this.#beating.catch(() => this.#failed());
  }

  async #go(): Promise<void> {
    while (!this.#stopped) {
      await this.#beat();
      if (this.#stopped) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#timer = setTimeout(resolve, SECOND);
      });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#wake();
    await this.#beating;
  }
}

const clock = (): number => performance.now();

const isThere = async (file: string): Promise<boolean> => (await fs.stat(file).catch(() => null)) !== null;
