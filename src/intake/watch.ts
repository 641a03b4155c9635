/**
 * Exposures as they arrive, each once it is whole, oldest first: an async iterable for the conveyor. What is there is the
 * business of `tree.ts`, when a file is whole that of `settle.ts`; here every file is led from the one to the other, and
 * those that are finished are looked at now and then, so that one that is replaced is corrected again.
 */

import { type Stats, stat } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { failed } from '../correct.ts';
import { inFlight } from '../flight.ts';
import { Fault, type Job, type Look, type Outcome, sameLook } from '../outcome.ts';
import { outputName, type ScanOptions } from './scan.ts';
import { type SettleRules, Settling } from './settle.ts';
import { type Folder, Tree, type TreeOptions } from './tree.ts';

export interface IntakeOptions extends ScanOptions, Pick<TreeOptions, 'poll' | 'clock'> {
  readonly rules: SettleRules;
}

export interface IntakeListener {
  /** Whether a file found is corrected already, so that it need not settle. */
  isDone(job: Job): Promise<boolean>;
  /** What cannot be an exposure, already failed. */
  unusable(outcome: Outcome): void;
  say(message: string): void;
}

/** An exposure that is whole, or given up (`last`). Times of the intake's clock, ms. */
export interface Arrival {
  readonly job: Job;
  /** What was seen of it: should it look otherwise when it is opened, it is not whole after all. */
  readonly look: Look;
  /** When its last change was seen. */
  readonly arrived: number;
  /** When it was found to be whole. */
  readonly settled: number;
}

interface File {
  readonly job: Job;
  readonly folder: Folder<File>;
  readonly name: string;
  state: 'settling' | 'ready' | 'under way' | 'finished' | 'gone';
  look: Look;
  settling: Settling | null;
  /** The system told of it since it was last looked at. */
  touched: boolean;
  /** When it was last found to be whole. */
  wholeAt: number;
}

/** Rest between two rounds, so that a writer who writes without end does not keep us busy, ms. */
const REST = 50;

/** Finished files are looked at again: all of them in about this time, but never more than so many a second. */
const SWEEP = 30_000;
const MOST_SWEPT = 300;

/** Zeros in the last bytes of a file, at most a sixteenth of it: rows that nobody has written yet. */
const TAIL_BYTES = 1024;

const LOOKS = 32;

export class Intake implements AsyncIterable<Arrival> {
  readonly #options: IntakeOptions;
  readonly #listener: IntakeListener;
  readonly #tree: Tree<File>;
  readonly #unfinished = new Set<File>();
  readonly #touched = new Set<File>();
  readonly #underWay = new Map<string, File>();
  /** Which input an output belongs to. */
  readonly #owners = new Map<string, string>();
  /** Inputs whose output belongs to another; said once. */
  readonly #refused = new Set<string>();
  /** Youngest first, when sorted. */
  #ready: File[] = [];
  #sorted = true;
  #finished = 0;
  #swept: Iterator<File> | null = null;
  #sweepAt = 0;
  #giveUpNow = false;
  #closed = false;
  #arrived = 0;
  #news: number;
  #wake: (() => void) | null = null;
  #woken = false;
  #offer: (() => void) | null = null;
  /** Thrown by the rounds, it comes out of the iteration. */
  #bug: unknown = null;

  constructor(options: IntakeOptions, listener: IntakeListener) {
    this.#options = options;
    this.#listener = listener;
    this.#news = options.clock();
    this.#tree = new Tree(options, {
      found: (folder, name, stat) => this.#found(folder, name, stat),
      touched: (file) => this.#touch(file),
      gone: (file) => this.#gone(file),
      unusable: (outcome) => listener.unusable(outcome),
      say: (message) => listener.say(message),
      wake: () => this.#wakeUp(),
    });
  }

  /** Finds what is there in these folders (real paths), then goes on looking until it is closed. */
  async start(folders: readonly string[]): Promise<void> {
    for (const folder of folders) await this.#tree.add(folder);
    const next = await this.#tree.refresh();
    for (const [extension, count] of this.#tree.unsupported)
      this.#listener.say(`seen, not supported: ${count} ${extension}`);
    this.#work(next).catch((error: unknown) => {
      this.#bug = error;
      return this.close();
    });
  }

  /** How many exposures are where. `stuck`: of those settling, how many were found to be cut short or cannot be read. */
  get counts(): { settling: number; stuck: number; waiting: number; underWay: number; arrived: number } {
    let stuck = 0;
    for (const { settling } of this.#unfinished) if (settling?.stuck) stuck++;
    return {
      settling: this.#unfinished.size,
      stuck,
      waiting: this.#ready.length,
      underWay: this.#underWay.size,
      arrived: this.#arrived,
    };
  }

  /** When something last arrived or changed. */
  get news(): number {
    return this.#news;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Arrival> {
    for (;;) {
      const file = this.#oldest();
      if (file) {
        if (await this.#stillWhole(file)) yield this.#send(file);
      } else if (this.#closed) {
        if (this.#bug !== null) throw this.#bug;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#offer = resolve;
        });
      }
    }
  }

  /** What became of an exposure; false when it is not the last word, and the exposure will come again. */
  took(outcome: Outcome): boolean {
    const file = this.#underWay.get(outcome.input);
    if (!file) return true;
    this.#underWay.delete(outcome.input);
    this.#news = this.#options.clock();
    if (file.state === 'gone') return outcome.status !== 'failed' || outcome.fault.kind !== 'missing';
    const settling = file.settling!;
    const kind = outcome.status === 'failed' ? outcome.fault.kind : null;
    const last = this.#isLast(settling);
    if (kind === 'changed') {
      settling.again(this.#news);
      this.#settle(file, settling);
    } else if (kind === 'incomplete' && !last) {
      settling.cutShort();
      this.#settle(file, settling);
    } else if ((kind === 'unreadable' || kind === 'missing') && !last) {
      settling.unread(this.#news);
      this.#settle(file, settling);
      this.#tree.hint(file.folder.path, null);
    } else {
      this.#finish(file);
      return true;
    }
    return false;
  }

  /** Those that are incomplete have failed now, not later: nothing more is waited for. */
  giveUp(): void {
    this.#giveUpNow = true;
    this.#wakeUp();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ready = [];
    this.#wakeUp();
    this.#offer?.();
    await this.#tree.close();
  }

  // Rounds: listings, looks at what is unfinished, some looks at what is finished.

  async #work(first: number): Promise<void> {
    let next = first;
    while (!this.#closed) {
      const due = Math.min(next, await this.#lookAtUnfinished());
      await this.#sweep();
      await this.#sleep(Math.min(due, this.#sweepAt));
      if (!this.#closed) next = await this.#tree.refresh();
    }
  }

  async #sleep(until: number): Promise<void> {
    const rest = new Promise((resolve) => setTimeout(resolve, REST));
    const pause = until - this.#options.clock();
    if (pause > REST && !this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    await rest;
    this.#woken = false;
  }

  #wakeUp(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Returns when the next one is due. */
  async #lookAtUnfinished(): Promise<number> {
    const now = this.#options.clock();
    const touched = [...this.#touched];
    this.#touched.clear();
    const due = [...this.#unfinished]
      .filter(
        (file) => !this.#tree.isAway(file.folder) && !file.touched && (file.settling!.due <= now || this.#polled(file)),
      )
      .sort((a, b) => a.look.mtimeMs - b.look.mtimeMs);
    for await (const _ of inFlight([...touched, ...due], LOOKS, (file) => this.#lookAt(file)));
    let next =
      this.#options.poll > 0 && this.#unfinished.size > 0 ? now + this.#options.poll : Number.POSITIVE_INFINITY;
    for (const file of this.#unfinished) if (!this.#tree.isAway(file.folder)) next = Math.min(next, file.settling!.due);
    return next;
  }

  /** Without events every look is ours; a given-up round takes all that are incomplete. */
  #polled({ settling }: File): boolean {
    return this.#options.poll > 0 || (this.#giveUpNow && this.#isLast(settling!));
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
    const now = this.#options.clock();
    if (file.state === 'finished') {
      if (!sameLook(look, file.look)) this.#changed(file, look);
      return;
    }
    const settling = file.settling!;
    if (settling.see(look, now)) {
      this.#news = now;
      file.look = look;
    } else if (settling.due <= now || (this.#giveUpNow && this.#isLast(settling))) {
      if (settling.incomplete || this.#isLast(settling) || settling.ready(now, await inside(file.job.input)))
        this.#makeReady(file);
    }
  }

  /** Null when it cannot be seen just now; a listing tells whether it is gone. */
  async #see({ job, folder, settling }: File): Promise<Look | null> {
    try {
      const { size, mtimeMs } = this.#options.poll > 0 ? await freshStat(job.input) : await quickStat(job.input);
      return { size, mtimeMs };
    } catch (error) {
      if (!(error as NodeJS.ErrnoException).syscall) throw error;
      const now = this.#options.clock();
      this.#tree.hint(folder.path, null);
      // What may be looked at but not opened is the worker's to tell, when it is given up.
      if (settling?.givenUp(now)) return settling.look;
      settling?.unread(now);
      return null;
    }
  }

  async #sweep(): Promise<void> {
    const now = this.#options.clock();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + 1000;
    const files: File[] = [];
    const most = Math.min(MOST_SWEPT, Math.ceil((this.#finished * 1000) / SWEEP));
    while (files.length < most) {
      this.#swept ??= this.#everyFinished();
      const { value, done } = this.#swept.next();
      if (done) {
        this.#swept = null;
        break;
      }
      files.push(value);
    }
    for await (const _ of inFlight(files, LOOKS, (file) => this.#lookAt(file)));
  }

  *#everyFinished(): Generator<File> {
    for (const folder of this.#tree.folders) {
      for (const file of folder.names.values()) {
        if (file?.state === 'finished' && !this.#tree.isAway(folder)) yield file;
      }
    }
  }

  // What happens to one file.

  async #found(folder: Folder<File>, name: string, { size, mtimeMs }: Stats): Promise<File | null> {
    const relative = folder.below ? `${folder.below}/${name}` : name;
    const job = { input: path.join(folder.path, name), output: outputName(relative, this.#options.format) };
    const owner = this.#owners.get(job.output);
    if (owner !== undefined && owner !== job.input) {
      if (this.#refused.has(job.input)) return null;
      this.#refused.add(job.input);
      const message = `${job.input}: ${owner} has the same output, ${job.output}; watch them with different --out`;
      this.#listener.unusable(failed(job, new Fault('collision', message), null, null));
      return null;
    }
    this.#owners.set(job.output, job.input);
    const look = { size, mtimeMs };
    const file: File = { job, folder, name, state: 'finished', look, settling: null, touched: false, wholeAt: 0 };
    if (await this.#listener.isDone(job)) this.#finished++;
    else this.#begin(file);
    return file;
  }

  #begin(file: File): void {
    const now = this.#options.clock();
    this.#arrived++;
    this.#news = now;
    this.#settle(file, new Settling(this.#options.rules, file.look, now, isStack(file.name)));
  }

  #settle(file: File, settling: Settling): void {
    file.settling = settling;
    file.state = 'settling';
    this.#unfinished.add(file);
    if (file.touched) this.#touched.add(file);
    this.#wakeUp();
  }

  #changed(file: File, look: Look): void {
    this.#finished--;
    file.look = look;
    this.#begin(file);
  }

  #touch(file: File): void {
    file.touched = true;
    if (file.state !== 'under way') this.#touched.add(file);
    this.#wakeUp();
  }

  #gone(file: File): void {
    if (file.state === 'finished') this.#finished--;
    else if (file.state !== 'under way') this.#news = this.#options.clock();
    file.state = 'gone';
    this.#unfinished.delete(file);
    this.#owners.delete(file.job.output);
  }

  #makeReady(file: File): void {
    file.state = 'ready';
    file.wholeAt = this.#options.clock();
    this.#unfinished.delete(file);
    this.#ready.push(file);
    this.#sorted = false;
    this.#offer?.();
  }

  #oldest(): File | undefined {
    if (!this.#sorted)
      this.#ready.sort((a, b) => b.look.mtimeMs - a.look.mtimeMs || (a.job.input < b.job.input ? 1 : -1));
    this.#sorted = true;
    return this.#ready.pop();
  }

  /** It may have waited for long: a last look before it is sent. */
  async #stillWhole(file: File): Promise<boolean> {
    if (file.state !== 'ready') return false;
    file.state = 'settling';
    const look = await this.#see(file);
    if ((file.state as File['state']) === 'gone') return false;
    if (look && sameLook(look, file.settling!.look)) return true;
    if (look) file.settling!.see(look, this.#options.clock());
    file.look = look ?? file.look;
    this.#settle(file, file.settling!);
    return false;
  }

  #send(file: File): Arrival {
    file.state = 'under way';
    file.touched = false;
    this.#underWay.set(file.job.input, file);
    return { job: file.job, look: file.settling!.look, arrived: file.settling!.since, settled: file.wholeAt };
  }

  #finish(file: File): void {
    file.state = 'finished';
    file.settling = null;
    this.#finished++;
    if (file.touched) this.#touch(file);
  }

  #isLast(settling: Settling): boolean {
    return settling.givenUp(this.#options.clock()) || (this.#giveUpNow && settling.stuck);
  }
}

const isStack = (name: string): boolean => path.extname(name).toLowerCase() === '.st';

/** What a file that stands still looks like from inside; whatever the system says against it the worker tells. */
async function inside(file: string): Promise<{ hollow: boolean; stack: boolean }> {
  const beside = [`${file}.mdoc`, `${file.slice(0, file.length - path.extname(file).length)}.mdoc`];
  const described = await Promise.all(beside.map((each) => fs.stat(each).catch(() => null)));
  const stack = isStack(file) || described.some((each) => each !== null);
  try {
    return { stack, hollow: await isHollow(file) };
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).syscall) throw error;
    return { stack, hollow: false };
  }
}

/** Preallocated and not yet filled: blocks are missing, or its last bytes are nothing but zeros. */
async function isHollow(file: string): Promise<boolean> {
  // A pipe would block; the worker says what it is.
  if (!(await fs.stat(file)).isFile()) return false;
  const handle = await fs.open(file, 'r');
  try {
    const { size, blocks } = await handle.stat();
    if (blocks * 512 < size) return true;
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, Math.ceil(size / 16)));
    const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
    return bytesRead > 0 && tail.subarray(0, bytesRead).every((byte) => byte === 0);
  } finally {
    await handle.close();
  }
}

// Half the price of its sister in fs/promises, and a sweep asks for hundreds a second.
const quickStat = promisify(stat);

async function freshStat(file: string): Promise<Stats> {
  const before = await fs.stat(file);
  if (!before.isFile()) return before;
  const handle = await fs.open(file, 'r');
  try {
    return await handle.stat();
  } finally {
    await handle.close();
  }
}
