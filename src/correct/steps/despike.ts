/**
 * Despike: pixels that no electron made, bright above all, get a value like those around them. Two methods: `leginon`
 * for continuity, `robust` for what it cannot do. What each of them is stands in its own file.
 */

import type { PixelType } from '../../model/exposure.ts';
import type { Contradiction, Given, OptionTable } from '../../model/option.ts';
import { Fault } from '../../model/outcome.ts';
import { LEGINON_SIZE, LEGINON_THRESHOLD, leginon } from './despike-leginon.ts';
import type { DespikeOptions } from './despike-options.ts';
import { ROBUST_THRESHOLD, robust } from './despike-robust.ts';
import type { EffectiveOption, Single } from './effective-option.ts';
import type { Effective, Step } from './step.ts';

const group = 'Despike';

const options: OptionTable = {
  despike: {
    kind: 'choice',
    fallback: 'robust',
    choices: ['robust', 'leginon', 'off'],
    group,
    describe:
      'method; leginon where an option is given that only leginon has; off by itself for stacks and 8-bit pixels, see --despike-frames, and for exposures of single electrons',
    synonyms: ['xray', 'xrays', 'cosmics', 'outliers', 'zingers', 'removexrays'],
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
    fallback: LEGINON_SIZE,
    unit: 'px',
    min: 3,
    max: 101,
    odd: true,
    group,
    describe: 'leginon: side of the neighbourhood, odd',
  },
  despikeThreshold: {
    kind: 'number',
    fallback: null,
    unit: 'deviations',
    above: 0,
    group,
    describe: `distance from the local mean (leginon, ${LEGINON_THRESHOLD}) or median (robust, ${ROBUST_THRESHOLD}) at which a pixel is a spike`,
    synonyms: ['sigma', 'threshold', 'nsigma', 'xraythreshold'],
  },
  despikePatch: {
    kind: 'integer',
    fallback: 9,
    unit: 'px',
    min: 1,
    max: 25,
    group,
    describe: 'robust: the largest spike; what has more pixels is a feature and stays',
  },
  despikePolarity: {
    kind: 'choice',
    fallback: 'bright',
    choices: ['bright', 'dark', 'both'],
    group,
    describe: 'robust: which way spikes stand out; X-rays are bright',
  },
  despikeFill: {
    kind: 'choice',
    fallback: 'median',
    choices: ['median', 'neighbour'],
    group,
    describe: 'robust: what spikes become, the median of the good pixels around or one of them, by chance',
  },
  diffraction: {
    kind: 'flag',
    fallback: false,
    group,
    describe:
      'robust: exposures are diffraction patterns, also where their headers do not say so; small spots that fall off on all sides stay',
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

const recipeOptions: OptionTable = {
  despikeArithmetic: {
    kind: 'choice',
    fallback: 'float64',
    choices: ['float64', 'float32'],
    group: 'Recipe',
    describe: 'float32: bit for bit as Leginon computes it',
  },
  despikeSaturated: {
    kind: 'flag',
    fallback: true,
    group: 'Recipe',
    describe: 'false: saturated pixels stay; they stay in diffraction patterns anyway',
  },
  despikeGuard: {
    kind: 'flag',
    fallback: true,
    group: 'Recipe',
    describe: 'robust, false: also replace spikes that look alike, as atoms, dots, Bragg spots or single electrons do',
  },
};

/** Counted electrons are not spikes: in stacks of frames and 8-bit pixels most counts stand alone. */
const counted = (frames: number, type: PixelType): boolean => frames > 1 || type === 'uint8' || type === 'int8';

const METHODS = {
  leginon: { open: leginon, threshold: LEGINON_THRESHOLD, uses: ['despikeSize', 'despikeArithmetic'] },
  robust: {
    open: robust,
    threshold: ROBUST_THRESHOLD,
    uses: ['despikePatch', 'despikePolarity', 'despikeFill', 'diffraction', 'despikeGuard'],
  },
} as const;

const given = (options: Given, method: keyof typeof METHODS): boolean =>
  METHODS[method].uses.some((name) => options[name] !== undefined);

/** The method where none is named: that of the options that are given, so that recipes older than `robust` stay what they were. */
const impliedMethod = (chosen: Given): 'leginon' | 'robust' =>
  given(chosen, 'leginon') && !given(chosen, 'robust') ? 'leginon' : 'robust';

const contradictions: readonly Contradiction[] = [
  [
    (chosen) => chosen.despike === undefined && given(chosen, 'leginon') && given(chosen, 'robust'),
    '--despike-size and despikeArithmetic are for the method leginon, --despike-patch, --despike-polarity, --despike-fill and --diffraction for robust; say which with --despike',
  ],
];

/** What the pixels depend on when a method runs: options of the other one are not among it, defaults are filled in. */
function inUse(chosen: DespikeOptions): Record<string, unknown> {
  if (chosen.despike === 'off') return {};
  const { threshold, uses } = METHODS[chosen.despike];
  const names = ['despike', 'despikeSaturated', ...uses] as const;
  return {
    ...Object.fromEntries(names.map((name) => [name, chosen[name]])),
    despikeThreshold: chosen.despikeThreshold ?? threshold,
  };
}

/** The definition of `robust` that a key stands for: outputs of the one before are corrected again. */
const ROBUST_VERSION = 2;

/** Options of the method that runs; counted electrons are not despiked unless that is asked for. */
function effective(name: string, { recipe, running, met }: Effective<DespikeOptions>): EffectiveOption | null {
  const { despike: method = 'off', despikeThreshold, despikeFrames } = recipe;
  const off = !running || method === 'off';
  if (off) return name === 'despike' ? { name, value: 'off', from: null } : null;
  if (name === 'despike') {
    const left = despikeFrames ? 0 : met.filter(({ read, frames }) => counted(frames, read)).length;
    if (left === 0) return { name, value: method, from: null };
    return left === met.length
      ? { name, value: 'off', from: 'stacks and 8-bit pixels are not despiked' }
      : { name, value: method, from: 'off for stacks and 8-bit pixels' };
  }
  const values: Record<string, unknown> = {
    ...inUse(recipe as DespikeOptions),
    despikeFrames,
    maxSpikes: recipe.maxSpikes,
  };
  const from = name === 'despikeThreshold' && despikeThreshold === null ? `default of ${method}` : null;
  return name in values ? { name, value: values[name] as Single, from } : null;
}

export const despike: Step<DespikeOptions, 'despike'> = {
  name: 'despike',
  stage: 'despike',
  options,
  recipeOptions,
  contradictions,
  implied: (chosen) => ({ despike: impliedMethod(chosen) }),
  marks: true,
  key(chosen, { frames, type }) {
    const idle = chosen.despike === 'off' || (counted(frames, type) && !chosen.despikeFrames);
    if (idle) return null;
    return chosen.despike === 'robust' ? { ...inUse(chosen), robustVersion: ROBUST_VERSION } : inUse(chosen);
  },
  effective,
  open: (chosen, context) => (chosen.despike === 'off' ? null : METHODS[chosen.despike].open(chosen, context)),
  refuse({ path, counts: { spikes }, pixels }, { maxSpikes }) {
    const ppm = (spikes / pixels) * 1e6;
    if (ppm <= maxSpikes) return;
    throw new Fault(
      'spikes',
      `${path}: ${Math.round(ppm)} ppm of the pixels would be despiked, expected at most ${maxSpikes}; this method is wrong for it: --despike off, a higher --despike-threshold, or allow it with --max-spikes`,
    );
  },
};
