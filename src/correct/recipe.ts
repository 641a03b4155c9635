/**
 * The recipe: everything that decides which pixels are written, resolved to plain data. Also the key by which resume
 * knows whether an output was made with this recipe and these references.
 */

import { createHash } from 'node:crypto';
import type { Compression } from '../formats/format.ts';
import { type Exposure, FORMAT_NAMES, type FormatName, SAME_TYPE, type WrittenType } from '../model/exposure.ts';
import type { OptionTable } from '../model/option.ts';
import type { ReferenceFile } from '../references/references.ts';
import type { ClipOptions } from './steps/clip.ts';
import { counted, despikeInUse } from './steps/despike.ts';
import type { DespikeOptions } from './steps/despike-options.ts';
import { STEP_NAMES, STEPS, type StepName } from './steps/index.ts';

export interface Recipe extends Omit<DespikeOptions, 'read'>, Omit<ClipOptions, 'written'> {
  readonly steps: readonly StepName[];
  readonly noFlatField: boolean;
  readonly rowOrder: 'picture' | 'stored';
  readonly type: 'same' | WrittenType;
  readonly format: 'same' | FormatName;
  readonly compression: Compression;
  /** Counts; null: the largest value of the raw type. */
  readonly saturation: number | null;
  /** Parts per million. */
  readonly maxSpikes: number;
  readonly strict: boolean;
  readonly writeMasks: boolean;
  /** Take what darkroom wrote for raw exposures as well. */
  readonly allowCorrected: boolean;
}

/** Options of a recipe besides those that steps bring along. */
const OWN_OPTIONS: OptionTable = {
  noFlatField: {
    kind: 'flag',
    fallback: false,
    group: 'References',
    describe: 'correct without dark, bright and norm',
    synonyms: ['noreferences', 'nogain', 'nodark'],
    overrules: ['dark', 'bright', 'norm'],
  },
  rowOrder: {
    kind: 'choice',
    fallback: 'picture',
    choices: ['picture', 'stored'],
    group: 'References',
    describe: 'picture: MRC has its bottom row first, TIFF its top row; stored: take all rows as they are stored',
  },
  type: {
    kind: 'choice',
    fallback: 'same',
    choices: ['same', 'uint16', 'int16', 'float32'],
    group: 'Output',
    describe: 'pixels written; same widens 8 bits to 16 and float16 to float32',
    synonyms: ['dtype', 'datatype', 'pixeltype', 'bits', 'depth', 'mode'],
  },
  scale: {
    kind: 'number',
    fallback: 1,
    unit: 'a factor',
    group: 'Output',
    describe: 'written = round(counts x scale + offset)',
  },
  offset: { kind: 'number', fallback: 0, unit: 'counts written', group: 'Output', describe: 'see --scale' },
  format: {
    kind: 'choice',
    fallback: 'same',
    choices: ['same', ...FORMAT_NAMES],
    group: 'Output',
    describe: 'container written',
  },
  compression: {
    kind: 'choice',
    fallback: 'none',
    choices: ['none', 'deflate', 'zstd'],
    group: 'Output',
    describe: 'of TIFF',
    synonyms: ['compress', 'zip', 'lzw'],
  },
  writeMasks: {
    kind: 'flag',
    fallback: false,
    group: 'Output',
    describe: 'beside each output NAME_spikes: 1 where despike replaced a pixel (MRC int8, TIFF one bit)',
  },
  saturation: {
    kind: 'number',
    fallback: null,
    unit: 'counts',
    group: 'Checks',
    describe:
      'raw pixels at or above it are saturated: counted, never despiked (default: the largest value of the raw type)',
  },
  strict: { kind: 'flag', fallback: false, group: 'Checks', describe: 'exposures that are suspect fail' },
  allowCorrected: {
    kind: 'flag',
    fallback: false,
    group: 'Checks',
    describe: 'correct again what darkroom wrote, also in the output folders of other runs',
  },
};

/** Options that recipes alone have. */
export const RECIPE_ONLY: OptionTable = {
  steps: {
    kind: 'names',
    fallback: STEP_NAMES,
    choices: STEP_NAMES,
    group: 'Recipe',
    describe: 'the corrections, in the order in which they run',
  },
  despikeArithmetic: {
    kind: 'choice',
    fallback: 'float64',
    choices: ['float64', 'float32'],
    group: 'Recipe',
    describe: 'float32: bit for bit as Leginon computes it',
  },
  despikeSaturated: { kind: 'flag', fallback: false, group: 'Recipe', describe: 'despike saturated pixels too' },
};

export const RECIPE_OPTIONS: OptionTable = Object.assign({}, ...STEPS.map((step) => step.options), OWN_OPTIONS);

/** The type that is written for an exposure. */
export const writtenType = (recipe: Recipe, exposure: Exposure): WrittenType =>
  recipe.type === 'same' ? SAME_TYPE[exposure.type] : recipe.type;

/**
 * What an output depends on besides its raw file, as a hash: the options of the steps that run for such an exposure, how
 * it is written, and the content of the references in use. Threads, checks and report options are not in it, nor is
 * despike for exposures that are not despiked.
 */
export function recipeKey(
  recipe: Recipe,
  files: readonly ReferenceFile[],
  exposure: Pick<Exposure, 'frames' | 'type'>,
): string {
  const { steps, strict, maxSpikes, noFlatField, writeMasks, allowCorrected, ...rest } = recipe;
  const despiked = recipe.despike !== 'off' && (recipe.despikeFrames || !counted(exposure.frames, exposure.type));
  const running = steps.filter((step) => step !== 'despike' || despiked);
  const others = Object.entries(rest).filter(([name]) => {
    if (name.startsWith('despike') || name === 'diffraction') return false;
    if (name.startsWith('clip')) return running.includes('clip');
    return true;
  });
  const options = [...others, ...Object.entries(running.includes('despike') ? despikeInUse(recipe) : {})];
  // Only where it makes a mask: who never asks for masks keeps the keys of old.
  if (writeMasks && running.includes('despike')) options.push(['writeMasks', true]);
  const used = files
    .filter(
      ({ role }) => running.includes(role === 'defects' ? 'defects' : 'flat-field') || running.includes('defects'),
    )
    .map(({ role, hash }) => [role, hash]);
  return createHash('sha256')
    .update(JSON.stringify([running, options.sort(), used]))
    .digest('hex')
    .slice(0, 32);
}
