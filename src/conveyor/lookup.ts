/** What the journal says of the exposures that a watch finds. A journal that cannot be read just now is waited for. */

import fs from 'node:fs/promises';
import path from 'node:path';
import type { WatchSettings } from '../correct/settings.ts';
import { outputName } from '../formats/container.ts';
import { type Decide, type Decision, decider, type Now } from '../intake/decide.ts';
import type { Standing } from '../intake/register.ts';
import type { Journal } from '../journal/journal.ts';
import { JournalTrouble } from '../journal/trouble.ts';
import type { Identity, Job } from '../model/outcome.ts';

export class Lookup {
  readonly #settings: WatchSettings;
  readonly #folders: readonly string[];
  readonly #decide: Decide;
  readonly #overcome: (trouble: string) => Promise<boolean>;

  /** `folders`: those that are watched, by their real paths. `overcome`: see `Policy`. */
  constructor(
    settings: WatchSettings,
    folders: readonly string[],
    now: Now,
    journal: Journal,
    overcome: (trouble: string) => Promise<boolean>,
  ) {
    this.#settings = settings;
    this.#folders = folders;
    this.#decide = decider({ ...settings, ...now, seen: { get: (output) => journal.seenOf(output) } });
    this.#overcome = overcome;
  }

  /** Whether it is to be corrected; `identity`: where it was looked at just now. */
  async decide(job: Job, identity?: Identity): Promise<Decision> {
    for (;;) {
      try {
        return await this.#decide(job, identity);
      } catch (error) {
        if (!(error instanceof JournalTrouble)) throw error;
        if (!(await this.#overcome(error.message)))
          return { job, before: undefined, correct: false, outcome: { status: 'skipped', ...job, reason: 'stopping' } };
      }
    }
  }

  async standing(job: Job, identity?: Identity): Promise<Standing> {
    const decision = await this.decide(job, identity);
    const done = !decision.correct && decision.outcome.status === 'skipped';
    const { before } = decision;
    if (!before || before.failed !== null) return { done, owner: null };
    if (before.input === job.input) return { done, owner: job.input };
    const rivals = this.#folders.some((folder) => this.#outputOf(folder, before.input) === job.output);
    const there = rivals && (await fs.stat(before.input).catch(() => null)) !== null;
    return { done, owner: there ? before.input : null };
  }

  /** What an input in that folder is written to; null when it is not in it. */
  #outputOf(folder: string, input: string): string | null {
    if (!input.startsWith(`${folder}${path.sep}`)) return null;
    return outputName(path.relative(folder, input), this.#settings.recipe.format);
  }
}
