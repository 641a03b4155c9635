/** What correcting inline would cost, for the report: when it is timed, and that it is timed once. */

import type { RunSettings } from '../../correct/settings.ts';
import { JournalTrouble } from '../../journal/trouble.ts';
import { crashFault } from '../../model/crash.ts';
import type { RunEvent } from '../../model/events.ts';
import type { Exposure } from '../../model/exposure.ts';
import type { OutputFolder } from '../output-folder.ts';
import { inlineImage, inlineKey, LIMIT, timeInline } from './inline-timer.ts';

/** How often a watch begins to time it, where exposures arrive meanwhile. */
const ATTEMPTS = 5;

export interface InlineCostsOptions {
  readonly settings: RunSettings;
  readonly folder: OutputFolder;
  /** In the journal. */
  readonly run: number;
  /** Gives way to whatever else the computer does. */
  readonly background: boolean;
  readonly emit: (event: RunEvent) => void;
  /** ms, monotonic. */
  readonly clock?: () => number;
}

export class InlineCosts {
  readonly #options: InlineCostsOptions;
  readonly #clock: () => number;
  readonly #began: number;
  /** Exposures by size and type, and an example of each. */
  readonly #kinds = new Map<string, { readonly exposure: Exposure; count: number }>();
  /** Kinds that the journal has. */
  readonly #known = new Set<string>();
  #attempts = 0;

  constructor(options: InlineCostsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#began = this.#clock();
  }

  /** An exposure was corrected. */
  hear(exposure: Exposure): void {
    const { width, height, type } = exposure;
    const name = `${width} x ${height} ${type}`;
    const kind = this.#kinds.get(name);
    if (kind) kind.count++;
    else this.#kinds.set(name, { exposure, count: 1 });
  }

  /**
   * Times it for the most frequent kind of exposure, where that is not known yet and the run was long enough. Trouble is
   * said, and stops nothing.
   */
  async time(signal: AbortSignal): Promise<void> {
    const { settings, folder, run, background, emit } = this.#options;
    const [most] = [...this.#kinds].sort(([, a], [, b]) => b.count - a.count);
    if (!settings.inlineTiming || !most || this.#known.has(most[0]) || this.#attempts >= ATTEMPTS) return;
    if (this.#clock() - this.#began < LIMIT) return;
    const [name, { exposure }] = most;
    const image = inlineImage(exposure, settings.recipe);
    try {
      if (!folder.journal.knowsInline(inlineKey(image))) {
        this.#attempts++;
        const timing = await timeInline(image, { signal, background });
        if (timing === null) return;
        folder.journal.keepInline(run, timing);
        // Of some rows alone, on a computer that was too busy: the next time may do better.
        if (timing.height < image.height) return;
      }
      this.#known.add(name);
    } catch (error) {
      // The next record meets the journal's trouble, and tells it.
      if (error instanceof JournalTrouble) return;
      this.#attempts = ATTEMPTS;
      emit({ event: 'note', message: crashFault(error, 'the cost of correcting inline').message });
    }
  }
}
