/**
 * The conveyor: takes exposures from intake to journal. Batch and watch differ only in where the jobs come from.
 *
 *     jobs -> already done? -> pool -> journal -> events
 */

import type { ReferencePaths } from './calibration/load.ts';
import type { Outcome } from './outcome.ts';
import type { Recipe } from './recipe.ts';

/** What a run was asked to do: options and recipe file, checked and resolved. Paths are absolute. */
export interface RunSettings {
  readonly inputs: readonly string[];
  readonly out: string;
  readonly recipe: Recipe;
  readonly references: ReferencePaths;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly threads: number;
  readonly journal: string;
  readonly force: boolean;
  readonly inlineSeconds: number | null;
  /** The command line, for the journal and whoever finds the lock. */
  readonly command: string;
}

/** What a run tells while it goes on; `--json` prints one per line. */
export type RunEvent =
  | { readonly event: 'started'; readonly run: number; readonly exposures: number; readonly bytes: number; readonly threads: number }
  | { readonly event: 'note'; readonly message: string }
  | { readonly event: 'outcome'; readonly outcome: Outcome }
  | { readonly event: 'finished'; readonly run: number; readonly exit: ExitCode; readonly done: number; readonly skipped: number; readonly failed: number; readonly suspect: number; readonly seconds: number };

/** 0 all done; 1 refused; 2 some failed; 3 stopped by the environment; 130, 143 stopped by SIGINT, SIGTERM. */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143;

/** For `--dry-run`: what would be done with one exposure, and why. */
export interface Intention {
  readonly input: string;
  readonly output: string;
  readonly would: 'correct' | 'skip' | 'fail';
  readonly reason: string;
}
