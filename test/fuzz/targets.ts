/** Everything that is fuzzed. */

import { dm } from './dm.ts';
import { gzip } from './gzip.ts';
import { hdf5 } from './hdf5.ts';
import { journal } from './journal.ts';
import { mrc } from './mrc.ts';
import { recipe } from './recipe.ts';
import { defects, references } from './references.ts';
import { ser } from './ser.ts';
import { sidecars } from './sidecars.ts';
import type { Target } from './target.ts';
import { tiff } from './tiff.ts';
import { tvips } from './tvips.ts';
import { words } from './words.ts';

export const TARGETS: readonly Target[] = [
  mrc,
  tiff,
  sidecars,
  dm,
  ser,
  tvips,
  hdf5,
  gzip,
  recipe,
  defects,
  references,
  journal,
  words,
];
