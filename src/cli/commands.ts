/** Every command, in the order in which the help lists them. A new one is a file and a line here. */

import type { Command } from './command.ts';
import { info } from './info.ts';
import { run } from './run.ts';

export const COMMANDS: readonly Command[] = [run, info];
