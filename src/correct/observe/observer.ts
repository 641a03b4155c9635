/** What looks at the pixels of an exposure on their way and changes none: thumbnails, spikes, patches, mask, survey. */

import type { Corrected } from '../../model/outcome.ts';
import type { Sample, Spike } from '../../model/sample.ts';
import type { LineBuffer } from '../line-buffer.ts';
import type { RawRows } from './raw-rows.ts';

/** The rows from `from` to `to` (exclusive) of a frame: in the line, and as they were read. */
export interface Batch {
  readonly frame: number;
  readonly from: number;
  readonly to: number;
  readonly line: LineBuffer;
  readonly raw: RawRows;
}

/** Opened for one exposure. Batches come in rising order; the functions are called in the order in which they stand here. */
export interface Observer {
  /** Rows that must stay in the line, and of the raw, behind those that leave. */
  readonly lookBack?: number;
  /** Rows that were just read, in counts: no step has touched them. */
  arrives?(batch: Batch): void;
  /** Rows that every step is done with. The promise ends when the rows are not needed any more. */
  leaves?(batch: Batch): void | Promise<void>;
  /** What it saw, once all frames have passed. */
  finish?(): Partial<Observed>;
  /** The exposure was accepted, and is about to be published. */
  accepted?(): Promise<Partial<Observed>>;
  /** The exposure was published. */
  published?(): void;
  /** Called at the end, whatever has become of the exposure: what was not published goes. */
  discard?(): void;
}

/** What observers tell of an exposure. */
export interface Observed extends Pick<Corrected, 'patches' | 'maskBytes'> {
  readonly thumbnails: Omit<Sample, 'spikes'>;
  readonly spikes: readonly Spike[];
}
