/** A lab on the main thread: one exposure corrected without a pool, with any recipe and any height of bands. */

import fs from 'node:fs';
import path from 'node:path';
import { correct } from '../../src/correct/correct.ts';
import { RECIPE_ONLY, RECIPE_OPTIONS, type Recipe } from '../../src/correct/recipe.ts';
import { compileKernels, createMemory, extend, instantiate, type Kernels } from '../../src/kernels/kernels.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { loadReferences, type ReferencePaths } from '../../src/references/load.ts';

const module = compileKernels();

/** The recipe that no options at all would give. */
export const DEFAULTS = Object.fromEntries(
  Object.entries({ ...RECIPE_OPTIONS, ...RECIPE_ONLY }).map(([name, { fallback }]) => [name, fallback]),
) as unknown as Recipe;

const NONE: ReferencePaths = { dark: null, bright: null, norm: null, defects: null };

export interface Asked {
  readonly input: string;
  readonly out: string;
  readonly output?: string;
  readonly references?: Partial<ReferencePaths>;
  readonly recipe?: Partial<Recipe>;
  readonly bandBytes?: number;
  readonly slotBytes?: number;
  /** Happens once, while the exposure is read: after its first rows, before its last. */
  readonly meanwhile?: () => void;
}

export async function correctOne(asked: Asked): Promise<Outcome> {
  const memory = createMemory();
  const kernels = instantiate(module, memory);
  const recipe = { ...DEFAULTS, ...asked.recipe };
  const { layout } = await loadReferences(
    { ...NONE, ...asked.references },
    recipe.rowOrder === 'stored',
    kernels,
    memory,
  );
  const output = asked.output ?? path.basename(asked.input);
  fs.mkdirSync(asked.out, { recursive: true });
  const lab = {
    kernels: asked.meanwhile ? interrupted(kernels, asked.meanwhile) : kernels,
    memory,
    recipe,
    bandBytes: asked.bandBytes ?? 1 << 18,
  };
  const task = {
    job: { input: asked.input, output },
    layout,
    temporary: path.join(asked.out, '.part'),
    home: { path: asked.out, device: fs.statSync(asked.out).dev, folding: { letterCase: false, normalForm: false } },
    final: path.join(asked.out, output),
    survey: null,
  };
  let bytes = asked.slotBytes ?? 1 << 16;
  for (;;) {
    const reply = await correct({ ...task, slot: { address: extend(memory, bytes), bytes } }, lab);
    if (reply.status !== 'needs room') return reply;
    bytes = reply.bytes;
  }
}

/** Kernels of which the one that reads uint16 does something else first, once, in the second row. */
function interrupted(kernels: Kernels, meanwhile: () => void): Kernels {
  let rows = 0;
  const unpackUint16: Kernels['unpackUint16'] = (...row) => {
    if (++rows === 2) meanwhile();
    kernels.unpackUint16(...row);
  };
  return { ...kernels, unpackUint16 };
}

/** Where the real exposures are, relative to the project: absent on other machines. */
export const DATA = new URL('../../../../shared/data/', import.meta.url).pathname;
export const noData = fs.existsSync(DATA) ? false : `no real exposures at ${DATA}`;
