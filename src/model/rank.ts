/** Ranks of values by the nearest rank: every figure that is shown was measured, none is interpolated. */

/** The smallest of `sorted` (rising) that at least `part` (0 to 1) of them do not exceed; `none` where there are none. */
export const rank = (sorted: ArrayLike<number>, part: number, none = Number.NaN): number =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? none;

/** Of values in any order; of an even number the lower one in the middle. */
export const median = (values: ArrayLike<number>, none = Number.NaN): number =>
  rank(Float64Array.from(values).sort(), 0.5, none);
