/**
 * Every file that was found and how far it is. Looks and listings tell it what they saw; it asks for nothing itself, but
 * whether a file that is found is done already.
 *
 *     found -> settling -> ready -> under way -> finished
 *                 ^----------'----------'-----------' changed, cut short, not readable
 */

import path from 'node:path';
import { outputName } from '../formats/container.ts';
import { Fault, failed, type Identity, type Job, type Look, lookOf, type Outcome } from '../model/outcome.ts';
import { type File, Queue } from './file.ts';
import type { Folder } from './folder.ts';
import { isStack } from './look.ts';
import { relativeTo } from './name-rules.ts';
import { sameOutput } from './namesakes.ts';
import type { ScanOptions } from './scan.ts';
import { type SettleRules, Settling } from './settle.ts';

export interface RegisterOptions extends Pick<ScanOptions, 'format'> {
  readonly rules: SettleRules;
  /** Monotonic, ms. */
  readonly clock: () => number;
  /** Equal for outputs that are one file. */
  readonly sameNames: (output: string) => string;
}

/** How a file stands with the journal. */
export interface Standing {
  /** It is corrected already, and need not settle. */
  readonly done: boolean;
  /** The input that its output was made from, if that is still watched; else null. */
  readonly owner: string | null;
}

export interface RegisterListener {
  /** `identity`: where it was looked at just now. */
  standing(job: Job, identity?: Identity): Promise<Standing>;
  /** It was, when it was found. */
  skipped(job: Job): void;
  /** What cannot be an exposure, already failed. */
  unusable(outcome: Outcome): void;
  /** There is something to be looked at at once. */
  wake(): void;
}

export class Register {
  readonly #options: RegisterOptions;
  readonly #listener: RegisterListener;
  /** Those settling. */
  readonly unfinished = new Set<File>();
  readonly ready = new Queue();
  readonly #touched = new Set<File>();
  readonly #underWay = new Map<string, File>();
  /** Which input an output belongs to. */
  readonly #owners = new Map<string, string>();
  /** Inputs whose output belongs to another; said once. */
  readonly #refused = new Set<string>();
  #finished = 0;
  #arrived = 0;
  #news: number;
  #giveUpNow = false;

  constructor(options: RegisterOptions, listener: RegisterListener) {
    this.#options = options;
    this.#listener = listener;
    this.#news = options.clock();
  }

  get finished(): number {
    return this.#finished;
  }

  /** When something last arrived or changed. */
  get news(): number {
    return this.#news;
  }

  /** How many exposures are where. `stuck`: of those settling, how many were found to be cut short or cannot be read. */
  get counts(): { settling: number; stuck: number; waiting: number; underWay: number; arrived: number } {
    let stuck = 0;
    for (const { settling } of this.unfinished) if (settling?.stuck) stuck++;
    return {
      settling: this.unfinished.size,
      stuck,
      waiting: this.ready.length,
      underWay: this.#underWay.size,
      arrived: this.#arrived,
    };
  }

  /** Those that the system reported since the last call. */
  takeTouched(): File[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  /** What is to be kept for a file that was found; null: it is left out. */
  async found(folder: Folder<File>, name: string, identity: Identity): Promise<File | null> {
    const output = outputName(relativeTo(folder, name), this.#options.format);
    const job = { input: path.join(folder.path, name), output };
    // The output belongs to the exposure that it was made from, otherwise to the first that was found.
    const key = this.#options.sameNames(job.output);
    const first = this.#owners.get(key) ?? job.input;
    this.#owners.set(key, first);
    const standing = await this.#listener.standing(job, identity);
    const owner = standing.owner ?? first;
    this.#owners.set(key, owner);
    if (owner !== job.input) return this.#refuse(job, owner);
    const look = lookOf(identity);
    const file: File = { job, folder, name, state: 'finished', look, settling: null, touched: false, wholeAt: 0 };
    if (standing.done) {
      this.#finished++;
      this.#listener.skipped(job);
    } else this.#begin(file);
    return file;
  }

  #refuse(job: Job, owner: string): null {
    if (this.#refused.has(job.input)) return null;
    this.#refused.add(job.input);
    this.#listener.unusable(failed(job, new Fault('collision', sameOutput(job, owner)), null, null));
    return null;
  }

  #begin(file: File): void {
    const now = this.#options.clock();
    this.#arrived++;
    this.#news = now;
    this.settle(file, new Settling(this.#options.rules, file.look, now, isStack(file.name)));
  }

  settle(file: File, settling: Settling): void {
    file.settling = settling;
    file.state = 'settling';
    this.unfinished.add(file);
    if (file.touched) this.#touched.add(file);
    this.#listener.wake();
  }

  /** The system says that something happened to it. */
  touch(file: File): void {
    file.touched = true;
    if (file.state !== 'under way') this.#touched.add(file);
    this.#listener.wake();
  }

  gone(file: File): void {
    if (file.state === 'finished') this.#finished--;
    else if (file.state !== 'under way') this.#news = this.#options.clock();
    file.state = 'gone';
    this.unfinished.delete(file);
    this.#owners.delete(this.#options.sameNames(file.job.output));
  }

  /** A look at one that settles; whether it saw a change. */
  seen(file: File, look: Look): boolean {
    const now = this.#options.clock();
    if (!file.settling!.see(look, now)) return false;
    this.#news = now;
    file.look = look;
    return true;
  }

  /** A finished one looks otherwise: it is another exposure. */
  changed(file: File, look: Look): void {
    this.#finished--;
    file.look = look;
    this.#begin(file);
  }

  makeReady(file: File): void {
    file.state = 'ready';
    file.wholeAt = this.#options.clock();
    this.unfinished.delete(file);
    this.ready.push(file);
  }

  send(file: File): void {
    file.state = 'under way';
    file.touched = false;
    this.#underWay.set(file.job.input, file);
  }

  /** What became of an exposure; false when it is not the last word, and the exposure will come again. */
  took(outcome: Outcome): boolean {
    const file = this.#underWay.get(outcome.input);
    if (!file) return true;
    this.#underWay.delete(outcome.input);
    this.#news = this.#options.clock();
    const kind = outcome.status === 'failed' ? outcome.fault.kind : null;
    if (file.state === 'gone') return kind !== 'missing';
    const settling = file.settling!;
    const last = this.isLast(settling);
    if (kind === 'changed') settling.again(this.#news);
    else if (kind === 'incomplete' && !last) settling.cutShort();
    else if ((kind === 'unreadable' || kind === 'missing') && !last) settling.unread(this.#news);
    else {
      this.#finish(file);
      return true;
    }
    this.settle(file, settling);
    return false;
  }

  #finish(file: File): void {
    file.state = 'finished';
    file.settling = null;
    this.#finished++;
    if (file.touched) this.touch(file);
  }

  /** Those that are incomplete have failed now, not later: nothing more is waited for. */
  giveUp(): void {
    this.#giveUpNow = true;
    this.#listener.wake();
  }

  /** Whether to look at it though it is not due: the next attempt is the last. */
  isGivenUpNow(settling: Settling): boolean {
    return this.#giveUpNow && this.isLast(settling);
  }

  /** Whether whatever the worker says next is the last word. */
  isLast(settling: Settling): boolean {
    return settling.givenUp(this.#options.clock()) || (this.#giveUpNow && settling.stuck);
  }
}
