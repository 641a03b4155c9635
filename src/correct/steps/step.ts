/** What a correction is: its options, and how it works on the rows of an exposure. One object per step, listed in `index.ts`. */

import type { Arena } from '../../kernels/arena.ts';
import type { Tally } from '../../kernels/tally.ts';
import type { FirstRow, Geometry } from '../../model/exposure.ts';
import type { OptionTable } from '../../model/option.ts';
import type { Counts, Stage } from '../../model/outcome.ts';
import type { References } from '../../references/references.ts';
import type { LineBuffer } from '../line-buffer.ts';

/** What a step may know of the exposure before its first pixel. */
export interface Setting {
  readonly geometry: Geometry;
  readonly firstRow: FirstRow;
  /** MRC labels or lines of the ImageDescription. */
  readonly description: readonly string[];
  readonly references: References;
  readonly arena: Arena;
  readonly tally: Tally;
  /** Counts; raw pixels at or above it carry a mark in the line. */
  readonly saturation: number;
}

/** A step at work on one exposure. */
export interface Work {
  /** Rows below a row that must have passed the step before, and rows above that it still needs afterwards. */
  readonly ahead: number;
  readonly behind: number;
  /** Corrects `rows` rows of the line from `row` on, in place; called for all rows of a frame in rising order. */
  work(line: LineBuffer, row: number, rows: number): void;
  /** What it counted, once all frames have passed. */
  counts(): Partial<Counts>;
  /** Despike: peaks that rose as spikes do and stayed, because they were too large. */
  leftAlone?(): number;
  /** How it stands in labels and the journal, such as "despike leginon 11/3.5"; empty: only there in case an exposure needs it. */
  readonly said: string;
  readonly notes?: readonly string[];
}

export interface Step<Options> {
  readonly name: string;
  /** Where its time is counted. */
  readonly stage: Stage;
  readonly options: OptionTable;
  /** Returns null when there is nothing to do for this exposure. Reserves its memory from the arena, touches none. */
  open(options: Options, setting: Setting): Work | null;
}
