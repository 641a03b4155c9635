/** Norm (gain) references: computed from dark and bright, or checked when a file gives them. Definition: manual, corrections. */

import type { Kernels } from '../kernels/kernels.ts';
import { Refusal } from '../model/outcome.ts';
import type { DefectMask } from './defects.ts';

/** Signal below this many counts is no signal; it keeps the division finite. */
const FLOOR = Math.fround(0.001);
/** A pixel that would have to be multiplied by more is dead. */
const CAP = 20;
/** With more dead pixels than this the reference is wrong, not the camera. */
const MOST_DEAD = 0.005;

/** A bright that differs from the dark by a smaller part of it than this is suspected to be of its kind. */
const ALIKE = 0.05;
const TWO_OF_A_KIND = 'are both darks, or both brights? give one exposure without a beam and one with it';

/** A reference in the kernels' memory: float32 rows, `stride` floats apart. */
export interface Plane {
  readonly pixels: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

/**
 * Turns `bright` into the norm in place: mean(bright - dark) / max(bright - dark, 0.001), differences in float32, mean and
 * quotient in double, rounded once. Dead pixels (norm above 20) get 1 and join the defects, and so do those already in
 * `mask` (not finite in the files), whose dark becomes 0.
 * @throws Refusal when the mean is not positive, or more than 0.5 % of the pixels are dead
 */
export function normFromBright(bright: Plane, dark: Plane, mask: DefectMask, name: string, kernels: Kernels): void {
  const { width, height } = bright;
  const { mean, without } = signalOf(bright, dark, mask, kernels);
  const equal = Math.abs(mean) < ALIKE * Math.abs(without);
  const levels = `found ${(without + mean).toFixed(1)} counts in the bright and ${without.toFixed(1)} in the dark`;
  if (!(mean > 0)) {
    throw new Refusal(
      `${name}: mean(bright - dark) is ${mean.toFixed(2)} counts, expected more than 0: ${levels}; ${equal ? TWO_OF_A_KIND : 'are --dark and --bright swapped?'}`,
    );
  }
  const dead = divide(mean, bright, mask, kernels);
  const guess = equal ? `${levels}: ${TWO_OF_A_KIND}` : 'the beam blocked on a part of it, or the wrong file?';
  refuseTooManyDead(dead, width * height, name, guess);
}

/** Subtracts the dark; returns the means of what is left and of the dark, of pixels that are not in `mask`. */
function signalOf(
  { pixels: brights, width, height, stride }: Plane,
  { pixels: darks }: Plane,
  mask: DefectMask,
  { subtractDark, sumRow }: Kernels,
): { readonly mean: number; readonly without: number } {
  let sum = 0;
  let darkSum = 0;
  let measured = 0;
  for (let row = 0; row < height; row++) {
    if (!mask.hasRow(row)) {
      const [bright, darkRow] = [brights, darks].map(({ byteOffset }) => byteOffset + 4 * row * stride) as [
        number,
        number,
      ];
      sum = subtractDark(bright, darkRow, width, sum);
      darkSum = sumRow(darkRow, width, darkSum);
      measured += width;
      continue;
    }
    for (let col = 0; col < width; col++) {
      const at = row * stride + col;
      const signal = Math.fround(brights[at]! - darks[at]!);
      brights[at] = signal;
      if (mask.has(row, col)) {
        darks[at] = 0;
        continue;
      }
      sum += signal;
      darkSum += darks[at]!;
      measured++;
    }
  }
  return { mean: sum / measured, without: darkSum / measured };
}

/** Divides the mean by the signal, in place; returns how many pixels are dead, which get 1 and join `mask`. */
function divide(
  mean: number,
  { pixels, width, height, stride }: Plane,
  mask: DefectMask,
  { divideMean }: Kernels,
): number {
  let dead = 0;
  for (let row = 0; row < height; row++) {
    const bad = mask.hasRow(row);
    if (divideMean(pixels.byteOffset + 4 * row * stride, width, mean, FLOOR, CAP) === 0 && !bad) continue;
    for (let col = 0; col < width; col++) {
      const at = row * stride + col;
      if (pixels[at]! > CAP) mask.mark(row, col);
      else if (!(bad && mask.has(row, col))) continue;
      pixels[at] = 1;
      dead++;
    }
  }
  return dead;
}

/**
 * Checks a norm that was given, in the kernels' memory: values that are not positive and finite become 1 and join the defects.
 * @throws Refusal when there are more than 0.5 % of them
 */
export function checkNorm(norm: Plane, mask: DefectMask, name: string, { lowest }: Kernels): void {
  const { width, height, stride, pixels } = norm;
  // What is marked below is marked after it was looked at.
  const { marked } = mask;
  let dead = 0;
  for (let row = 0; row < height; row++) {
    // Most rows are good, which a kernel sees ten times as fast.
    if (!marked && lowest(pixels.byteOffset + 4 * row * stride, width) > 0) continue;
    for (let col = 0; col < width; col++) {
      const at = row * stride + col;
      if (pixels[at]! > 0 && !(marked && mask.has(row, col))) continue;
      pixels[at] = 1;
      mask.mark(row, col);
      dead++;
    }
  }
  refuseTooManyDead(dead, width * height, name, 'is it a norm (gain) reference?');
}

export function refuseTooManyDead(dead: number, pixels: number, name: string, guess: string): void {
  if (dead <= pixels * MOST_DEAD) return;
  const percent = ((100 * dead) / pixels).toFixed(1);
  throw new Refusal(`${name}: ${dead} pixels (${percent} %) are dead or not finite, expected at most 0.5 %; ${guess}`);
}
