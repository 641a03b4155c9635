/** Method `leginon`: a pixel farther than `threshold` deviations from the mean of its neighbourhood becomes that mean, in place, in the stored order of the rows. */

import type { DespikeOptions } from './despike-options.ts';
import type { Step, StepContext } from './step.ts';

/** px */
export const LEGINON_SIZE = 11;

export const LEGINON_THRESHOLD = 3.5;

export function leginon(
  chosen: DespikeOptions,
  { geometry, arena }: StepContext,
): ReturnType<Step<DespikeOptions>['open']> {
  const { width, height } = geometry;
  const { despikeSize: size } = chosen;
  const threshold = chosen.despikeThreshold ?? LEGINON_THRESHOLD;
  const half = (size - 1) / 2;
  const fits = width >= size && height >= size;
  const single = chosen.despikeArithmetic === 'float32';
  const { kernels } = arena;
  const state = arena.take(kernels.despikeBytes(width));
  let spikes = 0;
  return {
    ahead: half,
    behind: half,
    label: `despike leginon ${size}/${threshold}${single ? ' float32' : ''}${chosen.despikeSaturated ? '' : ' saturated stay'}`,
    notes: fits ? [] : [`images smaller than the despike neighbourhood (${size} px) are left as they are`],
    work(line, row, rows) {
      if (!fits) return;
      if (row === 0) kernels.openDespike(state, line.layout, size, threshold, chosen.despikeSaturated);
      const first = Math.max(row, half);
      const count = Math.min(row + rows, height - half) - first;
      if (count <= 0) return;
      const at = line.address(first);
      spikes += single ? kernels.despikeFloat32(state, at, count) : kernels.despike(state, at, count);
    },
    counts: () => ({ spikes }),
  };
}
