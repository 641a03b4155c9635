/** What is no spike: small, sharp, bright or dark things that microscopists look for, on 200 counts of Poisson noise. */

import { noise } from '../../src/tools/simulate/noise.ts';
import type { Image } from '../oracle/image.ts';

export interface Feature {
  readonly name: string;
  readonly image: Image;
  /** Exposures of it are marked as diffraction. */
  readonly diffraction?: boolean;
}

const SIDE = 512;

type Draw = (row: number, col: number) => number;

const exposed = (seed: number, expected: Draw): Image => {
  const { poisson } = noise(seed, 31);
  const pixels = Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
    poisson(Math.max(0, expected(Math.floor(i / SIDE), i % SIDE))),
  );
  return { width: SIDE, height: SIDE, pixels };
};

/** One thing in every cell of 32 x 32 px, at a place between pixels, drawn relative to its middle. */
const scattered = (seed: number, thing: Draw): Draw => {
  const { uniform } = noise(seed, 32);
  const places = Array.from({ length: 2 * (SIDE / 32) ** 2 }, () => 12 + 8 * uniform());
  return (row, col) => {
    const cell = 2 * (Math.floor(row / 32) * (SIDE / 32) + Math.floor(col / 32));
    return thing((row % 32) - places[cell]!, (col % 32) - places[cell + 1]!);
  };
};

/** A ball of `diameter` px as a camera sees it, its edge blurred by a third of a pixel. */
const disk =
  (diameter: number): Draw =>
  (y, x) =>
    1 / (1 + Math.exp((Math.hypot(y, x) - diameter / 2) / 0.33));

const spot =
  (sigma: number): Draw =>
  (y, x) =>
    Math.exp(-(y * y + x * x) / (2 * sigma * sigma));

/** Arms of 1.5 px that branch from a middle. */
const dendrite: Draw = (y, x) => {
  const arm = Math.min(Math.abs(y), Math.abs(x), Math.abs(y - x) / Math.SQRT2, Math.abs(y + x) / Math.SQRT2);
  return Math.hypot(y, x) < 11 && arm < 0.75 ? 1 : 0;
};

/** The features of a seed. */
export function* features(seed: number): Generator<Feature> {
  const make = (name: string, expected: Draw, diffraction = false): Feature => ({
    name,
    image: exposed(seed, expected),
    diffraction,
  });
  for (const diameter of [3, 5, 10]) {
    const beads = scattered(seed, disk(diameter));
    yield make(`dark gold beads of ${diameter} px`, (r, c) => 200 - 170 * beads(r, c));
  }
  for (const diameter of [3, 4, 5]) {
    const beads = scattered(seed, disk(diameter));
    yield make(`bright beads of ${diameter} px`, (r, c) => 200 + 1500 * beads(r, c));
  }
  const dendrites = scattered(seed, dendrite);
  yield make('bright dendrites', (r, c) => 200 + 800 * dendrites(r, c));
  yield make('dark dendrites', (r, c) => 200 - 150 * dendrites(r, c));
  const ice = scattered(seed, spot(2.5));
  yield make('ice crystals', (r, c) => 200 + 400 * ice(r, c));
  yield make('a grid bar', (r, c) => (r + 0.7 * c > 400 ? 200 : 4));
  yield make('corners of a mesh', (r, c) => (r % 64 < 20 || c % 64 < 20 ? 4 : 200));
  yield make('bright corners of a mesh', (r, c) => (r % 64 < 20 && c % 64 < 20 ? 900 : 100));
  yield make('lattice fringes of 2.5 px', (r, c) => 200 + 120 * Math.sin((2 * Math.PI * (r + 0.3 * c)) / 2.5));
  yield make('a lattice of 5 px', (r, c) => {
    return 100 + 600 * (Math.cos((2 * Math.PI * r) / 5) * Math.cos((2 * Math.PI * c) / 5)) ** 4;
  });
  for (const sigma of [0.7, 1, 1.5]) {
    for (const peak of [200, 2000, 40_000]) {
      const spots = scattered(seed, spot(sigma));
      yield make(`Bragg spots, sigma ${sigma} px, ${peak} counts`, (r, c) => 20 + peak * spots(r, c), true);
    }
  }
}
