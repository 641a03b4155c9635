/** The man page: the commands, then the topics of the manual, from the same tables and texts as `darkroom help`. */

import { VERSION } from '../../../model/version.ts';
import type { Command } from '../../parsing/command.ts';
import { optionsIn, optionTables, withOptions } from './options.ts';
import { roffLine, roffOf, verbatim } from './roff.ts';
import type { Topic } from './topics.ts';

export function manPage(topics: readonly Topic[], commands: readonly Command[]): string {
  const elsewhere = new Set(topics.flatMap(({ markdown }) => optionsIn(markdown)));
  const lines = [
    `.TH DARKROOM 1 "" "em\\-darkroom ${VERSION}" "User Commands"`,
    '.SH NAME',
    'darkroom \\- corrects electron\\-microscope exposures after they were taken',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ name, usage }) => [roffLine(`darkroom ${name} ${usage}`), '.br']).slice(0, -1),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandLines(command, !elsewhere.has(command.name))),
    ...topics.map(({ markdown }) => roffOf(withOptions(markdown, commands))),
  ];
  return `${lines.join('\n')}\n`;
}

/** `options`: whether they stand here, because no topic has them. */
function commandLines({ name, usage, describe, options, examples }: Command, here: boolean): string[] {
  return [
    `.SS "darkroom ${roffLine(name)}"`,
    roffLine(`${describe[0]!.toUpperCase()}${describe.slice(1)}.`),
    ...verbatim(`darkroom ${name} ${usage}`),
    ...(here ? [roffOf(optionTables(options))] : []),
    ...examples.flatMap(([line, does]) => ['.PP', roffLine(`${does}:`), ...verbatim(`darkroom ${line}`)]),
  ].filter((line) => line !== '');
}
