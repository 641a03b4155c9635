/** Every correction, in the order in which they run unless a recipe says otherwise. A new one is a file and a line here. */

import type { OptionTable } from '../../model/option.ts';
import { clip } from './clip.ts';
import { defects } from './defects.ts';
import { despike } from './despike.ts';
import { flatField } from './flat-field.ts';
import type { OpenStep, Step, StepContext } from './step.ts';

const LIST = [flatField, defects, despike, clip] as const;

type Listed = (typeof LIST)[number];
export type StepName = Listed['name'];

/** The options of all steps together: what every one of them can be opened with. */
export type StepOptions = Taking<Listed> extends (options: infer All) => void ? All : never;
// Where functions are one of several, what all of them can be called with is the intersection.
type Taking<Each> = Each extends Step<infer Options, string> ? (options: Options) => void : never;

export const STEPS: readonly Step<StepOptions, StepName>[] = LIST;

export const STEP_NAMES: readonly StepName[] = STEPS.map(({ name }) => name);

/** All options of a step, those included that only recipes have. */
export const optionsOf = ({ options, recipeOptions }: Pick<Step<never>, 'options' | 'recipeOptions'>): OptionTable => ({
  ...options,
  ...recipeOptions,
});

export const stepNamed = (name: StepName): Step<StepOptions, StepName> => STEPS.find((step) => step.name === name)!;

/** Opens the steps that have something to do for an exposure, in the order given. Reserves their memory, touches none. */
export function openSteps(names: readonly StepName[], options: StepOptions, context: StepContext): OpenStep[] {
  const exposure = { frames: context.geometry.frames, type: context.read };
  return names.flatMap((name) => {
    const step = stepNamed(name);
    const open = step.key(options, exposure) === null ? null : step.open(options, context);
    return open ? [{ ...open, name, stage: step.stage, marks: step.marks ?? false }] : [];
  });
}
