/** Writes a reference, whole or not at all, with what it was made of in its labels. */

import { createHash } from 'node:crypto';
import { sha256 } from '../../files/input-file.ts';
import { OutputFile, outputFault } from '../../files/output-file.ts';
import type { Permit } from '../../files/ownership.ts';
import type { Provenance } from '../../formats/format.ts';
import { FORMATS } from '../../formats/index.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import type { Exposure, FormatName, Statistics } from '../../model/exposure.ts';
import { TOOL } from '../../model/version.ts';
import type { Mean } from './series.ts';

/** Bytes written at once. */
const LOAD_BYTES = 1 << 20;

/** A reference as it is to be written. `mask`: pixels of 0 and 1, written as int8; MRC only. */
export interface Plane {
  readonly exposure: Pick<Exposure, 'width' | 'height' | 'firstRow' | 'pixelSize'>;
  /** Rows in the order of `firstRow`. */
  readonly pixels: Float32Array;
  readonly type: 'float32' | 'mask';
  readonly provenance: Provenance;
}

/** What a mean says of itself: all files of the series, in their order, stand behind its hash. */
export function seriesProvenance(kind: string, { exposures, said }: Mean, files: readonly string[]): Provenance {
  const hash = createHash('sha256').update(files.map(sha256).join('\n')).digest('hex').slice(0, 12);
  return {
    software: TOOL,
    lines: [`${TOOL}: ${kind}, mean of ${exposures} exposures, series ${hash}`, `darkroom: ${said}`],
  };
}

/** @throws Fault 'disk', 'output', 'away', 'collision' */
export async function writeReference(permit: Permit, container: FormatName, plane: Plane): Promise<void> {
  const { file: out } = permit;
  try {
    const file = OutputFile.begin(out);
    try {
      await fill(file, out, container, plane);
      file.publish(permit);
    } finally {
      file.discard();
    }
  } catch (error) {
    throw outputFault(error, out);
  }
}

async function fill(file: OutputFile, out: string, container: FormatName, plane: Plane): Promise<void> {
  const { exposure, pixels, type, provenance } = plane;
  const { width, height, firstRow, pixelSize } = exposure;
  const format = FORMATS[container];
  const sink = format.create(file, {
    path: out,
    width,
    height,
    frames: 1,
    type,
    turned: false,
    compression: 'none',
    carried: { description: [], ...(pixelSize !== undefined && { pixelSize }) },
    provenance,
  });
  const memory = createMemory();
  const growing = new GrowingArena(instantiate(compileKernels(), memory), memory);
  const rowBytes = type === 'mask' ? width : 4 * width;
  const rows = Math.max(1, Math.min(height, Math.floor(LOAD_BYTES / rowBytes)));
  const { arena, load } = growing.lay((each) => {
    sink.prepare(each);
    return { load: each.take(rows * rowBytes) };
  });
  for (let first = 0; first < height; first += rows) {
    const count = Math.min(rows, height - first);
    for (let i = 0; i < count; i++) {
      const row = format.firstRow === firstRow ? first + i : height - 1 - first - i;
      const counts = pixels.subarray(row * width, (row + 1) * width);
      if (type === 'mask') arena.bytes(load + i * rowBytes, width).set(counts);
      else arena.floats(load + i * rowBytes, width).set(counts);
    }
    await sink.write(0, first, count, load);
  }
  await sink.finish(statisticsOf(pixels));
}

function statisticsOf(pixels: Float32Array): Statistics {
  let [min, max, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const x of pixels) {
    min = Math.min(min, x);
    max = Math.max(max, x);
    sum += x;
    squares += x * x;
  }
  const mean = sum / pixels.length;
  return { min, max, mean, deviation: Math.sqrt(Math.max(0, squares / pixels.length - mean * mean)) };
}
