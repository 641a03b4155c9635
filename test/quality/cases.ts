/** Images with known spikes: real ones where they are present, and simulated sessions. Flat-fielded, defects not repaired. */

import fs from 'node:fs';
import path from 'node:path';
import { camera, expose } from '../../src/tools/simulate/camera.ts';
import { type Noise, noise } from '../../src/tools/simulate/noise.ts';
import { scene } from '../../src/tools/simulate/scene.ts';
import { plant, type SpikePixel, spikes } from '../../src/tools/simulate/spikes.ts';
import { DATA } from '../correct/lab.ts';
import type { Image } from '../oracle/image.ts';
import { readPlainMrc } from '../oracle/plain-mrc.ts';

export interface Case {
  readonly name: string;
  readonly image: Image;
  /** 1 where a spike was planted, where the camera is bad. */
  readonly planted: ArrayLike<number>;
  readonly bad: ArrayLike<number>;
  /** The same exposure without spikes, noise and all; null: nobody knows. */
  readonly clean: Image | null;
  /** Spikes of more than 9 px are to be found as well. */
  readonly anySize?: boolean;
}

/** The shared micrographs that are there. */
export function* realCases(): Generator<Case> {
  for (const name of ['grid-square', 'negative-stain']) {
    const read = (file: string): Image => readPlainMrc(path.join(DATA, name, file));
    if (!fs.existsSync(path.join(DATA, name))) continue;
    const [planted, bad] = [read('planted-spikes.mrc').pixels, read('bad-pixels.mrc').pixels];
    yield { name, image: read('flat-fielded.mrc'), planted, bad, clean: null };
  }
}

interface Simulated {
  readonly name: string;
  readonly seed: number;
  /** px */
  readonly side: number;
  /** Counts per pixel without a specimen. */
  readonly dose: number;
  /** 1: as the scene is; 4: its transmission to the fourth power. */
  readonly contrast: number;
  readonly plants: 'X-rays' | 'faint' | 'crowded';
}

export const SESSIONS: readonly Simulated[] = [
  { name: '20 counts', seed: 61, side: 1024, dose: 20, contrast: 1, plants: 'X-rays' },
  { name: '200 counts', seed: 62, side: 1024, dose: 200, contrast: 1, plants: 'X-rays' },
  { name: '2000 counts, contrast x4', seed: 63, side: 1024, dose: 2000, contrast: 4, plants: 'X-rays' },
  { name: '10 000 counts', seed: 64, side: 1024, dose: 10_000, contrast: 1, plants: 'X-rays' },
  { name: '200 counts, faint', seed: 65, side: 1024, dose: 200, contrast: 1, plants: 'faint' },
  { name: '2000 counts, contrast x4, faint', seed: 66, side: 1024, dose: 2000, contrast: 4, plants: 'faint' },
  { name: '500 counts, faint and crowded', seed: 67, side: 1024, dose: 500, contrast: 1, plants: 'crowded' },
];

export function simulated({ name, seed, side, dose, contrast, plants }: Simulated): Case {
  const sensor = camera(side, side, seed);
  const expected = new Float32Array(side * side);
  scene(side, side, dose, noise(seed, 2)).expected(0, side, expected);
  for (let i = 0; i < expected.length; i++) expected[i] = dose * (expected[i]! / dose) ** contrast;
  const deviations = expected.map((x) => Math.sqrt(x + 9));
  const raw = new Uint16Array(side * side);
  expose(sensor, expected, 0, noise(seed, 3), raw);
  const flat = (): Image => ({
    width: side,
    height: side,
    pixels: Float32Array.from(raw, (x, i) => (x - sensor.dark[i]!) / (sensor.sensitivity[i]! || 1)),
  });
  const clean = flat();
  const source = noise(seed, 4);
  const hits =
    plants === 'X-rays'
      ? spikes(side, side, source)
      : faint(side, deviations, plants === 'faint' ? 3e-4 : 1.5e-3, source);
  plant(hits, 0, side, side, raw);
  const planted = new Uint8Array(side * side);
  for (const { row, col } of hits) planted[row * side + col] = 1;
  return { name, image: flat(), planted, bad: sensor.defects, clean };
}

/** Patches of 1 to 9 px with a peak of 15 to 60 deviations; every fourth is a straight line, every fourth a rectangle. */
function faint(side: number, deviations: Float32Array, rate: number, { uniform }: Noise): SpikePixel[] {
  const pick = (count: number): number => Math.floor(count * uniform());
  const found = new Map<number, SpikePixel>();
  const shapes = Math.ceil(rate * side * side);
  for (let n = 0; n < shapes; n++) {
    const size = 1 + pick(9);
    const row = pick(side);
    const col = pick(side);
    const peak = 15 + 45 * uniform();
    const wide = n % 4 === 1 ? Math.ceil(Math.sqrt(size)) : size;
    const upright = uniform() < 0.5;
    let [r, c] = [row, col];
    for (let i = 0; i < size; i++) {
      if (n % 4 < 2) {
        const [along, across] = [i % wide, Math.floor(i / wide)];
        [r, c] = upright ? [row + along, col + across] : [row + across, col + along];
      } else if (i > 0) [r, c] = [r + pick(3) - 1, c + pick(3) - 1];
      if (r < 0 || c < 0 || r >= side || c >= side || found.has(r * side + c)) continue;
      const part = peak * (0.5 + 0.5 * uniform()) * deviations[r * side + c]!;
      found.set(r * side + c, { row: r, col: c, counts: Math.ceil(part) });
    }
  }
  return [...found.values()];
}
