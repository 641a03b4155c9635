/**
 * Correcting what is there: `run` finds the exposures, leaves out what is done, and sends the rest down the conveyor.
 *
 *     found -> already done? -> conveyor (pool -> journal -> events) -> report
 */

import { Conveyor } from './conveyor/conveyor.ts';
import { OutputFolder } from './conveyor/output-folder.ts';
import { Pool } from './conveyor/pool.ts';
import { prepare, scanOptions, workerStart } from './conveyor/prepare.ts';
import type { RunSettings } from './correct/settings.ts';
import { notRead } from './formats/foreign.ts';
import { EXTENSIONS } from './formats/index.ts';
import { type Decision, decideAll, replacing } from './intake/decide.ts';
import { apart } from './intake/namesakes.ts';
import { type Found, scan } from './intake/scan.ts';
import type { ExitCode, RunControl, Why } from './model/events.ts';
import { Trouble } from './model/outcome.ts';

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
    const { supply, notes } = prepared;
    for (const message of notes) control.emit({ event: 'note', message, level: 'information' });
    const folder = new OutputFolder(settings);
    try {
      const seen = folder.journal.seen();
      const { jobs, collisions } = apart(found.jobs, folder.home.folding, seen);
      const decisions = await decideAll(jobs, { ...settings, ...supply.question, seen });
      const unusable = [...found.unusable, ...collisions];
      const todo = decisions.filter((each) => each.correct);
      for (const note of replacing(todo, settings)) say(note);

      const conveyor = new Conveyor(settings, folder, supply, control);
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

const NO_RULES = { copied: 0, ignored: 0 } as const;

function nothingFound({ unsupported }: Found, { inputs, expect }: RunSettings, { emit }: RunControl): ExitCode {
  const others = [...unsupported.values()].reduce((sum, count) => sum + count, 0);
  const way =
    others > 0
      ? `found ${others} files of formats that are not read; convert them to MRC or TIFF`
      : `found no file that ends in ${EXTENSIONS.join(', ')}; check the path, and that its disk or share is mounted`;
  const why: Why[] = expect === null ? [] : ['expect'];
  const exit = expect === null ? 0 : 2;
  const code = expect === null ? '--expect 1 makes this exit code 2' : `expected ${expect} exposures (--expect)`;
  emit({ event: 'note', message: `nothing to correct in ${inputs.join(', ')}: ${way}; ${code}` });
  emit({
    event: 'finished',
    run: 0,
    exit,
    done: 0,
    skipped: 0,
    failed: 0,
    suspect: 0,
    ...NO_RULES,
    seconds: 0,
    why,
    camera: null,
  });
  return exit;
}
