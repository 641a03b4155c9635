/** What a worker is given to correct an exposure with. Only paths and places in memory: pixels never pass between threads. */

import type { Slot } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Job, Look } from '../model/outcome.ts';
import type { ReferenceLayout } from '../references/references.ts';
import type { SurveyLayout } from './observe/survey.ts';
import type { Home } from './output-place.ts';
import type { Recipe } from './recipe.ts';

/** What a worker needs for any exposure. */
export interface Lab {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly recipe: Recipe;
  /** See `PipelineOptions`; the result does not depend on it. */
  readonly bandBytes: number;
}

/** What a worker needs for one exposure. Paths are absolute; `temporary` and `final` are on one file system. */
export interface Task {
  readonly job: Job;
  /** Where the references are in the shared memory. */
  readonly layout: ReferenceLayout;
  readonly temporary: string;
  readonly final: string;
  readonly slot: Slot;
  /** What the file must look like when it is opened, where that was waited for. */
  readonly look?: Look;
  /** The output folder, and the device it stands on: on another one nothing is written. */
  readonly home: Home;
  /** Where it leaves what it tells of the camera; null: it has done so before, or nobody asks. */
  readonly survey: SurveyLayout | null;
}

/** The slot lent was too small for this exposure: nothing was read, try again with one of `bytes`. */
export interface NeedsRoom {
  readonly status: 'needs room';
  readonly bytes: number;
}
