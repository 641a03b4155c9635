/**
 * What is done about trouble that is no exposure's fault: no room, a share that went away, a journal that cannot be
 * written. `run` stops at once, resume goes on; `watch` (`pauses.ts`) pauses and tries again.
 */

import type { Journal } from '../journal/journal.ts';
import type { Outcome } from '../model/outcome.ts';
import { reportTrouble } from '../report/trouble.ts';

export interface Policy {
  /** Resolves when nothing speaks against writing the next exposure; false: the run ends instead. */
  clear(): Promise<boolean>;
  /** Whether the output folder is where it was; nothing is written below it otherwise. */
  atHome(): Promise<boolean>;
  /** After trouble, perhaps much later: whether to try again. */
  overcome(trouble: string): Promise<boolean>;
  /** Something was written and recorded. */
  passed(): void;
  /** Makes the reports; `watch` lets another process do it. Resolves to what went wrong, or null. */
  report(journal: Journal, out: string): Promise<string | null>;
  /** Whether an outcome is the last word on its exposure; if not it is dropped, and the exposure comes again. */
  isFinal(outcome: Outcome): boolean;
  /** Acquisition may go on on the same computer, and comes first. */
  readonly besideAcquisition: boolean;
}

/** The way of a shard: reports are made of all of them together. */
export const withoutReports: Policy = {
  clear: () => Promise.resolve(true),
  atHome: () => Promise.resolve(true),
  overcome: () => Promise.resolve(false),
  passed: () => undefined,
  report: () => Promise.resolve(null),
  isFinal: () => true,
  besideAcquisition: false,
};

/** The way of `run`. `tell` is given the report in a few lines, as soon as it is known and before it is written. */
export const stopAtOnce = (tell: (summary: string) => void): Policy => ({
  ...withoutReports,
  report: async (journal, out) => {
    try {
      // Loaded in the shadow of the work, see `run.ts`.
      const [{ reportFrom, writeReport }, { summary }] = await Promise.all([
        import('../report/report.ts'),
        import('../report/summary.ts'),
      ]);
      const made = reportFrom(journal);
      if (!made) return null;
      tell(summary(made.report, true));
      await writeReport(made.report, made.pictures, out);
      return null;
    } catch (error) {
      return reportTrouble(error, out);
    }
  },
});
