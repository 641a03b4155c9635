/**
 * Keeps what the exposures of a run have in common: from the memory of the threads into the journal, now and then, so that
 * a run that is killed leaves most of it; and each exposure once.
 */

import type { Survey, SurveyLayout } from '../correct/observe/survey.ts';
import type { ReferenceFile } from '../journal/contents.ts';
import { asRecorded } from '../journal/rows.ts';
import { type PackedSurvey, pack } from '../journal/surveys.ts';
import { JournalTrouble } from '../journal/trouble.ts';
import type { CameraVerdict } from '../model/events.ts';
import { verdictOf } from '../report/camera/camera.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Policy } from './policy.ts';
import type { Calibrated } from './supply.ts';

/** After so long at least, and so that it takes at most this part of the time, ms. */
const EVERY = 1000;
const SHARE = 1 / 100;

/** A survey, and the references of its exposures; null: those of the run, the same for all. */
interface Kept {
  readonly survey: Survey;
  readonly references: readonly ReferenceFile[] | null;
}

export class SurveySaver {
  /** One for each set of references. */
  readonly #surveys = new Map<string, Kept>();
  readonly #fixed: Calibrated;
  readonly #folder: OutputFolder;
  readonly #policy: Policy;
  readonly #run: number;
  /** ms of `performance.now`. */
  #next = performance.now() + EVERY;
  /** Of a run that corrects no more. */
  #last: readonly PackedSurvey[] | null = null;

  constructor(fixed: Calibrated, folder: OutputFolder, policy: Policy, run: number) {
    this.#fixed = fixed;
    this.#folder = folder;
    this.#policy = policy;
    this.#run = run;
    this.#survey(fixed);
  }

  /**
   * Null for an exposure that the survey has already, or of which the journal cannot tell: rather left out than counted
   * twice. `with`: what it is corrected with.
   */
  surveyFor(output: string, calibrated: Calibrated): SurveyLayout | null {
    const survey = this.#survey(calibrated);
    if (!survey) return null;
    try {
      return this.#folder.journal.knows(output, asRecorded(calibrated.layout.files)) ? null : survey.layout;
    } catch (error) {
      if (!(error instanceof JournalTrouble)) throw error;
      return null;
    }
  }

  #survey({ layout, survey }: Calibrated): Survey | null {
    const key = JSON.stringify(layout.files.map(({ role, hash }) => [role, hash]));
    const references = layout === this.#fixed.layout ? null : asRecorded(layout.files);
    if (survey && !this.#surveys.has(key)) this.#surveys.set(key, { survey, references });
    return this.#surveys.get(key)?.survey ?? null;
  }

  async keepWhenDue(): Promise<void> {
    if (performance.now() > this.#next) await this.#keep();
  }

  /** As they stand now, one for each set of references. */
  async surveys(): Promise<readonly PackedSurvey[]> {
    if (this.#last) return this.#last;
    const packed: PackedSurvey[] = [];
    for (const { survey, references } of this.#surveys.values())
      if (survey.exposures > 0) packed.push(await pack(survey.read(), references));
    return packed;
  }

  /** What all exposures with these references say of the camera, those of earlier runs too; null: nothing that is known. */
  async verdict(): Promise<CameraVerdict | null> {
    if (this.#surveys.size === 0) return null;
    if (this.#last === null) await this.#keep();
    try {
      const { journal } = this.#folder;
      const verdicts = [...this.#surveys.values()].flatMap(({ survey, references }) => {
        const verdict =
          survey.exposures > 0 || references === null ? verdictOf(journal.shared(this.#run, references)) : null;
        return verdict ? [{ verdict, references }] : [];
      });
      return together(verdicts);
    } catch (error) {
      if (!(error instanceof JournalTrouble)) throw error;
      return null;
    }
  }

  /** The same when nothing is corrected any more. */
  async lastVerdict(): Promise<CameraVerdict | null> {
    this.#last = await this.surveys();
    await this.#keep();
    return await this.verdict();
  }

  async #keep(): Promise<void> {
    const began = performance.now();
    try {
      if (await this.#policy.atHome()) this.#folder.journal.keep(this.#run, await this.surveys());
    } catch (error) {
      // The next record meets the same trouble, and tells it.
      if (!(error instanceof JournalTrouble)) throw error;
    }
    const now = performance.now();
    this.#next = now + Math.max(EVERY, (now - began) / SHARE);
  }
}

/** Of several sets of references each warning names its own. */
function together(
  all: readonly { readonly verdict: CameraVerdict; readonly references: readonly ReferenceFile[] | null }[],
): CameraVerdict | null {
  if (all.length < 2) return all[0]?.verdict ?? null;
  const named = (references: readonly ReferenceFile[] | null): string =>
    (references ?? []).map(({ name }) => name).join(', ');
  return {
    exposures: all.reduce((sum, { verdict }) => sum + verdict.exposures, 0),
    fits: all.every(({ verdict }) => verdict.fits),
    warnings: all.flatMap(({ verdict, references }) =>
      verdict.warnings.map((each) => `with ${named(references)}: ${each}`),
    ),
  };
}
