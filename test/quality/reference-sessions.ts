/** Sessions as the checks of references meet them: a camera, its norm, scenes of several kinds, and what can be wrong. */

import type { Plane } from '../../src/references/checks/neighbours.ts';
import { type Noise, noise } from '../../src/tools/simulate/noise.ts';
import { scene } from '../../src/tools/simulate/scene.ts';

export interface Kind {
  readonly side: number;
  /** Counts per pixel above the dark. */
  readonly counts: number;
  readonly exposures: number;
  /** Standard deviation of the sensitivity from pixel to pixel, parts of the mean. */
  readonly strength: number;
  /** `fibre`: smooth sensitivity with columns, and noise that is blurred by 0.7 px. */
  readonly camera?: 'pixels' | 'fibre';
  readonly seed: number;
}

export interface Made {
  readonly kind: Kind;
  /** The norm as it was measured, from 60 000 electrons a pixel. */
  readonly norm: Plane;
  readonly dark: Float32Array;
  /** Raw counts of each exposure. */
  readonly raws: readonly Float32Array[];
}

const READ_NOISE = 3;
const ELECTRONS = 60_000;
const HOT = 0.001;

/** Scenes, one of which each session has. */
const SCENES = ['carbon', 'hole', 'bars', 'empty', 'always the same'] as const;

export function made(kind: Kind): Made {
  const { side, counts, exposures, seed, camera = 'pixels' } = kind;
  const own = noise(seed, 301);
  const sensitivity = sensitivityOf(kind, own);
  const dark = darkOf(side, own);
  const norm = Float32Array.from(sensitivity, (s) => 1 / (s * (1 + own.gaussian() / Math.sqrt(ELECTRONS))));
  const what = SCENES[seed % SCENES.length]!;
  const readout = noise(seed, 302);
  const raws = Array.from({ length: exposures }, (_, i) => {
    const expected = view(what, side, counts, noise(seed, 303, what === 'always the same' ? 0 : i));
    const lit = expected.map((x, at) => x * sensitivity[at]!);
    if (camera === 'fibre') return blurred(lit, dark, side, readout);
    readout.detect(lit, READ_NOISE);
    return lit.map((x, at) => Math.max(0, Math.round(x + dark[at]!)));
  });
  return { kind, norm: { width: side, height: side, pixels: norm }, dark, raws };
}

/** One in a thousand pixels is hot. */
function darkOf(side: number, { gaussian, uniform }: Noise): Float32Array {
  const columns = Float32Array.from({ length: side }, () => 2 * gaussian());
  return Float32Array.from({ length: side * side }, (_, at) => {
    const hot = uniform() < HOT ? 50 + 400 * uniform() : 0;
    return 100 + columns[at % side]! + gaussian() + hot;
  });
}

function sensitivityOf({ side, strength, camera }: Kind, { gaussian, uniform }: Noise): Float32Array {
  const columns = Float32Array.from({ length: side }, () => 1 + (strength / 2) * gaussian());
  const quadrants = [0, 1, 2, 3].map(() => 1 + 0.01 * gaussian());
  const pixels = Float32Array.from({ length: side * side }, () => gaussian());
  const grain = camera === 'fibre' ? smooth(smooth(pixels, side), side).map((x) => 3 * x) : pixels;
  return Float32Array.from({ length: side * side }, (_, at) => {
    const [row, col] = [Math.floor(at / side), at % side];
    const quadrant = quadrants[(2 * row < side ? 0 : 2) + (2 * col < side ? 0 : 1)]!;
    // A speck of dust, and a dead pixel now and then.
    const fate = uniform();
    const flaw = fate < 0.0001 ? 0.05 : 1;
    return quadrant * columns[col]! * Math.max(0.2, 1 + strength * grain[at]!) * flaw;
  });
}

/** What stands before the camera, in counts. */
export function view(what: (typeof SCENES)[number], side: number, counts: number, source: Noise): Float32Array {
  const out = new Float32Array(side * side);
  if (what === 'empty') return out.fill(counts);
  if (what === 'bars') {
    const width = 4 + Math.floor(12 * source.uniform());
    const [slope, first] = [source.uniform() < 0.5 ? 0 : source.uniform(), side * source.uniform()];
    for (let at = 0; at < out.length; at++) {
      const along = first + (at % side) + slope * Math.floor(at / side);
      out[at] = counts * (Math.floor(along / width) % 2 === 0 ? 1 : 0.4);
    }
    return out;
  }
  scene(side, side, counts, source).expected(0, side, out);
  return out;
}

/** The mean of 3 x 3 px, cyclic. */
function smooth(pixels: Float32Array, side: number): Float32Array {
  return pixels.map((_, at) => {
    const [row, col] = [Math.floor(at / side), at % side];
    let sum = 0;
    for (let r = -1; r <= 1; r++)
      for (let c = -1; c <= 1; c++) sum += pixels[((row + r + side) % side) * side + ((col + c + side) % side)]!;
    return sum / 9;
  });
}

/** Light spreads in the fibres before it is counted: Gaussian, 0.7 px. */
function blurred(lit: Float32Array, dark: Float32Array, side: number, readout: Noise): Float32Array {
  readout.detect(lit, 0);
  const [near, here] = [0.218, 0.564];
  const across = lit.map((x, at) => {
    const col = at % side;
    return here * x + near * (lit[at - (col > 0 ? 1 : -1)]! + lit[at + (col + 1 < side ? 1 : -1)]!);
  });
  return across.map((x, at) => {
    const row = Math.floor(at / side);
    const above = across[at - (row > 0 ? side : -side)]!;
    const below = across[at + (row + 1 < side ? side : -side)]!;
    const count = here * x + near * (above + below) + READ_NOISE * readout.gaussian();
    return Math.max(0, Math.round(count + dark[at]!));
  });
}
