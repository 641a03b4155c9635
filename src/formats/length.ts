/** Lengths as files state them. */

/** Names of units: angstrom in one of them. */
const UNITS: Readonly<Record<string, number>> = {
  m: 1e10,
  meters: 1e10,
  mm: 1e7,
  um: 1e4,
  // Micro sign and Greek letter.
  '\u00b5m': 1e4,
  '\u03bcm': 1e4,
  nm: 10,
  pm: 0.01,
  A: 1,
  // Letter and sign.
  '\u00c5': 1,
  '\u212b': 1,
};

/** Angstrom; absent where the unit is none of length. */
export function inAngstrom(length: number, unit: string): number | undefined {
  const size = length * (UNITS[unit.trim()] ?? Number.NaN);
  return size > 0 && Number.isFinite(size) ? size : undefined;
}
