/**
 * The options of `run`, in the order in which the help lists them, and those that other commands share. Options that
 * decide about pixels stand with the steps and the recipe; here are the others, and which of them a recipe file may hold.
 */

import { RECIPE_ONLY, RECIPE_OPTIONS } from '../../correct/recipe.ts';
import { KEEP_DAYS } from '../../journal/timings.ts';
import type { OptionTable } from '../../model/option.ts';
import { MOST_SHARDS } from '../../model/shard.ts';

/** Of every command that writes. */
export const OUT = {
  letter: 'o',
  synonyms: [
    'output',
    'outputfolder',
    'outputdir',
    'outputdirectory',
    'outdir',
    'outfolder',
    'dest',
    'destination',
    'to',
    'dir',
  ],
} as const;

const OUTPUT: OptionTable = {
  out: {
    kind: 'folder',
    fallback: null,
    ...OUT,
    group: 'Output',
    describe: 'folder for corrected exposures, journal and reports; required',
  },
};

const INPUT: OptionTable = {
  include: {
    kind: 'globs',
    fallback: [],
    group: 'Input',
    describe: 'in folders: only files and folders that match',
    synonyms: ['pattern', 'glob', 'only', 'filter'],
  },
  exclude: {
    kind: 'globs',
    fallback: [],
    group: 'Input',
    describe: 'in folders: not the files and folders that match',
    synonyms: ['ignore', 'skip', 'except'],
  },
  expect: {
    kind: 'integer',
    fallback: null,
    unit: 'exposures',
    min: 1,
    max: 10_000_000,
    group: 'Input',
    describe: 'exit code 2 if fewer exposures are found; those that are done and those that fail count too',
  },
};

/** Where each exposure may have references of its own. */
const CHOOSING: OptionTable = {
  referencesFolder: {
    kind: 'folder',
    fallback: null,
    group: 'References',
    describe: 'a folder of references of several sizes and times: each exposure gets the newest that are older than it',
    synonyms: ['referencefolder', 'referencesdir', 'referencedir', 'refdir', 'refs', 'references'],
    overrules: ['dark', 'bright', 'norm', 'references', 'noFlatField'],
  },
  followReferences: {
    kind: 'flag',
    fallback: false,
    group: 'References',
    describe:
      'use the gain reference and the defects that the mdoc or XML file of an exposure names, where no set fits it',
    synonyms: ['follow', 'usemdoc', 'mdocreferences'],
  },
};

/** Recipes alone have these. */
export const RECIPE_LISTS: OptionTable = {
  references: {
    kind: 'sets',
    fallback: null,
    group: 'Sets of references',
    describe: 'sets of references; each exposure gets the one that is meant for it: see darkroom help references',
  },
  rules: {
    kind: 'rules',
    fallback: null,
    group: 'Sets of references',
    describe: 'what is done with exposures: correct, copy or ignore; the first rule that fits counts',
  },
};

/** Of every command that has threads; what they are for it says itself. */
export const THREADS = {
  kind: 'integer',
  fallback: null,
  unit: 'threads',
  min: 1,
  max: 256,
  synonyms: ['cores', 'cpus', 'jobs', 'workers', 'processes', 'parallel', 'j', 'nproc'],
} as const;

const WORK: OptionTable = {
  threads: {
    ...THREADS,
    group: 'Run',
    describe: 'exposures corrected at once (default: the available cores)',
  },
  inlineSeconds: {
    kind: 'number',
    fallback: null,
    unit: 'seconds',
    above: 0,
    group: 'Run',
    describe:
      'how long your microscope waits for an exposure that is corrected inline; the report shows the time saved',
  },
  noInlineTiming: {
    kind: 'flag',
    fallback: false,
    group: 'Run',
    describe:
      "do not time Leginon's own corrections on this computer (3 s, once, after the last exposure) for the time saved",
  },
  strictCamera: {
    kind: 'flag',
    fallback: false,
    group: 'Checks',
    describe: 'exit code 2 if the exposures together show that references do not fit, or that columns are broken',
  },
  keepDays: {
    kind: 'integer',
    fallback: KEEP_DAYS,
    unit: 'days',
    min: 1,
    max: 36_500,
    group: 'Run',
    describe: 'how long the journal keeps the timings of each correction; older ones are summed up by day',
    overrules: ['noTimings'],
  },
  noTimings: {
    kind: 'flag',
    fallback: false,
    group: 'Run',
    describe: 'keep no timings of single corrections, only sums by day',
    overrules: ['keepDays'],
  },
};

const JOURNAL_SYNONYMS = ['database', 'db', 'sqlite'];

/** Of every command that makes a page. */
export const OPEN = {
  kind: 'flag',
  fallback: false,
  group: 'Run',
  describe: 'open the report in the browser',
} as const;

const RUN_ONLY: OptionTable = {
  recipe: {
    kind: 'file',
    fallback: null,
    group: 'Run',
    describe: 'a YAML or JSON file with these options; names in camelCase, paths relative to it; the command line wins',
    synonyms: ['config', 'configuration', 'settings', 'options', 'yaml', 'c'],
  },
  journal: {
    kind: 'file',
    fallback: null,
    group: 'Run',
    describe:
      'another file for the journal, such as on a local disk when the output is on NFS (default: <out>/darkroom.sqlite)',
    synonyms: JOURNAL_SYNONYMS,
  },
  shard: {
    kind: 'part',
    fallback: null,
    most: MOST_SHARDS,
    group: 'Run',
    describe:
      'correct only this part of the exposures, other processes the others (default in a Slurm array: its task; 1/1: all)',
    synonyms: ['part', 'chunk', 'partition', 'split', 'slice', 'worker'],
  },
  force: {
    kind: 'flag',
    fallback: false,
    group: 'Run',
    describe: 'correct exposures again that are done',
    synonyms: ['overwrite', 'redo', 'reprocess', 'f'],
  },
  dryRun: {
    kind: 'flag',
    fallback: false,
    group: 'Run',
    describe: 'say for each file what would be done and why; change nothing',
    synonyms: ['n', 'pretend', 'simulate', 'test', 'noop', 'whatif'],
  },
  json: { kind: 'flag', fallback: false, group: 'Run', describe: 'one JSON event per line on stdout' },
  quiet: {
    kind: 'flag',
    fallback: false,
    letter: 'q',
    group: 'Run',
    describe: 'print only failures and other problems; nothing when all is well',
    synonyms: ['silent', 'nolog', 'noprogress'],
  },
  open: OPEN,
  jsonSchema: {
    kind: 'flag',
    fallback: false,
    group: 'Run',
    describe: 'print the JSON Schema of these events and stop',
  },
};

/** What the command line of `run` knows. */
export const RUN_OPTIONS: OptionTable = {
  ...INPUT,
  ...OUTPUT,
  ...RECIPE_OPTIONS,
  ...CHOOSING,
  ...RUN_ONLY,
  ...WORK,
};

/**
 * What a recipe file may hold. Not `out` and `journal`, which belong to one run: two runs with one recipe must not
 * share them by accident.
 */
export const RECIPE_FILE_OPTIONS: OptionTable = {
  ...INPUT,
  ...RECIPE_OPTIONS,
  ...CHOOSING,
  ...RECIPE_LISTS,
  ...RECIPE_ONLY,
  ...WORK,
};

/** The options of every command that reads a journal. */
export const JOURNAL_OPTIONS: OptionTable = {
  journal: {
    kind: 'file',
    fallback: null,
    group: 'Input',
    describe: 'the journal, if the run wrote it elsewhere (default: <folder>/darkroom.sqlite)',
    synonyms: JOURNAL_SYNONYMS,
  },
  json: { kind: 'flag', fallback: false, group: 'Output', describe: 'JSON on stdout' },
};
