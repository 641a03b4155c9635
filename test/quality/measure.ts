/** Runs a method of ours over scenes and seeds, and gathers what the table shows. */

import type { Again } from '../../src/correct/steps/step.ts';
import { pass } from '../correct/passing.ts';
import { repairDefects } from '../oracle/defects.ts';
import type { Image } from '../oracle/image.ts';
import { type Peer, sweep } from './peers.ts';
import type { Scene, SceneCase } from './scenes.ts';
import { type Score, score } from './score.ts';

export interface Measured extends Score {
  readonly f1: number;
  readonly spikes: number;
  readonly again: Again | null;
}

/** As `correct` does it: once more with other options where a step asks for that. */
export async function despiked(made: SceneCase, scene: Scene, recipe: object): Promise<Despiked> {
  const through = (more: object): ReturnType<typeof pass> =>
    pass([made.image], {
      steps: made.map ? ['defects', 'despike'] : ['despike'],
      recipe: { ...recipe, ...(scene.diffraction ? { diffraction: true } : {}), ...more },
      ...(made.map ? { map: made.map } : {}),
      saturation: made.saturation ?? 65_535,
      bandRows: 16,
    });
  const first = await through({});
  const { frames, counts, times } = first.again ? await through(first.again.recipe) : first;
  return { out: frames[0]!, spikes: counts.spikes, micros: times.despike, again: first.again };
}

interface Despiked {
  readonly out: Image;
  readonly spikes: number;
  readonly micros: number;
  readonly again: Again | null;
}

export async function measured(scene: Scene, seed: number, recipe: object): Promise<Measured> {
  const made = scene.make(seed);
  const { out, spikes, again } = await despiked(made, scene, recipe);
  const found = score(made, out);
  const { recall, precision } = found;
  const f1 = recall + precision > 0 ? (2 * recall * precision) / (recall + precision) : 0;
  return { ...found, f1, spikes, again };
}

/** A peer on a scene, at the setting of its sweep that the truth likes best; or why that cannot be. */
export async function measuredPeer(scene: Scene, seed: number, peer: Peer): Promise<Measured | string> {
  const made = scene.make(seed);
  const found = sweep(peer, made.map ? repairDefects(made.image, made.map).image : made.image);
  if (typeof found === 'string') return found;
  const before = made.map ? { ...made, image: repairDefects(made.image, made.map).image } : made;
  const all = found.map((out) => withF1(score(before, out), out, before.image));
  return all.reduce((best, one) => (one.f1 > best.f1 ? one : best));
}

function withF1(found: Score, out: Image, image: Image): Measured {
  const { recall, precision } = found;
  const f1 = recall + precision > 0 ? (2 * recall * precision) / (recall + precision) : 0;
  const spikes = out.pixels.reduce((n, x, i) => n + (x === image.pixels[i] ? 0 : 1), 0);
  return { ...found, f1, spikes, again: null };
}
