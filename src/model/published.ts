/** What the same tasks took elsewhere: Leginon's timing analysis, 4k Gatan camera, 2007. */

/** Microseconds per exposure of `pixels`, so that sums of them are exact. */
export const PUBLISHED = {
  pixels: 4096 * 4096,
  readout: 8_000_000,
  transfer: 600_000,
  /** 64 MB of float32, to a local disk and over NFS. */
  saving: { local: 400_000, NFS: 1_400_000 },
  flatField: 500_000,
  despike: 1_800_000,
  clip: 1_100_000,
  statistics: 800_000,
} as const;
