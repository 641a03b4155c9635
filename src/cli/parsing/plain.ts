/**
 * Plain command lines, as scripts and nearly all people write them: a command, words, and options by their full names or
 * letters, each with its value behind it. They mean what the parser takes them for, which is as long in loading as
 * everything else that a run needs before its first exposure.
 */

import { type Option, toFlag } from '../../model/option.ts';
import type { Command } from './command.ts';
import type { Parsed } from './parser.ts';

/** Null for a line that is not plain, be it right or wrong: that is for the parser to say. */
export function plain([name, ...rest]: readonly string[], commands: readonly Command[]): Parsed | null {
  const command = commands.find((each) => each.name === name);
  if (!command) return null;
  const options = optionsOf(command);
  const words = [command.name];
  const found = new Map<string, string | true>();
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (!word.startsWith('-')) {
      // The parser takes the word for the option.
      if (word === 'help') return null;
      words.push(word);
      continue;
    }
    const [flag, { kind }] = options.get(word) ?? [null, { kind: 'flag' }];
    const value = kind === 'flag' ? true : rest[++at];
    // Several words of one option, and values that begin like options.
    if (flag === null || found.has(flag) || value === undefined || String(value).startsWith('-')) return null;
    found.set(flag, value);
  }
  return { raw: { ...Object.fromEntries(found), _: words }, printed: null, problem: null };
}

/** By what stands on the command line. */
const optionsOf = ({ options }: Command): Map<string, readonly [flag: string, option: Option]> =>
  new Map(
    Object.entries(options).flatMap(([each, option]) => {
      const flag = toFlag(each);
      const entry = [flag, option] as const;
      return [[`--${flag}`, entry] as const, ...(option.letter ? [[`-${option.letter}`, entry] as const] : [])];
    }),
  );
