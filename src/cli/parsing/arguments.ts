/**
 * What a command line asks for. The parser finds options and words; here they become a command with values, each held
 * against its option, and whatever is not understood is named together with what was probably meant.
 */

import { type Option, type OptionTable, toFlag } from '../../model/option.ts';
import type { Command } from './command.ts';
import { Misuse } from './misuse.ts';
import { didYouMean, namedOptions } from './nearest.ts';
import { COMPLETION, helpOf, parse, type Raw } from './parser.ts';
import { acceptWord, expectation, type Given, isRepeatable, shown, type Value } from './values.ts';

/** Something to print, or a command to run. `understood`: false when nothing was asked. */
export type Asked =
  | { readonly print: string; readonly understood: boolean }
  | { readonly command: Command; readonly given: Given; readonly words: readonly string[] };

/** @throws Misuse naming what was found and what was expected */
export async function understand(
  argv: readonly string[],
  commands: readonly Command[],
  columns: number,
): Promise<Asked> {
  const { raw, printed, problem } = await parse(argv, commands, columns);
  const command = commands.find(({ name }) => name === String(raw._[0]));
  if (problem !== null) throw translated(problem, command);
  if (printed !== null) return { print: printed, understood: true };
  if (command) return { command, given: given(raw, command), words: raw._.slice(1).map(String) };

  const known = [...commands, { name: COMPLETION }];
  const names = known.map(({ name }) => name);
  const [word] = raw._;
  if (word !== undefined) {
    const meant = didYouMean(String(word), known) || `; there are ${names.join(', ')}`;
    throw new Misuse(`there is no command ${shown(String(word))}${meant}`);
  }
  const [flag] = flagsOf(raw);
  if (flag !== undefined) throw new Misuse(`found ${dashed(flag)}, expected a command first: ${names.join(', ')}`);
  return { print: await helpOf([], commands, columns), understood: false };
}

/** The values of a command's options. @throws Misuse naming what is no value */
function given(raw: Raw, { name, options }: Command): Given {
  const flags = new Map(
    Object.entries(options).flatMap(([each, option]) => [
      [toFlag(each), each] as const,
      ...(option.letter ? [[option.letter, each] as const] : []),
    ]),
  );
  const values: Record<string, Value> = {};
  for (const flag of flagsOf(raw)) {
    const each = flags.get(flag);
    if (each === undefined) {
      const meant = didYouMean(
        flag,
        namedOptions(options, (known) => dashed(toFlag(known))),
      );
      throw new Misuse(`there is no option ${dashed(flag)}${meant}`, name);
    }
    if (flag.length > 1) values[each] = checked(raw[flag], flag, options[each]!, name);
  }
  return values;
}

function checked(found: unknown, flag: string, option: Option, command: string): Value {
  const words = Array.isArray(found) ? found : [found];
  if (words.length > 1 && !isRepeatable(option)) {
    throw new Misuse(
      `${dashed(flag)}: given ${words.length} times${option.kind === 'flag' ? '' : ` (${words.join(', ')})`}, expected once`,
      command,
    );
  }
  for (const word of words) {
    if (acceptWord(option, word) === undefined)
      throw new Misuse(`${dashed(flag)}: found ${shown(word)}, expected ${expectation(option)}`, command);
  }
  return isRepeatable(option) ? words.map(String) : acceptWord(option, words[0])!;
}

const flagsOf = (raw: Raw): string[] => Object.keys(raw).filter((key) => key !== '_' && key !== '$0');

const dashed = (flag: string): string => (flag.length === 1 ? `-${flag}` : `--${flag}`);

/** What yargs says about options without a value and flags with one, in our words. */
function translated(problem: string, command: Command | undefined): Misuse {
  const [, wants, flag] = /^(Not enough arguments following|Argument unexpected for): (.*)$/.exec(problem) ?? [];
  const option = flag === undefined ? undefined : optionOf(flag, command?.options ?? {});
  if (!option || flag === undefined) return new Misuse(problem, command?.name);
  const message = wants?.startsWith('Not')
    ? `${dashed(flag)}: found no value, expected ${expectation(option)}`
    : `${dashed(flag)}: found a value, expected none`;
  return new Misuse(message, command?.name);
}

const optionOf = (flag: string, options: OptionTable): Option | undefined =>
  Object.entries(options).find(([name, { letter }]) => toFlag(name) === flag || letter === flag)?.[1];
