/**
 * What exposures are corrected with: the references of the options, the same for all, or for each exposure the set that is
 * meant for it. Also what is to be done with it instead, where a rule says so.
 */

import type { Looked } from '../correct/look.ts';
import type { Survey } from '../correct/observe/survey.ts';
import type { Choice as Image } from '../formats/format.ts';
import { openExposure } from '../formats/index.ts';
import { type Chooser, type Chosen, factsOf, factsOfSize } from '../intake/choose.ts';
import type { Now } from '../intake/decide.ts';
import type { Seen } from '../journal/seen.ts';
import { Fault, type Identity, type Job, Refusal } from '../model/outcome.ts';
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
}

export class Supply {
  readonly #fixed: Calibrated;
  readonly #image: Image;
  readonly #choosing: Choosing | null;

  /** `image`: which one is read of a file that holds several. */
  constructor(fixed: Calibrated, image: Image, choosing: Choosing | null) {
    this.#fixed = fixed;
    this.#image = image;
    this.#choosing = choosing;
  }

  /** The references of the options; without files where sets take their place. */
  get fixed(): Calibrated {
    return this.#fixed;
  }

  /** Whether exposures have to be asked for their references. */
  get chooses(): boolean {
    return this.#choosing !== null;
  }

  /** What resume asks. */
  get question(): Now {
    const { files } = this.#fixed.layout;
    return this.#choosing ? { files, chosen: (job, identity, before) => this.#now(job, identity, before) } : { files };
  }

  /** Hears what is odd about references that are loaded while the run goes on. */
  set heard(hear: (note: string) => void) {
    if (this.#choosing) this.#choosing.library.say = hear;
  }

  async #now(job: Job, identity: Identity, before: Seen): ReturnType<NonNullable<Now['chosen']>> {
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
    if (!this.#choosing) return { do: 'correct', set: null, said: '' };
    return await this.#choosing.chooser.choose(job, factsOf(job, exposure, identity), exposure);
  }

  /** The same for one that the journal knows and that is as it was then. @throws Fault when it cannot be opened */
  async chooseAgain(job: Job, identity: Identity, before: Seen): Promise<Chosen> {
    const { width, height, frames } = before;
    if (this.#choosing && !this.#choosing.chooser.asksBeyondSize && width && height && frames)
      return await this.#choosing.chooser.choose(job, factsOfSize(job, { width, height, frames }, identity), null);
    const { source, file, close } = await openExposure(job.input, 'exposure', this.#image);
    close();
    return await this.choose(job, { exposure: source.exposure, identity: file.identity });
  }

  /** Roles and hashes, as resume compares them. @throws Fault 'references' */
  async filesOf(set: KnownSet | null): Promise<readonly ReferenceFile[]> {
    if (set === null) return this.#fixed.layout.files;
    return await refused(() => this.#choosing!.library.filesOf(set));
  }

  /** In memory until it is given back. @throws Fault 'references' */
  async lend(set: KnownSet | null): Promise<Lent> {
    if (set === null) return { ...this.#fixed, giveBack: () => undefined };
    return await refused(() => this.#choosing!.library.borrow(set));
  }
}

/** References that are refused while a run goes on are the failure of the exposures that need them. */
async function refused<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault)
      throw new Fault('references', error.message, { cause: error });
    throw error;
  }
}
