/** Writes a reference, whole or not at all, with what it was made of in its labels. */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { sha256 } from '../../files/input-file.ts';
import { OutputFile, outputFault } from '../../files/output-file.ts';
import type { Permit } from '../../files/ownership.ts';
import type { Provenance } from '../../formats/format.ts';
import { FORMATS } from '../../formats/index.ts';
import { writeImage } from '../../formats/write-image.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate } from '../../kernels/kernels.ts';
import type { Exposure, WrittenFormat } from '../../model/exposure.ts';
import { TOOL } from '../../model/version.ts';
import type { Mean } from './series.ts';

/** A reference as it is to be written. `mask`: pixels of 0 and 1, written as int8; MRC only, TIFF has `uint16`. */
export interface Plane {
  readonly exposure: Pick<Exposure, 'width' | 'height' | 'firstRow' | 'pixelSize'>;
  /** Rows in the order of `firstRow`. */
  readonly pixels: Float32Array;
  readonly type: 'float32' | 'mask' | 'uint16';
  readonly provenance: Provenance;
}

/** What a reference says of itself: of how many exposures, how, and when; all files of the series, in their order, stand behind its hash. */
export function seriesProvenance(kind: string, mean: Mean, files: readonly string[], now: Date): Provenance {
  const { exposures, combine, odd, leftOut } = mean;
  const hash = createHash('sha256').update(files.map(sha256).join('\n')).digest('hex').slice(0, 12);
  const ways = {
    'sigma-clip': `beyond 4 deviations left out (${leftOut} values)`,
    mean: 'all values',
    median: 'median',
  };
  const without = odd.length > 0 ? `, ${odd.length} exposures left out` : '';
  const first = path.basename(files[0]!).replace(/[^\x20-\x7e]/g, '_');
  return {
    software: TOOL,
    lines: [
      `${TOOL}: ${kind}, ${combine === 'median' ? 'median' : 'mean'} of ${exposures} exposures, series ${hash}`,
      `darkroom: ${ways[combine]}${without}`.slice(0, 80),
      `darkroom: made ${now.toISOString().slice(0, 10)}, the first file is ${first}`.slice(0, 80),
    ],
  };
}

/** @throws Fault 'disk', 'output', 'away', 'collision' */
export async function writeReference(permit: Permit, container: WrittenFormat, plane: Plane): Promise<void> {
  const { file: out } = permit;
  try {
    const file = OutputFile.begin(out);
    try {
      await write(file, out, container, plane);
      file.publish(permit);
    } finally {
      file.discard();
    }
  } catch (error) {
    throw outputFault(error, out);
  }
}

function write(file: OutputFile, out: string, container: WrittenFormat, plane: Plane): Promise<void> {
  const { exposure, pixels, type, provenance } = plane;
  const { width, height, firstRow, pixelSize } = exposure;
  const format = FORMATS[container];
  const carried = { description: [], ...(pixelSize !== undefined && { pixelSize }) };
  const image = { path: out, width, height, frames: 1, type, carried, provenance };
  const memory = createMemory();
  const growing = new GrowingArena(instantiate(compileKernels(), memory), memory);
  return writeImage(file, format, image, growing, (first, rows, band) => {
    for (let i = 0; i < rows; i++) {
      const row = format.firstRow === firstRow ? first + i : height - 1 - first - i;
      band.set(pixels.subarray(row * width, (row + 1) * width), i * width);
    }
  });
}
