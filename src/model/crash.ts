/** A bug that one exposure met: its failure, with what is needed to find the bug. */

import { fileURLToPath } from 'node:url';
import { Fault } from './outcome.ts';
import { scarcity } from './system-error.ts';

/** Frames of the stack that are kept. */
const FRAMES = 6;

const HOME = new URL('..', import.meta.url);

/** A Fault of whatever was thrown while `file` was corrected: 'scarce' where the computer lacks something, otherwise 'crash'. */
export function crashFault(error: unknown, file: string): Fault {
  const lacks = scarcity(error);
  if (lacks !== null) return new Fault('scarce', `${file}: ${lacks}`, { cause: error });
  const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Fault('crash', `${file}: ${found}${stackOf(error)}; this is a bug, please report it with the file`, {
    cause: error,
  });
}

/** In one line, places by their path in the program. */
function stackOf(error: unknown): string {
  const frames = (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES)
    .map((line) => line.trim().replaceAll(HOME.href, '').replaceAll(fileURLToPath(HOME), ''));
  return frames.length > 0 ? ` (${frames.join(' ')})` : '';
}
