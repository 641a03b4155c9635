/** References held against exposures that are added one by one, as planes of pixels. Definitions: manual, reference-checks. */

import type { FirstRow } from '../../model/exposure.ts';
import type { ReferenceCheck } from '../../model/reference-checks.ts';
import { type Turn, turnPixels } from '../turns.ts';
import { blocked } from './blocks.ts';
import { beamCheck, type DarkFit, type DarkGiven, hotPixelCheck, levelCheck } from './dark-check.ts';
import { outstanding, timeRatio } from './dark-time.ts';
import { type Fit, fitsOf } from './fits.ts';
import { type NormGiven, patternCheck, structureCheck } from './norm-check.ts';
import { patternOf } from './pattern.ts';
import { profileSlopes } from './profiles.ts';
import { Seen, split } from './seen.ts';
import { type Correlator, type Shift, type Slope, shiftsFor, slopeOf } from './slope.ts';

/** Sides of the blocks in which larger structure is compared, px; and blocks along a side, at least. */
const BLOCKS = [4, 16] as const;
const LEAST_BLOCKS = 16;

/** What is held against the exposures, all of one size, rows in one order. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly firstRow: FirstRow;
  /** The ways in which the camera can be turned; the first is `none`. */
  readonly turns: readonly Turn[];
  readonly dark: { readonly pixels: Float32Array; readonly given: DarkGiven } | null;
  readonly norm: { readonly pixels: Float32Array; readonly given: NormGiven } | null;
  /** 1 where the references have a bad pixel. */
  readonly bad: Uint8Array;
}

/** The norm's pattern and what the exposures show, at one scale. */
interface Scale {
  readonly side: number;
  readonly u: Float32Array;
  readonly seen: Seen;
  readonly shifts: readonly Shift[];
}

export class Compared {
  readonly #planes: Planes;
  readonly #correlator: Correlator;
  readonly #shifts: readonly Shift[];
  readonly #u: Float32Array | null;
  readonly #seen: Seen;
  readonly #scales: readonly Scale[];
  /** See `#beamIn`; the dark does not change with the exposures. */
  #beam: Slope | null = null;

  constructor(planes: Planes, correlator: Correlator) {
    const { width, height, norm, dark, bad } = planes;
    this.#planes = planes;
    this.#correlator = correlator;
    this.#shifts = shiftsFor(width, height);
    this.#u = norm && patternOf({ width, height, pixels: norm.pixels }, bad);
    this.#seen = new Seen(width, height, dark?.pixels ?? null);
    const sides = norm ? BLOCKS.filter((side) => Math.min(width, height) >= LEAST_BLOCKS * side) : [];
    this.#scales = sides.map((side) => this.#scale(norm!.pixels, side));
  }

  get exposures(): number {
    return this.#seen.exposures;
  }

  /** Raw counts, the sum of `frames` frames. */
  add(pixels: Float32Array, frames: number): void {
    this.#seen.add(pixels, frames);
    for (const { side, seen } of this.#scales) seen.add(this.#blocked(pixels, side).pixels, frames);
  }

  /** What the exposures say that were added so far. */
  checks(): ReferenceCheck[] {
    if (this.exposures === 0) return [];
    const { turns, firstRow } = this.#planes;
    const comparison = { firstRow, shifts: this.#shifts, correlator: this.#correlator };
    const fits = this.#u && fitsOf(this.#u, turns, this.#seen, comparison);
    return [...this.#ofNorm(fits), ...this.#ofDark(fits?.[0] ?? null)];
  }

  #blocked(pixels: Float32Array, side: number) {
    return blocked({ ...this.#planes, pixels }, this.#planes.bad, side);
  }

  #scale(norm: Float32Array, side: number): Scale {
    // Sensitivities add up, norms do not.
    const { width, height, pixels, bad } = this.#blocked(
      norm.map((x) => 1 / x),
      side,
    );
    const u = patternOf({ width, height, pixels: pixels.map((s) => 1 / s) }, bad);
    const dark = this.#planes.dark && this.#blocked(this.#planes.dark.pixels, side).pixels;
    return { side, u, seen: new Seen(width, height, dark), shifts: shiftsFor(width, height) };
  }

  #ofNorm(fits: readonly Fit[] | null): ReferenceCheck[] {
    const { norm } = this.#planes;
    if (norm === null || fits === null) return [];
    const slopes = new Map<number, Slope>(
      this.#scales.map(({ side, u, seen, shifts }) => [side, slopeOf(u, seen, shifts, this.#correlator)]),
    );
    const larger = [...slopes.values(), ...profileSlopes(this.#u!, this.#seen, this.#shifts)];
    const pattern = patternCheck(fits, larger, norm.given);
    // Where the norm is another one altogether, its structure says the same again.
    return pattern.refused ? [pattern] : [pattern, structureCheck(slopes, norm.given)];
  }

  /** `pattern`: the slope of the norm's pattern, as given; null where there is no norm. */
  #ofDark(pattern: Slope | null): ReferenceCheck[] {
    const { dark, width, height } = this.#planes;
    if (dark === null) return [];
    const { excess } = split({ width, height, pixels: dark.pixels });
    const hot = hotPixelCheck(this.#darkFits(excess), dark.given);
    const mean = dark.pixels.reduce((sum, x) => sum + x, 0) / dark.pixels.length;
    const level = levelCheck(this.#seen.meanRaw, mean, pattern, dark.given);
    if (pattern === null) return [hot, level];
    this.#beam ??= this.#beamIn(this.#u!, dark.pixels);
    const signal = Math.max(0, pattern.slope) * this.#seen.meanLevel + Math.max(0, this.#beam.slope);
    return [hot, level, beamCheck(this.#beam, signal, dark.given)];
  }

  #darkFits(excess: Float32Array): DarkFit[] {
    const { turns, firstRow, bad } = this.#planes;
    const places = outstanding(excess, bad);
    const { raw, frames } = this.#seen;
    const fit = (turn: Turn, dark: Float32Array, at: Int32Array): DarkFit => {
      const alike = at.reduce((sum, i) => sum + (Math.abs(raw[i]! / frames / dark[i]! - 1) < ALIKE ? 1 : 0), 0);
      return { turn, ...timeRatio(at, dark, raw, frames), following: at.length > 0 ? alike / at.length : 0 };
    };
    const given = fit(turns[0]!, excess, places);
    // Where half of the dark is there, it is not turned.
    if (given.slope > 0.5 || places.length === 0) return [given];
    const marks = new Uint8Array(excess.length);
    for (const at of places) marks[at] = 1;
    const others = turns.slice(1).map((turn) => {
      const moved = turnPixels(turn, marks, this.#planes, firstRow);
      const at = Int32Array.from(moved.keys()).filter((i) => moved[i] === 1);
      return fit(turn, turnPixels(turn, excess, this.#planes, firstRow), at);
    });
    return [given, ...others];
  }

  /** The dark, as if it were an exposure: counts of beam by which it shows the pattern of the norm. */
  #beamIn(u: Float32Array, dark: Float32Array): Slope {
    const { width, height } = this.#planes;
    const seen = new Seen(width, height, null);
    seen.add(dark, 1);
    const level = new Float32Array(dark.length).fill(1);
    return slopeOf(u, { width, height, excess: seen.excess, level }, this.#shifts, this.#correlator);
  }
}

/** A pixel follows the dark when it is as strong, give or take this part. */
const ALIKE = 0.25;
