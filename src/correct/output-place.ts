/** Where an output is never written: over what is not ours, and into a folder that is not the one it should be. */

import fs from 'node:fs';
import { type Folding, folds } from '../files/folding.ts';
import type { OpenFile } from '../files/input-file.ts';
import { outputFault } from '../files/output-file.ts';
import type { Permit } from '../files/ownership.ts';
import { permitImage } from '../formats/ours.ts';
import { Fault } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';

/** The output folder, the number of the device it stands on, and which names are one there. */
export interface Home {
  readonly path: string;
  readonly device: number;
  readonly folding: Folding;
}

interface Place {
  /** Absolute. */
  readonly final: string;
  readonly home: Home;
}

/**
 * Permits the output of a raw file: never over that file itself, which a link may lead to, nor over what is not ours.
 * @throws Fault 'collision', 'output', 'disk', 'away'
 */
export async function permitOutput({ final, home }: Place, raw: OpenFile): Promise<Permit> {
  refuseStrange(home);
  try {
    const there = fs.statSync(final, { throwIfNoEntry: false });
    const { ino, dev } = fs.fstatSync((raw.packed ?? raw).fd);
    if (there && there.ino === ino && there.dev === dev)
      throw new Fault('collision', `${raw.path}: its output ${final} is the raw file itself; choose another --out`);
    return await permitImage({
      file: final,
      within: home.path,
      replaces: 'corrected',
      way: 'choose another --out',
      folds: folds(home.folding),
    });
  } catch (error) {
    refuseStrange(home);
    // What the system says of it is said of the output, not of the exposure.
    throw outputFault(error, final);
  }
}

/** Where a share went away its mount point is an empty folder: what was written there would be lost under the share. */
export function refuseStrange(home: Home): void {
  if (deviceOf(home.path) === home.device) return;
  throw new Fault('away', `${home.path}: the output folder is not where it was; check its disk or share`);
}

function deviceOf(folder: string): number | null {
  try {
    return fs.statSync(folder).dev;
  } catch (error) {
    if (!systemError(error)) throw error;
    return null;
  }
}
