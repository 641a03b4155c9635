/** What a run is asked to do, checked and resolved: what the command line makes of options and recipe. */

import type { Shard } from '../model/shard.ts';
import type { ReferencePaths } from '../references/references.ts';
import type { Sets } from '../references/sets.ts';
import type { Recipe } from './recipe.ts';

/** Paths are absolute. */
export interface RunSettings {
  readonly inputs: readonly string[];
  readonly out: string;
  readonly recipe: Recipe;
  readonly references: ReferencePaths;
  /** Sets and rules, where each exposure may have references of its own. */
  readonly choosing: Sets;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly threads: number;
  readonly journal: string;
  /** How long timings are kept one by one, days; 0: by the day only. */
  readonly keepDays: number;
  readonly force: boolean;
  /** The part of the exposures that is corrected; null: all of them. */
  readonly shard: Shard | null;
  readonly inlineSeconds: number | null;
  /** Time what correcting inline would cost on this computer, once, after the last exposure. */
  readonly inlineTiming: boolean;
  /** A warning of the camera makes the exit code 2. */
  readonly strictCamera: boolean;
  /** Fewer exposures than that, done, skipped and failed together, and the exit code is 2; null: any number is right. */
  readonly expect: number | null;
  /** The command line, for the journal and the lock. */
  readonly command: string;
}

/** Times in ms, monotonic. */
export interface WatchSettings extends RunSettings {
  readonly settle: number;
  readonly settleStack: number;
  readonly giveUp: number;
  /** 0: the system tells of changes. */
  readonly poll: number;
  /** null: never. */
  readonly untilIdle: number | null;
  readonly stopFile: string | null;
  readonly statusFile: string;
  /** Percent of the output's disk. */
  readonly minFree: number;
}
