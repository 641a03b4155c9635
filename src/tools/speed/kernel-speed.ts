/** Clip and statistics each by itself. A correction does both and the conversion in one pass, which cannot be taken apart. */

import { openExposure } from '../../formats/index.ts';
import { RowReader } from '../../formats/row-reader.ts';
import { GrowingArena } from '../../kernels/growing-arena.ts';
import { compileKernels, createMemory, instantiate, UNPACK } from '../../kernels/kernels.ts';
import { Tally } from '../../kernels/tally.ts';
import { inTurns } from './stopwatch.ts';

/** Seconds for the first frame of an exposure, in memory as float32, on one thread. */
export async function kernelTimes(file: string): Promise<{ readonly clip: number; readonly statistics: number }> {
  const memory = createMemory();
  const kernels = instantiate(compileKernels(), memory);
  const { source, close } = await openExposure(file);
  try {
    const { width, height, type } = source.exposure;
    const stride = Math.ceil(width / 8) * 32;
    const { arena, raw, flags, tally, rows } = new GrowingArena(kernels, memory).lay((each) => {
      return {
        raw: new RowReader(source, each),
        flags: each.take(stride / 8),
        tally: new Tally(each, 'float32'),
        rows: each.take(stride * height),
      };
    });
    tally.reset();
    const unpack = (at: number, row: number): void =>
      kernels[UNPACK[type]](at, rows + row * stride, width, Number.POSITIVE_INFINITY, flags, tally.address);
    await raw.each(unpack, { frames: 1 });
    const eachRow = (work: (row: number) => void) => (): void => {
      for (let row = 0; row < height; row++) work(rows + row * stride);
    };
    arena.bytes(flags, stride / 8).fill(0);
    return {
      clip: inTurns(eachRow((row) => kernels.clip(row, width, 0, 65_535, flags, tally.address))),
      statistics: inTurns(eachRow((row) => kernels.packFloat32(row, row, width, 1, 0, tally.address))),
    };
  } finally {
    close();
  }
}
