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
import { openExposure } from './formats/index.ts';
import { type ScanOptions, scan } from './intake/scan.ts';
import { Journal } from './journal/journal.ts';
import type { Seen } from './journal/seen.ts';
import { compileKernels, createMemory, instantiate } from './kernels/kernels.ts';
import { Fault, type Job, type Outcome, Refusal, Trouble } from './outcome.ts';
import { OutputFolder } from './output-folder.ts';
import { Pool } from './pool/pool.ts';
import type { WorkerStart } from './pool/worker.ts';
import type { RunSettings } from './settings.ts';
import { layOutSurvey, type Survey } from './survey.ts';

/** For `--dry-run`: what would be done with one exposure, and why. */
export interface Intention {
  readonly input: string;
  readonly output: string;
  readonly would: 'correct' | 'skip' | 'fail';
  readonly reason: string;
}

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
    for (const [extension, count] of found.unsupported) say(`seen, not supported: ${count} ${extension}`);
    if (found.jobs.length + found.unusable.length === 0) return nothingFound(settings, control);

    const start = workerStart(settings);
    const prepared = await prepare(settings, found.jobs, start);
    const { layout, notes } = prepared;
    for (const note of notes) say(note);
    const folder = new OutputFolder(settings);
    try {
      const seen = folder.journal.seen();
      const decisions = await decideAll(found.jobs, { ...settings, files: layout.files, seen });
      const todo = decisions.filter((each) => each.correct);

      const conveyor = new Conveyor(settings, folder, prepared, control);
      const bytes = todo.reduce((sum, decision) => sum + decision.bytes, 0);
      conveyor.announce(todo.length + found.unusable.length, bytes);
      for (const outcome of found.unusable) await conveyor.take(outcome);
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

function nothingFound({ inputs }: RunSettings, { emit }: RunControl): ExitCode {
  emit({ event: 'note', message: `nothing to correct in ${inputs.join(', ')}` });
  emit({ event: 'finished', run: 0, exit: 0, done: 0, skipped: 0, failed: 0, suspect: 0, seconds: 0 });
  return 0;
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
  return { ...loaded, survey: layOutSurvey(loaded.layout, memory) };
}

/** What `run` would do, in the order of the exposures. Touches nothing, also while a run is going on. */
export async function plan(settings: RunSettings): Promise<Intention[]> {
  const found = await scan(settings.inputs, scanOptions(settings));
  const { layout } = await prepare(settings, found.jobs, workerStart(settings));
  const journal = Journal.openReadOnly(settings.journal);
  try {
    const seen = journal?.seen() ?? new Map<string, Seen>();
    const decisions = await decideAll(found.jobs, { ...settings, files: layout.files, seen });
    return [
      ...found.unusable.map(intentionOf),
      ...decisions.map((each) => (each.correct ? intended(each) : intentionOf(each.outcome))),
    ];
  } finally {
    journal?.close();
  }
}

const intended = ({ job, reason }: Decision & { correct: true }): Intention => ({ ...job, would: 'correct', reason });

function intentionOf(outcome: Outcome): Intention {
  const { input, output } = outcome;
  if (outcome.status === 'skipped') return { input, output, would: 'skip', reason: outcome.reason };
  return { input, output, would: 'fail', reason: outcome.status === 'failed' ? outcome.fault.message : '' };
}

export function scanOptions({ out, include, exclude, references, recipe }: RunSettings): ScanOptions {
  const files = Object.values(references).filter((file) => file !== null);
  return { out, include, exclude, references: files, format: recipe.format };
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
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
  if (first !== null) throw new Refusal(`the references fit none of the exposures; ${first}`);
}
