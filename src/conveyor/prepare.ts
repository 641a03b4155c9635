/** What `run`, `watch` and `--dry-run` need before the first exposure: kernels, memory, references that are checked. */

import { layOutSurvey, type Survey } from '../correct/observe/survey.ts';
import type { Recipe } from '../correct/recipe.ts';
import type { RunSettings } from '../correct/settings.ts';
import type { Choice } from '../formats/format.ts';
import { openExposure } from '../formats/index.ts';
import { referencesAmong } from '../intake/references-among.ts';
import type { ScanOptions } from '../intake/scan.ts';
import { compileKernels, createMemory, instantiate } from '../kernels/kernels.ts';
import { type Job, Refusal } from '../model/outcome.ts';
import { type Loaded, loadReferences } from '../references/load.ts';
import { misfit, type ReferenceLayout, referenceFiles } from '../references/references.ts';
import type { Treatment } from '../references/treatment.ts';
import type { WorkerStart } from './worker.ts';

/** Bytes of float32 rows in a band: few enough to stay in the cache, enough to move the line's rows seldom. */
const BAND_BYTES = 1 << 20;

/** Kernels and shared memory for the threads. */
export const workerStart = ({ recipe }: RunSettings): WorkerStart => ({
  module: compileKernels(),
  memory: createMemory(),
  recipe,
  bandBytes: BAND_BYTES,
});

export interface Prepared extends Loaded {
  /** Null without references. */
  readonly survey: Survey | null;
}

/** References in the shared memory. Wrong ones are refused here, before any work. */
export async function prepare(
  settings: RunSettings,
  jobs: readonly Job[],
  { module, memory }: WorkerStart,
): Promise<Prepared> {
  const stored = settings.recipe.rowOrder === 'stored';
  const kernels = instantiate(module, memory);
  const loaded = await loadReferences(settings.references, stored, kernels, memory, treatmentOf(settings.recipe));
  await refuseMisfits(jobs, loaded.layout, settings.recipe);
  const notes = [...loaded.notes, ...(await referencesAmong(settings))];
  return { ...loaded, notes, survey: layOutSurvey(loaded.layout, memory) };
}

export const treatmentOf = (recipe: Recipe): Treatment => ({
  dark: recipe.darkOrientation,
  norm: recipe.normOrientation,
  defects: recipe.defectsOrientation,
  darkScale: recipe.darkScale,
});

export function scanOptions({ out, include, exclude, references, recipe, shard }: RunSettings): ScanOptions {
  const files = referenceFiles(references).map(({ file }) => file);
  const { format, allowCorrected } = recipe;
  return { out, include, exclude, references: files, format, allowCorrected, shard };
}

/**
 * References that fit none of the exposures are the wrong references. One that fits is enough: the others fail by name.
 * @throws Refusal with the sizes
 */
async function refuseMisfits(jobs: readonly Job[], layout: ReferenceLayout, choice: Choice): Promise<void> {
  if (layout.width === 0) return;
  let first: string | null = null;
  for (const { input } of jobs) {
    try {
      const { source, close } = await openExposure(input, 'exposure', choice);
      close();
      const odd = misfit(layout, source.exposure);
      if (!odd) return;
      first ??= `${input}: ${odd}`;
    } catch {
      // Its trouble is reported when it is its turn.
    }
  }
  if (first !== null) throw new Refusal(`the references fit none of the exposures; ${first}`);
}
