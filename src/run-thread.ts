/**
 * A thread for `run` and `watch`. Journal, lock, references and output folder are read and written with synchronous calls,
 * and a share that hangs keeps such a call for ever. They are made in this thread, so that the main thread goes on hearing
 * signals, which only it can, and a second one ends the process whatever hangs.
 *
 *     main thread: command line, terminal, signals          this thread: run.ts or watch.ts, with journal and pool
 *          settings, then perhaps the exit code to stop with  ->
 *                                                          <-  events, status, and in the end the exit code or a refusal
 */

import { once } from 'node:events';
import v8 from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { RunSettings, WatchSettings } from './correct/settings.ts';
import type { ExitCode, RunControl, RunEvent, Status } from './model/events.ts';
import { Refusal } from './model/outcome.ts';

export type Command = 'run' | 'watch';

export type ToThread =
  | { readonly run: RunSettings }
  | { readonly watch: WatchSettings }
  /** A watch is asked to read its references again. */
  | { readonly renew: true }
  /** The settings that the thread asked for, or the message of a Refusal. */
  | { readonly settings: WatchSettings }
  | { readonly refusedSettings: string }
  /** To stop after what is under way, and to end with this. */
  | { readonly stop: ExitCode };

export type FromThread =
  | { readonly events: readonly RunEvent[] }
  | { readonly status: Status }
  | { readonly summary: string }
  /** For the settings as recipe and command line have them now. */
  | { readonly ask: 'settings' }
  | { readonly ended: ExitCode }
  /** The message of a Refusal, which does not cross as one. */
  | { readonly refused: string };

/** `show`: see `WatchControl`. `settings`: reads recipe and command line again; throws Refusal. */
export type ThreadControl = RunControl & { show?(status: Status): void; settings?(): Promise<WatchSettings> };

/**
 * Before the first thread: Node 20 ends the whole process ("Assertion failed: (data.first) != nullptr") when a thread ends
 * while V8 still compiles something for it beside. Threads that begin now compile for themselves. Node 22 and newer are left
 * as they are.
 */
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--no-concurrent-recompilation');

export class RunThread {
  readonly #worker: Worker;
  /** Rejects when the thread fails. Listened to from the start: it may fail before anything is asked of it. */
  readonly #failed: Promise<never>;

  /** Starts the thread, which loads what the command needs while its options are still being understood. */
  constructor(command: Command) {
    // An object: geotiff brings a package that looks for data of its own there in every thread but the main one.
    this.#worker = new Worker(new URL('./run-thread-entry.js', import.meta.url), { workerData: { command } });
    this.#failed = once(this.#worker, 'exit').then(([code]) => {
      throw new Error(`the thread of the run ended by itself (${code})`);
    });
    this.#failed.catch(() => undefined);
  }

  /**
   * Runs it to its end.
   * @throws Refusal as `run` and `watch`
   */
  async do(asked: Extract<ToThread, { run: unknown } | { watch: unknown }>, control: ThreadControl): Promise<ExitCode> {
    const { signal } = control;
    const stop = (): void => this.#tell({ stop: signal.reason as ExitCode });
    const ended = new Promise<ExitCode>((resolve, reject) => {
      this.#worker.on('message', (message: FromThread) => {
        if ('events' in message) for (const event of message.events) control.emit(event);
        else if ('status' in message) control.show?.(message.status);
        else if ('summary' in message) control.summarise?.(message.summary);
        else if ('ask' in message) void this.#answer(control).catch(reject);
        else if ('ended' in message) resolve(message.ended);
        else reject(new Refusal(message.refused));
      });
    });
    this.#tell(asked);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([ended, this.#failed]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Has a watch read its references again. */
  renew(): void {
    this.#tell({ renew: true });
  }

  async #answer({ settings }: ThreadControl): Promise<void> {
    try {
      if (settings) this.#tell({ settings: await settings() });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#tell({ refusedSettings: error.message });
    }
  }

  /** Not waited for: what a dead share keeps in the thread would keep the command too. */
  close(): void {
    this.#worker.unref();
    void this.#worker.terminate();
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}
