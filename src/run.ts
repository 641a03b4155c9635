/**
 * Correcting what is there: `run` finds the exposures, leaves out what is done, and sends the rest down the conveyor.
 *
 *     found -> already done? -> conveyor (pool -> journal -> events) -> report
 */

import { Conveyor } from './conveyor/conveyor.ts';
import { checkReferences, refusedBy } from './conveyor/first-exposures.ts';
import { OutputFolder } from './conveyor/output-folder.ts';
import { type Policy, stopAtOnce, withoutReports } from './conveyor/policy.ts';
import { Pool } from './conveyor/pool.ts';
import { prepare, scanOptions, workerStart } from './conveyor/prepare.ts';
import type { WorkerStart } from './conveyor/worker.ts';
import type { RunSettings } from './correct/settings.ts';
import { notRead } from './formats/foreign.ts';
import { EXTENSIONS } from './formats/index.ts';
import { type Decision, decideAll, replacing } from './intake/decide.ts';
import { apart } from './intake/namesakes.ts';
import { type Found, scan } from './intake/scan.ts';
import type { ExitCode, RunControl, Why } from './model/events.ts';
import { type Job, type Outcome, Trouble } from './model/outcome.ts';
import { type Shard, shardName } from './model/shard.ts';

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
    if (settings.shard?.assumed) say(assumedShard(settings.shard));
    if (found.all.length + found.unusable.length === 0) return nothingFound(found, settings, control);

    const start = workerStart(settings);
    // Its threads load what they need while references are read.
    const pool = new Pool(start, { threads: settings.threads, background: false });
    try {
      return await correctAll(found, start, pool, settings, control);
    } finally {
      await pool.close();
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say(`stopping: ${error.message}`);
    return 3;
  }
}

async function correctAll(
  found: Found,
  start: WorkerStart,
  pool: Pool,
  settings: RunSettings,
  control: RunControl,
): Promise<ExitCode> {
  const say = (message: string): void => control.emit({ event: 'note', message });
  const prepared = await prepare(settings, found.jobs, start);
  const { supply, notes } = prepared;
  for (const message of notes) control.emit({ event: 'note', message, level: 'information' });
  const checks = await checkReferences(found.jobs, settings, supply, start);
  const refused = refusedBy(checks);
  if (refused.length > 0) {
    for (const each of checks) control.emit({ event: 'references', ...each });
    throw new Trouble(`${refused.join('. ')}. --no-reference-checks corrects all the same`);
  }
  const folder = new OutputFolder(settings);
  try {
    prepared.hashes.save();
    const { jobs, collisions, seen } = ownJobs(found, folder);
    const decisions = await decideAll(jobs, { ...settings, ...supply.question, seen });
    const unusable = [...found.unusable, ...collisions];
    const todo = decisions.filter((each) => each.correct);
    for (const note of replacing(todo, settings)) say(note);

    const policy = settings.shard ? withoutReports : stopAtOnce((text) => control.summarise?.(text));
    const conveyor = new Conveyor(settings, folder, supply, control, policy);
    const bytes = todo.reduce((sum, decision) => sum + decision.bytes, 0);
    conveyor.announce(todo.length + unusable.length, bytes, found.all.length - found.jobs.length);
    for (const each of checks) await conveyor.takeReferenceChecks(each);
    for (const outcome of unusable) await conveyor.take(outcome);
    for (const decision of decisions) if (!decision.correct) await conveyor.take(decision.outcome);
    if (todo.length > 0) await throughPool(conveyor, todo, pool, policy);
    return await conveyor.finish();
  } finally {
    prepared.hashes.save();
    folder.close();
  }
}

/**
 * The exposures to decide about, and what is known of them. Exposures of all shards are told apart by their names, so that
 * of two with one output the same one has it in every shard.
 */
function ownJobs({ jobs: found, all }: Found, folder: OutputFolder) {
  const separate = apart(all, folder.home.folding, { get: (output) => folder.seenOf(output) });
  if (found === all) return { ...separate, seen: folder.seen(separate.jobs) };
  const own = new Set(found.map(({ input }) => input));
  const isOwn = ({ input }: Job | Outcome): boolean => own.has(input);
  const jobs = separate.jobs.filter(isOwn);
  return { jobs, collisions: separate.collisions.filter(isOwn), seen: folder.seen(jobs) };
}

async function throughPool(
  conveyor: Conveyor,
  todo: readonly (Decision & { correct: true })[],
  pool: Pool,
  policy: Policy,
): Promise<void> {
  // What draws the report is loaded while the workers are busy; if that fails, the report says so.
  const drawing =
    policy === withoutReports
      ? null
      : import('./report/report.ts').then(({ loadPage }) => loadPage()).catch(() => null);
  await conveyor.correct(todo, pool);
  // What follows needs the memory rather than the threads.
  void pool.close();
  await drawing;
}

const NO_RULES = { copied: 0, ignored: 0 } as const;
/** Whoever did not think of shards is to see it. */
const assumedShard = (shard: Shard): string =>
  `this is a task of a Slurm array: only shard ${shardName(shard)} of the exposures is corrected here; --shard 1/1 corrects all`;

function nothingFound({ unsupported }: Found, { inputs, expect }: RunSettings, { emit }: RunControl): ExitCode {
  const others = [...unsupported.values()].reduce((sum, count) => sum + count, 0);
  const way =
    others > 0
      ? `found ${others} files of formats that are not read; convert them as the notes say`
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
