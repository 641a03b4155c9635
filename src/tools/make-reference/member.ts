/** What is known of each exposure of a series. */

import type { Metadata } from '../../model/metadata.ts';
import type { Blocks } from '../../references/blocks.ts';

export type Kind = 'dark' | 'bright';

/** One exposure of the series: a file, or a frame of a stack. */
export interface Member {
  /** As messages name it. */
  readonly name: string;
  readonly file: string;
  readonly frame: number;
  /** Mean counts. */
  readonly level: number;
  readonly blocks: Blocks;
  /** Part of the pixels at the highest counts, where so many are there that the camera or the file can hold no more. */
  readonly saturated: number;
  /** Counts of the lattice. */
  readonly pixels: Float32Array;
  readonly metadata: Metadata;
}

/** Where the pixels of the lattice are. */
export interface Lattice {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}
