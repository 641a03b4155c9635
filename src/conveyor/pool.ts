/**
 * The pool of worker threads, through piscina. A worker that dies (out of heap, a native crash, exit) costs one retry of
 * its exposure; the second time the exposure has failed, never the run.
 */

import { Piscina } from 'piscina';
import type { CopyTask } from '../correct/copy.ts';
import type { Looked } from '../correct/look.ts';
import type { Task } from '../correct/task.ts';
import { crashFault } from '../model/crash.ts';
import { Fault, failed, type Job, type Outcome } from '../model/outcome.ts';
import { scarcity } from '../model/system-error.ts';
import { Slots } from './slots.ts';
import type { Asked, Reply, WorkerStart } from './worker.ts';

export interface PoolOptions {
  readonly threads: number;
  /** Runs below normal priority, so that acquisition on the same computer comes first. */
  readonly background: boolean;
  /** Another worker than ours: tests give one that dies. */
  readonly worker?: URL;
}

const WORKER = new URL('./worker.js', import.meta.url);

/** Pixels are not on a worker's heap: this is ample for directories of files, and bounds what a hostile one takes. */
const HEAP_MB = 512;

/** On Linux: lower priority by as much as the system allows. */
const BACKGROUND_NICE = 10;

type Threads = Piscina<Asked, Reply>;

interface Running {
  readonly threads: Threads;
  /** Called when the last thread is gone and no other could be started: by who waits for one. */
  readonly noneLeft: Set<(error: unknown) => void>;
}

export class Pool {
  readonly threads: number;
  readonly #slots: Slots;
  readonly #make: () => Threads;
  /** Null when no thread could be started, or none is left: the next exposure tries again. */
  #running: Running | null = null;
  #closed: Promise<void> | null = null;

  constructor(start: WorkerStart, { threads, background, worker = WORKER }: PoolOptions) {
    this.threads = threads;
    this.#slots = new Slots(start.memory);
    this.#make = () =>
      new Piscina({
        filename: worker.href,
        workerData: start,
        minThreads: threads,
        maxThreads: threads,
        idleTimeout: Number.POSITIVE_INFINITY,
        // Workers await I/O: they must not block in Atomics.wait between tasks.
        atomics: 'disabled',
        resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
        recordTiming: false,
        // Piscina asks require() first: Node ends the process when a thread is stopped while that loads a module.
        execArgv: ['--no-experimental-require-module'],
        ...(background ? { niceIncrement: BACKGROUND_NICE } : {}),
      });
    try {
      this.#run();
    } catch {
      // The first exposure tries again, and tells.
    }
  }

  /** The threads, started where there are none. @throws what kept them from starting */
  #run(): Running {
    if (this.#running) return this.#running;
    const threads = this.#make();
    const noneLeft: Running['noneLeft'] = new Set();
    // A thread that cannot start, as files, memory or threads are short: while others live they do the work.
    threads.on('error', (error: unknown) => {
      if (threads.threads.length > 0) return;
      this.#running = null;
      for (const tell of noneLeft) tell(error);
      // Nothing is left in it but what waited for a thread.
      threads.destroy().catch(() => undefined);
    });
    this.#running = { threads, noneLeft };
    return this.#running;
  }

  async correct(task: Omit<Task, 'slot'>): Promise<Outcome> {
    let room = 0;
    let deaths = 0;
    for (;;) {
      let slot: Task['slot'];
      try {
        slot = this.#slots.lend(room);
      } catch (error) {
        const message = `${task.job.input}: needs ${Math.ceil(room / 2 ** 20)} MB of working memory, more than is left of 4 GiB; ${this.threads > 1 ? 'run with --threads 1' : 'bin it, or cut it into parts'}`;
        return failed(task.job, new Fault('unsupported', message, { cause: error }), null, null);
      }
      try {
        const reply = await this.#inThread({ ...task, slot });
        if (reply.status === 'needs room') room = reply.bytes;
        else return reply as Outcome;
      } catch (error) {
        deaths++;
        if (deaths === 2) return failed(task.job, diedTwice(error, task.job.input), null, null);
      } finally {
        this.#slots.giveBack(slot);
      }
    }
  }

  /** The header of an exposure, or its failure. */
  async look(job: Job): Promise<Looked | Outcome> {
    return (await this.#twice(job, { lookAt: job })) as Looked | Outcome;
  }

  async copy(task: CopyTask): Promise<Outcome> {
    return (await this.#twice(task.job, { copyOf: task })) as Outcome;
  }

  /** What needs no memory. */
  async #twice(job: Job, asked: Asked): Promise<Reply> {
    try {
      return await this.#inThread(asked);
    } catch {
      // Its thread died.
    }
    try {
      return await this.#inThread(asked);
    } catch (error) {
      return failed(job, diedTwice(error, job.input), null, null);
    }
  }

  #inThread(task: Asked): Promise<Reply> {
    const { threads, noneLeft } = this.#run();
    return new Promise((resolve, reject) => {
      noneLeft.add(reject);
      threads
        .run(task)
        .then(resolve, reject)
        .finally(() => noneLeft.delete(reject));
    });
  }

  /** Ends the threads; tasks under way are finished first. Nothing is asked of it afterwards. */
  close(): Promise<void> {
    this.#closed ??= this.#running?.threads.close() ?? Promise.resolve();
    return this.#closed;
  }
}

/** A thread that could not be started, ran out of heap or ended. */
function diedTwice(error: unknown, file: string): Fault {
  const { code } = error as NodeJS.ErrnoException;
  // One that was running and ran out of heap died of this exposure, not of what the computer lacks.
  if (scarcity(error) !== null && code !== 'ERR_WORKER_OUT_OF_MEMORY') return crashFault(error, file);
  const cause = error instanceof Error ? error.message : String(error);
  return new Fault('crash', `${file}: the worker thread died twice on it (${cause}); please report it with the file`, {
    cause: error,
  });
}
