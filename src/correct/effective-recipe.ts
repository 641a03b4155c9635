/**
 * What a recipe comes to: defaults that depend on the exposures or on other options filled in, and options of what does
 * not run left out. For people who ask with what an image was made; pixels depend on the recipe itself.
 */

import { PIXELS } from '../model/exposure.ts';
import type { Recipe } from './recipe.ts';
import { byType, type EffectiveOption, type Met, type Single } from './steps/effective-option.ts';
import { optionsOf, STEPS } from './steps/index.ts';

export type { EffectiveOption, Met } from './steps/effective-option.ts';

/** In the order of the recipe. Options that the recipe lacks are left out. `met`: empty as long as no exposure was corrected. */
export function effectiveRecipe(recipe: Partial<Recipe>, met: readonly Met[]): EffectiveOption[] {
  return Object.entries(recipe).flatMap(([name, given]): EffectiveOption[] => {
    const asGiven = { name, value: given as Single, from: null };
    const step = STEPS.find((each) => name in optionsOf(each));
    if (step) {
      const running = recipe.steps?.includes(step.name) ?? false;
      const found = step.effective ? step.effective(name, { recipe, running, met }) : running ? asGiven : null;
      return found ? [found] : [];
    }
    return [name === 'saturation' && given === null ? saturationOf(met) : asGiven];
  });
}

function saturationOf(met: readonly Met[]): EffectiveOption {
  const limits = byType(
    met.map(({ read }) => read),
    (read) => (Number.isFinite(PIXELS[read].highest) ? PIXELS[read].highest : 'none'),
  );
  return { name: 'saturation', value: limits.value, from: `largest value of ${limits.types || 'the raw type'}` };
}
