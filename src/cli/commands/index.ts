/** Every command, in the order in which the help lists them. A new one is a file here, a line below, and its work in `cli/`. */

import type { Command } from '../command.ts';
import { info } from './info.ts';
import { recipe } from './recipe.ts';
import { reference } from './reference.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { simulate } from './simulate.ts';
import { speed } from './speed.ts';
import { verify } from './verify.ts';
import { watch } from './watch.ts';

export const COMMANDS: readonly Command[] = [run, watch, report, reference, recipe, verify, info, speed, simulate];
