/** Images through steps without files: a source and a sink in memory around the real pipeline. */

import type { Observer } from '../../src/correct/observe/observer.ts';
import { Pipeline } from '../../src/correct/pipeline.ts';
import { openSteps, type StepName } from '../../src/correct/steps/index.ts';
import type { Again } from '../../src/correct/steps/step.ts';
import type { Sink, Source } from '../../src/formats/format.ts';
import { Arena } from '../../src/kernels/arena.ts';
import { compileKernels, createMemory, extend, instantiate } from '../../src/kernels/kernels.ts';
import { Tally } from '../../src/kernels/tally.ts';
import type { Exposure, FirstRow } from '../../src/model/exposure.ts';
import { type Counts, noCounts, type StageTimes } from '../../src/model/outcome.ts';
import { DefectMask, layOutDefects } from '../../src/references/defects.ts';
import { NO_REFERENCES, References } from '../../src/references/references.ts';
import type { Image } from '../oracle/image.ts';
import { DEFAULTS } from './lab.ts';

export interface Passed {
  readonly frames: Image[];
  /** 1 where despike replaced a pixel, frame by frame. */
  readonly replaced: Uint8Array[];
  readonly counts: Counts;
  readonly crc: number;
  readonly times: StageTimes;
  /** What a step asks for once it has seen all. */
  readonly again: Again | null;
}

export interface Through {
  readonly steps: readonly StepName[];
  /** Written as float32, so that nothing is lost. */
  readonly recipe?: Partial<typeof DEFAULTS>;
  readonly map?: Image<Uint8Array>;
  /** The order in which the map stands in memory; the exposure's is `bottom`. */
  readonly mapFirst?: FirstRow;
  readonly bandRows?: number;
  readonly saturation?: number;
  /** The output's rows in the other order. */
  readonly turned?: boolean;
}

const memory = createMemory();
const kernels = instantiate(compileKernels(), memory);
const BYTES = 48 << 20;
const slot = { address: extend(memory, BYTES), bytes: BYTES };

export async function pass(images: readonly Image[], through: Through): Promise<Passed> {
  const { width, height } = images[0]!;
  const exposure: Exposure = {
    width,
    height,
    frames: images.length,
    format: 'mrc',
    type: 'float32',
    firstRow: 'bottom',
    notes: [],
  };
  const recipe = { ...DEFAULTS, despikeFrames: true, ...through.recipe };
  const arena = new Arena(kernels, memory, slot);
  const tally = new Tally(arena, 'float32');
  const references = mapped(through);
  const saturation = through.saturation ?? Number.POSITIVE_INFINITY;
  const context = {
    geometry: exposure,
    firstRow: exposure.firstRow,
    description: [],
    references,
    arena,
    tally,
    saturation,
    read: exposure.type,
    written: 'float32' as const,
  };
  const steps = openSteps(through.steps, recipe, context);
  const out = images.map(() => new Float32Array(width * height));
  const replaced = images.map(() => new Uint8Array(width * height));
  const observer: Observer = {
    leaves({ frame, from, to, line }) {
      for (let row = from; row < to; row++)
        for (const col of line.replaced(row)) replaced[frame]![row * width + col] = 1;
    },
  };
  const pipeline = new Pipeline(sourceOf(exposure, images, arena), sinkTo(out, width, arena), steps, tally, arena, {
    type: 'float32',
    scale: 1,
    offset: 0,
    saturation,
    turned: through.turned ?? false,
    bandBytes: (through.bandRows ?? height) * width * 4,
    observers: [observer],
  });
  if (arena.shortage > 0) throw new Error(`the arena needs ${arena.shortage} bytes`);
  arena.bytes(slot.address, arena.shortage || 1 << 20).fill(0xf1);
  const { crc, times } = await pipeline.run();
  const again = steps.map((step) => step.again?.() ?? null).find((asked) => asked) ?? null;
  const counts = noCounts();
  for (const part of [tally.counts(), ...steps.map((step) => step.counts())]) {
    for (const [name, count] of Object.entries(part)) if (name in counts) counts[name as keyof Counts] += count;
  }
  return { frames: out.map((pixels) => ({ width, height, pixels })), replaced, counts, crc, times, again };
}

function mapped({ map, mapFirst = 'bottom' }: Through): References {
  if (!map) return new References(NO_REFERENCES);
  const { width, height } = map;
  const mask = new DefectMask(width, height);
  map.pixels.forEach((bad, i) => {
    const row = Math.floor(i / width);
    if (bad === 1) mask.mark(mapFirst === 'bottom' ? row : height - 1 - row, i % width);
  });
  const defects = layOutDefects(mask, memory);
  return new References({ ...NO_REFERENCES, width, height, firstRow: mapFirst, defects });
}

function sourceOf(exposure: Exposure, images: readonly Image[], arena: Arena): Source {
  return {
    exposure,
    carried: { description: [] },
    prepare: () => undefined,
    read(frame, row, rows, address) {
      const { pixels, width } = images[frame]!;
      const part = pixels.slice(row * width, (row + rows) * width);
      arena.bytes(address, part.byteLength).set(new Uint8Array(part.buffer));
    },
  };
}

function sinkTo(out: readonly Float32Array[], width: number, arena: Arena): Sink {
  return {
    notes: [],
    prepare: () => undefined,
    write(frame, row, rows, address) {
      const bytes = Uint8Array.from(arena.bytes(address, rows * width * 4));
      out[frame]!.set(new Float32Array(bytes.buffer), row * width);
    },
    finish: () => 0,
  };
}
