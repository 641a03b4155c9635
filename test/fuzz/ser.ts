/** SER files: their counts, places, types and sizes set to what hurts. */

import fs from 'node:fs';
import path from 'node:path';
import { madeSer, type SerType } from '../made/ser.ts';
import { anyChange, type Change, EDGES, number } from './changes.ts';
import type { Random } from './random.ts';
import { checkImage } from './reading.ts';
import type { Target } from './target.ts';

export const ser: Target = {
  name: 'ser',
  extension: '.ser',
  async make(random) {
    const changes = Array.from({ length: random.between(1, 3) }, () =>
      random.chance(0.7) ? headerChange(random) : anyChange(random),
    );
    return { base: madeFile(random), changes };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'case_1.ser');
    fs.writeFileSync(file, bytes);
    return await checkImage(file, folder, () => null);
  },
};

function madeFile(random: Random): Uint8Array {
  const type = random.pick<SerType>(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32']);
  const [width, height, frames] = [random.between(1, 60), random.between(1, 30), random.pick([1, 1, 2, 4])];
  const images = Array.from({ length: frames }, () => Array.from({ length: width * height }, () => random.below(120)));
  return madeSer({ width, height, type, images, long: random.chance(0.5), total: frames + random.pick([0, 0, 3]) });
}

/** A number of the header, of the table of places, or of the header of the first image. */
function headerChange(random: Random): Change {
  const at = random.pick([random.between(4, 34), random.between(70, 120), random.between(100, 200)]);
  const value = random.chance(0.5) ? random.below(300) : random.pick(EDGES);
  const size = random.pick([2, 4, 4, 8]);
  return (bytes) => number(bytes, at, size, value, true);
}
