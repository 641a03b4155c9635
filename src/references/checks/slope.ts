/**
 * How much of a pattern is in what was seen: 1, it is there as given; 0, it is absent; -1, it is inverted. The error comes
 * from the data: the slopes that the pattern has when it is shifted to where it cannot belong.
 */

/** Shifts by which the error is measured, and the least of them along rows and columns, px. */
const SHIFTS = 24;
const LEAST = 16;

/** sum(u excess) and sum(u^2 level) with `u` moved. */
export interface Sums {
  readonly product: number;
  readonly power: number;
}

/** Whoever adds them up: `correlator.ts`. */
export interface Correlator {
  /** At each of the shifts. */
  sums(u: Float32Array, evidence: Evidence, shifts: readonly Shift[]): Sums[];
}

/** How far the pattern is moved down and to the right, cyclically. */
export interface Shift {
  readonly down: number;
  readonly right: number;
}

export interface Slope {
  readonly slope: number;
  readonly error: number;
  /** slope / error, and what it would be if the pattern were there as given: 1 / error. */
  readonly z: number;
  readonly expected: number;
}

/** `excess` and `level`: as `Seen` has them, pixel by pixel. */
export interface Evidence {
  readonly width: number;
  readonly height: number;
  readonly excess: Float32Array;
  readonly level: Float32Array;
}

/** The same for the same size: a check that is repeated says the same. */
export function shiftsFor(width: number, height: number): Shift[] {
  // Enough randomness for shifts: a linear congruential generator (Numerical Recipes, 2nd ed., p. 284).
  let state = (width * 65_537 + height) >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const between = (side: number): number => {
    const least = Math.min(LEAST, side >> 2);
    return least + below(side - 2 * least + 1);
  };
  return Array.from({ length: SHIFTS }, () => ({ down: between(height), right: between(width) }));
}

export const UNSHIFTED: Shift = { down: 0, right: 0 };

/** sum(u excess) / sum(u^2 level); its error is the root mean square of the same at the shifts. */
export function slopeOf(u: Float32Array, seen: Evidence, shifts: readonly Shift[], correlator: Correlator): Slope {
  const [slope, ...chance] = correlator.sums(u, seen, [UNSHIFTED, ...shifts]).map(quotient);
  return judged(slope!, chance);
}

/** The slope alone, which takes a twentieth of the time. */
export const slopeAlone = (u: Float32Array, seen: Evidence, correlator: Correlator): number =>
  quotient(correlator.sums(u, seen, [UNSHIFTED])[0]!);

export function judged(slope: number, chance: readonly number[]): Slope {
  const error = Math.sqrt(chance.reduce((sum, x) => sum + x * x, 0) / chance.length);
  // Without a pattern, or without counts, there is no slope at all.
  return error > 0 && Number.isFinite(slope)
    ? { slope, error, z: slope / error, expected: 1 / error }
    : { slope: 0, error: Number.POSITIVE_INFINITY, z: 0, expected: 0 };
}

const quotient = ({ product, power }: Sums): number => (power > 0 ? product / power : 0);
