/** Every correction, in the order in which they run unless a recipe says otherwise. A new one is a file and a line here. */

import { clip } from './clip.ts';
import { defects } from './defects.ts';
import { despike } from './despike.ts';
import { flatField } from './flat-field.ts';

export const STEPS = [flatField, defects, despike, clip] as const;

export type StepName = 'flat-field' | 'defects' | 'despike' | 'clip';

export const STEP_NAMES = STEPS.map((step) => step.name) as StepName[];
