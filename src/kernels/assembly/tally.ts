/**
 * What `unpack`, `clip` and `pack` count, as 64-bit cells behind an address: one tally per exposure. The host reads the
 * same layout through `../tally.ts`.
 */

export const SATURATED: usize = 0;
export const NON_FINITE: usize = 8;
export const CLIPPED_LOW: usize = 16;
export const CLIPPED_HIGH: usize = 24;
export const OUT_OF_RANGE: usize = 32;
/** Pixels as written. Sixteen-bit ones are summed as signed 16-bit numbers (uint16 minus 32 768), exactly. */
export const MIN: usize = 40;
export const MAX: usize = 48;
export const SUM: usize = 56;
export const SUM_OF_SQUARES: usize = 64;

@inline
export function add(cell: usize, amount: i64): void {
  store<i64>(cell, load<i64>(cell) + amount);
}
