/** The panels of the page, in its order: what needs attention comes first. A new one is a file and a line here. */

import { busy } from './busy.ts';
import { cadence } from './cadence.ts';
import { camera } from './camera.ts';
import { defects } from './defects.ts';
import { exposures } from './exposures.ts';
import { failures } from './failures.ts';
import { fixedPattern } from './fixed-pattern.ts';
import type { Panel } from './panel.ts';
import { pictures } from './pictures.ts';
import { provenance } from './provenance.ts';
import { saved } from './saved.ts';
import { stages } from './stages.ts';
import { transfer } from './transfer.ts';
import { watch } from './watch.ts';

export const PANELS: readonly Panel[] = [
  failures,
  saved,
  cadence,
  stages,
  transfer,
  busy,
  watch,
  camera,
  fixedPattern,
  defects,
  pictures,
  exposures,
  provenance,
];
