/** What an exposure shows of itself on the page: two thumbnails, a histogram, its strongest spikes. */

/**
 * Counts that are of use for pictures and means. Floats reach 3.4e38, whose sums overflow: what is beyond this no camera
 * counts, and one such pixel would hide all others.
 */
export const usable = (counts: number): boolean => Math.abs(counts) <= MOST_COUNTS;

const MOST_COUNTS = 1e12;

/** Counts as bytes: 0 stands for `low` counts, 255 for `high`; of box means they are the 0.5 and the 99.5 percentile. */
export interface Thumbnail {
  readonly low: number;
  readonly high: number;
  /** Row by row, rows in the stored order of the raw file. */
  readonly pixels: Uint8Array;
}

/** Where there are no finite limits all is black. */
export function thumbnail(counts: Float32Array, from: number, to: number): Thumbnail {
  const [low, high] = Number.isFinite(from) && Number.isFinite(to) ? [from, to] : [0, 0];
  const scale = high > low ? 255 / (high - low) : 0;
  // It rounds and limits by itself, at once.
  const pixels = new Uint8ClampedArray(counts.length);
  for (let i = 0; i < counts.length; i++) pixels[i] = (counts[i]! - low) * scale;
  return { low, high, pixels: new Uint8Array(pixels.buffer) };
}

/** Pixels in bins of equal width from `low` to `high` counts. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** Side of the crop around a spike, px of the exposure. */
export const CROP = 21;

/** A pixel that despike replaced: among those around it the one that rose highest above what it became. */
export interface Spike {
  readonly row: number;
  readonly col: number;
  /** Counts after flat-field, and as it was written; null: no finite number. */
  readonly before: number | null;
  readonly after: number | null;
  /** CROP x CROP px around it: from 4 deviations below the median to 12 above. */
  readonly raw: Thumbnail;
  readonly corrected: Thumbnail;
}

/** About 38 kB at most. */
export interface Sample {
  /** Of the thumbnails, px. */
  readonly width: number;
  readonly height: number;
  /** Side of a box, px of the exposure. */
  readonly box: number;
  readonly raw: Thumbnail;
  readonly corrected: Thumbnail;
  readonly rawHistogram: Histogram;
  readonly correctedHistogram: Histogram;
  /** The strongest, first the one that rose highest; no two share a crop. */
  readonly spikes: readonly Spike[];
}
