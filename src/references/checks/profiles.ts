/**
 * The pattern by columns and by rows: a camera reads them out together, and the noise of a norm averages out along them. So
 * they show a pattern that single pixels hide.
 */

import { type Evidence, judged, type Shift, type Slope } from './slope.ts';

/** The slope of the pattern's means of columns, and of rows. */
export function profileSlopes(u: Float32Array, seen: Evidence, shifts: readonly Shift[]): Slope[] {
  const { width, height } = seen;
  const column = { count: width, of: (_row: number, col: number) => col };
  const row = { count: height, of: (at: number) => at };
  return [
    slopeAlong(
      u,
      seen,
      column,
      shifts.map(({ right }) => right),
    ),
    slopeAlong(
      u,
      seen,
      row,
      shifts.map(({ down }) => down),
    ),
  ];
}

interface Lines {
  readonly count: number;
  /** The line that a pixel belongs to. */
  of(row: number, col: number): number;
}

/** As `slopeOf`, of the sums of lines. */
function slopeAlong(u: Float32Array, seen: Evidence, lines: Lines, shifts: readonly number[]): Slope {
  const { width, height, excess, level } = seen;
  const sums = [u, excess, level].map((pixels) => {
    const out = new Float64Array(lines.count);
    for (let row = 0; row < height; row++)
      for (let col = 0; col < width; col++) out[lines.of(row, col)]! += pixels[row * width + col]!;
    return out;
  }) as [Float64Array, Float64Array, Float64Array];
  const [pattern, over, under] = sums;
  const pixels = (width * height) / lines.count;
  const slopeAt = (shift: number): number => {
    let [product, power] = [0, 0];
    for (let i = 0; i < lines.count; i++) {
      const x = pattern[(i + lines.count - shift) % lines.count]! / pixels;
      product += x * over[i]!;
      power += x * x * under[i]!;
    }
    return power > 0 ? product / power : 0;
  };
  return judged(slopeAt(0), shifts.map(slopeAt));
}
