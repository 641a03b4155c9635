/** What `darkroom recipe` takes. */

import { RECIPE_ONLY } from '../../../correct/recipe.ts';
import type { OptionTable } from '../../../model/option.ts';
import type { Command } from '../../parsing/command.ts';
import { RECIPE_FILE_OPTIONS, RECIPE_LISTS } from '../../parsing/options.ts';

/** The options of a recipe as a command line gives them: those that recipes alone have cannot be given. */
const GIVEN_OPTIONS: OptionTable = Object.fromEntries(
  Object.entries(RECIPE_FILE_OPTIONS).filter(([name]) => !(name in RECIPE_ONLY || name in RECIPE_LISTS)),
);

export const recipe: Command = {
  name: 'recipe',
  describe: 'print a recipe with the options that you give; comments explain all others',
  usage: '[options of run]',
  options: GIVEN_OPTIONS,
  examples: [
    ['recipe > night.yaml', 'every option with its default, to edit'],
    ['recipe --norm gain.mrc --despike-threshold 6 > night.yaml', 'make a recipe of a command line'],
  ],
  load: () => import('./recipe.ts'),
};
