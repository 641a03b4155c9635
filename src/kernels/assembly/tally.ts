/**
 * What `unpack`, `clip` and `pack` count: 64-bit cells behind an address, aligned to 8; one tally per exposure. The host
 * resets and reads the same layout through `../tally.ts`.
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

/** The lowest and the highest of the pixels that clip or range changed, before they did (float64, in counts). */
export const LOWEST: usize = 72;
export const HIGHEST: usize = 80;

/** Bytes of a tally. */
export function tallyBytes(): usize {
  return HIGHEST + 8;
}

/** A pixel that was changed, as it was. */
@inline
export function widen(tally: usize, pixel: f32): void {
  const value = <f64>pixel;
  if (value < load<f64>(tally + LOWEST)) store<f64>(tally + LOWEST, value);
  if (value > load<f64>(tally + HIGHEST)) store<f64>(tally + HIGHEST, value);
}

@inline
export function add(cell: usize, amount: i64): void {
  store<i64>(cell, load<i64>(cell) + amount);
}
