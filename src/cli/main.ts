/** From the words of the command line to the exit code of the process: the only place that decides it. */

import type { ExitCode } from '../events.ts';
import { Refusal, Trouble } from '../outcome.ts';
import { understand } from './arguments.ts';
import { COMMANDS } from './commands/index.ts';
import { Misuse } from './misuse.ts';
import { shellLine } from './shell-line.ts';
import { guardStreams, say, warn, warnLines } from './streams.ts';

/** Columns of the help, where the terminal does not say, and at most. */
const COLUMNS = { usual: 80, most: 110 } as const;

export async function main(argv: readonly string[]): Promise<void> {
  guardStreams();
  process.exitCode = await exitCodeOf(argv);
}

async function exitCodeOf(argv: readonly string[]): Promise<ExitCode> {
  try {
    if (process.platform === 'win32')
      throw new Refusal('Windows is not supported; use Linux or macOS, or WSL 2 on Windows');
    const columns = Math.min(process.stdout.columns || COLUMNS.usual, COLUMNS.most);
    const asked = await understand(argv, COMMANDS, columns);
    if ('command' in asked) {
      const { run } = await asked.command.load();
      return await run({ given: asked.given, words: asked.words, line: shellLine(argv) });
    }
    if (asked.print !== '') say(asked.print);
    return asked.understood ? 0 : 1;
  } catch (error) {
    if (error instanceof Trouble) {
      warn(`darkroom: ${error.message}`);
      return 3;
    }
    if (error instanceof Refusal) {
      warn(`darkroom: ${error.message}`);
      if (error instanceof Misuse) warn(`See ${error.help}`);
    } else {
      warnLines(error instanceof Error ? (error.stack ?? String(error)) : String(error));
      warn('darkroom: this is a bug, please report it with the lines above');
    }
    return 1;
  }
}
