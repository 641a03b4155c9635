/** From the words of the command line to its exit code: the only place that decides it. */

import type { ExitCode, RunEvent } from '../model/events.ts';
import { Refusal, Trouble } from '../model/outcome.ts';
import { inWords, scarcity, systemError } from '../model/system-error.ts';
import type { RunThread } from '../run-thread.ts';
import { COMMANDS } from './commands/index.ts';
import { understand } from './parsing/arguments.ts';
import { Misuse } from './parsing/misuse.ts';
import { ofNamedFile } from './parsing/named-file.ts';
import { shellLine } from './parsing/shell-line.ts';
import { eventLine } from './terminal/event-line.ts';
import { say, warn, warnLines } from './terminal/streams.ts';
import { helpColumns } from './terminal/terminal.ts';

/** `thread`: one that was started for the command, if any. */
export async function exitCodeOf(argv: readonly string[], thread: RunThread | null): Promise<ExitCode> {
  let command = '';
  try {
    if (process.platform === 'win32')
      throw new Refusal('Windows is not supported; use Linux or macOS, or WSL 2 on Windows');
    const asked = await understand(argv, COMMANDS, helpColumns(process.stdout));
    if ('command' in asked) {
      command = asked.command.name;
      const { run } = await asked.command.load();
      return await run({ given: asked.given, words: asked.words, line: shellLine(argv), thread }, COMMANDS);
    }
    if (asked.print !== '') say(asked.print);
    return asked.understood ? 0 : 1;
  } catch (error) {
    const exit = error instanceof Trouble ? 3 : 1;
    if (wantsEvents(argv)) say(eventLine({ event: 'error', exit, message: messageOf(error) } satisfies RunEvent));
    if (error instanceof Trouble) {
      warn(`darkroom: ${error.message}`);
      return exit;
    }
    if (error instanceof Refusal) {
      warn(`darkroom: ${messageOf(error)}`);
      if (error instanceof Misuse) warn(`See ${error.help}`);
    } else if (systemError(error) ?? scarcity(error)) {
      const { path } = error as NodeJS.ErrnoException;
      warn(`darkroom: ${path === undefined ? '' : `${path}: `}${scarcity(error) ?? inWords(error)}`);
      // What runs for long is stopped by its surroundings, and goes on.
      return command === 'run' || command === 'watch' ? 3 : 1;
    } else {
      warnLines(error instanceof Error ? (error.stack ?? String(error)) : String(error));
      warn('darkroom: this is a bug, please report it with the lines above');
    }
    return 1;
  }
}

/** Also for a command line that was not understood: a reader of events waits for a last one. */
const wantsEvents = ([command, ...words]: readonly string[]): boolean =>
  (command === 'run' || command === 'watch') && words.includes('--json') && !words.includes('--dry-run');

function messageOf(error: unknown): string {
  // What is refused was named on the command line or in a recipe.
  if (error instanceof Refusal) return ofNamedFile(error.message);
  return error instanceof Error ? error.message : String(error);
}
