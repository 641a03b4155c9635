/** What `run`, `watch` and `--dry-run` need before the first exposure: kernels, memory, references that are checked. */

import { layOutSurvey } from '../correct/observe/survey.ts';
import type { Recipe } from '../correct/recipe.ts';
import type { RunSettings } from '../correct/settings.ts';
import type { Choice } from '../formats/format.ts';
import { openExposure } from '../formats/index.ts';
import { Chooser } from '../intake/choose.ts';
import { referencesAmong } from '../intake/references-among.ts';
import type { ScanOptions } from '../intake/scan.ts';
import { compileKernels, createMemory, instantiate } from '../kernels/kernels.ts';
import { type Job, Refusal } from '../model/outcome.ts';
import { KeptHashes } from '../references/kept-hashes.ts';
import { loadReferences } from '../references/load.ts';
import { NamedReferences } from '../references/named.ts';
import { misfit, type ReferenceLayout, referenceFiles } from '../references/references.ts';
import { areChosen } from '../references/sets.ts';
import type { Treatment } from '../references/treatment.ts';
import { generationOf } from './generation.ts';
import { Library } from './library.ts';
import { Supply } from './supply.ts';
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

export interface Prepared {
  readonly supply: Supply;
  readonly notes: readonly string[];
  /** To be saved when the output folder is there, and again at the end. */
  readonly hashes: KeptHashes;
}

/**
 * References of the options in the shared memory; of sets, it is looked at every file. Wrong ones are refused here, before
 * any work.
 */
export async function prepare(settings: RunSettings, jobs: readonly Job[], start: WorkerStart): Promise<Prepared> {
  const { module, memory } = start;
  const stored = settings.recipe.rowOrder === 'stored';
  const kernels = instantiate(module, memory);
  const hashes = new KeptHashes(settings.out);
  const treatment = treatmentOf(settings.recipe);
  const { layout, ...loaded } = await loadReferences(settings.references, stored, kernels, memory, treatment, hashes);
  await refuseMisfits(jobs, layout, settings.recipe);
  const notes = [...loaded.notes, ...(await referencesAmong(settings))];
  const fixed = { layout, survey: layOutSurvey(layout, memory) };
  const { generation, notes: more } = await generationOf(settings, treatment);
  for (const { paths } of generation.sets ?? [])
    notes.push(...(await referencesAmong({ ...settings, references: paths })));
  const { folder, follow } = settings.choosing;
  const named = follow ? new NamedReferences(folder, treatment) : null;
  const chooser = new Chooser(generation, named && ((input, exposure) => named.of(input, exposure)));
  const library = new Library(start, { stored, treatment, hashes });
  const supply = new Supply(fixed, settings.recipe, { chooser, library, from: areChosen(settings.choosing) });
  return { supply, notes: [...notes, ...more], hashes };
}

export const treatmentOf = (recipe: Recipe): Treatment => ({
  dark: recipe.darkOrientation,
  norm: recipe.normOrientation,
  defects: recipe.defectsOrientation,
  darkScale: recipe.darkScale,
});

export function scanOptions(settings: RunSettings): ScanOptions {
  const { out, include, exclude, references, choosing, recipe, shard } = settings;
  const all = [references, ...choosing.sets.map(({ paths }) => paths)];
  const files = all.flatMap(referenceFiles).map(({ file }) => file);
  if (choosing.folder !== null) files.push(choosing.folder);
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
