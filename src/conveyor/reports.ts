/**
 * What is made of a run beside its exposures: the reports, and what they say of the camera. Its trouble is reported once,
 * and stops nothing.
 */

import type { PackedSurvey } from '../journal/surveys.ts';
import { JournalTrouble } from '../journal/trouble.ts';
import { crashFault } from '../model/crash.ts';
import type { CameraVerdict, RunEvent } from '../model/events.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Policy } from './policy.ts';
import type { SurveySaver } from './survey-saver.ts';

export interface ReportsOptions {
  readonly folder: OutputFolder;
  /** The output folder. */
  readonly out: string;
  readonly policy: Policy;
  readonly surveySaver: SurveySaver;
  readonly emit: (event: RunEvent) => void;
}

export class Reports {
  readonly #options: ReportsOptions;
  /** What was said already. */
  readonly #said = new Set<string>();
  /** How many exposures the reports had when they were last made. */
  #reported = 0;
  /** Why the last reports could not be made; null: they were. */
  #trouble: string | null = null;
  #camera: CameraVerdict | null = null;
  /** The camera was judged a last time. */
  #judged = false;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** What the exposures say of the camera, as when the reports were last made. */
  get camera(): CameraVerdict | null {
    return this.#camera;
  }

  /** Makes them when there are new exposures, or `anyway`; returns whether it did. */
  async make(exposures: number, anyway: boolean): Promise<boolean> {
    if (this.#reported === exposures && !anyway) return false;
    this.#reported = exposures;
    const { folder, out, policy, surveySaver, emit } = this.#options;
    if (!this.#judged) this.#camera = await this.#beside('the camera', () => surveySaver.verdict());
    const trouble = await policy.report(folder.journal, out);
    if (trouble !== null && trouble !== this.#trouble) emit({ event: 'note', message: trouble });
    this.#trouble = trouble;
    return true;
  }

  /** Judges the camera when nothing is corrected any more. */
  async lastVerdict(): Promise<void> {
    this.#camera = await this.#options.surveySaver.lastVerdict();
    this.#judged = true;
  }

  /** Keeps the survey now and then. */
  async keepSurvey(): Promise<void> {
    await this.#beside('the survey of the camera', () => this.#options.surveySaver.keepWhenDue());
  }

  async surveys(): Promise<readonly PackedSurvey[]> {
    return (await this.#beside('the survey of the camera', () => this.#options.surveySaver.surveys())) ?? [];
  }

  async #beside<Result>(what: string, work: () => Promise<Result>): Promise<Result | null> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof JournalTrouble) throw error;
      const { message } = crashFault(error, what);
      if (!this.#said.has(message)) this.#options.emit({ event: 'note', message });
      this.#said.add(message);
      return null;
    }
  }
}
