/**
 * The attempts at one exposure that met trouble with the computer, the disk or the share: when it is worth another one at
 * once, and when the trouble turns out to be the exposure's own.
 */

import type { FaultKind, Outcome } from '../model/outcome.ts';
import { pauseAfter, pauseFor } from '../model/retry.ts';

/** Attempts that wait for handles, threads and memory to come free, before it is everybody's trouble. */
const WAITING = 6;

/** Failed that often in a row while others were written in between, the trouble is nobody else's. */
const OWN = 5;

/** What trouble is called once it is an exposure's own: a quota that has room for all but this one, a bad spot of a disk. */
const OWN_KINDS: Partial<Record<FaultKind, FaultKind>> = { disk: 'large', away: 'output' };

export class Attempts {
  readonly #written: () => number;
  #scarce = 0;
  #failures = 0;
  #writtenThen = 0;

  /** `written`: how many exposures were written so far. */
  constructor(written: () => number) {
    this.#written = written;
  }

  /** After a failure for what the computer lacks: resolves to true when it has waited and is worth another attempt. */
  async again(outcome: Outcome, signal: AbortSignal): Promise<boolean> {
    if (outcome.status !== 'failed' || outcome.fault.kind !== 'scarce' || this.#scarce === WAITING) return false;
    await pauseFor(pauseAfter(this.#scarce++, 'scarce'), signal);
    return true;
  }

  /** After trouble: the exposure's own failure, when others were written between all of its last attempts; otherwise null. */
  ownFault(outcome: Outcome): Outcome | null {
    const written = this.#written();
    this.#failures = this.#failures === 0 || written > this.#writtenThen ? this.#failures + 1 : 1;
    this.#writtenThen = written;
    if (outcome.status !== 'failed' || this.#failures < OWN) return null;
    const kind = OWN_KINDS[outcome.fault.kind];
    return kind ? { ...outcome, fault: { ...outcome.fault, kind } } : null;
  }
}
