/** The options of commands as Markdown tables, made from the tables that the parser reads. */

import { RECIPE_ONLY } from '../../../correct/recipe.ts';
import { type Option, type OptionTable, toFlag } from '../../../model/option.ts';
import type { Command } from '../../parsing/command.ts';
import { RECIPE_LISTS } from '../../parsing/options.ts';
import { intake, otherwise } from '../../parsing/values.ts';

/** A line of a topic that stands for a table: `<!-- options of run -->`, `<!-- options of run and watch -->`. */
const MARKER = /^<!-- options of (.+?) -->$/gm;

const RECIPES = 'recipes only';

/** Which commands have their options in this topic. */
export const optionsIn = (markdown: string): string[] =>
  [...markdown.matchAll(MARKER)].flatMap(([, names]) => names!.split(' and '));

/** The topic with tables in place of its markers. */
export const withOptions = (markdown: string, commands: readonly Command[]): string =>
  markdown.replaceAll(MARKER, (marker, names: string) => {
    if (names === RECIPES) return optionTables({ ...RECIPE_LISTS, ...RECIPE_ONLY }, (name) => `\`${name}\``);
    const tables = names.split(' and ').map((name) => {
      const command = commands.find((each) => each.name === name);
      if (!command) throw new Error(`${marker}: found ${name}, expected commands of darkroom, or "${RECIPES}"`);
      return command.options;
    });
    // The first command's description stands where several have the option.
    return optionTables(Object.assign({}, ...tables, ...tables.toReversed()));
  });

const asFlag = (name: string, { letter }: Option): string => `\`--${toFlag(name)}\`${letter ? `, \`-${letter}\`` : ''}`;

/** A table for each group of the help. `named`: how an option is written where it is given. */
export function optionTables(options: OptionTable, named: (name: string, option: Option) => string = asFlag): string {
  const groups = new Map<string, string[]>();
  for (const [name, option] of Object.entries(options)) {
    const rows = groups.get(option.group) ?? [];
    const cells = [intake(option), otherwise(option), option.describe].map(escaped);
    rows.push(`| ${named(name, option)} | ${cells.join(' | ')} |`);
    groups.set(option.group, rows);
  }
  return [...groups]
    .map(([group, rows]) =>
      [`### ${group}`, '', '| Option | Value | Default | |', '|---|---|---|---|', ...rows].join('\n'),
    )
    .join('\n\n');
}

const escaped = (text: string): string => text.replaceAll(/[\\|<>*_`[\]]/g, '\\$&');
