/** `darkroom slurm`: writes the scripts of an array of tasks, and submits them if asked to. Slurm does the rest. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { prepare, scanOptions, workerStart } from '../../../conveyor/prepare.ts';
import { outputFault, writeWhole } from '../../../files/output-file.ts';
import { makeFolder } from '../../../files/ownership.ts';
import { scan } from '../../../intake/scan.ts';
import { shareLock } from '../../../journal/lock.ts';
import type { ExitCode } from '../../../model/events.ts';
import { type Option, toFlag } from '../../../model/option.ts';
import { Fault, Refusal, Trouble } from '../../../model/outcome.ts';
import type { KeptHashes } from '../../../references/kept-hashes.ts';
import { duration } from '../../../report/summary.ts';
import { Misuse } from '../../parsing/misuse.ts';
import { type Call, settingsForTasks } from '../../parsing/settings.ts';
import { shellLine, shellWord } from '../../parsing/shell-line.ts';
import type { Given, Value } from '../../parsing/values.ts';
import { say, tell, warn } from '../../terminal/streams.ts';
import { inHours, inMegabytes, mostTasks } from './cluster.ts';
import { type Estimate, estimate } from './estimate.ts';
import { CLUSTER, FOR_TASKS } from './options.ts';
import { filled, SCRIPTS, type Script } from './templates.ts';

/** A task has so much longer than it is thought to take, and at least so many seconds more. */
const [PRUDENCE, AT_LEAST] = [3, 900];

/** Seconds before the time limit at which a task is told to end: exposures in progress are finished in them. */
const GRACE = 120;

export async function run({ given, words, line }: Call): Promise<ExitCode> {
  const settings = await settingsForTasks({ given: of(FOR_TASKS, given), words, line });
  const { most, known } = mostTasks();
  const tasks = given.tasks === undefined ? null : Number(given.tasks);
  if (tasks !== null && tasks > most) {
    const by = known
      ? 'the MaxArraySize of this cluster'
      : "Slurm's usual MaxArraySize (scontrol does not answer here)";
    throw new Misuse(`--tasks: found ${tasks}, expected ${most} at most, which ${by} lets; give fewer`, 'slurm');
  }
  const found = await scan(settings.inputs, scanOptions(settings));
  for (const note of found.notes) warn(`note  ${note}`);
  if (found.jobs.length === 0)
    throw new Refusal(
      `nothing to correct in ${settings.inputs.join(', ')}; check the path, and that its disk is mounted`,
    );
  // Wrong references are found here, and not by a thousand tasks.
  const { hashes } = await prepare(settings, found.jobs, workerStart(settings));
  const cpus = Number(given.cpus ?? CLUSTER.cpus!.fallback);
  const guess = await estimate(found.jobs, settings, { cpus, tasks, mostTasks: most });
  const folder = freeFolder(settings.out);
  const values = valuesFor({ given, words, out: settings.out, folder, cpus, guess });
  write(folder, values, given.template === undefined ? null : path.resolve(String(given.template)));
  keep(hashes, settings.out);
  const submit = path.join(folder, 'submit.sh');
  tell(
    `${guess.tasks} tasks for ${found.jobs.length} exposures (${(guess.bytesIn / 1e9).toPrecision(3)} GB), each about ${duration(guess.seconds)}: ${cpus} cpus, ${values.memory}, limit ${values.time}`,
  );
  tell(`written: ${Object.keys(SCRIPTS).join(', ')} in ${folder}; edit them as you like`, folder);
  if (given.submit === true) return submitted(submit, settings.out);
  tell('');
  tell(`to submit:  sh ${shellWord(submit)}`, submit);
  tell(`to look:    ${shellLine(['report', settings.out])}`, settings.out);
  return 0;
}

/** Of what was given the options of one table. */
const of = (table: Readonly<Record<string, Option>>, given: Given): Given =>
  Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(table, name)));

interface Asked {
  readonly given: Given;
  readonly words: readonly string[];
  readonly out: string;
  /** Where the scripts are to be. */
  readonly folder: string;
  readonly cpus: number;
  readonly guess: Estimate;
}

/** What the names in the templates stand for. */
function valuesFor({ given, words, out, folder, cpus, guess }: Asked): Record<string, string> {
  const journal = given.journal === undefined ? [] : ['--journal', path.resolve(String(given.journal))];
  return {
    name: `darkroom-${path.basename(out).replaceAll(/[^\w.-]/g, '_')}`,
    tasks: String(guess.tasks),
    limit: given.limit === undefined ? '' : `%${given.limit}`,
    cpus: String(cpus),
    memory: String(given.memory ?? inMegabytes(guess.memory)),
    time: String(given.time ?? inHours(PRUDENCE * guess.seconds + AT_LEAST)),
    grace: String(GRACE),
    // Between quotes, and Slurm takes % for the beginning of a number.
    logs: path.join(folder, 'logs').replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&'),
    mergeMemory: inMegabytes(guess.mergeMemory),
    mergeHeap: String(Math.floor((0.8 * guess.mergeMemory) / 2 ** 20)),
    mergeTime: inHours(PRUDENCE * guess.mergeSeconds + AT_LEAST),
    darkroom: [process.execPath, path.resolve(process.argv[1]!)].map(shellWord).join(' '),
    arguments: argumentsOf(given, words).map(shellWord).join(' '),
    folder: [out, ...journal].map(shellWord).join(' '),
  };
}

/** The words and options of `run`, with paths that are good in any folder. */
function argumentsOf(given: Given, words: readonly string[]): string[] {
  const options = Object.entries(FOR_TASKS).flatMap(([name, option]) => {
    const value = given[name];
    return value === undefined ? [] : asWords(name, option, value);
  });
  return [...words.map((word) => path.resolve(word)), ...options];
}

function asWords(name: string, { kind }: Option, value: Value): string[] {
  if (typeof value === 'boolean') return [`--${value ? '' : 'no-'}${toFlag(name)}`];
  const isPath = kind === 'file' || kind === 'files' || kind === 'folder';
  const all = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
  return all.map((each) => `--${toFlag(name)}=${isPath ? path.resolve(each) : each}`);
}

/** A folder that is not there yet: what somebody edited stays. */
function freeFolder(out: string): string {
  let folder = path.join(out, 'slurm');
  for (let n = 2; fs.existsSync(folder); n++) folder = path.join(out, `slurm-${n}`);
  return folder;
}

/** @throws Refusal where it cannot be written */
function write(folder: string, values: Readonly<Record<string, string>>, site: string | null): void {
  const scripts = (Object.keys(SCRIPTS) as Script[]).map((name) => [name, filled(name, values, site)] as const);
  try {
    makeFolder(path.join(folder, 'logs'));
    for (const [name, text] of scripts) {
      const file = path.join(folder, name);
      writeWhole({ file, within: folder, replaces: null, way: 'choose another --out' }, text, folder);
    }
  } catch (error) {
    const fault = outputFault(error, folder);
    throw fault instanceof Fault ? new Refusal(fault.message, { cause: error }) : error;
  }
}

/** So that no task computes the hashes of the references. Where another run has the folder they are known already. */
function keep(hashes: KeptHashes, out: string): void {
  try {
    const lock = shareLock(out, 0);
    hashes.save();
    lock.release();
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Trouble)) throw error;
  }
}

function submitted(script: string, out: string): ExitCode {
  const { stdout, stderr, status, error } = spawnSync('sh', [script], { encoding: 'utf8' });
  if (status !== 0)
    throw new Refusal(
      `${script}: could not be submitted: ${(stderr || error?.message || 'it said nothing').trim().split('\n').join('; ')}; correct that, then give sh ${shellWord(script)}`,
    );
  say(stdout.trimEnd());
  tell(`to look:    ${shellLine(['report', out])}`, out);
  return 0;
}
