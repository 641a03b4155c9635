/** What an exposure shows of itself on the page: two thumbnails, a histogram, its strongest pixels. */

/** Box means as bytes: 0 stands for `low` counts, 255 for `high`, which are the 0.5 and the 99.5 percentile. */
export interface Thumbnail {
  readonly low: number;
  readonly high: number;
  /** Row by row, rows in the stored order of the raw file. */
  readonly pixels: Uint8Array;
}

/** Pixels in bins of equal width from `low` to `high` counts. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

/** One of the highest pixels of the raw, and what became of it; counts. */
export interface Strong {
  readonly row: number;
  readonly col: number;
  readonly before: number;
  readonly after: number;
}

/** About 34 kB at most. */
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
  /** At most one in a row, highest first. */
  readonly strongest: readonly Strong[];
}
