/** How far a run is and how fast: the figures behind the live line, the plain lines and the summary. */

import type { RunEvent } from '../../model/events.ts';

export class Pace {
  #total = 0;
  #began = performance.now();
  #bytes = 0;
  #done = 0;
  #failed = 0;
  readonly #now: () => number;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#began = now();
  }

  hear(event: RunEvent): void {
    if (event.event === 'started') {
      this.#total = event.exposures;
      this.#began = this.#now();
    }
    if (event.event !== 'outcome') return;
    const { outcome } = event;
    if (outcome.status === 'failed') this.#failed++;
    if (outcome.status !== 'done') return;
    this.#done++;
    this.#bytes += outcome.identity.size;
  }

  /** Exposures that are still to come. Skipped ones were never to come. */
  get left(): number {
    return Math.max(0, this.#total - this.#done - this.#failed);
  }

  /** "12/340 exposures, 3.1/s, 104 MB/s, 1 min 46 s left, 0 failed". MB of raw files. */
  line(): string {
    const seconds = (this.#now() - this.#began) / 1000;
    const worked = this.#done + this.#failed;
    const parts = [`${worked}/${Math.max(worked, this.#total)} exposures`];
    if (worked > 0 && seconds > 0) {
      parts.push(`${figures(worked / seconds)}/s`, `${figures(this.#bytes / 1e6 / seconds)} MB/s`);
      if (this.left > 0) parts.push(`${duration((this.left * seconds) / worked)} left`);
    }
    parts.push(`${this.#failed} failed`);
    return parts.join(', ');
  }
}

const figures = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

/** "38 s", "1 min 46 s", "3 h 20 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 1) return `${seconds.toPrecision(2)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
