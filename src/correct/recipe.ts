/**
 * The recipe: everything that decides which pixels are written, resolved to plain data. Also the key by which resume
 * knows whether an output was made with this recipe and these references.
 */

import { createHash } from 'node:crypto';
import type { Compression, FourBit } from '../formats/format.ts';
import { type Exposure, SAME_TYPE, WRITTEN_FORMATS, type WrittenFormat, type WrittenType } from '../model/exposure.ts';
import type { Contradiction, Option, OptionTable } from '../model/option.ts';
import type { ReferenceFile } from '../references/references.ts';
import { optionsOf, STEP_NAMES, STEPS, type StepName, type StepOptions, stepNamed } from './steps/index.ts';
import type { Keyed } from './steps/step.ts';

export interface Recipe extends StepOptions {
  readonly steps: readonly StepName[];
  readonly rowOrder: 'picture' | 'stored';
  readonly type: 'same' | WrittenType;
  readonly format: 'same' | WrittenFormat;
  readonly compression: Compression;
  /** Of files that hold several; null: the largest. */
  readonly image: number | null;
  readonly fourBit: FourBit;
  /** Counts; null: the largest value of the raw type. */
  readonly saturation: number | null;
  readonly strict: boolean;
  readonly writeMasks: boolean;
  /** Take what darkroom wrote for raw exposures as well. */
  readonly allowCorrected: boolean;
  /** Do not hold the references against the first exposures. */
  readonly noReferenceChecks: boolean;
}

/** Which image of a file is meant, for whoever reads one. */
export const IMAGE_OPTION: Option = {
  kind: 'integer',
  fallback: null,
  unit: 'number of an image',
  min: 1,
  max: 100_000,
  group: 'Input',
  describe: 'of DM and HDF5 files that hold several images, this one, as `info` counts them (default: the largest)',
};

/** How 8-bit images are read, for whoever reads one. */
export const FOUR_BIT_OPTION: Option = {
  kind: 'choice',
  fallback: 'auto',
  choices: ['auto', 'always', 'never'],
  group: 'Input',
  describe:
    '8-bit images hold two 4-bit pixels in a byte: auto: where the file says so, or has the size of K2 or K3 super-resolution frames in TIFF',
  synonyms: ['packed', 'unpack', 'nibbles'],
};

/** Options of a recipe besides those that steps bring along. */
const OWN_OPTIONS: OptionTable = {
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
    describe: 'pixels written; same widens 8 bits to 16, float16 and 32-bit integers to float32',
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
    choices: ['same', ...WRITTEN_FORMATS],
    group: 'Output',
    describe: 'container written; same writes formats that are only read as MRC',
  },
  compression: {
    kind: 'choice',
    fallback: 'none',
    choices: ['none', 'lzw', 'deflate', 'zstd'],
    group: 'Output',
    describe: 'of TIFF',
    synonyms: ['compress', 'zip', 'lzw'],
  },
  image: IMAGE_OPTION,
  fourBit: FOUR_BIT_OPTION,
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
  noReferenceChecks: {
    kind: 'flag',
    fallback: false,
    group: 'Checks',
    describe: 'do not hold the references against the first exposures before correcting',
    synonyms: ['nochecks', 'skipchecks', 'norefcheck', 'nocheck'],
  },
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
  ...Object.assign({}, ...STEPS.map(({ recipeOptions }) => recipeOptions)),
};

export const RECIPE_OPTIONS: OptionTable = Object.assign({}, ...STEPS.map((step) => step.options), OWN_OPTIONS);

/** Options that do not go together. */
export const CONTRADICTIONS: readonly Contradiction[] = [
  ...STEPS.flatMap(({ contradictions = [] }) => contradictions),
  [
    ({ format, compression }) => format === 'mrc' && compression !== undefined && compression !== 'none',
    '--compression is for TIFF, but --format mrc is given; leave out one',
  ],
  [({ scale }) => scale === 0, '--scale: found 0, expected another number: all pixels would be the same'],
];

const OF_STEPS: ReadonlySet<string> = new Set(STEPS.flatMap((step) => Object.keys(optionsOf(step))));

/** The type that is written for an exposure. */
export const writtenType = (recipe: Recipe, exposure: Exposure): WrittenType =>
  recipe.type === 'same' ? SAME_TYPE[exposure.type] : recipe.type;

/** Options of no step that no pixel depends on. */
const CHECKS: ReadonlySet<string> = new Set<keyof Recipe>([
  ...(['steps', 'strict', 'allowCorrected', 'noReferenceChecks'] as const),
  // Asked for apart: who never asks for one keeps the keys of exposures that are finished.
  'writeMasks',
  'image',
  'fourBit',
]);

/**
 * What an output depends on besides its raw file, as a hash: the options of the steps that run for such an exposure, how
 * it is written, and the content of the references in use. Threads, checks and report options are not in it, nor are
 * steps that are idle for such an exposure.
 */
export function recipeKey(recipe: Recipe, files: readonly ReferenceFile[], exposure: Keyed): string {
  const running = recipe.steps.flatMap((name) => {
    const step = stepNamed(name);
    const part = step.key(recipe, exposure);
    return part ? [{ name, step, part }] : [];
  });
  const options = Object.entries(recipe).filter(([name]) => !CHECKS.has(name) && !OF_STEPS.has(name));
  for (const { part } of running) options.push(...Object.entries(part));
  if (recipe.writeMasks && running.some(({ step }) => step.marks)) options.push(['writeMasks', true]);
  if (typeof recipe.image === 'number') options.push(['image', recipe.image]);
  if (recipe.fourBit === 'always' || recipe.fourBit === 'never') options.push(['fourBit', recipe.fourBit]);
  const used = files
    .filter(({ role }) => running.some(({ step }) => step.references?.includes(role)))
    .map(({ role, hash }) => [role, hash]);
  return createHash('sha256')
    .update(JSON.stringify([running.map(({ name }) => name), options.sort(), used]))
    .digest('hex')
    .slice(0, 32);
}
