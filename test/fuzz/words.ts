/** Command lines: a case is its words, each ended by a NUL. They are understood, and nothing is run. */

import path from 'node:path';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { understand } from '../../src/cli/parsing/arguments.ts';
import { runSettings, watchSettings } from '../../src/cli/parsing/settings.ts';
import { toFlag } from '../../src/model/option.ts';
import { Refusal } from '../../src/model/outcome.ts';
import { anyChange, EDGES } from './changes.ts';
import type { Random } from './random.ts';
import { ACCEPTED, REFUSED, type Target, unexpected } from './target.ts';

export const words: Target = {
  name: 'words',
  extension: '.words',
  async make(random) {
    const changes = Array.from({ length: random.pick([0, 0, 1, 2]) }, () => anyChange(random));
    return { base: Buffer.from(line(random).join('\0')), changes };
  },
  async check(bytes, folder) {
    const argv = Buffer.from(bytes).toString('utf8').split('\0');
    // Completions are printed by the parser itself.
    if (argv.some((word) => word.includes('completion'))) return ACCEPTED;
    try {
      const asked = await understand(argv, COMMANDS, 80);
      if (!('command' in asked)) return ACCEPTED;
      const { recipe: _, ...options } = asked.given;
      const call = { given: { ...options, out: path.join(folder, 'out') }, words: asked.words, line: '' };
      if (asked.command.name === 'run') await runSettings(call);
      if (asked.command.name === 'watch') await watchSettings(call);
      return ACCEPTED;
    } catch (error) {
      return error instanceof Refusal ? REFUSED : unexpected(error);
    }
  },
};

const VALUES = [
  '',
  '-',
  '--',
  '=',
  '1',
  '-1',
  '1e9',
  'NaN',
  'Infinity',
  '0x10',
  '1,5',
  'robust',
  'none',
  '__proto__',
  '\n',
  'é',
  '*',
];

function line(random: Random): string[] {
  const command = random.pick(COMMANDS);
  // Options of the command, or of another; `help` has none of its own.
  const own = [command, command, random.pick(COMMANDS)].filter(({ options }) => Object.keys(options).length > 0);
  const flags = Object.entries((own.length > 0 ? random.pick(own) : COMMANDS[0]!).options);
  const value = (): string => random.pick([random.pick(VALUES), String(random.pick(EDGES))]);
  const options = Array.from({ length: random.between(0, 5) }, () => {
    const [name, { letter }] = random.pick(flags);
    const flag = letter && random.chance(0.3) ? `-${letter}` : `--${toFlag(name)}`;
    return random.pick([[flag], [flag, value()], [flag, value()], [`${flag}=${value()}`], [`--${value()}`]]);
  });
  const start = random.chance(0.9) ? [command.name] : [value()];
  return [...start, ...(random.chance(0.8) ? ['raw'] : []), ...options.flat()];
}
