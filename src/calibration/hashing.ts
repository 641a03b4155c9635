/** Hashes of the references, computed in a thread of their own while this one reads the pixels. */

import { Worker } from 'node:worker_threads';
import { type OpenFile, sha256 } from '../files.ts';

/** Fewer bytes are hashed before a thread has started. */
const WORTH_A_THREAD = 8 << 20;

export class Hashing {
  #files: readonly string[] = [];
  #worker: Worker | null = null;
  #hashes: Promise<readonly string[] | null> = Promise.resolve(null);

  begin(files: readonly OpenFile[]): void {
    this.#files = files.map((file) => file.path);
    if (files.reduce((sum, { size }) => sum + size, 0) < WORTH_A_THREAD) return;
    const worker = new Worker(new URL('./hashing-thread.js', import.meta.url), { workerData: this.#files });
    this.#worker = worker;
    this.#hashes = new Promise((resolve) => {
      worker.once('message', resolve);
      // A Fault would lose its class on the way: whatever it was happens again below.
      worker.once('error', () => resolve(null));
      worker.once('exit', () => resolve(null));
    });
  }

  /**
   * The hashes, in the order of the files.
   * @throws Fault 'missing', 'unreadable', 'incomplete'
   */
  async end(): Promise<readonly string[]> {
    return (await this.#hashes) ?? this.#files.map(sha256);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
