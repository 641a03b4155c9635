/**
 * Makes the reports in a process of its own: with 100 000 exposures they take seconds and hundreds of MB, which a watch
 * beside acquisition does not have. The journal may be read while it is written.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORKSHOP } from '../files.ts';
import type { Home } from '../guards.ts';
import { sweep } from '../workshop.ts';

const ALONE = fileURLToPath(new URL('./alone.js', import.meta.url));

/**
 * What goes wrong is left alone: the reports can be made again at any time. The process works inside the output folder, by
 * no path: should the share go away, nothing is written into the empty mount point.
 * @param needless aborted when nobody wants them any more, since others follow
 */
export async function writeReportsApart(
  journal: string,
  { path: out, device }: Pick<Home, 'path' | 'device'>,
  needless?: AbortSignal,
): Promise<void> {
  // A group of its own: Ctrl-C is for the watch, which waits for its report.
  const child = spawn(process.execPath, [ALONE, journal, String(device)], {
    cwd: out,
    stdio: 'ignore',
    detached: true,
  });
  child.on('error', () => undefined);
  const drop = (): void => void child.kill('SIGKILL');
  needless?.addEventListener('abort', drop, { once: true });
  await once(child, 'close').catch(() => undefined);
  needless?.removeEventListener('abort', drop);
  if (child.signalCode === null) return;
  try {
    // What a process that was killed left half-made.
    sweep(path.join(out, WORKSHOP), child.pid);
  } catch {
    // A disk that went away: the next run sweeps.
  }
}
