/** Everything that is fuzzed. */

import { dm } from './dm.ts';
import { journal } from './journal.ts';
import { mrc } from './mrc.ts';
import { recipe } from './recipe.ts';
import { defects, references } from './references.ts';
import { sidecars } from './sidecars.ts';
import type { Target } from './target.ts';
import { tiff } from './tiff.ts';
import { words } from './words.ts';

export const TARGETS: readonly Target[] = [mrc, tiff, sidecars, dm, recipe, defects, references, journal, words];
