/** Lines about single exposures during a run: every failure and every suspect one, up to a limit. */

import type { RunEvent } from '../../model/events.ts';
import type { Outcome } from '../../model/outcome.ts';
import { type ReferenceChecks, sentence } from '../../model/reference-checks.ts';
import { misfitIn } from '../../references/references.ts';
import { duration } from './pace.ts';

/** Exposures of one kind listed one by one, in an hour; when all of a night are, the report says so better than a terminal. */
const MOST = 20;
const HOUR = 3_600_000;

/** How failures are reported. `brief`: what to do about them is said at the end. */
interface Telling {
  readonly brief?: boolean;
  /** Only what asks for attention. */
  readonly quiet?: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Checks whose figures are worth a line when all is well. */
const SHOWN: ReadonlySet<string> = new Set(['pattern', 'hot pixels']);

export class RunMessages {
  readonly #brief: boolean;
  readonly #quiet: boolean;
  readonly #now: () => number;
  /** How often each kind was listed since `#since`. */
  readonly #often = new Map<string, number>();
  #since: number;

  constructor({ brief = false, quiet = false, now = () => performance.now() }: Telling = {}) {
    [this.#brief, this.#quiet, this.#now, this.#since] = [brief, quiet, now, now()];
  }

  /** Lines for people, in the order in which they are to be read. */
  lines(event: RunEvent): string[] {
    if (event.event === 'note') return this.#quiet && event.level === 'information' ? [] : [`note  ${event.message}`];
    if (event.event === 'references') return this.#ofReferences(event);
    if (event.event === 'paused') {
      // Whoever holds corrections back says until when.
      const until = event.reason.includes('held back') ? '' : '; it goes on by itself';
      return [`paused  ${event.reason}${until}`];
    }
    if (event.event === 'resumed') return [`going on after ${duration(event.seconds)}`];
    return event.event === 'outcome' ? this.#ofOutcome(event.outcome) : [];
  }

  #ofOutcome(outcome: Outcome): string[] {
    if (outcome.status === 'failed') {
      const { input, fault } = outcome;
      const odd = misfitIn(fault.message);
      // Whole folders were taken in another mode of the camera: one of each size says it all.
      if (odd) return this.#limited(`failed  ${naming(input, fault.message)}`, `exposures of ${odd.exposure} px`, 1);
      const message = naming(input, fault.message);
      return this.#limited(`failed  ${this.#brief ? finding(message) : message}`, `failures of the kind ${fault.kind}`);
    }
    if (outcome.status === 'skipped' || outcome.suspect.length === 0) return [];
    return this.#limited(`suspect  ${naming(outcome.input, outcome.suspect.join('; '))}`, 'suspect ones');
  }

  /** Refused ones are what the run stops or a watch pauses over, which is told then; what cannot be told is not. */
  #ofReferences({ exposures, checks, set }: ReferenceChecks & { readonly set?: string }): string[] {
    const notes = checks.filter(({ refused, advice }) => !refused && advice !== null);
    const right = checks.filter(({ verdict, check }) => verdict === 'right' && SHOWN.has(check));
    const slopes = right.map(({ reference, figures: { slope, error } }) => {
      const sure = `${slope?.toFixed(2)} +- ${error?.toFixed(2)}`;
      return `${reference} ${sure}`;
    });
    const first = exposures === 1 ? 'the first exposure' : `the first ${exposures} exposures`;
    const of = set === undefined ? '' : `"${set}" `;
    const fits = `references ${of}fit ${first}: ${slopes.join(', ')} (1: as strong as expected)`;
    return [
      ...notes.map((each) => `note  ${sentence(each)}`),
      ...(slopes.length > 0 && checks.every(({ refused }) => !refused) && !this.#quiet ? [fits] : []),
    ];
  }

  #limited(line: string, kind: string, most = MOST): string[] {
    if (this.#now() > this.#since + HOUR) {
      this.#often.clear();
      this.#since = this.#now();
    }
    const often = (this.#often.get(kind) ?? 0) + 1;
    this.#often.set(kind, often);
    if (often <= most) return [line];
    const [word] = line.split('  ');
    return often === most + 1 ? [`${word}  more ${kind}; all are in the report and in exposures.csv`] : [];
  }
}

/** Messages of faults begin with their file as a rule. */
export const naming = (file: string, message: string): string =>
  message.startsWith(file) ? message : `${file}: ${message}`;

/** Messages say what was found, then what to do about it. */
export const finding = (message: string): string => message.split('; ', 1)[0]!;
