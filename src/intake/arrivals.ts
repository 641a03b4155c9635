/**
 * Exposures as they arrive, each once it is whole, oldest first: an async iterable for the conveyor. What is there is the
 * business of `tree.ts`, when a file is whole that of `settle.ts`, how far each is that of `register.ts`; here are the
 * rounds of looks that lead every file from the one to the other.
 */

import { notRead } from '../formats/foreign.ts';
import { type Job, type Look, type Outcome, sameLook } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { Alarm } from './alarm.ts';
import type { File } from './file.ts';
import { inHandfuls } from './in-flight.ts';
import { lookAt, lookInside } from './look.ts';
import { Register, type RegisterListener } from './register.ts';
import type { ScanOptions } from './scan.ts';
import type { SettleRules } from './settle.ts';
import { Sweep } from './sweep.ts';
import { Tree, type TreeOptions } from './tree.ts';

export interface IntakeOptions extends ScanOptions, Pick<TreeOptions, 'poll' | 'clock'> {
  readonly rules: SettleRules;
  readonly sameNames: (output: string) => string;
}

export interface IntakeListener extends Omit<RegisterListener, 'wake'> {
  say(message: string): void;
}

/** An exposure that is whole, or given up. Times of the intake's clock, ms. */
export interface Arrival {
  readonly job: Job;
  /** What was seen of it: should it look otherwise when it is opened, it is not whole after all. */
  readonly look: Look;
  /** When its last change was seen. */
  readonly arrived: number;
  /** When it was found to be whole. */
  readonly settled: number;
}

export class Intake implements AsyncIterable<Arrival> {
  readonly #options: IntakeOptions;
  readonly #listener: IntakeListener;
  readonly #alarm: Alarm;
  readonly #register: Register;
  readonly #tree: Tree<File>;
  readonly #sweep: Sweep;
  readonly #doubted = new Set<File>();
  #closed = false;
  /** Thrown by the rounds, it comes out of the iteration. */
  #bug: unknown = null;

  constructor(options: IntakeOptions, listener: IntakeListener) {
    this.#options = options;
    this.#listener = listener;
    this.#alarm = new Alarm(options.clock);
    const wake = (): void => this.#alarm.ring();
    this.#register = new Register(options, { ...listener, wake });
    this.#tree = new Tree(options, {
      found: (folder, name, identity) => this.#register.found(folder, name, identity),
      touched: (file) => this.#register.touch(file),
      gone: (file) => this.#register.gone(file),
      unusable: listener.unusable,
      say: listener.say,
      wake,
    });
    this.#sweep = new Sweep(this.#tree);
  }

  /** Finds what is there in these folders (real paths), then goes on looking until it is closed. */
  async start(folders: readonly string[]): Promise<void> {
    for (const folder of folders) await this.#tree.add(folder);
    const next = await this.#tree.refresh();
    for (const [extension, count] of this.#tree.unsupported) this.#listener.say(notRead(extension, count));
    for (const note of this.#tree.patternNotes) this.#listener.say(note);
    this.#work(next).catch((error: unknown) => {
      this.#bug = error;
      return this.close();
    });
  }

  get counts(): Register['counts'] {
    return this.#register.counts;
  }

  /** When something last arrived or changed. */
  get news(): number {
    return this.#register.news;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Arrival> {
    const { ready } = this.#register;
    for (;;) {
      const file = ready.oldest();
      if (file) {
        if (await this.#stillWhole(file)) yield this.#send(file);
      } else if (this.#closed) {
        if (this.#bug !== null) throw this.#bug;
        return;
      } else {
        await ready.news();
      }
    }
  }

  #send(file: File): Arrival {
    const { look, since } = file.settling!;
    this.#register.send(file);
    return { job: file.job, look, arrived: since, settled: file.wholeAt };
  }

  /** What became of an exposure; false when it is not the last word, and the exposure will come again. */
  took(outcome: Outcome): boolean {
    return this.#register.took(outcome);
  }

  /** Those that are incomplete have failed now, not later: nothing more is waited for. */
  giveUp(): void {
    this.#register.giveUp();
  }

  /** What was done may be undone: it is asked again of every file that is finished, or under way. */
  doubt(): void {
    for (const { names } of this.#tree.folders)
      for (const file of names.values())
        if (file?.state === 'finished' || file?.state === 'under way') this.#doubted.add(file);
    this.#alarm.ring();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#register.ready.clear();
    this.#alarm.ring();
    await this.#tree.close();
  }

  /** Rounds: listings, looks at what is unfinished, some looks at what is finished. */
  async #work(first: number): Promise<void> {
    let next = first;
    while (!this.#closed) {
      const due = Math.min(next, await this.#lookAtUnfinished());
      await inHandfuls([...this.#doubted], (file) => this.#reconsider(file));
      await this.#lookAtAll(this.#sweep.next(this.#options.clock(), this.#register.finished));
      await this.#alarm.sleep(Math.min(due, this.#sweep.due));
      if (!this.#closed) next = await this.#tree.refresh();
    }
  }

  /** Returns when the next one is due. */
  async #lookAtUnfinished(): Promise<number> {
    const { poll, clock } = this.#options;
    const { unfinished } = this.#register;
    const now = clock();
    const touched = this.#register.takeTouched();
    const due = [...unfinished]
      .filter((file) => !this.#tree.isAway(file.folder) && !file.touched && this.#isDue(file, now))
      .sort((a, b) => a.look.mtimeMs - b.look.mtimeMs);
    await this.#lookAtAll([...touched, ...due]);
    let next = poll > 0 && unfinished.size > 0 ? now + poll : Number.POSITIVE_INFINITY;
    for (const file of unfinished) if (!this.#tree.isAway(file.folder)) next = Math.min(next, file.settling!.due);
    return next;
  }

  #isDue({ settling }: File, now: number): boolean {
    // Without events every look is ours.
    return settling!.due <= now || this.#options.poll > 0 || this.#register.isGivenUpNow(settling!);
  }

  #lookAtAll(files: readonly File[]): Promise<void> {
    return inHandfuls(files, (file) => this.#lookAt(file));
  }

  async #lookAt(file: File): Promise<void> {
    file.touched = false;
    if (file.state === 'gone' || file.state === 'ready') return;
    if (file.state === 'under way') {
      file.touched = true;
      return;
    }
    const look = await this.#see(file);
    if (look === null) return;
    if (file.state === 'finished') {
      if (!sameLook(look, file.look)) this.#register.changed(file, look);
      return;
    }
    if (!this.#register.seen(file, look) && (await this.#isReady(file))) this.#register.makeReady(file);
  }

  async #reconsider(file: File): Promise<void> {
    if (file.state === 'under way') return;
    this.#doubted.delete(file);
    if (file.state !== 'finished') return;
    const { done } = await this.#listener.standing(file.job);
    if (!done) this.#register.changed(file, file.look);
  }

  async #isReady({ settling, job }: File): Promise<boolean> {
    const now = this.#options.clock();
    const last = this.#register.isLast(settling!);
    if (settling!.due > now && !this.#register.isGivenUpNow(settling!)) return false;
    return settling!.incomplete || last || settling!.ready(now, await lookInside(job.input));
  }

  /** Null when it cannot be seen just now; a listing tells whether it is gone. */
  async #see({ job, folder, settling }: File): Promise<Look | null> {
    try {
      // One that was replaced may be found some seconds late: that is no reason to open each that is finished.
      return await lookAt(job.input, this.#options.poll > 0 && settling !== null);
    } catch (error) {
      if (!systemError(error)) throw error;
      const now = this.#options.clock();
      this.#tree.hint(folder.path, null);
      // What may be looked at but not opened is the worker's to tell, when it is given up.
      if (settling?.givenUp(now)) return settling.look;
      settling?.unread(now);
      return null;
    }
  }

  /** It may have waited for long: a last look before it is sent. */
  async #stillWhole(file: File): Promise<boolean> {
    if (file.state !== 'ready') return false;
    file.state = 'settling';
    const look = await this.#see(file);
    if ((file.state as File['state']) === 'gone') return false;
    if (look !== null && !this.#register.seen(file, look)) return true;
    this.#register.settle(file, file.settling!);
    return false;
  }
}
