/**
 * What exposures are corrected with: the references of the options, the same for all, or for each exposure the set that is
 * meant for it. Also what is to be done with it instead, where a rule says so.
 */

import type { Looked } from '../correct/look.ts';
import type { Survey } from '../correct/observe/survey.ts';
import type { Choice as Image } from '../formats/format.ts';
import { openExposure } from '../formats/index.ts';
import { type Chooser, type Chosen, factsOf, factsOfSize, type Generation } from '../intake/choose.ts';
import type { Now } from '../intake/decide.ts';
import type { Seen } from '../journal/seen.ts';
import { Fault, type Identity, type Job, Refusal, Trouble } from '../model/outcome.ts';
import type { KnownSet } from '../references/known-set.ts';
import type { ReferenceFile, ReferenceLayout } from '../references/references.ts';
import type { Lent, Library } from './library.ts';

/** What exposures are corrected with, and where they leave what they tell of the camera; null: nowhere. */
export interface Calibrated {
  readonly layout: ReferenceLayout;
  readonly survey: Survey | null;
}

/** Where each exposure may have others. */
export interface Choosing {
  readonly chooser: Chooser;
  readonly library: Library;
  /** From the start; false: only once there are new ones. */
  readonly from: boolean;
}

export class Supply {
  readonly #fixed: Calibrated;
  readonly #image: Image;
  readonly #choosing: Choosing;
  #chooses: boolean;

  /** `image`: which one is read of a file that holds several. */
  constructor(fixed: Calibrated, image: Image, choosing: Choosing) {
    this.#fixed = fixed;
    this.#image = image;
    this.#choosing = choosing;
    this.#chooses = choosing.from;
  }

  /** The references of the options; without files where sets take their place. */
  get fixed(): Calibrated {
    return this.#fixed;
  }

  /** Whether exposures have to be asked for their references. */
  get chooses(): boolean {
    return this.#chooses;
  }

  /** The newest sets; null: all exposures have the references of the options. */
  get sets(): readonly KnownSet[] | null {
    return this.#choosing.chooser.sets;
  }

  /** New sets and rules, for exposures taken from their time on. @throws Refusal when a set that is new is refused */
  async renew(generation: Generation): Promise<void> {
    const known = new Set(this.sets?.map(({ id }) => id));
    for (const set of generation.sets ?? []) {
      if (known.has(set.id)) continue;
      const lent = await this.#choosing.library.borrow(set);
      lent.giveBack();
    }
    this.#choosing.chooser.renew(generation);
    this.#chooses = true;
  }

  /** What resume asks. */
  get question(): Now {
    const { files } = this.#fixed.layout;
    return { files, chosen: (job, identity, before) => this.#now(job, identity, before) };
  }

  /** Hears what is odd about references that are loaded while the run goes on. */
  set heard(hear: (note: string) => void) {
    this.#choosing.library.say = hear;
  }

  async #now(job: Job, identity: Identity, before: Seen): ReturnType<NonNullable<Now['chosen']>> {
    if (!this.#chooses) return this.#fixed.layout.files;
    try {
      const choice = await this.chooseAgain(job, identity, before);
      if (choice.do === 'ignore') return 'ignore';
      return choice.do === 'correct' ? await this.filesOf(choice.set) : null;
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    }
  }

  /** What is done with an exposure whose header was read. */
  async choose(job: Job, { exposure, identity }: Pick<Looked, 'exposure' | 'identity'>): Promise<Chosen> {
    if (!this.#chooses) return { do: 'correct', set: null, said: '' };
    return await this.#choosing.chooser.choose(job, factsOf(job, exposure, identity), exposure);
  }

  /** The same for one that the journal knows and that is as it was then. @throws Fault when it cannot be opened */
  async chooseAgain(job: Job, identity: Identity, before: Seen): Promise<Chosen> {
    const { width, height, frames } = before;
    if (!this.#choosing.chooser.asksBeyondSize && width && height && frames)
      return await this.#choosing.chooser.choose(job, factsOfSize(job, { width, height, frames }, identity), null);
    const { source, file, close } = await openExposure(job.input, 'exposure', this.#image);
    close();
    return await this.choose(job, { exposure: source.exposure, identity: file.identity });
  }

  /** Roles and hashes, as resume compares them. @throws Fault 'references' */
  async filesOf(set: KnownSet | null): Promise<readonly ReferenceFile[]> {
    if (set === null) return this.#fixed.layout.files;
    return await refused(() => this.#choosing.library.filesOf(set));
  }

  /** In memory until it is given back. @throws Fault 'references' */
  async lend(set: KnownSet | null): Promise<Lent> {
    if (set === null) return { ...this.#fixed, giveBack: () => undefined };
    return await refused(() => this.#choosing.library.borrow(set));
  }
}

/** References that are refused while a run goes on are the failure of the exposures that need them. */
async function refused<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // What this computer lacks just now is waited for.
    if (error instanceof Trouble && error.cause instanceof Fault) throw error.cause;
    if (error instanceof Refusal || error instanceof Fault)
      throw new Fault('references', error.message, { cause: error });
    throw error;
  }
}
