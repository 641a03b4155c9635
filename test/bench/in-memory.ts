/** The pipeline of one exposure that is held in memory: the real Pipeline and the real steps, on one thread, without files. */

import { Spikes } from '../../src/correct/observe/spikes.ts';
import { Thumbnails } from '../../src/correct/observe/thumbnails.ts';
import { Pipeline } from '../../src/correct/pipeline.ts';
import type { Recipe } from '../../src/correct/recipe.ts';
import { openSteps } from '../../src/correct/steps/index.ts';
import type { Sink, Source } from '../../src/formats/format.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { Checksum } from '../../src/kernels/checksum.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import { Tally } from '../../src/kernels/tally.ts';
import type { Exposure } from '../../src/model/exposure.ts';
import { PIXELS } from '../../src/model/exposure.ts';
import type { StageTimes } from '../../src/model/outcome.ts';
import { loadReferences } from '../../src/references/load.ts';
import { NO_REFERENCES, References } from '../../src/references/references.ts';
import { DEFAULTS } from '../correct/lab.ts';

const BYTES = 32 << 20;
/** As `run` takes them. */
const BAND_BYTES = 1 << 20;

export interface InMemory {
  /** One pipeline; microseconds by stage. */
  pass(): Promise<StageTimes>;
}

export interface Held {
  readonly counts: Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly recipe?: Partial<Recipe>;
  readonly references?: { readonly dark: string; readonly norm: string; readonly defects?: string };
}

export async function inMemory({ counts, width, height, recipe = {}, references }: Held): Promise<InMemory> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const paths = { dark: null, bright: null, norm: null, defects: null, ...references };
  const layout = references ? (await loadReferences(paths, false, kernels, memory)).layout : NO_REFERENCES;
  const slot = { address: extend(memory, BYTES), bytes: BYTES };
  const exposure: Exposure = {
    width,
    height,
    frames: 1,
    format: 'mrc',
    type: 'uint16',
    firstRow: 'bottom',
    notes: [],
  };
  const out = new Uint8Array(counts.byteLength);
  const raw = new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength);
  const rowBytes = width * 2;
  const chosen = { ...DEFAULTS, despike: 'leginon' as const, ...recipe };
  const types = { read: exposure.type, written: 'uint16' as const };
  const names = chosen.steps.filter((name) => references || name === 'despike' || name === 'clip');

  return {
    async pass() {
      const arena = new Arena(kernels, memory, slot);
      const held = new References(layout);
      const tally = new Tally(arena, 'uint16');
      const saturation = PIXELS.uint16.highest;
      const shape = { geometry: exposure, firstRow: exposure.firstRow, description: [], ...types };
      const steps = openSteps(names, chosen, { ...shape, references: held, arena, tally, saturation });
      const source: Source = {
        exposure,
        carried: { description: [] },
        prepare: () => undefined,
        read: (_frame, row, rows, address) =>
          arena.bytes(address, rows * rowBytes).set(raw.subarray(row * rowBytes, (row + rows) * rowBytes)),
      };
      const sink: Sink = {
        notes: [],
        prepare: () => undefined,
        write: (_frame, row, rows, address) => out.set(arena.bytes(address, rows * rowBytes), row * rowBytes),
        finish: () => out.length,
      };
      const options = {
        type: 'uint16',
        scale: 1,
        offset: 0,
        saturation,
        turned: false,
        bandBytes: BAND_BYTES,
        observers: [
          new Thumbnails(arena, exposure),
          new Spikes(arena, exposure, held.rowsFrom(exposure.firstRow, height)),
        ],
      } as const;
      const pipeline = new Pipeline(source, sink, steps, tally, arena, options);
      if (arena.shortage > 0) throw new Error(`the bench needs ${arena.shortage} bytes`);
      const { times } = await pipeline.run();
      tally.statistics(width * height);
      return times;
    },
  };
}

/** The checksum of what is written, in pieces of a row. */
export function checksumOf(bytes: Uint8Array): () => void {
  const memory = createMemory();
  const arena = new Arena(instantiate(compileKernels(), memory), memory, {
    address: extend(memory, BYTES),
    bytes: BYTES,
  });
  const checksum = new Checksum(arena);
  const row = arena.take(8192);
  return () => {
    checksum.begin();
    for (let at = 0; at < bytes.length; at += 8192) checksum.add(row, Math.min(8192, bytes.length - at));
    void checksum.crc;
  };
}
