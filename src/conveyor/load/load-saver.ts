/** Samples how busy the computer is while a run goes on, beside the threads that correct, and keeps it in the journal. */

import { JournalTrouble } from '../../journal/trouble.ts';
import type { OutputFolder } from '../output-folder.ts';
import type { Policy } from '../policy.ts';
import { LoadMeter } from './load-meter.ts';

/** As often as a watch writes its status file, ms. */
const HEARTBEAT = 5000;

/** Kept after so long at least, ms. */
const KEPT_EVERY = 60_000;

export class LoadSaver {
  readonly #folder: OutputFolder;
  readonly #policy: Policy;
  readonly #run: number;
  readonly #meter = new LoadMeter();
  readonly #timer: NodeJS.Timeout;
  #keepAt = performance.now() + KEPT_EVERY;

  constructor(folder: OutputFolder, policy: Policy, run: number) {
    this.#folder = folder;
    this.#policy = policy;
    this.#run = run;
    this.#timer = setInterval(() => this.#meter.sample(), HEARTBEAT);
    this.#timer.unref();
  }

  async keepWhenDue(): Promise<void> {
    if (performance.now() > this.#keepAt && (await this.#policy.atHome())) this.#keep();
  }

  /** Samples a last time. The output folder is where it was. */
  end(): void {
    clearInterval(this.#timer);
    this.#meter.sample();
    this.#keep();
  }

  #keep(): void {
    this.#keepAt = performance.now() + KEPT_EVERY;
    try {
      this.#folder.journal.keepLoad(this.#run, this.#meter.steps);
    } catch (error) {
      // The next record meets the same trouble, and tells it.
      if (!(error instanceof JournalTrouble)) throw error;
    }
  }
}
