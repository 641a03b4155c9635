/** How busy the computer was, step by step: as many steps as a chart shows, however long the run is. */

import type { LoadStep } from '../../journal/contents.ts';
import { type Counters, readCounters } from './counters.ts';

/** So many steps at most: then two become one. */
export const MOST_STEPS = 240;

/** Ticks a second: what Linux counts for programs on every architecture. */
const TICKS_PER_SECOND = 100;

export class LoadMeter {
  readonly #read: () => Counters;
  #before: Counters;
  #steps: LoadStep[] = [];
  /** How many samples make a step. */
  #size = 1;
  /** Samples in the last step. */
  #in = 1;

  constructor(read: () => Counters = readCounters) {
    this.#read = read;
    this.#before = read();
  }

  get steps(): readonly LoadStep[] {
    return this.#steps;
  }

  sample(): void {
    const now = this.#read();
    const step = stepBetween(this.#before, now);
    if (step === null) return;
    this.#before = now;
    const last = this.#steps.at(-1);
    if (last && this.#in < this.#size) {
      this.#steps[this.#steps.length - 1] = joined(last, step);
      this.#in++;
      return;
    }
    if (this.#steps.length === MOST_STEPS) {
      this.#steps = Array.from({ length: MOST_STEPS / 2 }, (_, i) =>
        joined(this.#steps[2 * i]!, this.#steps[2 * i + 1]!),
      );
      this.#size *= 2;
    }
    this.#steps.push(step);
    this.#in = 1;
  }
}

/** What happened between two readings; null where no time has passed. */
export function stepBetween(before: Counters, now: Counters): LoadStep | null {
  const ms = now.at - before.at;
  if (ms <= 0) return null;
  const waited = (name: 'cpu' | 'io' | 'memory'): number | null => {
    const [from, to] = [before[name], now[name]];
    return from === null || to === null ? null : part((to - from) / (ms * 1000));
  };
  const ticks = before.ticks && now.ticks && { from: before.ticks, to: now.ticks };
  const all = ticks ? ticks.to.all - ticks.from.all : 0;
  const busy = ticks ? ticks.to.busy - ticks.from.busy : 0;
  const own = ((now.own - before.own) / 1e6) * TICKS_PER_SECOND;
  return {
    at: new Date(Date.now() - ms).toISOString(),
    seconds: Math.round(ms) / 1000,
    cpu: waited('cpu'),
    io: waited('io'),
    memory: waited('memory'),
    steal: ticks && all > 0 ? part((ticks.to.steal - ticks.from.steal) / all) : null,
    others: ticks ? (busy > 0 ? part((busy - own) / busy) : 0) : null,
  };
}

/** From 0 to 1, in thousandths. */
const part = (value: number): number => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000;

function joined(a: LoadStep, b: LoadStep): LoadStep {
  const seconds = a.seconds + b.seconds;
  const mean = (name: 'cpu' | 'io' | 'memory' | 'steal' | 'others'): number | null =>
    a[name] === null || b[name] === null ? null : part((a[name] * a.seconds + b[name] * b.seconds) / seconds);
  return {
    at: a.at,
    seconds: Math.round(seconds * 1000) / 1000,
    cpu: mean('cpu'),
    io: mean('io'),
    memory: mean('memory'),
    steal: mean('steal'),
    others: mean('others'),
  };
}
