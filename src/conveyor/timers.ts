/** The pulse of a watch. */

/** ms. */
const SECOND = 1000;

/** Calls `beat` every second, never twice at once; what it throws comes out of `stop`. */
export class Timers {
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
