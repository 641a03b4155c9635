/**
 * Holds the references against the first exposures. Exposures are added one by one; what they say together is asked for
 * as often as wanted. Definitions: manual, references.
 */

import path from 'node:path';
import type { OpenExposure } from '../../formats/index.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { ReferenceCheck, ReferenceChecks } from '../../model/reference-checks.ts';
import type { ReferenceFile, ReferenceLayout } from '../references.ts';
import { type Turn, turnPixels, turnsOf } from '../turns.ts';
import { type Blocked, blocked } from './blocks.ts';
import { KernelCorrelator } from './correlator.ts';
import { beamCheck, type DarkFit, type DarkGiven, hotPixelCheck, levelCheck } from './dark-check.ts';
import { outstanding, timeRatio } from './dark-time.ts';
import { type Fit, fitsOf } from './fits.ts';
import type { Plane } from './neighbours.ts';
import { type NormGiven, patternCheck, structureCheck } from './norm-check.ts';
import { patternOf } from './pattern.ts';
import { Seen, split } from './seen.ts';
import { type Shift, type Slope, shiftsFor, slopeOf } from './slope.ts';
import { badIn, planeIn, type Window, windowOf } from './window.ts';
import { WindowReader } from './window-reader.ts';

/** So many exposures are looked at, at most. */
export const MOST_EXPOSURES = 20;

/** Sides of the blocks in which larger structure is compared, px; and blocks along a side, at least. */
const BLOCKS = [4, 16] as const;
const LEAST_BLOCKS = 16;

/** The norm's pattern and what the exposures show, at one scale. */
interface Scale {
  readonly side: number;
  readonly u: Float32Array;
  readonly seen: Seen;
  readonly shifts: readonly Shift[];
}

export class ReferenceChecker {
  readonly #layout: ReferenceLayout;
  readonly #window: Window;
  readonly #reader: WindowReader;
  readonly #correlator: KernelCorrelator;
  readonly #bad: Uint8Array;
  readonly #dark: Float32Array | null;
  readonly #norm: Float32Array | null;
  readonly #u: Float32Array | null;
  readonly #seen: Seen;
  readonly #scales: readonly Scale[];
  /** See `#beamIn`; the dark does not change with the exposures. */
  #beam: Slope | null = null;
  #milliseconds = 0;

  constructor(layout: ReferenceLayout, kernels: Kernels, memory: WebAssembly.Memory) {
    const began = performance.now();
    this.#layout = layout;
    this.#window = windowOf(layout);
    const { width, height } = this.#window;
    this.#reader = new WindowReader(kernels, memory);
    this.#correlator = new KernelCorrelator(kernels, memory);
    this.#bad = badIn(layout, this.#window, memory);
    this.#dark = layout.dark ? planeIn(layout.dark, layout, this.#window, memory) : null;
    this.#norm = layout.norm ? planeIn(layout.norm, layout, this.#window, memory) : null;
    this.#u = this.#norm && patternOf({ width, height, pixels: this.#norm }, this.#bad);
    this.#seen = new Seen(width, height, this.#dark);
    const scales = this.#norm && Math.min(width, height) >= LEAST_BLOCKS * BLOCKS[0] ? BLOCKS : [];
    this.#scales = scales
      .filter((side) => Math.min(width, height) >= LEAST_BLOCKS * side)
      .map((side) => this.#scale(side));
    this.#milliseconds = performance.now() - began;
  }

  /** Whether there is anything to hold against exposures. */
  get idle(): boolean {
    return this.#dark === null && this.#norm === null;
  }

  get exposures(): number {
    return this.#seen.exposures;
  }

  /**
   * False: it is not of the size of the references.
   * @throws Fault
   */
  async add(open: OpenExposure): Promise<boolean> {
    const began = performance.now();
    const { width, height, firstRow } = open.source.exposure;
    if (width !== this.#layout.width || height !== this.#layout.height) return false;
    const turned = this.#layout.firstRow !== null && this.#layout.firstRow !== firstRow;
    const { pixels, frames } = await this.#reader.read(open, this.#window, turned);
    this.#seen.add(pixels, frames);
    for (const { side, seen } of this.#scales) seen.add(this.#blocked(pixels, side).pixels, frames);
    this.#milliseconds += performance.now() - began;
    return true;
  }

  /** What the exposures say that were added so far. */
  checks(): ReferenceChecks {
    const began = performance.now();
    const { width, height } = this.#window;
    const fits =
      this.#u &&
      fitsOf(this.#u, turnsOf(this.#layout), this.#seen, {
        firstRow: this.#firstRow,
        shifts: shiftsFor(width, height),
        correlator: this.#correlator,
      });
    const checks = this.exposures > 0 ? [...this.#ofNorm(fits), ...this.#ofDark(fits?.[0] ?? null)] : [];
    this.#milliseconds += performance.now() - began;
    return { exposures: this.exposures, seconds: Math.round(this.#milliseconds) / 1000, checks };
  }

  #plane(pixels: Float32Array): Plane {
    return { ...this.#window, pixels };
  }

  #blocked(pixels: Float32Array, side: number): Blocked {
    return blocked(this.#plane(pixels), this.#bad, side);
  }

  #scale(side: number): Scale {
    // Sensitivities add up, norms do not.
    const sensitivity = this.#blocked(
      this.#norm!.map((norm) => 1 / norm),
      side,
    );
    const { width, height, bad } = sensitivity;
    const u = patternOf({ width, height, pixels: sensitivity.pixels.map((s) => 1 / s) }, bad);
    const dark = this.#dark && this.#blocked(this.#dark, side).pixels;
    return { side, u, seen: new Seen(width, height, dark), shifts: shiftsFor(width, height) };
  }

  #ofNorm(fits: readonly Fit[] | null): ReferenceCheck[] {
    if (fits === null) return [];
    const slopes = new Map<number, Slope>(
      this.#scales.map(({ side, u, seen, shifts }) => [side, slopeOf(u, seen, shifts, this.#correlator)]),
    );
    const pattern = patternCheck(fits, slopes.get(BLOCKS[0]) ?? null, this.#normGiven);
    // Where the norm is another one altogether, its structure says the same again.
    return pattern.refused ? [pattern] : [pattern, structureCheck(slopes, this.#normGiven)];
  }

  /** `pattern`: the slope of the norm's pattern, as given; null where there is no norm. */
  #ofDark(pattern: Slope | null): ReferenceCheck[] {
    if (this.#dark === null) return [];
    const excess = split(this.#plane(this.#dark)).excess;
    const hot = hotPixelCheck(this.#darkFits(excess), this.#darkGiven);
    const mean = this.#dark.reduce((sum, x) => sum + x, 0) / this.#dark.length;
    const level = levelCheck(this.#seen.meanRaw, mean, pattern, this.#darkGiven);
    if (pattern === null) return [hot, level];
    this.#beam ??= this.#beamIn(this.#u!, this.#dark);
    const signal = Math.max(0, pattern.slope) * this.#seen.meanLevel + Math.max(0, this.#beam.slope);
    return [hot, level, beamCheck(this.#beam, signal, this.#darkGiven)];
  }

  #darkFits(excess: Float32Array): DarkFit[] {
    const places = outstanding(excess, this.#bad);
    const { raw, frames } = this.#seen;
    const fit = (turn: Turn, dark: Float32Array, at: Int32Array): DarkFit => {
      const ratio = timeRatio(at, dark, raw, frames);
      const alike = at.reduce((sum, i) => sum + (Math.abs(raw[i]! / frames / dark[i]! - 1) < 0.25 ? 1 : 0), 0);
      return { turn, ...ratio, following: at.length > 0 ? alike / at.length : 0 };
    };
    const [given, ...turns] = turnsOf(this.#layout);
    const first = fit(given!, excess, places);
    // Where half of the dark is there, it is not turned.
    if (first.slope > 0.5 || places.length === 0) return [first];
    const others = turns.map((turn) => {
      const turned = turnPixels(turn, excess, this.#window, this.#firstRow);
      const marks = new Uint8Array(excess.length);
      for (const at of places) marks[at] = 1;
      const moved = turnPixels(turn, marks, this.#window, this.#firstRow);
      return fit(
        turn,
        turned,
        Int32Array.from(moved.keys()).filter((i) => moved[i] === 1),
      );
    });
    return [first, ...others];
  }

  /** The dark, as if it were an exposure: counts of beam by which it shows the pattern of the norm. */
  #beamIn(u: Float32Array, dark: Float32Array): Slope {
    const { width, height } = this.#window;
    const seen = new Seen(width, height, null);
    seen.add(dark, 1);
    const level = new Float32Array(dark.length).fill(1);
    return slopeOf(u, { width, height, excess: seen.excess, level }, shiftsFor(width, height), this.#correlator);
  }

  get #firstRow() {
    // As `loadReferences` takes rows that are used as they are stored.
    return this.#layout.firstRow ?? 'bottom';
  }

  #file(...roles: readonly ReferenceFile['role'][]): ReferenceFile {
    return this.#layout.files.find(({ role }) => roles.includes(role))!;
  }

  get #normGiven(): NormGiven {
    const { path: file, orientation = 'none', role } = this.#file('norm', 'bright');
    return { name: path.basename(file), bright: role === 'bright', dark: this.#dark !== null, turn: orientation };
  }

  get #darkGiven(): DarkGiven {
    const { path: file, orientation = 'none', scale = 1 } = this.#file('dark');
    return { name: path.basename(file), turn: orientation, scale };
  }
}
