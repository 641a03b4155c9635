/**
 * X-rays that the beam knocks out of the column and that end in the sensor: patches of 1 to 9 px, brighter than
 * anything the electrons leave. Their counts do not depend on the scene. Sizes and brightness as in micrographs of
 * CCDs; cosmic rays in telescopes look the same (van Dokkum 2001, PASP 113, 1420).
 */

import { SATURATION } from './camera.ts';
import type { Noise } from './noise.ts';

/** One pixel of a patch; `counts` are added to what the camera read. */
export interface SpikePixel {
  readonly row: number;
  readonly col: number;
  readonly counts: number;
}

/** Events per pixel of one exposure: about 1700 on 4096 x 4096. */
const RATE = 1e-4;
/** Parts of all patches that are larger than 1, 2 ... 8 px. */
const LARGER = [0.65, 0.42, 0.3, 0.22, 0.15, 0.1, 0.06, 0.03];
/** Counts of a patch's brightest pixel: from FAINTEST to BRIGHTEST, twice as bright being half as frequent. */
const FAINTEST = 1500;
const BRIGHTEST = 25_000;

/** The spikes of one exposure, by row; a pixel stands at most once. At least one, however small the picture. */
export function spikes(width: number, height: number, noise: Noise): SpikePixel[] {
  const counts = new Map<number, number>();
  const events = Math.max(1, noise.poisson(RATE * width * height));
  for (let event = 0; event < events; event++) {
    const brightest = FAINTEST / (1 - (1 - FAINTEST / BRIGHTEST) * noise.uniform());
    for (const [i, place] of patch(width, height, noise).entries()) {
      const share = i === 0 ? 1 : 0.4 + 0.6 * noise.uniform();
      counts.set(place, Math.round(brightest * share));
    }
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([place, value]) => ({ row: Math.floor(place / width), col: place % width, counts: value }));
}

/** Places (row x width + col) of one patch: it grows from a pixel to random neighbours of what it has, inside the picture. */
function patch(width: number, height: number, noise: Noise): number[] {
  const pick = (count: number): number => Math.floor(count * noise.uniform());
  const drawn = noise.uniform();
  const size = 1 + LARGER.filter((part) => drawn < part).length;
  const places = [pick(width * height)];
  for (let tries = 0; places.length < size && tries < 100; tries++) {
    const from = places[pick(places.length)]!;
    const row = Math.floor(from / width) + pick(3) - 1;
    const col = (from % width) + pick(3) - 1;
    const place = row * width + col;
    if (row >= 0 && row < height && col >= 0 && col < width && !places.includes(place)) places.push(place);
  }
  return places;
}

/** Adds those of `spikes` that lie in `rows` rows from `first` on to the counts read there. */
export function plant(
  found: readonly SpikePixel[],
  first: number,
  rows: number,
  width: number,
  counts: Uint16Array,
): void {
  for (const { row, col, counts: more } of found) {
    if (row < first || row >= first + rows) continue;
    const i = (row - first) * width + col;
    counts[i] = Math.min(SATURATION, counts[i]! + more);
  }
}
