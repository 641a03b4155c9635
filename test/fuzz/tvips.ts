/** TVIPS streams, in one file and in two: their sizes, bits and headers of frames set to what hurts. */

import fs from 'node:fs';
import path from 'node:path';
import { madeTvips, tvipsFrames } from '../made/tvips.ts';
import { anyChange, type Change, EDGES, number } from './changes.ts';
import type { Random } from './random.ts';
import { checkImage } from './reading.ts';
import type { Target } from './target.ts';

const SIZE = { width: 17, height: 11, type: 'uint16' } as const;

export const tvips: Target = {
  name: 'tvips',
  extension: '.tvips',
  async make(random) {
    const changes = Array.from({ length: random.between(1, 3) }, () =>
      random.chance(0.7) ? headerChange(random) : anyChange(random),
    );
    return { base: madeFile(random), changes };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'case_000.tvips');
    fs.writeFileSync(file, bytes);
    // A second file beside every other case: whole, or cut short.
    if (bytes.length % 2 === 0) {
      const later = tvipsFrames({ ...SIZE, frames: [new Array(SIZE.width * SIZE.height).fill(3)] });
      fs.writeFileSync(path.join(folder, 'case_001.tvips'), bytes.length % 4 === 0 ? later : later.subarray(1));
    }
    return await checkImage(file, folder, () => null);
  },
};

function madeFile(random: Random): Uint8Array {
  const { width, height } = SIZE;
  const frames = Array.from({ length: random.between(1, 4) }, () =>
    Array.from({ length: width * height }, () => random.below(250)),
  );
  return madeTvips({ ...SIZE, type: random.pick(['uint8', 'uint16']), frames, frameHeader: random.pick([60, 128]) });
}

function headerChange(random: Random): Change {
  const at = 4 * random.below(14);
  const value = random.chance(0.5) ? random.below(300) : random.pick(EDGES);
  return (bytes) => number(bytes, at, 4, value, true);
}
