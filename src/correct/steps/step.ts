/** What a correction is: its options, and how it works on the rows of an exposure. One object per step, listed in `index.ts`. */

import type { Arena } from '../../kernels/arena.ts';
import type { Tally } from '../../kernels/tally.ts';
import type { Exposure, FirstRow, Geometry, PixelType, WrittenType } from '../../model/exposure.ts';
import type { Metadata } from '../../model/metadata.ts';
import type { Contradiction, Given, OptionTable } from '../../model/option.ts';
import type { Corrected, Counts, Stage } from '../../model/outcome.ts';
import type { ReferenceFile, References } from '../../references/references.ts';
import type { LineBuffer } from '../line-buffer.ts';
import type { EffectiveOption, Met } from './effective-option.ts';

/** With more lost pixels than this part an exposure fails in the end: no step needs to spend its time on them. */
export const MOST_LOST = 0.01;

/** What a resume key may depend on besides options: what is known of an exposure from its header. */
export type Keyed = Pick<Exposure, 'frames' | 'type'>;

/** Pixels that a step counts, by the name under which the record of an exposure has them. */
export type StepCounts = Counts & Pick<Corrected, 'leftAlone'>;

/** One kind of correction. `Options`: the options of the recipe that it reads, its own and others. */
export interface Step<Options, Name extends string = string> {
  readonly name: Name;
  /** Where its time is counted. */
  readonly stage: Stage;
  /** Its options, on the command line and in recipes; `recipeOptions` only in recipes. */
  readonly options: OptionTable;
  readonly recipeOptions?: OptionTable;
  readonly contradictions?: readonly Contradiction[];
  /** The flag that leaves it out of the steps. */
  readonly leftOutBy?: keyof Options & string;
  /** Options that were not given and have another default because of those that were. */
  implied?(given: Given): Partial<Options>;
  /** What it cannot work without, as a sentence; null: nothing is missing. */
  missing?(given: Given): string | null;
  /** Files that its pixels depend on. */
  readonly references?: readonly ReferenceFile['role'][];
  /** It sets the marks of the pixels that it replaces: patches are counted, masks are written. */
  readonly marks?: true;
  /** What it writes in place of pixels that are no finite numbers, in words. */
  readonly replacesLost?: string;
  /** The options that its pixels depend on, defaults filled in: its part of the resume key. Null: idle for such exposures. */
  key(options: Options, exposure: Keyed): Readonly<Record<string, unknown>> | null;
  /** What one of its options comes to, null where it is not in use. Without this function: as given. */
  effective?(name: string, asked: Effective<Options>): EffectiveOption | null;
  /** Returns null when there is nothing to do for this exposure. Reserves its memory from the arena, touches none. */
  open(options: Options, context: StepContext): Omit<OpenStep, 'name' | 'stage' | 'marks'> | null;
  /** @throws Fault when its counts say that nothing may be published. */
  refuse?(found: { readonly path: string; readonly counts: Counts; readonly pixels: number }, options: Options): void;
}

export interface Effective<Options> {
  /** As the journal has it: options that did not exist then are missing. */
  readonly recipe: Partial<Options>;
  /** The step is among the recipe's steps. */
  readonly running: boolean;
  /** Empty: no exposure was met yet. */
  readonly met: readonly Met[];
}

/** What a step may know of the exposure before its first pixel. */
export interface StepContext {
  readonly geometry: Geometry;
  readonly firstRow: FirstRow;
  /** MRC labels or lines of the ImageDescription. */
  readonly description: readonly string[];
  /** What the file and the one beside it state of how it was taken. */
  readonly metadata?: Metadata | undefined;
  /** The types of the raw pixels and of those written. */
  readonly read: PixelType;
  readonly written: WrittenType;
  readonly references: References;
  readonly arena: Arena;
  readonly tally: Tally;
  /** Counts; raw pixels at or above it carry a mark in the line. */
  readonly saturation: number;
}

/** What a step has learnt from an exposure as a whole, for correcting it again from the start. */
export interface Again {
  /** Options that differ then. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** What is said of the exposure: a reason for suspicion, or a note. */
  readonly suspect?: string;
  readonly note?: string;
}

/** A step at work on one exposure. */
export interface OpenStep {
  readonly name: string;
  readonly stage: Stage;
  readonly marks: boolean;
  /** Rows below a row that must have passed the step before, and rows above that it still needs afterwards. */
  readonly ahead: number;
  readonly behind: number;
  /** Corrects `rows` rows of the line from `row` on, in place; called for all rows of a frame in rising order. */
  work(line: LineBuffer, row: number, rows: number): void;
  /** Asked once all frames have passed; null: all is well. */
  again?(): Again | null;
  /** What it counted, once all frames have passed. */
  counts(): Partial<StepCounts>;
  /** How it stands in labels and the journal, such as "despike leginon 11/3.5"; empty: only there in case an exposure needs it. */
  readonly label: string;
  readonly notes?: readonly string[];
  /** References that are now in the pixels. */
  readonly applied?: readonly ('dark' | 'norm')[];
}
