/** Sleep between two rounds of looks, from which anything that happens wakes us. */

/** Rest between two rounds, so that a writer who writes without end does not keep us busy, ms. */
const REST = 50;

export class Alarm {
  readonly #clock: () => number;
  #rung = false;
  #wake: (() => void) | null = null;

  /** `clock`: monotonic, ms. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Until that time or until it rings, also if it rang since the last sleep; never shorter than the rest. */
  async sleep(until: number): Promise<void> {
    const rest = new Promise((resolve) => setTimeout(resolve, REST));
    const pause = until - this.#clock();
    if (pause > REST && !this.#rung) {
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
    this.#rung = false;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }
}
