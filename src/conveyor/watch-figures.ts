/** How a watch goes, in figures: what its status file, its live line and its warnings are made from. */

import os from 'node:os';
import type { CameraVerdict, RunEvent, Status } from '../model/events.ts';
import { rank } from '../model/rank.ts';

/** Delays, and how busy a thread was, of so many exposures. */
const REMEMBERED = 1000;

/** Arrivals are counted over this long, ms. */
const WINDOW = 5 * 60_000;

const ERRORS = 20;

/** Exposures that must have been corrected before capacity means anything. */
const ENOUGH = 5;

/** Exposures that wait before it is said that they are too many, and how long until it is said again, ms. */
const MANY_PER_THREAD = 5;
const SAID_AGAIN = 10 * 60_000;

/** A watch says how it goes every 5 s; a share that answers late takes some of them. s. */
const STALE_AFTER = 30;

export interface Now {
  readonly waiting: number;
  readonly settling: number;
  readonly underWay: number;
  /** Since the start. */
  readonly arrived: number;
}

export class WatchFigures {
  readonly #threads: number;
  readonly #clock: () => number;
  readonly #started = new Date().toISOString();
  readonly #counts = { corrected: 0, skipped: 0, suspect: 0 };
  readonly #failed = new Set<string>();
  readonly #errors: { time: string; message: string }[] = [];
  /** Seconds each; the oldest are overwritten. */
  readonly #delays: number[] = [];
  readonly #busy: number[] = [];
  /** Arrivals so far, at some times in the window. */
  readonly #arrivals: { at: number; arrived: number }[] = [];
  #heard = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(threads: number, clock: () => number) {
    this.#threads = threads;
    this.#clock = clock;
  }

  hear(event: RunEvent): void {
    if (event.event === 'paused') this.#error(`paused: ${event.reason}`);
    if (event.event !== 'outcome') return;
    const { outcome } = event;
    if (outcome.status === 'failed') {
      this.#failed.add(outcome.input);
      this.#error(outcome.fault.message);
      return;
    }
    this.#failed.delete(outcome.input);
    if (outcome.status === 'skipped') {
      this.#counts.skipped++;
      return;
    }
    this.#counts.corrected++;
    if (outcome.suspect.length > 0) this.#counts.suspect++;
    const { wait, settle } = outcome.times;
    const all = Object.values(outcome.times).reduce((sum, micros) => sum + micros, 0);
    const at = this.#heard++ % REMEMBERED;
    this.#delays[at] = all / 1e6;
    this.#busy[at] = (all - wait - settle) / 1e6;
  }

  /** Found done already. */
  skip(count: number): void {
    this.#counts.skipped += count;
  }

  #error(message: string): void {
    this.#errors.push({ time: new Date().toISOString(), message });
    if (this.#errors.length > ERRORS) this.#errors.shift();
  }

  /** How it goes; to be called now and then. */
  status(
    sequence: number,
    state: Status['state'],
    reason: string | null,
    now: Now,
    camera: CameraVerdict | null = null,
  ): Status {
    const { waiting, settling, underWay } = now;
    return {
      version: 1,
      sequence,
      state,
      reason,
      host: os.hostname(),
      pid: process.pid,
      started: this.#started,
      updated: new Date().toISOString(),
      staleAfter: STALE_AFTER,
      counts: { ...this.#counts, failed: this.#failed.size, waiting, settling, underWay },
      delays: this.#delaysSoFar(),
      arrivalsPerMinute: this.#arrivalsPerMinute(now.arrived),
      capacityPerMinute: this.#capacityPerMinute(),
      camera,
      lastErrors: [...this.#errors],
    };
  }

  #delaysSoFar(): Status['delays'] {
    if (this.#delays.length === 0) return null;
    const sorted = this.#delays.toSorted((a, b) => a - b);
    return { median: rank(sorted, 0.5), percentile95: rank(sorted, 0.95), worst: rank(sorted, 1) };
  }

  #arrivalsPerMinute(arrived: number): number {
    const at = this.#clock();
    const times = this.#arrivals;
    times.push({ at, arrived });
    while (times.length > 2 && times[0]!.at < at - WINDOW) times.shift();
    const minutes = Math.max(at - times[0]!.at, 60_000) / 60_000;
    return (arrived - times[0]!.arrived) / minutes;
  }

  #capacityPerMinute(): number | null {
    if (this.#busy.length < ENOUGH) return null;
    const seconds = this.#busy.reduce((sum, each) => sum + each, 0) / this.#busy.length;
    return seconds > 0 ? (60 * this.#threads) / seconds : null;
  }

  /** A warning when more arrives than can be corrected, now and then; otherwise null. */
  fallingBehind({ counts, arrivalsPerMinute: arrive, capacityPerMinute: capacity }: Status): string | null {
    const now = this.#clock();
    if (capacity === null || arrive <= capacity || counts.waiting < MANY_PER_THREAD * this.#threads) return null;
    if (now < this.#saidAt + SAID_AGAIN) return null;
    this.#saidAt = now;
    return `falling behind: ${arrive.toFixed(0)} exposures a minute arrive, ${capacity.toFixed(0)} can be corrected, ${counts.waiting} wait; give more --threads, or let a run catch up afterwards`;
  }
}
