/** What saving float32 instead of 16 bit would have cost: the bytes more, at the speed at which the same run wrote. */

import type { Batch, Work } from '../journal/contents.ts';
import { PIXELS } from '../model/exposure.ts';

/** Integer microseconds, and how they came about. */
export interface FloatSaving {
  readonly micros: number;
  readonly arithmetic: string;
}

/** `pixels`: how many pixels of an exposure of a batch would have been saved. */
export function floatSaving(
  batches: readonly Batch[],
  runs: readonly Work[],
  pixels: (batch: Batch) => number,
): FloatSaving {
  let micros = 0;
  let more = 0;
  for (const { run, bytesWritten, writing } of runs) {
    if (bytesWritten === 0) continue;
    const added = batches
      .filter((batch) => batch.run === run)
      .reduce((sum, batch) => sum + batch.exposures * pixels(batch) * addedByFloat(batch), 0);
    more += added;
    micros += Math.round((added / bytesWritten) * writing);
  }
  const speed = micros > 0 ? ` at ${Math.round(more / micros)} MB/s of write and flush` : '';
  return { micros, arithmetic: `${micros / 1e6} s to write ${Math.round(more / 1e6)} MB more as float32${speed}` };
}

/** Bytes a pixel. */
const addedByFloat = ({ typeWritten }: Batch): number => PIXELS.float32.bytes - PIXELS[typeWritten].bytes;
