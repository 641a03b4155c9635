/** One exposure in memory on one thread: the whole against numpy, its stages, and other sizes. */

import fs from 'node:fs';
import { HEADER_BYTES } from '../../src/formats/mrc/header.ts';
import type { StageTimes } from '../../src/model/outcome.ts';
import { noise } from '../../src/tools/simulate/noise.ts';
import { arrays } from './arrays.ts';
import { checksumOf, type InMemory, inMemory } from './in-memory.ts';
import { type Made, type Section, type Stage, session } from './stage.ts';
import { figures, fold, median, part, type Row } from './table.ts';
import { alone, inTurns } from './turns.ts';

/** Exposures that a turn of ours takes. */
const PASSES = 6;

const sideOf = ({ quick }: Stage): number => (quick ? 1024 : 4096);

/** The pixels of an exposure of ours: uint16 behind a bare header. */
function countsOf({ exposure, side }: Made): Uint16Array {
  const bytes = fs.readFileSync(exposure);
  return new Uint16Array(bytes.buffer.slice(bytes.byteOffset + HEADER_BYTES), 0, side * side);
}

/** Against the definitions that people have; both keep to one thread. */
const THEIRS = [
  { way: 'scipy', name: 'numpy + scipy.ndimage', must: 1 / 12, aim: 1 / 20 },
  { way: 'opencv', name: 'numpy + OpenCV boxFilter', must: 1 / 4, aim: 1 / 6 },
] as const;

export const whole: Section = {
  name: 'whole',
  describe: 'flat-field, despike, clip, statistics, conversion of an exposure in memory, against numpy',
  async run(stage) {
    const made = await session(stage, 1, sideOf(stage));
    const { dark, norm } = made;
    const counts = countsOf(made);
    const bytes = counts.byteLength;
    const ours = await inMemory({ counts, width: made.side, height: made.side, references: { dark, norm } });
    await warmUp(ours);
    // Turns about as long as theirs: a core that was idle takes a while to come to its speed.
    const turn = async (): Promise<number> => {
      const began = performance.now();
      for (let i = 0; i < PASSES; i++) await ours.pass();
      return (performance.now() - began) / PASSES;
    };
    const [from, to] = [new Float32Array(counts.length).fill(1), new Float32Array(counts.length)];
    const memcpy = await alone(2 * stage.pairs, () => to.set(from));
    stage.yardsticks.memcpy = memcpy;
    const rows: Row[] = [{ what: 'memcpy of the float32 image', ms: memcpy, bytes: 2 * bytes }];

    const theirs = await arrays(made);
    try {
      for (const { way, name, must, aim } of THEIRS) {
        const what = `whole, one thread, against ${name}`;
        if (!theirs.ways.includes(way)) {
          rows.push({ what, missing: 'not installed' });
          continue;
        }
        const duel = await inTurns(3 * stage.pairs, turn, () => theirs.correct(way));
        rows.push({
          what,
          ms: duel.ours,
          bytes,
          against: { name, ms: duel.theirs, ratio: duel.ratio },
          target: { measured: duel.ratio, must, aim, shown: part },
        });
      }
    } finally {
      theirs.close();
    }
    if (theirs.ways.length === 0) rows.push({ what: 'whole, one thread', ms: await alone(stage.pairs, turn), bytes });
    return rows;
  },
};

/** Code runs slowly until V8 has seen that it is worth compiling well: a night has that behind it after its first exposures. */
async function warmUp({ pass }: InMemory): Promise<void> {
  for (let i = 0; i < 8; i++) await pass();
}

const STAGE_NAMES: readonly (readonly [keyof StageTimes, string])[] = [
  ['read', 'copy in'],
  ['flatField', 'unpack, flat-field'],
  ['defects', 'defects'],
  ['despike', 'despike 11'],
  ['finish', 'clip, pack, statistics, CRC-32'],
  ['write', 'copy out'],
];

export const stages: Section = {
  name: 'stages',
  describe: 'the stages of the same, with defects',
  async run(stage) {
    const made = await session(stage, 1, sideOf(stage));
    const counts = countsOf(made);
    const ours = await inMemory({ counts, width: made.side, height: made.side, references: made });
    await warmUp(ours);
    const found: StageTimes[] = [];
    for (let i = 0; i < 2 * stage.pairs; i++) found.push(await ours.pass());
    const bytes = counts.byteLength;
    const rows = STAGE_NAMES.map(
      ([name, what]): Row => ({ what: `stage: ${what}`, ms: median(found.map((times) => times[name] / 1000)), bytes }),
    );
    const written = new Uint8Array(counts.buffer);
    const crc = await alone(stage.pairs, checksumOf(written));
    return [...rows, { what: 'CRC-32 by itself', ms: crc, bytes }];
  },
};

export const sizes: Section = {
  name: 'sizes',
  describe: 'other neighbourhoods and odd widths, time per pixel against size 11',
  async run(stage) {
    const side = sideOf(stage);
    const make = async (width: number, size: number) => {
      const held = inMemory({ counts: counted(width, side), width, height: side, recipe: { despikeSize: size } });
      const { pass } = await held;
      return { pixels: width * side, pass: async (): Promise<void> => void (await pass()) };
    };
    const usual = await make(side, 11);
    const rows: Row[] = [];
    for (const [width, size] of [
      ...[3, 5, 7, 9, 15, 21, 31].map((each) => [side, each] as const),
      [side - 1, 11] as const,
      [side - 3, 11] as const,
    ]) {
      const other = await make(width, size);
      const duel = await inTurns(stage.pairs, other.pass, usual.pass);
      const ratio = (duel.ratio * usual.pixels) / other.pixels;
      rows.push({
        what: `despike, clip, pack: size ${size}, ${width} px wide, per pixel`,
        ms: duel.ours,
        bytes: other.pixels * 2,
        against: { name: `size 11, ${side} px`, ms: duel.theirs, ratio },
        target: { measured: ratio, must: 2, shown: fold },
      });
    }
    stage.note(`slowest: ${figures(Math.max(...rows.map(({ target }) => target!.measured)))} x size 11`);
    return rows;
  },
};

/** Poisson counts; a row is used again and again, shifted. */
function counted(width: number, height: number): Uint16Array {
  const { poisson } = noise(2007, width);
  const some = Uint16Array.from({ length: 1 << 20 }, () => poisson(500));
  return Uint16Array.from(
    { length: width * height },
    (_, i) => some[(i + 7919 * Math.floor(i / some.length)) & (some.length - 1)]!,
  );
}
