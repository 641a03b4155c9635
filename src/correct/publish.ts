/** The file of an output: made in the workshop, published whole, or gone. */

import fs from 'node:fs';
import path from 'node:path';
import { OutputFile, outputFault } from '../files/output-file.ts';
import { makeFolder, type Permit } from '../files/ownership.ts';
import { refuseTooLarge } from '../files/room.ts';
import { Fault } from '../model/outcome.ts';
import { systemError } from '../model/system-error.ts';
import { type Home, refuseStrange } from './output-place.ts';

/** Absolute paths on one file system, and the output folder. */
interface Place {
  readonly temporary: string;
  readonly final: string;
  readonly home: Home;
}

/** Publishes the output that `work` has written; takes the time of it in microseconds. */
export type Publish = () => number;

/**
 * Does `work` with a fresh file for an output of at least `bytes` bytes. What `work` does not publish is discarded.
 * @throws Fault 'output', 'disk', 'large', 'away', 'collision': whatever goes wrong is said of the output, but for Faults of `work`
 */
export async function withOutput<Result>(
  place: Place,
  { permit, bytes }: { readonly permit: Permit; readonly bytes: number },
  work: (output: OutputFile, publish: Publish) => Promise<Result>,
): Promise<Result> {
  const { temporary, final, home } = place;
  let output: OutputFile | null = null;
  try {
    refuseStrange(home);
    makeFolder(path.dirname(final));
    fs.rmSync(temporary, { force: true });
    refuseTooLarge(final, bytes, path.dirname(temporary));
    const file = OutputFile.create(temporary, path.dirname(final));
    output = file;
    return await work(file, () => {
      const began = performance.now();
      file.publish(permit, () => refuseStrange(home));
      return (performance.now() - began) * 1000;
    });
  } catch (error) {
    // A share that goes away in the middle shows as all kinds of errors.
    refuseStrange(home);
    throw deniedFault(error, place) ?? outputFault(error, final);
  } finally {
    output?.discard();
  }
}

/** What is not permitted in the output folder itself (an expired ticket, a new mode) is no exposure's fault; null: it is permitted. */
function deniedFault(error: unknown, { home, temporary }: Place): Fault | null {
  const said = systemError(error);
  if (error instanceof Fault || said?.trouble !== 'denied') return null;
  try {
    for (const folder of [home.path, path.dirname(temporary)]) fs.accessSync(folder, fs.constants.W_OK);
    return null;
  } catch {
    const message = `${home.path}: the output folder may not be written: ${said.words} (${said.name}); check its permissions and the login to the share`;
    return new Fault('away', message, { cause: error });
  }
}
