/**
 * Turns what was given, on the command line and in a recipe, into the settings of a run: once, completely, before any
 * pixel is read. What is left to the run itself are questions about the content of files.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CONTRADICTIONS as OF_RECIPE, RECIPE_ONLY, RECIPE_OPTIONS, type Recipe } from '../../correct/recipe.ts';
import type { RunSettings, WatchSettings } from '../../correct/settings.ts';
import { STEPS, type StepName } from '../../correct/steps/index.ts';
import type { Contradiction, OptionTable } from '../../model/option.ts';
import { type ReferencePaths, referenceFiles } from '../../references/references.ts';
import type { ReferenceSet, Rule, Sets } from '../../references/sets.ts';
import type { RunThread } from '../../run-thread.ts';
import { Misuse } from './misuse.ts';
import { RECIPE_FILE_OPTIONS, RUN_OPTIONS } from './options.ts';
import { readRecipe } from './recipe-file.ts';
import { shardFrom } from './shard.ts';
import type { Given } from './values.ts';
import { WATCH_OPTIONS } from './watch-options.ts';

/** What a command was called with: its options, the words between them, and the whole line for the journal. */
export interface Call {
  readonly given: Given;
  readonly words: readonly string[];
  readonly line: string;
  /** One that was started for the command already, if any. */
  readonly thread?: RunThread | null;
}

/** @throws Misuse or Refusal: the message names the option or the key, and what to give instead */
export const runSettings = (call: Call): Promise<RunSettings> => settingsOf(call, os.availableParallelism, 'run');

/** The same for `slurm`, whose tasks are the shards. */
export const settingsForTasks = (call: Call): Promise<RunSettings> => settingsOf(call, () => 1, 'slurm');

/** `cores`: how many threads there are unless somebody says otherwise. */
async function settingsOf(call: Call, cores: () => number, command: string): Promise<RunSettings> {
  try {
    return await commonSettings(call, cores, command);
  } catch (error) {
    throw error instanceof Misuse ? new Misuse(error.message, command) : error;
  }
}

async function commonSettings(
  { given, words, line }: Call,
  cores: () => number,
  command: string,
): Promise<RunSettings> {
  const inputs = inputsFrom(words);
  const out = await folderFor(given);
  const merged: Given = { ...(await inRecipe(given)), ...given };

  checkTogether(merged);
  const recipe = recipeFrom(merged);
  const references = referencesFrom(merged);
  const choosing = choosingFrom(merged);
  checkSteps(recipe.steps, merged, choosing);
  const { threads, include, exclude, inlineSeconds, expect, keepDays } = withDefaults(RUN_OPTIONS, merged) as {
    readonly threads?: number;
    readonly include: readonly string[];
    readonly exclude: readonly string[];
    readonly inlineSeconds?: number;
    readonly expect?: number;
    readonly keepDays: number;
  };
  return {
    inputs,
    out,
    recipe,
    references,
    choosing,
    include,
    exclude,
    threads: threads ?? Math.min(cores(), 256),
    journal: journalIn(out, given),
    keepDays: merged.noTimings === true ? 0 : keepDays,
    force: given.force === true,
    shard: command === 'run' ? shardFrom(given, process.env) : null,
    inlineSeconds: inlineSeconds ?? null,
    inlineTiming: merged.noInlineTiming !== true,
    strictCamera: merged.strictCamera === true,
    expect: expect ?? null,
    command: line,
  };
}

/** What the recipe file gives, without what the command line overrules. */
async function inRecipe(given: Given): Promise<Given> {
  if (given.recipe === undefined) return {};
  const options = { ...WATCH_OPTIONS, ...RUN_OPTIONS };
  return withoutOverruled(await readRecipe(String(given.recipe), RECIPE_FILE_OPTIONS, options), given);
}

export type GivenIn = 'command line' | 'recipe';

/** Tells of each option where it was given; null: nowhere. */
export async function whereGiven({ given }: Call): Promise<(name: string) => GivenIn | null> {
  const recipe = await inRecipe(given);
  return (name) => (Object.hasOwn(given, name) ? 'command line' : Object.hasOwn(recipe, name) ? 'recipe' : null);
}

/** @throws Misuse or Refusal: the message names the option or the key, and what to give instead */
export async function watchSettings(call: Call): Promise<WatchSettings> {
  const { given, words } = call;
  if (words.length === 0)
    throw new Misuse('found no folder to watch, expected at least one: darkroom watch raw/ --out corrected/', 'watch');
  const run = await settingsOf(call, () => Math.max(1, os.availableParallelism() - 1), 'watch');
  const { settle, settleStack, giveUp, poll, untilIdle, minFree } = withDefaults(WATCH_OPTIONS, given) as {
    readonly settle?: number;
    readonly settleStack: number;
    readonly giveUp: number;
    readonly poll: number;
    readonly untilIdle?: number;
    readonly minFree: number;
  };
  const { stopFile, statusFile } = given;
  return {
    ...run,
    settle: 1000 * (settle ?? (poll > 0 ? 5 : 2)),
    settleStack: 1000 * settleStack,
    giveUp: 1000 * giveUp,
    poll: 1000 * poll,
    untilIdle: untilIdle === undefined ? null : 1000 * untilIdle,
    stopFile: stopFile === undefined ? null : path.resolve(String(stopFile)),
    statusFile: statusFile === undefined ? path.join(run.out, 'status.json') : path.resolve(String(statusFile)),
    minFree,
  };
}

/** What was given, and the defaults of the table. Options that have none are missing. */
function withDefaults(options: OptionTable, given: Given): Given {
  const defaults = Object.entries(options).flatMap(([name, { fallback }]) =>
    fallback === null ? [] : [[name, fallback] as const],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

function inputsFrom(words: readonly string[]): string[] {
  if (words.length === 0)
    throw misuse('found no file or folder to correct, expected at least one: darkroom run raw/ --out corrected/');
  // path.resolve('') is the working directory: an unset variable in a script must not correct that.
  if (words.includes(''))
    throw misuse('found "" among the files and folders, expected a path; is a variable of your script empty?');
  return words.map((word) => path.resolve(word));
}

async function folderFor({ out }: Given): Promise<string> {
  if (out === undefined)
    throw misuse('--out is missing: say in which folder the corrected exposures go, such as --out corrected/');
  const folder = path.resolve(String(out));
  const extension = path.extname(folder).toLowerCase();
  if (
    extension !== '' &&
    !statIfThere(folder) &&
    (await import('../../formats/index.ts')).EXTENSIONS.includes(extension)
  )
    throw misuse(
      `--out ${out}: found the name of an image, expected a folder: outputs get the names of their exposures; give --out ${path.dirname(String(out))}`,
    );
  // The nearest part of the path that exists must be a folder.
  for (let at = folder; ; at = path.dirname(at)) {
    const there = statIfThere(at);
    if (there && !there.isDirectory())
      throw misuse(`--out ${out}: ${at} is a file, expected a folder or a name that is free`);
    if (there || at === path.dirname(at)) return folder;
  }
}

function journalIn(out: string, { journal }: Given): string {
  if (journal === undefined) return path.join(out, 'darkroom.sqlite');
  const file = path.resolve(String(journal));
  if (statIfThere(file)?.isDirectory())
    throw misuse(
      `--journal ${journal}: found a folder, expected a file; name a file in it, such as ${path.join(String(journal), 'darkroom.sqlite')}`,
    );
  return file;
}

/** What cannot be looked at is reported when it is opened. */
function statIfThere(file: string): fs.Stats | null {
  try {
    return fs.statSync(file);
  } catch {
    return null;
  }
}

/** What the command line says overrules what the recipe says to the contrary. */
function withoutOverruled(recipe: Given, given: Given): Given {
  const overruled = new Set(Object.keys(given).flatMap((name) => RUN_OPTIONS[name]?.overrules ?? []));
  return Object.fromEntries(Object.entries(recipe).filter(([name]) => !overruled.has(name)));
}

/** The first that applies is said. */
const CONTRADICTIONS: readonly Contradiction[] = [
  [
    ({ references, dark, bright, norm, defects }) =>
      references !== undefined && (dark ?? bright ?? norm ?? defects) !== undefined,
    'references lists sets, but dark, bright, norm or defects is given beside it; put them into a set',
  ],
  [
    ({ noFlatField, references, referencesFolder }) =>
      noFlatField === true && (references ?? referencesFolder) !== undefined,
    '--no-flat-field corrects without references, but sets of references are given; leave out one of them',
  ],
  [
    ({ referencesFolder, references, dark, bright, norm }) =>
      referencesFolder !== undefined && (references ?? dark ?? bright ?? norm) !== undefined,
    '--references-folder makes the sets itself, but other references are given too; leave out one of them',
  ],
  ...OF_RECIPE,
  [
    ({ keepDays, noTimings }) => keepDays !== undefined && noTimings === true,
    '--keep-days says how long timings are kept, but --no-timings keeps none; leave out one',
  ],
];

/** @throws Misuse for options that do not go together */
export function checkTogether(given: Given): void {
  const found = CONTRADICTIONS.find(([applies]) => applies(given));
  if (found) throw misuse(found[1]);
}

/** Options of a recipe with their defaults; references are files, not part of it. */
function recipeFrom(given: Given): Recipe {
  const table: OptionTable = { ...RECIPE_OPTIONS, ...RECIPE_ONLY };
  const implied: Given = Object.assign({}, ...STEPS.map((step) => step.implied?.(given)));
  const values = Object.entries(table)
    .filter(([, { kind }]) => kind !== 'file' && kind !== 'files')
    .map(([name, { fallback }]) => [name, given[name] ?? implied[name] ?? fallback]);
  // The table says the same as the type, each option's kind and choices.
  const recipe = Object.fromEntries(values) as Recipe;
  const leftOut = STEPS.filter(({ leftOutBy }) => leftOutBy && recipe[leftOutBy] === true).map(({ name }) => name);
  return { ...recipe, steps: recipe.steps.filter((step) => !leftOut.includes(step)) };
}

function referencesFrom(given: Given): ReferencePaths {
  const at = (role: string): string | null => (given[role] === undefined ? null : path.resolve(String(given[role])));
  const defects = ((given.defects ?? []) as readonly string[]).map((file) => path.resolve(file));
  const bias = at('bias');
  return { dark: at('dark'), bright: at('bright'), norm: at('norm'), defects, ...(bias !== null && { bias }) };
}

function choosingFrom({ references, rules, referencesFolder, followReferences }: Given): Sets {
  return {
    sets: (references ?? []) as readonly ReferenceSet[],
    rules: (rules ?? []) as readonly Rule[],
    folder: referencesFolder === undefined ? null : path.resolve(String(referencesFolder)),
    follow: followReferences === true,
  };
}

/** References without the step that uses them, and the other way round. */
function checkSteps(running: readonly StepName[], given: Given, { sets, folder, follow }: Sets): void {
  for (const { name, given: own } of sets.map((set) => ({ name: set.name, given: ofSet(set) }))) {
    const wrong = OF_RECIPE.find(([applies]) => applies(own))?.[1] ?? wrongSteps(running, own);
    if (wrong) throw misuse(`references ${JSON.stringify(name)}: ${wrong}`);
  }
  if (sets.length > 0 || folder !== null || follow) return;
  const wrong = wrongSteps(running, given);
  if (wrong) throw misuse(wrong);
}

/** What a set gives, as options do. */
const ofSet = ({ paths }: ReferenceSet): Given =>
  Object.fromEntries(referenceFiles(paths).map(({ role, file }) => [role, role === 'defects' ? [file] : file]));

function wrongSteps(running: readonly StepName[], given: Given): string | null {
  for (const { name, options, missing } of STEPS) {
    if (running.includes(name)) {
      const lacks = missing?.(given);
      if (lacks) return lacks;
      continue;
    }
    const file = Object.keys(options).find(
      (each) => ['file', 'files'].includes(options[each]!.kind) && given[each] !== undefined,
    );
    if (file === undefined) continue;
    return `--${file} is given, but ${name} is not among the steps (${running.join(', ')}); add it to the recipe's steps, or leave out ${file}`;
  }
  return null;
}

const misuse = (message: string): Misuse => new Misuse(message, 'run');
