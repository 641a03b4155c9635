/** Where an output is never written: over what is not ours, and into a folder that is not the one it should be. */

import fs from 'node:fs';
import type { OpenFile } from './files.ts';
import { OUR_LINE } from './formats/format.ts';
import { descriptionOf } from './formats/index.ts';
import { Fault } from './outcome.ts';
import { outputFault } from './output-file.ts';
import { systemError } from './system-error.ts';

/** The output folder, and the number of the device it stands on. */
export interface Home {
  readonly path: string;
  readonly device: number;
}

interface Target {
  /** Absolute. */
  readonly final: string;
  /** The journal knows nothing of a file there: should one be there, it must be shown to be ours. */
  readonly unknown: boolean;
}

/**
 * Nothing but our own outputs is ever replaced: not the raw file itself (through a link), and not a file that the journal
 * does not know, unless a label in it says that darkroom made it (a crash came between writing and recording).
 */
export async function refuseForeign({ final, unknown }: Target, file: OpenFile): Promise<void> {
  const there = standingAt(final);
  if (!there) return;
  const raw = fs.fstatSync(file.fd);
  if (there.ino === raw.ino && there.dev === raw.dev) {
    throw new Fault('collision', `${file.path}: its output ${final} is the raw file itself; choose another --out`);
  }
  if (unknown && !(await isOurs(final))) {
    throw new Fault(
      'collision',
      `${final}: exists and was not made by darkroom; choose another --out, or move it away`,
    );
  }
}

/** What stands at the output. What the system says of it is said of the output, not of the exposure. */
function standingAt(final: string): fs.Stats | undefined {
  try {
    return fs.statSync(final, { throwIfNoEntry: false });
  } catch (error) {
    throw outputFault(error, final);
  }
}

async function isOurs(final: string): Promise<boolean> {
  try {
    return (await descriptionOf(final)).some((line) => OUR_LINE.test(line));
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
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
