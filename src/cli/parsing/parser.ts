/**
 * The one door to yargs: it finds commands, options and words, lays out the help and completes in shells. What a value
 * may be is not its business (it takes `--scale=ten` for NaN, and goes on): it hands over words.
 */

import yargs, { type Argv } from 'yargs';
import { type Option, toFlag } from '../../model/option.ts';
import { VERSION } from '../../model/version.ts';
import type { Command } from './command.ts';
import { Misuse } from './misuse.ts';
import { intake, otherwise } from './values.ts';

/** As yargs hands it over: words in `_`, options by their flag, as words, lists of words when given several times, or true. */
export interface Raw {
  readonly _: readonly (string | number)[];
  readonly [flag: string]: unknown;
}

export interface Parsed {
  readonly raw: Raw;
  /** Help, version, completions: to be printed instead of anything else. Null when nothing of that was asked for. */
  readonly printed: string | null;
  /** What yargs does not understand, in its words. */
  readonly problem: string | null;
}

/** The command that prints a completion script; yargs brings it along. */
export const COMPLETION = 'completion';

const ABOUT = [
  'Usage: darkroom <command> [options]',
  '',
  'Corrects electron-microscope exposures after they were taken.',
  'More about a command: darkroom <command> --help',
];

/** Where a line must not be broken, while yargs lays out the help. */
const FIXED_SPACE = '\u00a0';

/** How the completion scripts call us. */
const COMPLETING = '--get-yargs-completions';

/** @throws Misuse when completion is asked for another shell, or an option has a name that yargs trips over */
export async function parse(argv: readonly string[], commands: readonly Command[], columns: number): Promise<Parsed> {
  chooseShell(argv);
  refuseInherited(argv);
  if (argv.includes(COMPLETING)) {
    // yargs starts anew from its own arguments for the options of a command, and prints what it finds.
    await parserOf(commands, columns, argv).parse();
    return { raw: { _: [] }, printed: '', problem: null };
  }
  const parsed = await parsedBy(parserOf(commands, columns, []), argv);
  const { help, h, ...raw } = parsed.raw;
  if (help !== true) return { ...parsed, raw: raw as Raw };
  return { raw: raw as Raw, printed: await helpOf(raw._.slice(0, 1).map(String), commands, columns), problem: null };
}

function parsedBy(parser: Argv, argv: readonly string[]): Promise<Parsed> {
  return new Promise((resolve, reject) => {
    const parsed = (error: Error | undefined | null, raw: unknown, output: string): void => {
      // yargs reports what it does not understand as YError; anything else is a bug.
      if (error && error.name !== 'YError') reject(error);
      else resolve({ raw: raw as Raw, printed: output === '' ? null : tidy(output), problem: error?.message ?? null });
    };
    const ended = (error: unknown): void => {
      if (error instanceof Understood) resolve({ raw: error.raw, printed: null, problem: null });
      else reject(error);
    };
    try {
      Promise.resolve(parser.parse([...argv], {}, parsed)).catch(ended);
    } catch (error) {
      ended(error);
    }
  });
}

/** The help of a command, or the one that lists the commands. */
export const helpOf = async (
  command: readonly string[],
  commands: readonly Command[],
  columns: number,
): Promise<string> => tidy(await parserOf(commands, columns, command).getHelp());

/** `argv`: a command line that is being completed or the command whose help is wanted; otherwise empty. */
function parserOf(commands: readonly Command[], columns: number, argv: readonly string[]): Argv {
  const completing = argv.includes(COMPLETING);
  const parser = yargs([...argv])
    .scriptName('darkroom')
    .locale('en') // the messages are translated below, from English
    .parserConfiguration({
      'boolean-negation': false, // --no-flat-field is an option of its own
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false, // files may be called 007
      'short-option-groups': false, // -out means --out, not -o -u -t
    })
    .usage(ABOUT.join('\n'))
    // yargs' own help would also take a last word "help", such as the name of a folder, for a question.
    .help(false)
    .option('help', { alias: 'h', boolean: true, nargs: 0, describe: 'show this help' })
    .version('version', 'show the version', VERSION)
    .group(['help', 'version'], 'Help')
    .showHelpOnFail(false)
    .exitProcess(false)
    .wrap(columns);
  for (const command of commands) {
    parser.command(command.name, command.describe, (inner) => withOptions(inner, command, completing), understood);
  }
  // Listed last: it is needed once.
  return parser.completion(COMPLETION, 'print a completion script for bash or zsh', completionsOf(commands));
}

/** Ends the parsing: after a handler that returns, yargs lays out the whole help, just in case (30 ms). */
function understood(raw: unknown): never {
  throw new Understood(raw as Raw);
}

class Understood extends Error {
  readonly raw: Raw;
  constructor(raw: Raw) {
    super('understood');
    this.raw = raw;
  }
}

function withOptions(parser: Argv, { name, usage, describe, options, examples }: Command, completing: boolean): Argv {
  parser.usage(`Usage: darkroom ${name} ${usage}\n\n${describe[0]!.toUpperCase()}${describe.slice(1)}.`);
  for (const [each, option] of Object.entries(options)) {
    parser.option(toFlag(each), {
      // Without a type yargs hands over the words as they are.
      nargs: option.kind === 'flag' ? 0 : 1,
      describe: completing ? option.describe : described(option),
      group: option.group,
      ...(option.letter ? { alias: option.letter } : {}),
      // Choices serve completion alone: yargs' own check of them would answer with its own words.
      ...(completing && option.kind === 'choice' ? { choices: option.choices } : {}),
    });
  }
  parser.group(['help', 'version'], 'Help').epilogue(exampleLines(examples));
  return parser;
}

/** Our own layout: yargs would break command lines in two columns where nobody can copy them. */
const exampleLines = (examples: Command['examples']): string =>
  ['Examples', ...examples.map(([line, does]) => `  ${does}:\n    darkroom ${line}`)].join('\n');

/** The line of an option in the help: what it does, then in brackets what it takes and what it is otherwise. */
function described(option: Option): string {
  const { describe } = option;
  const usual = otherwise(option);
  const brackets = [intake(option), usual === '' ? '' : `default ${usual}`].filter((part) => part !== '').join('; ');
  return brackets === '' ? describe : `${describe} [${brackets}]`.replaceAll(/ (?=[^[]*\]$)/g, FIXED_SPACE);
}

/** Help as yargs lays it out, without what says nothing: type tags of two flags, spaces at line ends. */
const tidy = (help: string): string =>
  help
    .replaceAll(FIXED_SPACE, ' ')
    .replaceAll(/ +\[boolean\]$/gm, '')
    .replaceAll(/ +$/gm, '')
    .trimEnd();

/** yargs looks options up in plain objects: it crashes over --constructor and drops --__proto__ without a word. */
function refuseInherited(argv: readonly string[]): void {
  const end = argv.indexOf('--');
  const name = (word: string): string => word.replace(/^-+/, '').replace(/=.*$/s, '');
  const odd = argv
    .slice(0, end < 0 ? argv.length : end)
    .find((word) => word.startsWith('-') && name(word) in Object.prototype);
  if (odd !== undefined) throw new Misuse(`there is no option ${odd}`, argv[0]);
}

/** yargs writes for the shell in SHELL, which need not be the one that asks: the word after `completion` decides, or who calls. */
function chooseShell([command, shell, ...rest]: readonly string[]): void {
  if (command === COMPLETING) process.env.SHELL = process.env.COMP_LINE === undefined ? 'bash' : 'zsh';
  if (command !== COMPLETION || shell === undefined || shell.startsWith('-')) return;
  if (rest.length > 0 || !['bash', 'zsh'].includes(shell))
    throw new Misuse(`completion: found ${[shell, ...rest].join(' ')}, expected bash or zsh`);
  process.env.SHELL = shell;
}

/** Where no option was begun, options are no answer: the shell then offers files, unless one of a few words is due. */
const completionsOf =
  (commands: readonly Command[]) =>
  (
    current: string,
    argv: unknown,
    fallback: (done: (error: Error | null, found: string[] | undefined) => unknown) => unknown,
    done: (found: string[]) => unknown,
  ): void => {
    // The program itself may stand first; the word that is being written stands last.
    const [name, ...words] = (argv as Raw)._.map(String).filter((word) => word !== 'darkroom');
    const kinds = commands.find((each) => each.name === name)?.kinds?.(commands) ?? [];
    if (kinds.length > 0 && words.length <= 1 && !current.startsWith('-')) {
      done(kinds.filter((kind) => kind.startsWith(current)));
      return;
    }
    fallback((_error, found) => done((found ?? []).filter((word) => current.startsWith('-') || !word.startsWith('-'))));
  };
