/** DM3 and DM4 files: their tags, counts and types set to what hurts. */

import fs from 'node:fs';
import path from 'node:path';
import { DM_TYPES, madeDmFile } from '../made/dm.ts';
import { anyChange, type Change, EDGES, edited, number } from './changes.ts';
import type { Random } from './random.ts';
import { checkImage } from './reading.ts';
import type { Target } from './target.ts';

export const dm: Target = {
  name: 'dm',
  extension: '.dm3',
  async make(random) {
    const changes = Array.from({ length: random.between(1, 3) }, () =>
      random.chance(0.6) ? tagChange(random) : anyChange(random),
    );
    return { base: madeFile(random), changes };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'case.dm3');
    fs.writeFileSync(file, bytes);
    return await checkImage(file, folder, () => null);
  },
};

function madeFile(random: Random): Uint8Array {
  const type = random.pick(Object.keys(DM_TYPES) as (keyof typeof DM_TYPES)[]);
  const [width, height, frames] = [random.between(1, 60), random.between(1, 30), random.pick([1, 1, 2, 4])];
  const dimensions = frames === 1 ? [width, height] : [width, height, frames];
  const pixels = Array.from({ length: width * height * frames }, () => random.below(120));
  const image = { type, dimensions, pixels, scale: [0.2, 'nm'] as const };
  const images = random.chance(0.2) ? [image, { ...image, dimensions: [1, 1], pixels: [1] }] : [image];
  return madeDmFile(images, { version: random.pick([3, 4]), littleEndian: random.chance(0.7), thumbnail: 3 });
}

/** A number or a letter beside one of the marks of the tags. */
function tagChange(random: Random): Change {
  const [which, where, size] = [random.uniform(), random.between(-30, 30), random.pick([1, 2, 4, 8])];
  const value = random.chance(0.5) ? random.below(24) : random.pick(EDGES);
  const little = random.chance(0.2);
  return (bytes) => {
    const marks = [...Buffer.from(bytes).toString('latin1').matchAll(/%%%%/g)].map(({ index }) => index);
    const at = Math.max(0, (marks[Math.floor(which * marks.length)] ?? 0) + where);
    return size === 1
      ? edited(bytes, at, (copy) => copy.fill(value % 256, at, at + 1))
      : number(bytes, at, size, value, little);
  };
}
