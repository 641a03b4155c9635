/**
 * When a file that arrives is whole: decided from what looks at it see, compared only with each other. Pure: it is given
 * looks and the time of a clock that never jumps, and asks for nothing itself.
 *
 *     changing -> stands still for `quiet` -> (hollow? `hollow` more) -> ready -> the worker reads its header
 *         ^------------- changed ---------------------------------------------- incomplete: waits to change, or gives up
 */

import { type Look, sameLook } from '../model/outcome.ts';
import { pauseAfter } from '../model/retry.ts';

/** All in milliseconds. */
export interface SettleRules {
  /** How long size and modification time must stand still. */
  readonly quiet: number;
  /** The same for stacks that grow by sections: between two sections they look whole. */
  readonly quietStack: number;
  /** How much longer a file stands that looks preallocated: blocks missing, or nothing but zeros at its end. */
  readonly hollow: number;
  /** After standing incomplete for that long an exposure has failed. */
  readonly giveUp: number;
}

/** One file on its way to being whole. */
export class Settling {
  readonly #rules: SettleRules;
  #look: Look;
  /** When the look was first seen that still holds. */
  #since: number;
  #stack: boolean;
  #incomplete = false;
  #tries = 0;
  /** When it may be read, at the earliest. */
  #due: number;

  constructor(rules: SettleRules, look: Look, now: number, stack = false) {
    this.#rules = rules;
    this.#look = look;
    this.#since = now;
    this.#stack = stack;
    this.#due = now + this.#quiet;
  }

  get look(): Look {
    return this.#look;
  }

  /** When its last change was seen: the moment at which it arrived, should it be whole. */
  get since(): number {
    return this.#since;
  }

  get due(): number {
    return this.#due;
  }

  get stack(): boolean {
    return this.#stack;
  }

  /** It was found incomplete and waits to be changed. */
  get incomplete(): boolean {
    return this.#incomplete;
  }

  /** It was tried and could not be read, or was cut short. */
  get stuck(): boolean {
    return this.#incomplete || this.#tries > 0;
  }

  get #quiet(): number {
    return this.#stack ? Math.max(this.#rules.quietStack, this.#rules.quiet) : this.#rules.quiet;
  }

  /** Takes another look; whether it saw a change. */
  see(look: Look, now: number): boolean {
    if (sameLook(look, this.#look)) return false;
    this.#look = look;
    this.again(now);
    return true;
  }

  /** Something happened to it that a look need not show: it begins to stand still anew. */
  again(now: number): void {
    this.#since = now;
    this.#incomplete = false;
    this.#tries = 0;
    this.#due = now + this.#quiet;
  }

  /**
   * What a look into the file showed once it was due; whether it is ready. `hollow`: it looks preallocated, `stack`: it is
   * of the kind that grows by sections.
   */
  ready(now: number, { hollow, stack }: { readonly hollow: boolean; readonly stack: boolean }): boolean {
    this.#stack = stack;
    if (!this.stuck) this.#due = this.#since + this.#quiet + (hollow ? this.#rules.hollow : 0);
    return now >= this.#due;
  }

  /** A worker found it shorter than its header says: only a change helps, or giving up. */
  cutShort(): void {
    this.#incomplete = true;
    this.#due = this.#since + this.#rules.giveUp;
  }

  /** The system would not let it be read: tried again after growing pauses. */
  unread(now: number): void {
    this.#due = now + pauseAfter(this.#tries++, 'unread');
  }

  /** Whether the next attempt is the last: then it has failed by whatever the worker says. */
  givenUp(now: number): boolean {
    return this.stuck && now >= this.#since + this.#rules.giveUp;
  }
}
