/**
 * Method `robust`: patches of up to `patch` pixels that rise more than `threshold` deviations above the local median
 * become what the good pixels around them are. All decisions are made on the rows as they came, in 11 x 11 px whose
 * median and deviation no few spikes can move. Formulas, limits and measurements: test/quality/README.md.
 */

import type { DespikeOptions } from './despike-options.ts';
import type { Step, StepContext } from './step.ts';

export const ROBUST_THRESHOLD = 8;

/** Side of the window, px, and how far from a pixel those stand that may fill it. */
const SIZE = 11;
const HALF = 5;

/** Words by which programs of microscopes mark diffraction patterns in MRC labels and ImageDescriptions. */
const DIFFRACTION = /\b(diffraction|microed|saed)\b/i;

const POLARITIES = { bright: 1, dark: 2, both: 3 } as const;

export function robust(
  chosen: DespikeOptions,
  { geometry, description, arena }: StepContext,
): ReturnType<Step<DespikeOptions>['open']> {
  const { width, height } = geometry;
  const { despikePatch: patch, despikePolarity: polarity, despikeFill: fill } = chosen;
  const told = description.find((line) => DIFFRACTION.test(line));
  const diffraction = chosen.diffraction || told !== undefined;
  const threshold = chosen.despikeThreshold ?? ROBUST_THRESHOLD;
  const fits = width >= SIZE && height >= SIZE;
  const { kernels } = arena;
  const state = arena.take(kernels.despikeRobustBytes(width, patch));
  let [spikes, leftAlone] = [0, 0];
  const extras = [
    polarity === 'bright' ? '' : ` ${polarity}`,
    fill === 'median' ? '' : ` ${fill}`,
    diffraction ? ' diffraction' : '',
    chosen.despikeSaturated ? ' saturated too' : '',
  ];
  return {
    ahead: kernels.despikeRobustAhead(patch),
    behind: HALF,
    label: `despike robust ${patch}/${threshold}${extras.join('')}`,
    notes: [
      ...(fits ? [] : [`images smaller than the despike neighbourhood (${SIZE} px) are left as they are`]),
      ...(told === undefined
        ? []
        : [`the header says "${told.trim()}": taken for a diffraction pattern, small spots stay`]),
    ],
    work(line, row, rows) {
      if (!fits) return;
      if (row === 0) {
        kernels.openDespikeRobust(
          state,
          line.layout,
          threshold,
          patch,
          POLARITIES[polarity],
          fill === 'neighbour',
          diffraction,
          chosen.despikeSaturated,
        );
      }
      spikes += kernels.despikeRobust(state, line.address(row), row, rows);
      if (row + rows === height) leftAlone += kernels.despikeRobustLeftAlone(state);
    },
    counts: () => ({ spikes, leftAlone }),
  };
}
