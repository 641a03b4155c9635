/** The options of `watch`: those of `run`, and what waiting for exposures needs. */

import type { OptionTable } from '../../model/option.ts';
import { RUN_OPTIONS } from './options.ts';

const WATCH_ONLY: OptionTable = {
  settle: {
    kind: 'number',
    fallback: null,
    unit: 'seconds',
    min: 0.1,
    max: 86_400,
    group: 'Watch',
    describe: 'a file is complete when its size and time have not changed for this long (default: 2; 5 with --poll)',
    synonyms: ['wait', 'delay'],
  },
  settleStack: {
    kind: 'number',
    fallback: 600,
    unit: 'seconds',
    min: 0.1,
    max: 604_800,
    group: 'Watch',
    describe: 'the same for stacks that grow: .st files, and files with an .mdoc beside them',
  },
  giveUp: {
    kind: 'number',
    fallback: 600,
    unit: 'seconds',
    min: 1,
    max: 604_800,
    group: 'Watch',
    describe: 'an exposure that stays incomplete for this long fails; it is retried when it changes',
  },
  poll: {
    kind: 'number',
    fallback: 0,
    unit: 'seconds',
    min: 0,
    max: 3600,
    group: 'Watch',
    describe:
      'look for new files this often; needed on NFS and SMB (default: the system reports changes; a look every 30 s)',
    synonyms: ['interval', 'every'],
  },
  untilIdle: {
    kind: 'number',
    fallback: null,
    unit: 'seconds',
    min: 1,
    max: 604_800,
    group: 'Watch',
    describe: 'stop after this long without a new exposure',
  },
  stopFile: { kind: 'file', fallback: null, group: 'Watch', describe: 'stop when this file appears' },
  minFree: {
    kind: 'number',
    fallback: 2,
    unit: 'percent',
    min: 0,
    max: 100,
    group: 'Watch',
    describe: "pause while less than this is free on the output's disk",
  },
  statusFile: {
    kind: 'file',
    fallback: null,
    group: 'Watch',
    describe: 'file for monitors with the current state, written every 5 s (default: <out>/status.json)',
  },
};

const { dryRun: _, shard: _shard, ...RUN_TOO } = RUN_OPTIONS;

/** What the command line of `watch` knows. */
export const WATCH_OPTIONS: OptionTable = {
  ...RUN_TOO,
  threads: { ...RUN_TOO.threads!, describe: 'exposures corrected at once (default: the available cores but one)' },
  ...WATCH_ONLY,
};
