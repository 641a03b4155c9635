/** What can be fuzzed: how a case is made from a seed, and what must hold of it. One target a file, listed in `targets.ts`. */

import type { Change } from './changes.ts';
import type { Random } from './random.ts';

/** A right file, and what is done to it. */
export interface Case {
  readonly base: Uint8Array;
  readonly changes: readonly Change[];
}

export interface Verdict {
  readonly accepted: boolean;
  /** Its pixels were held against the plain reader's. */
  readonly compared: boolean;
  /** What is wrong, with the line of the source where that is known; null: nothing. */
  readonly wrong: string | null;
}

export interface Target {
  readonly name: string;
  /** Extension of its files, with the dot. */
  readonly extension: string;
  make(random: Random): Promise<Case>;
  /** `folder` is the case's own, and empty. Never throws. */
  check(bytes: Uint8Array, folder: string): Promise<Verdict>;
}

export const bytesOf = ({ base, changes }: Case): Uint8Array => changes.reduce((bytes, change) => change(bytes), base);

export const REFUSED: Verdict = { accepted: false, compared: false, wrong: null };
export const ACCEPTED: Verdict = { accepted: true, compared: false, wrong: null };

export const wrong = (text: string): Verdict => ({ accepted: true, compared: true, wrong: text });

/** An error that no message for people explains. */
export function unexpected(error: unknown): Verdict {
  if (!(error instanceof Error)) return wrong(`threw ${String(error)}`);
  const place = /\(?([^\s(]*dist\/src\/[^)\s]+)\)?/.exec(error.stack ?? '')?.[1] ?? '';
  return wrong(`${error.name}: ${error.message.slice(0, 200)} at ${place.replace(/^.*dist\/src\//, '')}`);
}
