/**
 * Method `robust`: patches of up to `patch` pixels that rise more than `threshold` deviations above the local median
 * become what the good pixels around them are. All decisions are made on the rows as they came, in 11 x 11 px whose
 * median and deviation no few spikes can move. Formulas, limits and measurements: test/quality/README.md.
 */

import type { Metadata } from '../../model/metadata.ts';
import type { DespikeOptions } from './despike-options.ts';
import { kindOf, type Population } from './despike-population.ts';
import type { Again, Step, StepContext } from './step.ts';

export const ROBUST_THRESHOLD = 8;

/** Side of the window, px, and how far from a pixel those stand that may fill it. */
const SIZE = 11;
const HALF = 5;

/** Words by which programs of microscopes mark diffraction patterns in MRC labels and ImageDescriptions. */
const DIFFRACTION = /\b(diffraction|microed|saed)\b/i;

/** So many spots are known by their places. */
const PLACES = 512;

const NOBODY: Population = {
  ...{ patches: 0, spots: 0, singles: 0, common: 0, width: 0 },
  octaves: new Array<number>(16).fill(0),
  places: new Int32Array(0),
  large: 0,
  largePlaces: new Int32Array(0),
};

/** What says that an exposure is a diffraction pattern; null: nothing does. */
function markOf(description: readonly string[], metadata: Metadata | undefined): string | null {
  const line = description.find((each) => DIFFRACTION.test(each));
  if (line !== undefined) return `the header says "${line.trim()}"`;
  return metadata?.diffraction ? 'the metadata state diffraction (darkroom info shows them)' : null;
}

const POLARITIES = { bright: 1, dark: 2, both: 3 } as const;

export function robust(
  chosen: DespikeOptions,
  { geometry, description, metadata, arena }: StepContext,
): ReturnType<Step<DespikeOptions>['open']> {
  const { width, height } = geometry;
  const { despikePatch: patch, despikePolarity: polarity, despikeFill: fill } = chosen;
  const mark = markOf(description, metadata);
  const diffraction = chosen.diffraction || mark !== null;
  const threshold = chosen.despikeThreshold ?? ROBUST_THRESHOLD;
  const fits = width >= SIZE && height >= SIZE;
  const { kernels } = arena;
  const state = arena.take(kernels.despikeRobustBytes(width, patch));
  let [spikes, leftAlone] = [0, 0];
  let population = NOBODY;
  const placesAt = (address: number, count: number): Int32Array =>
    new Int32Array(arena.words(address, 2 * Math.min(count, PLACES)));
  const noteFrame = (): void => {
    const spots = kernels.despikeRobustSpots(state);
    const large = kernels.despikeRobustLarge(state);
    const before = population;
    population = {
      patches: before.patches + kernels.despikeRobustPatches(state),
      spots: before.spots + spots,
      singles: before.singles + kernels.despikeRobustSingles(state),
      common: before.common + kernels.despikeRobustCommon(state),
      width:
        (before.width * before.spots + kernels.despikeRobustWidths(state) / 1024) / Math.max(1, before.spots + spots),
      octaves: before.octaves.map((count, octave) => count + kernels.despikeRobustOctave(state, octave)),
      places: placesAt(kernels.despikeRobustPlaces(state), spots),
      large: before.large + large,
      largePlaces: placesAt(kernels.despikeRobustLargePlaces(state), large),
    };
  };
  const againAs = ({ patches, spots, common, large }: Population): Again | null => {
    // Where nothing was replaced nothing can be wrong.
    if (diffraction || !chosen.despikeGuard || spikes === 0) return null;
    const kind = kindOf(population);
    if (kind === 'features' || kind === 'lattice') {
      const what =
        kind === 'features'
          ? `${spots} of ${patches} spikes are blurred alike, as what a lens makes`
          : `${large} peaks larger than spikes stand on a lattice, beside ${patches} spikes`;
      return {
        recipe: { diffraction: true },
        suspect: `${what}: spots stay. If they are spots (diffraction, atoms, dots): --diffraction; if they are X-rays: despikeGuard: false in a recipe; else --despike off`,
      };
    }
    return kind === 'electrons'
      ? {
          recipe: { despike: 'off' },
          note: `not despiked: ${patches} spikes among ${common} peaks as high look like single electrons (despikeGuard: false in a recipe despikes them)`,
        }
      : null;
  };
  const extras = [
    polarity === 'bright' ? '' : ` ${polarity}`,
    fill === 'median' ? '' : ` ${fill}`,
    diffraction ? ' diffraction' : '',
    chosen.despikeSaturated ? '' : ' saturated stay',
  ];
  return {
    ahead: kernels.despikeRobustAhead(patch),
    behind: HALF,
    label: `despike robust ${patch}/${threshold}${extras.join('')}`,
    notes: [
      ...(fits ? [] : [`images smaller than the despike neighbourhood (${SIZE} px) are left as they are`]),
      ...(mark === null ? [] : [`${mark}: taken for a diffraction pattern, small spots stay`]),
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
        kernels.despikeRobustRepaired(state, line.repaired.address, line.repaired.stride);
      }
      spikes += kernels.despikeRobust(state, line.address(row), row, rows);
      if (row + rows === height) {
        leftAlone += kernels.despikeRobustLeftAlone(state);
        noteFrame();
      }
    },
    again: () => againAs(population),
    counts: () => ({ spikes, leftAlone }),
  };
}
