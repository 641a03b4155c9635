/**
 * Keeps what the exposures of a run have in common: from the memory of the threads into the journal, now and then, so that
 * a run that is killed leaves most of it; and each exposure once.
 */

import type { Survey, SurveyLayout } from '../correct/observe/survey.ts';
import { type PackedSurvey, pack } from '../journal/surveys.ts';
import { JournalTrouble } from '../journal/trouble.ts';
import type { CameraVerdict } from '../model/events.ts';
import { verdictOf } from '../report/camera/camera.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Policy } from './policy.ts';

/** After so long at least, and so that it takes at most this part of the time, ms. */
const EVERY = 1000;
const SHARE = 1 / 100;

export class SurveySaver {
  readonly #survey: Survey | null;
  readonly #folder: OutputFolder;
  readonly #policy: Policy;
  readonly #run: number;
  /** ms of `performance.now`. */
  #next = performance.now() + EVERY;
  /** Of a run that corrects no more. */
  #last: PackedSurvey | null = null;

  constructor(survey: Survey | null, folder: OutputFolder, policy: Policy, run: number) {
    this.#survey = survey;
    this.#folder = folder;
    this.#policy = policy;
    this.#run = run;
  }

  /** Null for an exposure that the survey has already, or of which the journal cannot tell: left out, since counting twice is worse. */
  surveyFor(output: string): SurveyLayout | null {
    if (!this.#survey) return null;
    try {
      return this.#folder.journal.knows(output, this.#run) ? null : this.#survey.layout;
    } catch (error) {
      if (!(error instanceof JournalTrouble)) throw error;
      return null;
    }
  }

  async keepWhenDue(): Promise<void> {
    if (performance.now() > this.#next) await this.#keep();
  }

  /** As it stands now; null where there is none. */
  async survey(): Promise<PackedSurvey | null> {
    if (this.#last) return this.#last;
    return this.#survey && this.#survey.exposures > 0 ? await pack(this.#survey.read()) : null;
  }

  /** What all exposures with these references say of the camera, those of earlier runs too; null: nothing that is known. */
  async verdict(): Promise<CameraVerdict | null> {
    if (!this.#survey) return null;
    if (this.#last === null) await this.#keep();
    try {
      return verdictOf(this.#folder.journal.shared(this.#run));
    } catch (error) {
      if (!(error instanceof JournalTrouble)) throw error;
      return null;
    }
  }

  /** The same when nothing is corrected any more. */
  async lastVerdict(): Promise<CameraVerdict | null> {
    this.#last = await this.survey();
    await this.#keep();
    return await this.verdict();
  }

  async #keep(): Promise<void> {
    const began = performance.now();
    try {
      if (await this.#policy.atHome()) this.#folder.journal.keep(this.#run, await this.survey());
    } catch (error) {
      // The next record meets the same trouble, and tells it.
      if (!(error instanceof JournalTrouble)) throw error;
    }
    const now = performance.now();
    this.#next = now + Math.max(EVERY, (now - began) / SHARE);
  }
}
