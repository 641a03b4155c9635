/** `darkroom recipe`: writes a recipe with the options given; the others stand in it as comments, ready to be used. */

import { yamlWriter } from '../../../files/yaml.ts';
import type { ExitCode } from '../../../model/events.ts';
import type { Option } from '../../../model/option.ts';
import { Misuse } from '../../parsing/misuse.ts';
import { RECIPE_FILE_OPTIONS } from '../../parsing/options.ts';
import { resolved } from '../../parsing/recipe-file.ts';
import { type Call, checkTogether } from '../../parsing/settings.ts';
import { type Given, intake } from '../../parsing/values.ts';
import { say } from '../../terminal/streams.ts';

export async function run({ given, words }: Call): Promise<ExitCode> {
  if (words.length > 0)
    throw new Misuse(
      `found ${words.join(' ')}, expected options alone: files belong to a run, not to a recipe`,
      'recipe',
    );
  checkTogether(given);
  say(await recipeText(given));
  return 0;
}

/** YAML; paths become absolute, so that the recipe may be kept anywhere. */
async function recipeText(given: Given): Promise<string> {
  const yaml = await yamlWriter();
  const groups = new Map<string, string[]>();
  for (const [name, option] of Object.entries(RECIPE_FILE_OPTIONS)) {
    const value = given[name];
    const usual = byDefault(option);
    const entry =
      value === undefined ? `#${name}: ${usual}` : `${name}: ${yaml(resolved(option, value, process.cwd()))}`;
    const takes = intake(option);
    const lines = groups.get(option.group) ?? ['', `# ${option.group}`];
    lines.push(`# ${option.describe}${takes === '' ? '' : ` (${takes})`}`, entry);
    groups.set(option.group, lines);
  }
  return [...HEAD, ...[...groups.values()].flat()].join('\n');
}

const HEAD = [
  '# A recipe: options of "darkroom run" and "darkroom watch", names in camelCase, paths relative to this file.',
  '# To use an option, remove the # before its name. Values are the defaults; ... where an option has none.',
];

/** What stands for an option that is not given. An empty list is the default of patterns, but no recipe may give one. */
function byDefault({ fallback }: Option): string {
  if (fallback === null || (Array.isArray(fallback) && fallback.length === 0)) return '...';
  return Array.isArray(fallback) ? `[${fallback.join(', ')}]` : String(fallback);
}
