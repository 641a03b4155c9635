/** References: damaged files as dark beside a right bright, as norm, and as map of defects. */

import fs from 'node:fs';
import path from 'node:path';
import { compileKernels, createMemory, instantiate } from '../../src/kernels/kernels.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { loadReferences, type ReferencePaths } from '../../src/references/load.ts';
import { References } from '../../src/references/references.ts';
import { badMap, counted } from '../made/images.ts';
import { madeMrc } from '../made/mrc.ts';
import { readPlainStack } from '../oracle/plain-mrc.ts';
import { anyChange, number } from './changes.ts';
import type { Random } from './random.ts';
import { REFUSED, type Target, unexpected, type Verdict, wrong } from './target.ts';

const module = compileKernels();

async function loaded(paths: Partial<ReferencePaths>) {
  const memory = createMemory();
  const all = { dark: null, bright: null, norm: null, defects: null, ...paths };
  const { layout } = await loadReferences(all, false, instantiate(module, memory), memory);
  return { layout, memory };
}

const size = (random: Random): { width: number; height: number; seed: number } => ({
  width: random.between(1, 60),
  height: random.between(1, 40),
  seed: random.below(1000),
});

/** Pixels set to what is no count, the header seldom touched. */
function changesTo(random: Random) {
  return Array.from({ length: random.between(0, 4) }, () => {
    if (random.chance(0.3)) return anyChange(random);
    const [where, value] = [random.uniform(), random.pick([0, 1, 2, 0x7fc00000, 0x7f800000, 0xff800000, 0x80000000])];
    return (bytes: Uint8Array) => {
      const at = 1024 + 4 * Math.floor((where * (bytes.length - 1024)) / 4);
      return number(bytes, at, 4, value, true);
    };
  });
}

export const defects: Target = {
  name: 'defects',
  extension: '.mrc',
  async make(random) {
    const map = badMap({ ...size(random), single: random.below(30), rows: [0], cols: [0] });
    return { base: madeMrc({ ...map, mode: random.pick([0, 2, 6]) }), changes: changesTo(random) };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'defects.mrc');
    fs.writeFileSync(file, bytes);
    try {
      const { layout, memory } = await loaded({ defects: file });
      const map = new References(layout).defects;
      const plain = readPlainStack(bytes);
      if (!plain) return { accepted: true, compared: false, wrong: null };
      for (const [i, value] of plain.pixels.entries()) {
        const col = i % plain.width;
        const row = Math.floor(i / plain.width);
        const bits =
          map && new Uint8Array(memory.buffer, map.layout.mask + row * map.layout.maskStride, map.layout.maskStride);
        const bad = bits ? (bits[col >> 3]! >> (col & 7)) & 1 : 0;
        if (bad !== value) return wrong(`pixel ${i} is ${bad}, plainly ${value}`);
      }
      return { accepted: true, compared: true, wrong: null };
    } catch (error) {
      return error instanceof Refusal ? REFUSED : unexpected(error);
    }
  },
};

export const references: Target = {
  name: 'references',
  extension: '.mrc',
  async make(random) {
    const image = counted({ ...size(random), mean: 100 });
    const pixels = random.chance(0.5) ? image.pixels : image.pixels.map((x) => x / 100);
    return { base: madeMrc({ ...image, pixels, mode: 2 }), changes: changesTo(random) };
  },
  async check(bytes, folder) {
    const file = path.join(folder, 'case.mrc');
    fs.writeFileSync(file, bytes);
    const plain = readPlainStack(bytes);
    const bright = path.join(folder, 'other.mrc');
    const { width = 8, height = 8 } = plain ?? {};
    fs.writeFileSync(bright, madeMrc({ ...counted({ width, height, seed: 1, mean: 5000 }), mode: 2 }));
    const verdicts = [await asPlanes({ dark: file, bright }, 'dark'), await asPlanes({ norm: file }, 'norm')];
    return verdicts.find((each) => each.wrong !== null) ?? verdicts.find((each) => each.accepted) ?? REFUSED;

    async function asPlanes(paths: Partial<ReferencePaths>, role: 'dark' | 'norm'): Promise<Verdict> {
      try {
        const { layout, memory } = await loaded(paths);
        if (!plain || plain.frames > 1) return { accepted: true, compared: false, wrong: null };
        for (let row = 0; row < plain.height; row++) {
          const found = new Float32Array(memory.buffer, layout[role] + row * layout.stride, plain.width);
          for (const [col, value] of found.entries()) {
            const x = Math.fround(plain.pixels[row * plain.width + col]!);
            const expected = Number.isFinite(x) ? x : 0;
            // Pixels of a norm that are none become 1; dead pixels of the camera have other tests.
            const isNorm = role === 'norm' && !(expected > 0);
            if (value !== (isNorm ? 1 : expected)) return wrong(`${role}: ${value} at ${col}, ${row}; plainly ${x}`);
          }
        }
        return { accepted: true, compared: true, wrong: null };
      } catch (error) {
        return error instanceof Refusal ? REFUSED : unexpected(error);
      }
    }
  },
};
