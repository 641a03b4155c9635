/**
 * Correcting what is there: `run` finds the exposures, leaves out what is done, and sends the rest down the conveyor.
 *
 *     found -> already done? -> conveyor (pool -> journal -> events) -> report
 */

import { type Loaded, loadReferences } from './calibration/load.ts';
import { misfit, type ReferenceLayout } from './calibration/references.ts';
import { Conveyor } from './conveyor.ts';
import { type Decision, decideAll } from './decide.ts';
import type { ExitCode, RunControl } from './events.ts';
import { notRead } from './formats/foreign.ts';
import { EXTENSIONS, openExposure } from './formats/index.ts';
import { apart } from './intake/namesakes.ts';
import { referencesAmong } from './intake/references-among.ts';
import { type Found, type ScanOptions, scan } from './intake/scan.ts';
import { OTHER_SETTINGS } from './journal/seen.ts';
import { compileKernels, createMemory, instantiate } from './kernels/kernels.ts';
import { type Job, Refusal, Trouble } from './outcome.ts';
import { OutputFolder } from './output-folder.ts';
import { Pool } from './pool/pool.ts';
import type { WorkerStart } from './pool/worker.ts';
import type { RunSettings } from './settings.ts';
import { layOutSurvey, type Survey } from './survey.ts';

/** Bytes of float32 rows in a band: few enough to stay in the cache, enough to move the line's rows seldom. */
const BAND_BYTES = 1 << 20;

/**
 * Corrects what is there and not yet done.
 * @throws Refusal before any exposure is touched, when options, references or the output folder are wrong
 */
export async function run(settings: RunSettings, control: RunControl): Promise<ExitCode> {
  const say = (message: string): void => control.emit({ event: 'note', message });
  try {
    const found = await scan(settings.inputs, scanOptions(settings));
    for (const [extension, count] of found.unsupported) say(notRead(extension, count));
    for (const note of found.notes) say(note);
    if (found.jobs.length + found.unusable.length === 0) return nothingFound(found, settings, control);

    const start = workerStart(settings);
    const prepared = await prepare(settings, found.jobs, start);
    const { layout, notes } = prepared;
    for (const message of notes) control.emit({ event: 'note', message, level: 'information' });
    const folder = new OutputFolder(settings);
    try {
      const seen = folder.journal.seen();
      const { jobs, collisions } = apart(found.jobs, folder.home.folding, seen);
      const decisions = await decideAll(jobs, { ...settings, files: layout.files, seen });
      const unusable = [...found.unusable, ...collisions];
      const todo = decisions.filter((each) => each.correct);
      for (const note of replacing(todo, settings)) say(note);

      const conveyor = new Conveyor(settings, folder, prepared, control);
      const bytes = todo.reduce((sum, decision) => sum + decision.bytes, 0);
      conveyor.announce(todo.length + unusable.length, bytes);
      for (const outcome of unusable) await conveyor.take(outcome);
      for (const decision of decisions) if (!decision.correct) await conveyor.take(decision.outcome);
      if (todo.length > 0)
        await throughPool(conveyor, todo, new Pool(start, { threads: settings.threads, background: false }));
      return await conveyor.finish();
    } finally {
      folder.close();
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say(`stopping: ${error.message}`);
    return 3;
  }
}

/** Outputs that are made again with other settings take the place of earlier ones: nobody should find that out afterwards. */
export function replacing(
  todo: readonly (Decision & { correct: true })[],
  { out, recipe }: Pick<RunSettings, 'out' | 'recipe'>,
): string[] {
  const others = todo.filter(({ reason }) => reason === OTHER_SETTINGS);
  const masks = recipe.writeMasks ? 0 : others.filter(({ before }) => before?.maskBytes != null).length;
  const exposures = (count: number): string => (count === 1 ? '1 exposure was' : `${count} exposures were`);
  return [
    ...(others.length > 0
      ? [
          `${exposures(others.length)} corrected before with another recipe or other references: corrected again, replacing the earlier outputs in ${out}; another --out keeps both`,
        ]
      : []),
    ...(masks > 0 ? [`masks of ${masks} of them are deleted; --write-masks makes new ones`] : []),
  ];
}

async function throughPool(
  conveyor: Conveyor,
  todo: readonly (Decision & { correct: true })[],
  pool: Pool,
): Promise<void> {
  // What draws the report is loaded while the workers are busy; should that fail, the report will say so.
  const drawing = import('./report/report.ts').then(({ loadPage }) => loadPage()).catch(() => null);
  try {
    await conveyor.correct(todo, pool);
    await drawing;
  } finally {
    await pool.close();
  }
}

function nothingFound({ unsupported }: Found, { inputs, expect }: RunSettings, { emit }: RunControl): ExitCode {
  const others = [...unsupported.values()].reduce((sum, count) => sum + count, 0);
  const way =
    others > 0
      ? `found ${others} files of formats that are not read; convert them to MRC or TIFF`
      : `found no file that ends in ${EXTENSIONS.join(', ')}; check the path, and that its disk or share is mounted`;
  const exit = expect === null ? 0 : 2;
  const code = expect === null ? '--expect 1 makes this exit code 2' : `expected ${expect} exposures (--expect)`;
  emit({ event: 'note', message: `nothing to correct in ${inputs.join(', ')}: ${way}; ${code}` });
  emit({ event: 'finished', run: 0, exit, done: 0, skipped: 0, failed: 0, suspect: 0, seconds: 0, camera: null });
  return exit;
}

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
  const loaded = await loadReferences(settings.references, stored, instantiate(module, memory), memory);
  await refuseMisfits(jobs, loaded.layout);
  const notes = [...loaded.notes, ...(await referencesAmong(settings))];
  return { ...loaded, notes, survey: layOutSurvey(loaded.layout, memory) };
}

export function scanOptions({ out, include, exclude, references, recipe }: RunSettings): ScanOptions {
  const files = Object.values(references).filter((file) => file !== null);
  return { out, include, exclude, references: files, format: recipe.format, allowCorrected: recipe.allowCorrected };
}

/**
 * References that fit none of the exposures are the wrong references. One that fits is enough: the others fail by name.
 * @throws Refusal with the sizes
 */
async function refuseMisfits(jobs: readonly Job[], layout: ReferenceLayout): Promise<void> {
  if (layout.width === 0) return;
  let first: string | null = null;
  for (const { input } of jobs) {
    try {
      const { source, close } = await openExposure(input);
      close();
      const odd = misfit(layout, source.exposure);
      if (!odd) return;
      first ??= `${input}: ${odd}`;
    } catch {
      // Whatever this one has, be it a bug of ours, is told when it is its turn.
    }
  }
  if (first !== null) throw new Refusal(`the references fit none of the exposures; ${first}`);
}
