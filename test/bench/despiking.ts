/** Despike `robust` against `leginon`, the step alone on one thread, in turns, by what is on the exposure. */

import { counted } from '../made/images.ts';
import type { Image } from '../oracle/image.ts';
import { simulated } from '../quality/cases.ts';
import { SCENES } from '../quality/scenes.ts';
import { inMemory } from './in-memory.ts';
import type { Section } from './stage.ts';
import { fold, median, type Row } from './table.ts';
import { inTurns } from './turns.ts';

interface Kind {
  readonly what: string;
  /** The ratio that is wanted. */
  readonly must: number;
  make(side: number): Image;
}

const micrograph = (plants: 'X-rays' | 'crowded') => (side: number) =>
  simulated({ name: plants, seed: 67, side, dose: 500, contrast: 1, plants }).image;

/** Exposures of a scene side by side, each with its own seed. */
const tiles =
  (group: string, name: string) =>
  (side: number): Image => {
    const scene = SCENES.find((each) => each.group === group && each.name === name)!;
    const pixels = new Float32Array(side * side);
    for (let tile = 0, top = 0; top < side; top += 512) {
      for (let left = 0; left < side; left += 512, tile++) {
        const { image } = scene.make(81 + tile);
        for (let r = 0; r < 512; r++)
          pixels.set(image.pixels.subarray(r * 512, (r + 1) * 512), (top + r) * side + left);
      }
    }
    return { width: side, height: side, pixels };
  };

const KINDS: readonly Kind[] = [
  { what: 'a micrograph with 100 X-rays in a million pixels', must: 1.2, make: micrograph('X-rays') },
  { what: 'a crowded one: 1500 in a million', must: 1.5, make: micrograph('crowded') },
  {
    what: 'sparse counts: 0.2 per pixel',
    must: 1.5,
    make: (side) => counted({ width: side, height: side, seed: 68, mean: 0.2 }),
  },
  {
    what: 'sharp dark bars, 420 X-rays in a million',
    must: 1.5,
    make: tiles('grid bars, sharp and blurred', 'sharp, dark'),
  },
];

export const despike: Section = {
  name: 'despike',
  describe: 'robust against leginon: a usual exposure, a crowded one, sparse counts, bars',
  async run({ quick, pairs, note }) {
    const side = quick ? 512 : 2048;
    const rows: Row[] = [];
    for (const { what, must, make } of KINDS) {
      note(`despike: ${what}`);
      const { pixels, width, height } = make(side);
      const counts = Uint16Array.from(pixels, (x) => Math.max(0, Math.min(65_535, Math.round(x))));
      const turn = async (method: 'robust' | 'leginon'): Promise<() => Promise<number>> => {
        const { pass } = await inMemory({ counts, width, height, recipe: { despike: method } });
        // A turn is as long as several exposures: its median is what the step takes.
        return async () => {
          const times: number[] = [];
          for (let i = 0; i < 5; i++) times.push((await pass()).despike / 1000);
          return median(times);
        };
      };
      const duel = await inTurns(2 * pairs, await turn('robust'), await turn('leginon'));
      rows.push({
        what: `despike robust, ${side} x ${side} px: ${what}`,
        ms: duel.ours,
        bytes: counts.byteLength,
        against: { name: 'leginon', ms: duel.theirs, ratio: duel.ratio },
        target: { measured: duel.ratio, must, shown: fold },
      });
    }
    return rows;
  },
};
