/** TIFF files of all layouts, their directories and streams damaged where it hurts. */

import fs from 'node:fs';
import path from 'node:path';
import { grey, type MadeField, type MadePage, makeTiff } from '../formats/tiff/maker.ts';
import { CannotTell, readPlainTiff } from '../oracle/plain-tiff.ts';
import { anyChange, type Change, edited } from './changes.ts';
import { directoryChange } from './directory-changes.ts';
import { loadPackers, PACKERS, unzstd } from './packers.ts';
import type { Random } from './random.ts';
import { checkImage, type Pixels } from './reading.ts';
import type { Target } from './target.ts';

export const tiff: Target = {
  name: 'tiff',
  extension: '.tif',
  async make(random) {
    await loadPackers();
    const changes = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () =>
      random.pick([directoryChange, streamChange, anyChange])(random),
    );
    return { base: madeTiffFile(random), changes };
  },
  async check(bytes, folder) {
    await loadPackers();
    const file = path.join(folder, 'case.tif');
    fs.writeFileSync(file, bytes);
    return await checkImage(file, folder, () => plainly(bytes));
  },
};

export function plainly(bytes: Uint8Array): Pixels | null {
  try {
    return readPlainTiff(bytes, unzstd);
  } catch (error) {
    if (error instanceof CannotTell) return null;
    throw new Error(`accepted, though plainly ${(error as Error).message}`, { cause: error });
  }
}

/** Bits and SampleFormat. */
const KINDS = [
  [4, 1],
  [8, 1],
  [8, 2],
  [16, 1],
  [16, 2],
  [16, 3],
  [32, 3],
] as const;

export function madeTiffFile(random: Random): Uint8Array {
  const bigEndian = random.chance(0.3);
  const [bits, format] = random.pick(KINDS);
  const [width, height] = [random.between(1, 60), random.between(1, 40)];
  const compression = Number(random.pick(Object.keys(PACKERS)));
  const predicts = random.chance(0.4) && [5, 8, 50_000].includes(compression);
  const predictor = predicts && bits > 4 ? random.pick(format === 3 ? [2, 3] : [2]) : 1;
  const tiled = random.chance(0.3);
  const [blockWidth, blockHeight] = tiled ? [16, 32] : [width, random.between(1, height)];
  const field = (tag: number, ...values: number[]): MadeField => ({ tag, type: 3, values });
  const fields = grey(width, height, bits, [
    field(259, compression),
    field(339, format),
    ...(predictor > 1 ? [field(317, predictor)] : []),
    ...(tiled ? [field(322, blockWidth), field(323, blockHeight)] : [{ tag: 278, type: 4, values: [blockHeight] }]),
    ...(random.chance(0.3) ? [{ tag: 270, type: 2, values: 'ImageJ=1.53t\nimages=1\n' }] : []),
    ...(random.chance(0.3) ? [{ tag: 282, type: 5, values: [72, 1] }] : []),
  ]);
  const page = (): MadePage => {
    const blocks: Uint8Array[] = [];
    for (let top = 0; top < height; top += blockHeight) {
      const rows = tiled ? blockHeight : Math.min(blockHeight, height - top);
      for (let left = 0; left < width; left += blockWidth)
        blocks.push(PACKERS[compression]!(blockOf(random, Math.ceil(blockWidth * (bits / 8)) * rows)));
    }
    return { fields, blocks, tiled };
  };
  const pages = Array.from({ length: random.pick([1, 1, 1, 2, 4]) }, page);
  return Uint8Array.from(makeTiff(pages, { big: random.chance(0.25), bigEndian }));
}

/** Noise, or few values that repeat: what compresses, and what does not. */
function blockOf(random: Random, bytes: number): Uint8Array {
  const values = random.pick([256, 256, 3, 1]);
  return Uint8Array.from({ length: bytes }, () => random.below(values));
}

/** Some bits of the strips or tiles, which stand before the first directory. */
function streamChange(random: Random): Change {
  const [where, value, length] = [random.uniform(), random.below(256), random.pick([1, 1, 2, 16])];
  return (bytes) => {
    const at = 16 + Math.floor(where * 0.7 * bytes.length);
    return edited(bytes, at, (copy) => copy.fill(value, at, Math.min(copy.length, at + length)));
  };
}
