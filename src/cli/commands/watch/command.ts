/** What `darkroom watch` takes. */

import type { Command } from '../../parsing/command.ts';
import { WATCH_OPTIONS } from '../../parsing/watch-options.ts';

export const watch: Command = {
  name: 'watch',
  synonyms: ['monitor', 'daemon', 'follow', 'live', 'serve'],
  describe: 'correct the exposures that are there, then each new one as it arrives',
  usage: '<folder...> --out <folder> [options]',
  options: WATCH_OPTIONS,
  examples: [
    ['watch raw/ --dark dark.mrc --bright bright.mrc -o corrected/', 'beside acquisition, until Ctrl-C'],
    ['watch /mnt/camera --poll 2 --norm gain.mrc -o corrected/', 'a folder on NFS or SMB'],
    ['watch raw/ --recipe night.yaml -o corrected/ --until-idle 3600', 'until an hour passed without an exposure'],
  ],
  load: () => import('./watch.ts'),
};
