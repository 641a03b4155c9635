/** Definition of the norm (gain) reference. Everything in the plainest form; `src/calibration` must agree in every bit. */

import type { Image } from './image.ts';

/** Counts: a pixel that sees less signal than this is divided as if it saw this much. */
const FLOOR = 0.001;
/** A pixel that would be multiplied by more than this is dead. */
const CAP = 20;

/** References that are fit for use, all of one size: finite everywhere, `defects` 1 where they cannot be trusted. */
export interface Calibration {
  readonly dark: Image;
  readonly norm: Image;
  readonly defects: Image<Uint8Array>;
}

/**
 * From dark and bright, in counts: d = bright - dark in float32, norm = mean(d) / max(d, 0.001) in double, rounded once
 * to float32. Non-finite pixels of either take no part in the mean. Dead and non-finite pixels get norm 1 and join the
 * defects; non-finite ones get dark 0 as well.
 */
export function normFrom(dark: Image, bright: Image): Calibration {
  const count = dark.pixels.length;
  const defects = new Uint8Array(count);
  const cleanDark = new Float32Array(count);
  const difference = new Float32Array(count);
  let sum = 0;
  let finite = 0;
  for (let i = 0; i < count; i++) {
    const d = dark.pixels[i]!;
    const b = bright.pixels[i]!;
    if (!Number.isFinite(d) || !Number.isFinite(b)) {
      defects[i] = 1;
      continue;
    }
    cleanDark[i] = d;
    difference[i] = Math.fround(b - d);
    sum += difference[i]!;
    finite++;
  }
  const mean = sum / finite;
  const norm = new Float32Array(count).fill(1);
  for (let i = 0; i < count; i++) {
    if (defects[i] === 1) continue;
    const value = Math.fround(mean / Math.max(difference[i]!, FLOOR));
    if (value > CAP) defects[i] = 1;
    else norm[i] = value;
  }
  return {
    dark: { ...dark, pixels: cleanDark },
    norm: { ...dark, pixels: norm },
    defects: { ...dark, pixels: defects },
  };
}

/** A norm that was given is used as it is; where it is not a finite number above 0 the pixel gets 1 and joins the defects. */
export function normGiven(given: Image): { norm: Image; defects: Image<Uint8Array> } {
  const bad = Uint8Array.from(given.pixels, (value) => (Number.isFinite(value) && value > 0 ? 0 : 1));
  const norm = given.pixels.map((value, i) => (bad[i] === 1 ? 1 : value));
  return { norm: { ...given, pixels: norm }, defects: { ...given, pixels: bad } };
}
