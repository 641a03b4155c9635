/**
 * What a command is: what it takes, one object a file, listed in `commands/index.ts`; and what it does, in a module of the
 * same name, which is loaded when it is asked for. Loading what the other commands do takes longer than some of them.
 */

import type { ExitCode } from '../../model/events.ts';
import type { OptionTable } from '../../model/option.ts';
import type { Call } from './settings.ts';

export interface Command {
  readonly name: string;
  /** What other programs and people call it, as those of options. */
  readonly synonyms?: readonly string[];
  readonly describe: string;
  /** What follows its name, as the help prints it. */
  readonly usage: string;
  /** What its first word may be, where that is one of a few; for completion. */
  kinds?(commands: readonly Command[]): readonly string[];
  readonly options: OptionTable;
  /** Command lines after `darkroom`, with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly load: () => Promise<Doing>;
}

interface Doing {
  /**
   * `commands`: all of them, for the help.
   * @throws Refusal when it cannot be done as asked: exit code 1
   */
  run(call: Call, commands: readonly Command[]): Promise<ExitCode>;
}
