/** MRC files of all modes, their header words set to what hurts. */

import fs from 'node:fs';
import path from 'node:path';
import { WORDS } from '../../src/formats/mrc/header.ts';
import { madeMrc } from '../made/mrc.ts';
import { readPlainStack } from '../oracle/plain-mrc.ts';
import { anyChange, type Change, EDGES, number } from './changes.ts';
import type { Random } from './random.ts';
import { checkImage } from './reading.ts';
import type { Target } from './target.ts';

export const mrc: Target = {
  name: 'mrc',
  extension: '.mrc',
  async make(random) {
    const changes = Array.from({ length: random.between(1, 4) }, () =>
      random.chance(0.7) ? headerChange(random) : anyChange(random),
    );
    return { base: madeMrcFile(random), changes };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'case.mrc');
    fs.writeFileSync(file, bytes);
    return await checkImage(file, folder, () => readPlainStack(bytes));
  },
};

/** Values in the range of the mode, whole where it has whole ones. */
const LARGEST: Readonly<Record<number, number>> = { 0: 127, 1: 30_000, 2: 1e6, 6: 65_535, 12: 2048 };

export function madeMrcFile(random: Random): Uint8Array {
  if (random.chance(0.1)) return madeNibbles(random);
  const mode = random.pick([0, 1, 2, 6, 12]);
  const [width, height, frames] = [random.between(1, 70), random.between(1, 40), random.pick([1, 1, 1, 2, 5])];
  const pixels = Array.from({ length: width * height * frames }, () => random.below(LARGEST[mode]!));
  return madeMrc({
    width,
    height,
    frames,
    mode,
    pixels,
    littleEndian: random.chance(0.7),
    ...(random.chance(0.4) && { extended: extendedHeader(random) }),
    ...(mode === 0 && random.chance(0.5) && { imodSigned: random.chance(0.5) }),
    ...(random.chance(0.3) && { labels: ['one', 'darkroom 0.1.0: clip 0..65535, uint16'] }),
  });
}

/** Rubbish where programs keep how sections were taken, or blocks that are right in their first words. */
function extendedHeader(random: Random): { type: string; bytes: Uint8Array } {
  const type = random.pick(['FEI1', 'FEI2', 'SERI', 'AGAR', '']);
  const bytes = Uint8Array.from({ length: random.below(3000) }, () => (random.chance(0.5) ? random.below(256) : 0));
  if (bytes.length >= 4 && random.chance(0.7))
    new DataView(bytes.buffer).setInt32(0, random.pick([768, 888, 1024]), true);
  return { type, bytes };
}

/** Mode 101. */
function madeNibbles(random: Random): Uint8Array {
  const [width, height, frames] = [random.between(1, 70), random.between(1, 40), random.pick([1, 1, 3])];
  const header = madeMrc({ width, height, frames, mode: 101, pixels: [] });
  const pixels = Uint8Array.from({ length: Math.ceil(width / 2) * height * frames }, () => random.below(256));
  return Buffer.concat([header, pixels]);
}

const NUMBERS = [
  ...[WORDS.nx, WORDS.ny, WORDS.nz, WORDS.mode, WORDS.mx, WORDS.cella, WORDS.nsymbt, WORDS.nlabl],
  ...[WORDS.imodStamp, WORDS.imodFlags, WORDS.machine, WORDS.mapc, WORDS.nversion],
];
const MODES = [0, 1, 2, 3, 4, 6, 7, 12, 16, 101];
const STAMPS = [0x4444, 0x4144, 0x1111, 0x0044, 0, 0x4411];

function headerChange(random: Random): Change {
  const at = random.chance(0.8) ? random.pick(NUMBERS) : 4 * random.below(256);
  const little = random.chance(0.7);
  if (at === WORDS.mode) return put(at, random.pick(MODES), little);
  if (at === WORDS.machine) return put(at, random.pick(STAMPS), true);
  if (at === WORDS.imodFlags) return put(at, random.below(64), little);
  return put(at, random.chance(0.5) ? random.below(80) : random.pick(EDGES), little);
}

const put =
  (at: number, value: number, little: boolean): Change =>
  (bytes) =>
    number(bytes, at, 4, value, little);
