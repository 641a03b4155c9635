/**
 * In a watch: holds the references against the first exposures that arrive, and again against the first ones after
 * references were renewed. Where they do not fit, corrections are held back until others are read that do.
 */

import type { Job } from '../model/outcome.ts';
import { MOST_EXPOSURES } from '../references/checks/check.ts';
import { ASKED_AFTER, refusedBy, type Said, saysEnough } from './first-exposures.ts';

export interface GateOptions {
  /** What exposures that are to be corrected say of the references that they get. */
  readonly check: (jobs: readonly Job[]) => Promise<readonly Said[]>;
  /** Called with what was found, each time that more exposures were asked. */
  readonly tell: (found: Said) => Promise<void>;
  /** What to do where corrections are held back. */
  readonly way: string;
}

export class ReferenceGate {
  readonly #options: GateOptions;
  /** Exposures that are asked; null: there is nothing more to ask. */
  #jobs: Job[] | null = [];
  #reason: string | null = null;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Why nothing is corrected; null: nothing speaks against it. */
  get reason(): string | null {
    return this.#reason;
  }

  /** An exposure that is about to be corrected; one after the other. */
  async pass(job: Job): Promise<void> {
    if (this.#jobs === null) return;
    this.#jobs.push(job);
    if (ASKED_AFTER.includes(this.#jobs.length)) await this.#ask(this.#jobs);
  }

  /** Other references count from now on: exposures that are held back are asked at once, others as they arrive. */
  async renewed(): Promise<void> {
    const held = this.#reason === null ? [] : (this.#jobs ?? []);
    this.#jobs = [...held];
    if (held.length > 0) await this.#ask(held);
  }

  async #ask(jobs: readonly Job[]): Promise<void> {
    const { check, tell, way } = this.#options;
    const said = await check(jobs);
    for (const found of said) await tell(found);
    const refused = refusedBy(said);
    this.#reason = refused.length > 0 ? `${refused.join('. ')}. Corrections are held back: ${way}` : null;
    if (this.#reason === null && (jobs.length >= MOST_EXPOSURES || (said.length > 0 && said.every(saysEnough))))
      this.#jobs = null;
  }
}
