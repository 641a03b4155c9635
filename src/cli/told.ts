/** What is told of single exposures while a run goes on: every failure, and what looks suspect. */

import type { RunEvent } from '../events.ts';
import type { Outcome } from '../outcome.ts';
import { duration } from './pace.ts';

/** Suspect exposures told one by one; when all of a night are, the report says so better than a terminal. */
const MOST_SUSPECT = 20;

export class Told {
  #suspect = 0;

  /** Lines for people, in the order in which they are to be read. */
  lines(event: RunEvent): string[] {
    if (event.event === 'note') return [`note  ${event.message}`];
    if (event.event === 'paused') return [`paused  ${event.reason}; it goes on by itself`];
    if (event.event === 'resumed') return [`going on after ${duration(event.seconds)}`];
    return event.event === 'outcome' ? this.#ofOutcome(event.outcome) : [];
  }

  #ofOutcome(outcome: Outcome): string[] {
    if (outcome.status === 'failed') return [`failed  ${naming(outcome.input, outcome.fault.message)}`];
    if (outcome.status === 'skipped' || outcome.suspect.length === 0) return [];
    this.#suspect++;
    if (this.#suspect > MOST_SUSPECT + 1) return [];
    if (this.#suspect > MOST_SUSPECT) return ['suspect  more of them; all stand in the report'];
    return [`suspect  ${naming(outcome.input, outcome.suspect.join('; '))}`];
  }
}

/** Messages of faults begin with their file as a rule. */
export const naming = (file: string, message: string): string =>
  message.startsWith(file) ? message : `${file}: ${message}`;
