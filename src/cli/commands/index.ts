/** Every command, in the order in which the help lists them. A new one is a folder here and a line below. */

import type { Command } from '../parsing/command.ts';
import { help } from './help/command.ts';
import { info } from './info/command.ts';
import { recipe } from './recipe/command.ts';
import { reference } from './reference/command.ts';
import { reload } from './reload/command.ts';
import { report } from './report/command.ts';
import { run } from './run/command.ts';
import { simulate } from './simulate/command.ts';
import { slurm } from './slurm/command.ts';
import { speed } from './speed/command.ts';
import { verify } from './verify/command.ts';
import { watch } from './watch/command.ts';

export const COMMANDS: readonly Command[] = [
  run,
  watch,
  reload,
  slurm,
  report,
  reference,
  recipe,
  verify,
  info,
  speed,
  simulate,
  help,
];
