/** Writes a reference as float32, whole or not at all, with what it was made of in its labels. */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { FormatName, Statistics } from '../exposure.ts';
import { createFresh, outputFault, publish, sha256, UNFINISHED } from '../files.ts';
import { FORMATS } from '../formats/index.ts';
import { Desk } from '../kernels/desk.ts';
import { compileKernels, createMemory, instantiate } from '../kernels/kernels.ts';
import { TOOL } from '../version.ts';
import type { Mean } from './series.ts';

/** Bytes written at once. */
const LOAD_BYTES = 1 << 20;

/** `out` must be free; `kind` is dark or bright. @throws Fault 'disk', 'output', 'away' */
export async function writeMean(
  out: string,
  container: FormatName,
  kind: string,
  mean: Mean,
  files: readonly string[],
): Promise<void> {
  const { exposure, pixels, exposures, said } = mean;
  const { width, height } = exposure;
  const temporary = `${out}.${process.pid}${UNFINISHED}`;
  const memory = createMemory();
  const desk = new Desk(instantiate(compileKernels(), memory), memory);
  // All files and their order: the sum of floats may depend on it.
  const hash = createHash('sha256').update(files.map(sha256).join('\n')).digest('hex').slice(0, 12);
  try {
    fs.rmSync(temporary, { force: true });
    let fd: number | null = createFresh(temporary);
    try {
      const sink = FORMATS[container].create(fd, {
        path: out,
        width,
        height,
        frames: 1,
        type: 'float32',
        turned: false,
        compression: 'none',
        carried: { description: [], ...(exposure.pixelSize !== undefined && { pixelSize: exposure.pixelSize }) },
        provenance: {
          software: TOOL,
          lines: [`${TOOL}: ${kind}, mean of ${exposures} exposures, series ${hash}`, `darkroom: ${said}`],
        },
      });
      const rows = Math.max(1, Math.min(height, Math.floor(LOAD_BYTES / (4 * width))));
      const { bench, load } = desk.lay((each) => {
        sink.prepare(each);
        return { load: each.take(4 * rows * width) };
      });
      const turned = FORMATS[container].firstRow !== exposure.firstRow;
      for (let first = 0; first < height; first += rows) {
        const count = Math.min(rows, height - first);
        for (let i = 0; i < count; i++) {
          const from = (turned ? height - 1 - first - i : first + i) * width;
          bench.floats(load + 4 * i * width, width).set(pixels.subarray(from, from + width));
        }
        await sink.write(0, first, count, load);
      }
      await sink.finish(statisticsOf(pixels));
      const whole = fd;
      fd = null;
      publish(whole, temporary, out);
    } finally {
      if (fd !== null) fs.closeSync(fd);
      fs.rmSync(temporary, { force: true });
    }
  } catch (error) {
    throw outputFault(error, path.resolve(out));
  }
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
