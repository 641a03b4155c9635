/**
 * In a watch: holds the references against the exposures that arrive, before the first one is corrected. Where they do not
 * fit, corrections are held back until the watch is started again with others.
 */

import { type ReferenceChecks, refusals } from '../model/reference-checks.ts';
import { MOST_EXPOSURES, type ReferenceChecker } from '../references/checks/check.ts';
import { ASKED_AFTER, added, saysEnough } from './first-exposures.ts';

export class ReferenceGate {
  readonly #tell: (found: ReferenceChecks) => Promise<void>;
  /** Null: there is nothing more to ask. */
  #checker: ReferenceChecker | null;
  #reason: string | null = null;

  /** `tell`: called with what was found, each time that it says more. */
  constructor(checker: ReferenceChecker | null, tell: (found: ReferenceChecks) => Promise<void>) {
    this.#checker = checker;
    this.#tell = tell;
  }

  /** Why nothing is corrected; null: nothing speaks against it. */
  get reason(): string | null {
    return this.#reason;
  }

  /** An exposure that is about to be corrected; one after the other. */
  async pass(input: string): Promise<void> {
    const checker = this.#checker;
    if (checker === null || !(await added(checker, input)) || !ASKED_AFTER.includes(checker.exposures)) return;
    const found = checker.checks();
    await this.#tell(found);
    const refused = refusals(found);
    this.#reason =
      refused.length > 0
        ? `${refused.join('. ')}. Corrections are held back: stop the watch, and start it again with that mended`
        : null;
    if (checker.exposures >= MOST_EXPOSURES || saysEnough(found)) this.#checker = null;
  }
}
