/** Where a bench takes place: its size, its folder, and what is made for it, seeded. */

import fs from 'node:fs';
import path from 'node:path';
import { HEADER_BYTES } from '../../src/formats/mrc/header.ts';
import { compileKernels, createMemory, instantiate } from '../../src/kernels/kernels.ts';
import { loadReferences } from '../../src/references/load.ts';
import type { ReferenceLayout } from '../../src/references/references.ts';
import { simulate } from '../../src/tools/simulate/session.ts';
import { Writer } from '../../src/tools/simulate/writer.ts';
import type { Row, Yardsticks } from './table.ts';

export interface Stage {
  readonly folder: string;
  /** `--quick`: small pictures, few of them. The table is then no table to show. */
  readonly quick: boolean;
  /** Pairs of turns. */
  readonly pairs: number;
  readonly yardsticks: { -readonly [Name in keyof Yardsticks]: Yardsticks[Name] };
  note(line: string): void;
}

export interface Section {
  readonly name: string;
  readonly describe: string;
  run(stage: Stage): Promise<Row[]>;
}

const SEED = 2007;

export interface Made {
  readonly raw: string;
  readonly dark: string;
  readonly bright: string;
  readonly norm: string;
  readonly defects: string;
  /** First of the exposures. */
  readonly exposure: string;
  readonly side: number;
}

const made = new Map<string, Promise<Made>>();

/** A session of `count` exposures of side x side px: some simulated, the rest copies that differ in every pixel. */
export function session(stage: Stage, count: number, side: number): Promise<Made> {
  const name = `session-${side}-${count}`;
  let found = made.get(name);
  if (!found) {
    stage.note(`making ${count} exposures of ${side} x ${side} px`);
    found = makeSession(path.join(stage.folder, name), count, side);
    made.set(name, found);
  }
  return found;
}

async function makeSession(folder: string, count: number, side: number): Promise<Made> {
  const simulated = Math.min(4, count);
  const options = { seed: SEED, dose: 500, format: 'mrc', darks: 4, brights: 4, truth: false } as const;
  await simulate(folder, { ...options, count: simulated, width: side, height: side });
  const at = (name: string): string => path.join(folder, name);
  const exposure = (index: number): string => at(`raw/exposure_${String(index).padStart(4, '0')}.mrc`);
  for (let index = simulated + 1; index <= count; index++) {
    const bytes = fs.readFileSync(exposure(1 + ((index - 1) % simulated)));
    const counts = new Uint16Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, side * side);
    for (let i = 0; i < counts.length; i++) counts[i] = Math.min(65_535, counts[i]! + index);
    fs.writeFileSync(exposure(index), bytes);
  }
  const files = { dark: at('dark.mrc'), bright: at('bright.mrc'), norm: at('norm.mrc'), defects: at('defects.mrc') };
  await writeNorm(files.norm, files, side);
  return { raw: at('raw'), ...files, exposure: exposure(1), side };
}

/** The norm that darkroom computes from dark and bright, as a file. */
async function writeNorm(
  file: string,
  { dark, bright }: { dark: string; bright: string },
  side: number,
): Promise<void> {
  const memory = createMemory();
  const paths = { dark, bright, norm: null, defects: null };
  const { layout } = await loadReferences(paths, false, instantiate(compileKernels(), memory), memory);
  const norm = planeOf(layout, memory);
  await new Writer('mrc', 'bench: norm').write(
    file,
    { width: side, height: side, frames: 1 },
    'float32',
    (first, rows, band) => {
      for (let row = 0; row < rows; row++) band.set(norm(first + row), row * side);
    },
  );
}

const planeOf =
  ({ norm, stride, width }: ReferenceLayout, memory: WebAssembly.Memory) =>
  (row: number): Float32Array =>
    new Float32Array(memory.buffer, norm + row * stride, width);
