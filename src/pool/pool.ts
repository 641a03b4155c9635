/**
 * The pool of worker threads, through piscina. A worker that dies (out of heap, a native crash, exit) costs one retry of
 * its exposure; the second time the exposure has failed, never the run.
 */

import { Piscina } from 'piscina';
import { failed, type NeedsRoom, type Task } from '../correct.ts';
import { Fault, type Outcome } from '../outcome.ts';
import { Slots } from './slots.ts';
import type { WorkerStart } from './worker.ts';

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

export class Pool {
  readonly threads: number;
  readonly #piscina: Piscina<Task, Outcome | NeedsRoom>;
  readonly #slots: Slots;

  constructor(start: WorkerStart, { threads, background, worker = WORKER }: PoolOptions) {
    this.threads = threads;
    this.#slots = new Slots(start.memory);
    this.#piscina = new Piscina({
      filename: worker.href,
      workerData: start,
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      // Workers await I/O: they must not block in Atomics.wait between tasks.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      recordTiming: false,
      ...(background ? { niceIncrement: BACKGROUND_NICE } : {}),
    });
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
        const reply = await this.#piscina.run({ ...task, slot });
        if (reply.status !== 'needs room') return reply;
        room = reply.bytes;
      } catch (error) {
        deaths++;
        if (deaths === 2) {
          const cause = error instanceof Error ? error.message : String(error);
          const message = `${task.job.input}: the worker thread died twice on it (${cause}); please report it with the file`;
          return failed(task.job, new Fault('crash', message, { cause: error }), null, null);
        }
      } finally {
        this.#slots.giveBack(slot);
      }
    }
  }

  /** Ends the threads; tasks under way are finished first. */
  async close(): Promise<void> {
    await this.#piscina.close();
  }
}
