/** The options of `darkroom simulate`. */

import { WRITTEN_FORMATS } from '../../../model/exposure.ts';
import type { OptionTable } from '../../../model/option.ts';

export const OPTIONS: OptionTable = {
  count: {
    kind: 'integer',
    fallback: 8,
    unit: 'exposures',
    min: 1,
    max: 100_000,
    group: 'Session',
    describe: 'raw exposures',
  },
  width: { kind: 'integer', fallback: 4096, unit: 'px', min: 16, max: 16_384, group: 'Session', describe: 'columns' },
  height: { kind: 'integer', fallback: 4096, unit: 'px', min: 16, max: 16_384, group: 'Session', describe: 'rows' },
  frames: {
    kind: 'integer',
    fallback: 1,
    unit: 'frames',
    min: 1,
    max: 10_000,
    group: 'Session',
    describe: 'frames of each exposure, all of one scene; more than 1 makes movies',
  },
  dose: {
    kind: 'number',
    fallback: 500,
    unit: 'counts/px',
    above: 0,
    max: 65_535,
    group: 'Session',
    describe: 'counts per frame where nothing is in the beam',
  },
  darks: {
    kind: 'integer',
    fallback: 16,
    unit: 'exposures',
    min: 0,
    max: 10_000,
    group: 'Session',
    describe: 'exposures without a beam; 0: no dark reference',
  },
  brights: {
    kind: 'integer',
    fallback: 16,
    unit: 'exposures',
    min: 0,
    max: 10_000,
    group: 'Session',
    describe: 'exposures without specimen; 0: no bright reference',
  },
  seed: {
    kind: 'integer',
    fallback: 1,
    unit: 'any',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    group: 'Session',
    describe: 'the same seed and options make the same bytes',
  },
  format: {
    kind: 'choice',
    fallback: 'mrc',
    choices: WRITTEN_FORMATS,
    group: 'Output',
    describe: 'container of all files',
  },
  noTruth: {
    kind: 'flag',
    fallback: false,
    group: 'Output',
    describe: 'leave out truth/ (scenes without camera and noise) and spikes/ (masks of the X-rays)',
  },
};
