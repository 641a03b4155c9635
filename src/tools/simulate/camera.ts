/**
 * The camera: a 16-bit CCD read out through four amplifiers. counts = Poisson(scene x sensitivity) + dark + read noise,
 * rounded, between 0 and saturation. Sizes of the effects are those of scintillator-coupled CCDs.
 *
 * Sources: Janesick 2001, Scientific Charge-Coupled Devices (photon transfer: shot noise, response non-uniformity,
 * dark-current spikes, columns); Faruqi & Subramaniam 2000, Q. Rev. Biophys. 33, 1 (CCDs in electron microscopy).
 * Simpler than life: one count is one detected event, neighbours do not share charge, nothing drifts within a session.
 */

import { type Noise, noise } from './noise.ts';

export interface Camera {
  readonly width: number;
  readonly height: number;
  /** Counts per count of the scene, about 1; 0 where dead. Row-major, as `dark` and `defects`. */
  readonly sensitivity: Float32Array;
  /** Counts without a beam. */
  readonly dark: Float32Array;
  /** 1 where a pixel is dead or hot, or in the dead column. */
  readonly defects: Uint8Array;
}

/** Counts at which a pixel is full. */
export const SATURATION = 65_535;
/** Deviation of the amplifiers, counts. */
const READ_NOISE = 3;
/** Relative deviations of the sensitivity: from pixel to pixel, from column to column, from amplifier to amplifier. */
const PIXELS_DIFFER = 0.02;
const COLUMNS_DIFFER = 0.01;
const QUADRANTS_DIFFER = 0.02;
/** The scintillator is brighter in the middle than in the corners. */
const VIGNETTE = 0.15;
/** Counts: offset of the amplifiers, and deviations from amplifier to amplifier, column to column, pixel to pixel. */
const BIAS = 120;
const BIAS_QUADRANTS = 8;
const BIAS_COLUMNS = 2;
const BIAS_PIXELS = 1.5;
/** The amplifiers' own glow reaches a 16th of the side into the picture. */
const GLOW = 40;
/** Chances per pixel. */
const DEAD = 1e-4;
const HOT = 2e-4;
const HOTTEST = 8000;
/** A narrower camera has no dead column: it would be more than the part of dead pixels that a reference may have. */
const DEAD_COLUMN_FROM = 320;

/** The camera of a session; the same seed is the same camera. */
export function camera(width: number, height: number, seed: number): Camera {
  const source = noise(seed, 1);
  const columns = Array.from({ length: width }, () => ({
    sensitivity: 1 + COLUMNS_DIFFER * source.gaussian(),
    dark: BIAS_COLUMNS * source.gaussian(),
  }));
  const quadrants = Array.from({ length: 4 }, () => ({
    sensitivity: 1 + QUADRANTS_DIFFER * source.gaussian(),
    dark: BIAS + BIAS_QUADRANTS * source.gaussian(),
  }));
  const deadColumn = width >= DEAD_COLUMN_FROM ? Math.floor(width * (0.1 + 0.8 * source.uniform())) : -1;

  const made: Camera = {
    width,
    height,
    sensitivity: new Float32Array(width * height),
    dark: new Float32Array(width * height),
    defects: new Uint8Array(width * height),
  };
  for (let row = 0; row < height; row++) {
    const y = (2 * row) / height - 1;
    for (let col = 0; col < width; col++) {
      const x = (2 * col) / width - 1;
      const quadrant = quadrants[(y < 0 ? 0 : 2) + (x < 0 ? 0 : 1)]!;
      const column = columns[col]!;
      const edge = Math.max(0, 16 * Math.max(Math.abs(x), Math.abs(y)) - 15);
      const i = row * width + col;
      made.sensitivity[i] =
        quadrant.sensitivity *
        column.sensitivity *
        (1 - (VIGNETTE / 2) * (x * x + y * y)) *
        Math.max(0.2, 1 + PIXELS_DIFFER * source.gaussian());
      made.dark[i] = quadrant.dark + column.dark + BIAS_PIXELS * source.gaussian() + GLOW * edge * edge;

      const fate = source.uniform();
      if (fate < DEAD || col === deadColumn) {
        made.sensitivity[i] = 0;
        made.defects[i] = 1;
      } else if (fate < DEAD + HOT) {
        made.dark[i]! += HOTTEST * (0.05 + 0.95 * source.uniform());
        made.defects[i] = 1;
      }
    }
  }
  return made;
}

/**
 * Reads rows from `first` on into `out`, under `expected` counts of the scene, which it overwrites (null: without a
 * beam). Bands of one exposure are read in rising order from one noise.
 */
export function expose(
  { width, sensitivity, dark }: Camera,
  expected: Float32Array | null,
  first: number,
  { detect }: Noise,
  out: Uint16Array,
): void {
  const at = first * width;
  const signal = expected?.subarray(0, out.length) ?? new Float32Array(out.length);
  for (let i = 0; i < signal.length; i++) signal[i]! *= sensitivity[at + i]!;
  detect(signal, READ_NOISE);
  for (let i = 0; i < out.length; i++) {
    // The rounding towards zero of `| 0` is what a processor does at once; below zero it is limited anyway.
    out[i] = Math.min(Math.max((signal[i]! + dark[at + i]! + 0.5) | 0, 0), SATURATION);
  }
}
