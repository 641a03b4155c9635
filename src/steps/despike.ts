/**
 * Despike, method `leginon`: a pixel farther than `threshold` deviations from the mean of its neighbourhood becomes that
 * mean, in place, in the stored order of the rows. Its limits stand in the README: 3.5 deviations replace about 465 ppm
 * of good Gaussian pixels, spikes of 3 x 3 and more are never found at 6.
 */

import type { PixelType } from '../exposure.ts';
import type { OptionTable } from '../option.ts';
import type { Step } from './step.ts';

export interface DespikeOptions {
  readonly despike: 'leginon' | 'off';
  readonly despikeFrames: boolean;
  readonly despikeSize: number;
  readonly despikeThreshold: number;
  readonly despikeArithmetic: 'float64' | 'float32';
  readonly despikeSaturated: boolean;
  /** The type of the raw pixels. */
  readonly read: PixelType;
}

const group = 'Despike';

const options: OptionTable = {
  despike: {
    kind: 'choice',
    fallback: 'leginon',
    choices: ['leginon', 'off'],
    group,
    describe: 'method; off by itself for stacks and 8-bit pixels, see --despike-frames',
  },
  despikeFrames: {
    kind: 'flag',
    fallback: false,
    group,
    describe:
      'despike the frames of stacks and 8-bit pixels too; counted electrons look like spikes, so this is rarely wanted',
  },
  despikeSize: {
    kind: 'integer',
    fallback: 11,
    unit: 'px',
    min: 3,
    max: 101,
    odd: true,
    group,
    describe: 'side of the neighbourhood, odd',
  },
  despikeThreshold: {
    kind: 'number',
    fallback: 3.5,
    unit: 'deviations',
    above: 0,
    group,
    describe: 'distance from the local mean at which a pixel is a spike',
  },
  maxSpikes: {
    kind: 'number',
    fallback: 5000,
    unit: 'ppm',
    min: 0,
    group,
    describe: 'with more spikes than this the method is wrong for the exposure: it fails, nothing is written',
  },
};

/** Counted electrons are not spikes: in stacks of frames and 8-bit pixels most counts stand alone. */
export const counted = (frames: number, type: PixelType): boolean => frames > 1 || type === 'uint8' || type === 'int8';

export const despike: Step<DespikeOptions> = {
  name: 'despike',
  stage: 'despike',
  options,
  open(chosen, { geometry, bench }) {
    const { width, height, frames } = geometry;
    if (chosen.despike === 'off' || (counted(frames, chosen.read) && !chosen.despikeFrames)) return null;
    const { despikeSize: size, despikeThreshold: threshold } = chosen;
    const half = (size - 1) / 2;
    const fits = width >= size && height >= size;
    const single = chosen.despikeArithmetic === 'float32';
    const scratch = bench.take(bench.kernels.despikeScratch(width, size));
    let spikes = 0;
    return {
      ahead: half,
      // One more than the window: the row that leaves the column sums is read once more.
      behind: half + 1,
      said: `despike leginon ${size}/${threshold}${single ? ' float32' : ''}${chosen.despikeSaturated ? ' saturated too' : ''}`,
      notes: fits ? [] : [`images smaller than the despike neighbourhood (${size} px) are left as they are`],
      work(line, row, rows) {
        const first = Math.max(row, half);
        const count = Math.min(row + rows, height - half) - first;
        if (!fits || count <= 0) return;
        const flags = chosen.despikeSaturated ? 0 : line.flags;
        const at = line.address(first);
        spikes += single
          ? bench.kernels.despikeFloat32(at, line.stride, count, width, size, threshold, flags)
          : bench.kernels.despike(at, line.stride, first, count, width, size, threshold, flags, scratch);
      },
      counts: () => ({ spikes }),
    };
  },
};
