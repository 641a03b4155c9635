/**
 * Which references an exposure gets, or what else a rule says is done with it. Decided by what is known before its pixels
 * are read; what is not decided by exactly one set is a failure that says why.
 */

import path from 'node:path';
import type { Exposure } from '../model/exposure.ts';
import { Fault, type Identity, type Job, Refusal } from '../model/outcome.ts';
import {
  asksBeyondSize,
  type ConditionName,
  conditionNamed,
  type Facts,
  failing,
  saidFailing,
  shownTime,
} from '../references/conditions.ts';
import type { KnownSet } from '../references/known-set.ts';
import { misfit } from '../references/references.ts';
import type { Rule } from '../references/sets.ts';
import { meets } from './patterns.ts';

/** What is done with an exposure. `set`: null: the references of the options. `said`: why, for `--dry-run`. */
export type Chosen =
  | { readonly do: 'correct'; readonly set: KnownSet | null; readonly said: string }
  | { readonly do: 'copy'; readonly said: string }
  | { readonly do: 'ignore'; readonly said: string }
  | { readonly do: 'fail'; readonly fault: Fault };

/** Sets and rules as they are from a time on. */
export interface Generation {
  /** For exposures taken from then on, ms since 1970. */
  readonly since: number;
  /** Null: the references of the options, for all. */
  readonly sets: readonly KnownSet[] | null;
  readonly rules: readonly Rule[];
}

/** The set that an exposure's own mdoc or XML file names; null: it names none. @throws Fault when it names what is not there */
export type Follow = (input: string, exposure: Exposure) => Promise<KnownSet | null>;

export class Chooser {
  /** In the order of their times. */
  #generations: readonly Generation[];
  readonly #follow: Follow | null;

  constructor(first: Omit<Generation, 'since'>, follow: Follow | null) {
    this.#generations = [{ ...first, since: Number.NEGATIVE_INFINITY }];
    this.#follow = follow;
  }

  /** From its time on, `next` counts. */
  renew(next: Generation): void {
    this.#generations = [...this.#generations.filter(({ since }) => since < next.since), next];
  }

  /** The newest sets; null: those of the options. */
  get sets(): readonly KnownSet[] | null {
    return this.#generations.at(-1)!.sets;
  }

  get rules(): readonly Rule[] {
    return this.#generations.at(-1)!.rules;
  }

  /** Whether more has to be known of an exposure than its size and name. */
  get asksBeyondSize(): boolean {
    const { length } = this.#generations;
    return (
      length > 1 ||
      this.#follow !== null ||
      this.#generations.some(({ sets, rules }) => [...(sets ?? []), ...rules].some(({ when }) => asksBeyondSize(when)))
    );
  }

  /** @param exposure null where only its size is known, which must be enough then */
  async choose(job: Job, facts: Facts, exposure: Exposure | null): Promise<Chosen> {
    const { sets, rules } = this.#generations.findLast(({ since }) => facts.taken >= since)!;
    const rule = rules.findIndex(({ when }) => failing(when, facts, meets) === null);
    const deed = rules[rule]?.do ?? 'correct';
    const said = `rule ${rule + 1}`;
    if (deed === 'copy') return { do: 'copy', said };
    if (deed === 'ignore') return { do: 'ignore', said };
    if (sets === null) return { do: 'correct', set: null, said: 'the references of the options' };
    const fitting = sets.filter((set) => whyNot(set, facts) === null);
    const by = `taken ${shownTime(facts.taken)} by its ${facts.takenFrom}`;
    const [set, other] = fitting;
    if (set && !other) return { do: 'correct', set, said: `references "${set.name}", ${by}` };
    if (other) return { do: 'fail', fault: severalFit(job, fitting, facts) };
    try {
      const named = exposure && this.#follow ? await this.#follow(job.input, exposure) : null;
      if (named) return { do: 'correct', set: named, said: `references "${named.name}", which its metadata name` };
    } catch (error) {
      if (error instanceof Fault) return { do: 'fail', fault: error };
      if (error instanceof Refusal) return { do: 'fail', fault: new Fault('references', error.message) };
      throw error;
    }
    return { do: 'fail', fault: noneFits(job, sets, facts) };
  }
}

/** What decides. Sizes in px; time: what its metadata say, otherwise that of its file. */
export function factsOf(job: Job, exposure: Exposure, { mtimeNs }: Identity): Facts {
  const { width, height, frames, metadata = {} } = exposure;
  const { taken, takenFrom, binning, camera } = metadata;
  return {
    ...{ width, height, frames, binning, camera },
    ...(taken === undefined
      ? { taken: Number(mtimeNs) / 1e6, takenFrom: 'modification time' }
      : { taken, takenFrom: takenFrom ?? 'metadata' }),
    path: pathOf(job),
  };
}

/** The same where only the size is known, and nothing else is asked for. */
export const factsOfSize = (
  job: Job,
  size: Pick<Exposure, 'width' | 'height' | 'frames'>,
  { mtimeNs }: Identity,
): Facts => ({
  ...size,
  taken: Number(mtimeNs) / 1e6,
  takenFrom: 'modification time',
  path: pathOf(job),
});

/** Outputs keep the path of their exposure below the folder that was named; their extension may be another. */
const pathOf = ({ input, output }: Job): string => path.posix.join(path.posix.dirname(output), path.basename(input));

/** Why a set is not meant for an exposure; null: it is. */
function whyNot(set: KnownSet, facts: Facts): 'size' | ConditionName | null {
  if (set.size && misfit(set.size, facts) !== null) return 'size';
  return failing(set.when, facts, meets);
}

function severalFit({ input }: Job, sets: readonly KnownSet[], facts: Facts): Fault {
  const names = sets.map(({ name }) => `"${name}"`).join(' and ');
  const { found } = conditionNamed('from');
  return new Fault(
    'references',
    `${input}: found ${sets.length} sets of references for it, ${names} (${facts.width} x ${facts.height} px, ${found(facts)}), expected one; tell them apart by conditions: "when" with from, to, files, camera, binning or frames`,
  );
}

/** Sets named one by one in a message. */
const LISTED = 4;

function noneFits({ input }: Job, sets: readonly KnownSet[], facts: Facts): Fault {
  const { width, height } = facts;
  const reasons = sets.map((set) => ({ set, why: whyNot(set, facts)! }));
  const rule = `{when: {width: ${width}, height: ${height}}, do: ignore}`;
  if (sets.length > 0 && reasons.every(({ why }) => why === 'size' || why === 'width' || why === 'height')) {
    const sizes = [...new Set(sets.flatMap(({ size }) => (size ? [`${size.width} x ${size.height}`] : [])))];
    if (sizes.length > 0)
      return new Fault(
        'geometry',
        `${input}: found ${width} x ${height} px, the references have ${sizes.join(', ')}; add a set of references of that size to the recipe, or a rule: ${rule}`,
      );
  }
  const near = reasons.filter(({ why }) => why !== 'size');
  const said = near
    .slice(0, LISTED)
    .map(({ set, why }) => `"${set.name}" wants ${saidFailing(why as ConditionName, set.when, facts)}`);
  const found = said.length > 0 ? said.join('; ') : 'there is none';
  return new Fault(
    'references',
    `${input}: found no set of references for it (${width} x ${height} px, taken ${shownTime(facts.taken)} by its ${facts.takenFrom}): ${found}; add a set for it, or a rule such as ${rule}`,
  );
}
